/**
 * What happens to people: invite, join, remove, edit by hand (mode-api.md §4, §5).
 * REST and the control calls share these rules; each refusal is a ModeError in Mode's words.
 */
import { revokeAll } from './access/records.ts';
import { ALREADY_MEMBER_STATUS, INVITE_LIFETIME_DAYS, LAST_ADMIN_STATUS } from './assumptions.ts';
import type { Caller } from './credentials.ts';
import { refusal } from './errors.ts';
import type { Change, Invite, Person } from './model.ts';
import { personByEmail, type State } from './state.ts';
import { freshToken, timestamp, type World } from './world.ts';

const DAY_MS = 86_400_000;
const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

/** Says whether a text looks like an e-mail address. */
export const isEmail = (text: string): boolean => text.length <= 254 && EMAIL.test(text);

/** Derives a username from an e-mail (assumption): letters and digits of its local part, a number if taken. */
const freshUsername = (state: State, email: string): string => {
  const local = email.slice(0, email.lastIndexOf('@')).toLowerCase();
  const base = local.replace(/[^a-z0-9]/g, '').slice(0, 40) || 'user';
  const isFree = (name: string): boolean =>
    !state.byUsername.has(name) && ![state.workspace.slug, 'account', 'verify'].includes(name);
  let number = state.usernameHints.get(base) ?? 1;
  while (!isFree(number === 1 ? base : `${base}${number}`)) number += 1;
  state.usernameHints.set(base, number);
  return number === 1 ? base : `${base}${number}`;
};

/** Derives a name from an e-mail (assumption): an invite carries no name (CONFIRMED-O). */
const nameFromEmail = (email: string): string =>
  email
    .slice(0, email.lastIndexOf('@'))
    .split(/[._+-]+/)
    .filter((part) => part !== '')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join(' ') || email;

const newPerson = (world: World, email: string, state: 'active' | 'pending'): Person => {
  const at = timestamp(world);
  return {
    id: String(world.state.lastId + 1),
    memberToken: freshToken(world),
    membershipToken: freshToken(world),
    username: freshUsername(world.state, email),
    name: nameFromEmail(email),
    email,
    state,
    admin: false,
    createdAt: at,
    activatedAt: state === 'active' ? at : null,
    lastActivityAt: null,
  };
};

const newInvite = (world: World, caller: Caller, person: Person, message: string): Invite => {
  const at = timestamp(world);
  const { id, slug } = world.state.workspace;
  return {
    memberToken: person.memberToken,
    email: person.email,
    message,
    inviterId: caller.owner?.id ?? id,
    inviterUsername: caller.owner?.username ?? slug,
    sentAt: at,
    resentAt: null,
    acceptedAt: null,
    expiresAt: new Date(Date.parse(at) + INVITE_LIFETIME_DAYS * DAY_MS).toISOString(),
    createdAt: at,
  };
};

const resend = (world: World, invite: Invite, message: string): Invite => {
  const again: Invite = { ...invite, message, resentAt: timestamp(world) };
  world.commit([{ kind: 'invite', invite: again }]);
  return again;
};

/**
 * Invites somebody: "creates a `User` and invites `User` to `Workspace`" (CONFIRMED-O).
 * A pending person is sent it again (assumption); a former one becomes pending under the same member token and
 * username (INFERRED, §14.17) with a new membership token; an active one is refused (assumption).
 */
export const inviteByEmail = (world: World, caller: Caller, email: string, message: string): Invite => {
  if (!isEmail(email)) throw refusal(400, 'Email is invalid');
  const known = personByEmail(world.state, email);
  if (known?.state === 'active') throw refusal(ALREADY_MEMBER_STATUS, `${email} is already a member`);
  const sent = known && world.state.invites.get(known.memberToken);
  if (known?.state === 'pending' && sent) return resend(world, sent, message);
  const person: Person = known
    ? { ...known, state: 'pending', admin: false, activatedAt: null, membershipToken: freshToken(world) }
    : newPerson(world, email, 'pending');
  const invite = newInvite(world, caller, person, message);
  world.commit([
    { kind: 'person', person },
    { kind: 'invite', invite },
  ]);
  return invite;
};

const activate = (world: World, known: Person | undefined, email: string): Person => {
  const at = timestamp(world);
  const person: Person = known
    ? { ...known, state: 'active', activatedAt: at }
    : newPerson(world, email, 'active');
  const invite = world.state.invites.get(person.memberToken);
  const accepted: Change[] = invite ? [{ kind: 'invite', invite: { ...invite, acceptedAt: at } }] : [];
  world.commit([{ kind: 'person', person }, ...accepted]);
  world.announce('member_joined_organization', person);
  return person;
};

/**
 * Lets somebody accept their invitation, or sign in by SAML for the first time, which creates them (JIT, CONFIRMED-O).
 * Former members "cannot rejoin unless an admin re-invites them" (CONFIRMED-O): 409; whether that holds for SAML is UNKNOWN.
 */
export const joinByEmail = (world: World, email: string): Person => {
  const known = personByEmail(world.state, email);
  if (known?.state === 'active') return known;
  if (known?.state === 'former' && !world.settings.formerMayRejoin) {
    throw refusal(409, `${email} is a former member and cannot rejoin unless an admin re-invites them`);
  }
  return activate(world, known, email);
};

/** Refuses to leave a workspace without an admin (INFERRED). */
const keepAnAdmin = (state: State, person: Person): void => {
  if (state.admins.size === 1 && state.admins.has(person.memberToken)) {
    throw refusal(LAST_ADMIN_STATUS, 'The last admin of a workspace cannot be removed');
  }
};

/** Makes somebody a former member (CONFIRMED-O); they lose groups, permissions and an open invitation (assumption). */
export const removePerson = (world: World, person: Person): Person => {
  keepAnAdmin(world.state, person);
  const former: Person = { ...person, state: 'former', admin: false, bannedAt: timestamp(world) };
  const groups = [...(world.state.groupsOf.get(person.memberToken) ?? [])];
  const invite = world.state.invites.get(person.memberToken);
  const isOpen = invite !== undefined && invite.acceptedAt === null;
  const { memberToken } = person;
  world.commit([
    { kind: 'person', person: former },
    ...groups.map((groupToken): Change => ({ kind: 'leftGroup', groupToken, memberToken })),
    ...revokeAll(world.state, memberToken),
    ...(isOpen ? [{ kind: 'inviteRevoked', memberToken } as const] : []),
  ]);
  return former;
};

/** Makes somebody an admin, or no longer: Mode's UI alone can (CONFIRMED-O by absence of a route). */
export const setAdmin = (world: World, person: Person, admin: boolean): void => {
  if (person.state !== 'active') throw refusal(409, `${person.email} is ${person.state}, not active`);
  if (!admin) keepAnAdmin(world.state, person);
  world.commit([{ kind: 'person', person: { ...person, admin } }]);
};

/** Gives somebody another address, as she does herself in her settings (CONFIRMED-O that the API cannot). */
export const setEmail = (world: World, person: Person, email: string): void => {
  const holder = personByEmail(world.state, email);
  if (holder && holder.memberToken !== person.memberToken) throw refusal(409, `${email} is somebody else's`);
  world.commit([{ kind: 'person', person: { ...person, email } }]);
};

/** Sets the last activity that Discovery reports (CONFIRMED-O that it alone does). */
export const touch = (world: World, person: Person, at: string): void =>
  world.commit([{ kind: 'person', person: { ...person, lastActivityAt: new Date(at).toISOString() } }]);
