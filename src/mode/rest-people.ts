/**
 * People over Mode's REST API: the member lists, invitations and removal (mode-api.md §4, §5). Nothing else exists:
 * names, e-mail and roles cannot be written, a removal ends in "Former Members", and only an invitation brings back.
 */
import type { ModeMember } from '../directory/model.ts';
import type { CallOptions, Invitation, Invited, Upstream } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import type { Call } from './call.ts';
import { allRows, type List } from './hal.ts';
import { isForbidding, unlessOfKind } from './kinds.ts';
import { joinMembers, memberState, usernameIn } from './member.ts';
import { checkReallyGone, type RestContext } from './rest-context.ts';
import {
  type FullRow,
  InviteSchema,
  LiteMembershipSchema,
  type LiteRow,
  MembershipSchema,
  readAs,
} from './types.ts';

interface People
  extends Pick<Upstream, 'members' | 'candidates' | 'invite' | 'removeMember' | 'updateProfile'> {
  /** Says whether a membership is over (1 call); undefined where Mode does not show it. */
  hasEnded(membershipToken: string, options: CallOptions): Promise<boolean | undefined>;
}

/** The full list: rows with membership token, without e-mail (mode-api.md §4). */
export const fullList = (workspace: string): List<FullRow> => ({
  call: { method: 'GET', route: '/api/{workspace}/memberships', at: { workspace }, to: 'list the members' },
  key: 'memberships',
  schema: MembershipSchema,
  idOf: (row) => row._links?.self ?? row.member_token,
  isPaged: false,
  isLarge: true,
});

/** The lite list: rows with e-mail, without membership token (mode-api.md §4). */
export const liteList = (workspace: string): List<LiteRow> => ({
  call: {
    method: 'GET',
    route: '/api/{workspace}/memberships/lite',
    at: { workspace },
    to: 'list the members with e-mail',
  },
  key: 'memberships',
  schema: LiteMembershipSchema,
  idOf: (row) => row.member_token,
  isPaged: false,
  isLarge: true,
});

const membersHidden = (cause: AppError): AppError =>
  new AppError(
    'forbidden',
    'mode.rest.members-hidden',
    'Mode shows this API token no members. Check the name of the workspace, and use a token of a workspace admin.',
    { cause },
  );

/** Two calls side by side; a member key sees the lite list only (mode-api.md §4, REPORTED). */
const readMembers = async (context: RestContext, options: CallOptions): Promise<readonly ModeMember[]> => {
  const { http, workspace } = context;
  const [full, lite] = await Promise.all([
    unlessOfKind(allRows(http, fullList(workspace), options), ['notFound'], (error) => error),
    unlessOfKind(allRows(http, liteList(workspace), options), ['notFound', 'forbidden'], (error) => error),
  ]);
  const isFullHidden = full instanceof AppError;
  const isLiteHidden = lite instanceof AppError;
  context.learn('listMembers', !(isFullHidden && isLiteHidden));
  if (isFullHidden) context.learn('removeMember', false);
  context.learn('listEmails', !isLiteHidden);
  if (isFullHidden && isLiteHidden) throw membersHidden(full);
  return joinMembers(isFullHidden ? [] : full, isLiteHidden ? [] : lite);
};

const inviteRefused = (refusal: AppError): AppError => {
  const remedy =
    'Workspace API tokens cannot invite (mode.com/developer, "Invites"). Give the bridge a token that may ' +
    '(mode-scim-bridge connection renew), or let SAML create people at their first sign-in ' +
    '(mode-scim-bridge connection set --way-in jit).';
  const message = `${refusal.message.replace(/\.?$/, '.')} ${remedy}`;
  return new AppError('forbidden', 'mode.rest.invite-refused', message, { cause: refusal });
};

/** A token that may not invite, with which status is UNKNOWN; one that is dead is `unauthorized` and stays so (mode-api.md §1, §5). */
const translateInviteFailure = (context: RestContext, error: unknown): unknown => {
  if (!isForbidding(error)) return error;
  context.learn('invite', false);
  return inviteRefused(error);
};

