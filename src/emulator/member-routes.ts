/**
 * Handlers for memberships and invites (mode-api.md §4, §5).
 */
import { link, personAccount } from './account-hal.ts';
import { type Call, callerOf, param, textField, unwrap } from './call.ts';
import { refusal } from './errors.ts';
import { inviteShape, liteRow, membership } from './member-hal.ts';
import type { Person } from './model.ts';
import { inviteByEmail, removePerson } from './people-rules.ts';
import { personByMembership } from './state.ts';

/** Active and pending people; that pending ones are listed is an assumption (UNKNOWN, §14.2). */
const listed = (call: Call): Person[] =>
  [...call.world.state.people.values()].filter((person) => person.state !== 'former');

/**
 * Answers the full list: one answer, `page` and `per_page` ignored (REPORTED, SDK; one request CONFIRMED-C, TF).
 * A member key gets 404 (REPORTED, SDK).
 */
export const listMemberships = (call: Call) => {
  if (callerOf(call).credential.kind === 'member') throw refusal(404);
  const { state } = call.world;
  return {
    _links: { self: link(`/api/${state.workspace.slug}/memberships`) },
    _embedded: { memberships: listed(call).map((person) => membership(state, person)) },
  };
};

/** Answers the lite list, for member keys too: the only REST listing with e-mail; ignores paging (REPORTED, SDK). */
export const listLite = (call: Call) => ({
  _links: { self: link(`/api/${call.world.state.workspace.slug}/memberships/lite`) },
  _embedded: { memberships: listed(call).map(liteRow) },
});

const namedPerson = (call: Call): Person => {
  const person = personByMembership(call.world.state, param(call, 'membership'));
  if (!person) throw refusal(404, 'Membership not found for Workspace');
  return person;
};

/** Answers one membership, a former one too (assumption); `?embed[user]` embeds the account (INFERRED from WH). */
export const getMembership = (call: Call) => {
  const person = namedPerson(call);
  const shown = membership(call.world.state, person);
  if (!call.query.has('embed[user]')) return shown;
  return { ...shown, _embedded: { user: personAccount(person, false) } };
};

/**
 * Removes a membership and answers it (CONFIRMED-O). 404 where the key's owner is no admin: DELETE documents no 403
 * (INFERRED); 404 for somebody removed before (assumption). The webhook exists (REPORTED); whether
 * a removal over REST fires it is UNKNOWN: an option, off.
 */
export const deleteMembership = (call: Call) => {
  const person = namedPerson(call);
  if (!callerOf(call).admin || person.state === 'former') {
    throw refusal(404, 'Membership not found for Workspace');
  }
  const former = removePerson(call.world, person);
  const { settings, announce } = call.world;
  if (settings.webhookOnRestRemoval) announce('member_removed_from_organization', former);
  return membership(call.world.state, former);
};

/** Invites by e-mail. Workspace keys cannot (CONFIRMED-O), nor member keys (REPORTED); the status is INFERRED. */
export const createInvite = (call: Call) => {
  const { world } = call;
  const caller = callerOf(call);
  if (world.settings.inviteRefusedFor.has(caller.credential.kind)) {
    const message = `This endpoint is unsupported for use with ${caller.credential.kind} API tokens`;
    throw refusal(world.settings.inviteRefusalStatus, message);
  }
  const invite = unwrap(call.body, 'invite');
  const email = textField(unwrap(invite, 'invitee'), 'email').trim();
  const made = inviteByEmail(world, caller, email, textField(invite, 'message'));
  return inviteShape(world.state, made);
};
