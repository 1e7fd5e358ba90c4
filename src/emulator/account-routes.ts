/**
 * Handlers for the credential check and for accounts (mode-api.md §1, §3).
 */
import { link, personAccount, workspaceAccount } from './account-hal.ts';
import { type Call, callerOf, param } from './call.ts';
import { refusal } from './errors.ts';
import { personByUsername } from './state.ts';

/**
 * Answers `GET /api/verify`: shape CONFIRMED-C (DH); `api_key_scope` and the link to the key REPORTED (SDK).
 * The name of the workspace scope is INFERRED. A legacy personal token has the older shape, without scope (INFERRED).
 */
export const verify = (call: Call) => {
  const { workspace } = call.world.state;
  const { credential } = callerOf(call);
  const isKey = credential.kind !== 'personal';
  return {
    workspace: workspace.slug,
    workspace_token: workspace.token,
    ...(isKey ? { api_key_scope: credential.kind } : {}),
    _links: {
      self: link(`/api/${workspace.slug}${isKey ? `/api_keys/${credential.token}` : ''}`),
    },
  };
};

/** Answers the caller's own key, which `verify` links to: `token_name`, and the member of a member key (REPORTED, SDK). */
export const apiKey = (call: Call) => {
  const { credential, owner } = callerOf(call);
  if (credential.kind === 'personal' || param(call, 'api_key') !== credential.token) throw refusal(404);
  const member = credential.kind === 'member' && owner ? { member: link(`/api/${owner.username}`) } : {};
  return {
    token: credential.token,
    token_name: credential.name ?? `${credential.kind} key`,
    api_key_scope: credential.kind,
    _links: {
      self: link(`/api/${call.world.state.workspace.slug}/api_keys/${credential.token}`),
      ...member,
    },
  };
};

/** Answers `GET /api/account`: "(Not Supported)" (CONFIRMED-O), 400 with these words (REPORTED, SDK). */
export const currentAccount = () => {
  throw refusal(400, 'This endpoint is unsupported for use with Api Keys');
};

/** Answers `GET /api/{workspace}`: 200 even without a credential (REPORTED, SDK). */
export const workspaceRoot = (call: Call) => {
  const { state, settings } = call.world;
  return workspaceAccount(state, settings.scim.read().enabled);
};

/** Answers `GET /api/{username}` (CONFIRMED-O, WH); former members keep their account (CONFIRMED-O, §4). */
export const userRoot = (call: Call) => {
  const person = personByUsername(call.world.state, param(call, 'username'));
  if (!person) throw refusal(404);
  return personAccount(person, callerOf(call).owner?.memberToken === person.memberToken);
};