const invitePerson = async (
  context: RestContext,
  invitation: Invitation,
  options: CallOptions,
): Promise<Invited> => {
  const { profile, message } = invitation;
  const call: Call = {
    method: 'POST',
    route: '/api/{workspace}/invites',
    at: { workspace: context.workspace },
    body: { invite: { invitee: { email: profile.email }, message } },
    to: 'invite the person',
  };
  try {
    const invite = readAs(InviteSchema, await context.http.request(call, options), { asked: call });
    context.learn('invite', true);
    return { username: usernameIn(invite._links?.invitee), member: null, provisionedId: null };
  } catch (error) {
    throw translateInviteFailure(context, error);
  }
};

const stillThere = (): AppError =>
  new AppError(
    'forbidden',
    'mode.rest.removal-refused',
    'Mode does not let this API token remove members: it answers that there is no such member. ' +
      'Use a token of a workspace admin.',
  );

/** Says whether a membership is over; undefined where Mode does not show it, which it may hide from this token. */
const hasEnded = async (
  { http, workspace }: RestContext,
  membership: string,
  options: CallOptions,
): Promise<boolean | undefined> => {
  const call: Call = {
    method: 'GET',
    route: '/api/{workspace}/memberships/{membership}',
    at: { workspace, membership },
    to: 'see the member',
  };
  const json = await unlessOfKind(http.request(call, options), ['notFound', 'forbidden'], () => null);
  if (json === null) return undefined;
  const row = readAs(MembershipSchema, json, { asked: call });
  return memberState({ ...row, activatedAt: row.activated_at }) === 'former';
};

/** A 404 may also mean that the token may not: DELETE documents no 403 (mode-api.md §4). Looks before it believes. */
const checkMemberGone = async (
  context: RestContext,
  membership: string,
  options: CallOptions,
): Promise<void> => {
  const { scope } = await checkReallyGone(context, options);
  if ((await hasEnded(context, membership, options)) ?? scope !== 'member') return;
  context.learn('removeMember', false);
  throw stillThere();
};

const removePerson = async (
  context: RestContext,
  membership: string,
  options: CallOptions,
): Promise<boolean> => {
  const at = { workspace: context.workspace, membership };
  const call: Call = {
    method: 'DELETE',
    route: '/api/{workspace}/memberships/{membership}',
    at,
    to: 'remove the member',
  };
  const wasThere = await unlessOfKind(
    context.http.request(call, options).then(() => true),
    ['notFound'],
    async () => {
      await checkMemberGone(context, membership, options);
      return false;
    },
  );
  context.learn('removeMember', true);
  return wasThere;
};

const noMembershipToken = (): AppError =>
  new AppError(
    'forbidden',
    'mode.rest.no-membership-token',
    'This Mode API token may not list memberships, so nobody can be removed with it: use one of a workspace admin.',
  );

/** "No PATCH or PUT" of members, "at any point in six years of swagger history" (mode-api.md §4). */
const noProfiles = (): AppError =>
  new AppError(
    'unsupported',
    'mode.rest.no-profiles',
    'Mode\'s REST API cannot change names or addresses; its SCIM endpoint can: way in "scim".',
  );

/** Makes the part of the upstream that is about people. */
export const createPeople = (context: RestContext): People => ({
  members: (options) => readMembers(context, options),
  // "No server-side filter by email/name" (mode-api.md §2).
  candidates: (_sought, options) => readMembers(context, options),
  invite: (invitation, options) => invitePerson(context, invitation, options),
  removeMember: async ({ membershipToken }, options) => {
    if (membershipToken === null) throw noMembershipToken();
    return removePerson(context, membershipToken, options);
  },
  updateProfile: async () => {
    throw noProfiles();
  },
  hasEnded: (membershipToken, options) => hasEnded(context, membershipToken, options),
});
