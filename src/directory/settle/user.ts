/**
 * Settles one person with Mode: invited or joined when wanted there, removed when not (product.md section 4 "Changes").
 * Mode's REST API can only invite and remove (mode-api.md §15); its SCIM endpoint is told her names and address too.
 */
import { AppError } from '../../errors.ts';
import { type Deps, isoAnswered, isoNow, type ModeCall } from '../deps.ts';
import { fold } from '../fold.ts';
import { addressesOf } from '../linking/emails.ts';
import { findMember, isHeldByLeaver } from '../linking/find-links.ts';
import { isFreeFor } from '../linking/is-free.ts';
import { forgetMember, markWaitingGroups, recordLook } from '../linking/members.ts';
import type { ModeMember, Unsettled, UserRecord } from '../model.ts';
import { heldByLeaver, isAboutState, seeing } from '../passing.ts';
import type { Known, Sought } from '../upstream.ts';
import { openUntil, watchedUntil, yetToCome } from './open-calls.ts';
import { profileOf } from './profile-of.ts';
import { tellProfile } from './tell-profile.ts';

/** What Mode says of a person; undefined where it says nothing. */
interface Seen {
  readonly member: ModeMember | undefined;
  /** When Mode was asked for it; null where it is what the record remembers. */
  readonly seenAt: string | null;
  /** Everybody who may be this person; nobody where Mode was not asked. */
  readonly listed: readonly ModeMember[];
}

const remembered = async (deps: Deps, { connectionId, memberToken }: UserRecord): Promise<Seen> => ({
  member: memberToken === null ? undefined : await deps.store.mode.member(connectionId, memberToken),
  seenAt: null,
  listed: [],
});

interface Look extends Seen {
  readonly seenAt: string;
}

/** Asks Mode for the person, links her if she is there, and gives what Mode says of her (2 calls over REST). */
const lookUp = async (deps: Deps, call: ModeCall, { connectionId, id }: UserRecord): Promise<Look> => {
  for (;;) {
    const seenAt = isoNow(deps);
    const user = await deps.store.users.findAny(connectionId, id);
    if (!user) return { member: undefined, seenAt, listed: [] };
    const listed = await deps.upstreamOf(call.connection).candidates(soughtOf(user), call);
    const look = await recordLook(deps, user, await findMember(deps, user, listed), seenAt);
    // A sync linked her while Mode was asked: she is looked for anew, as whom she is now known to be.
    if (look !== 'stale') return { ...look, seenAt, listed };
  }
};

const soughtOf = ({ memberToken, provisionedId, userName, attributes }: UserRecord): Sought => {
  return { memberToken, provisionedId, userName, addresses: addressesOf(attributes) };
};

const knownAs = (user: UserRecord, member: ModeMember | undefined): Known => {
  const { membershipToken = null, managedByScim = false } = member ?? {};
  return { ...soughtOf(user), membershipToken, managedByScim };
};

const isIn = (member: ModeMember | undefined): boolean => member !== undefined && member.state !== 'former';

const invite = async (deps: Deps, call: ModeCall, user: UserRecord): Promise<void> => {
  const profile = profileOf(user);
  if (profile === null) {
    // Nothing is owed to Mode until an address arrives; SCIM shows her as `noAddress` until then (isUnaddressed).
    deps.log.warn('settle.no-address', { connectionId: user.connectionId, userId: user.id });
    return;
  }
  const message = `You have been invited to the Mode workspace ${call.connection.workspace}.`;
  const { connectionId, id } = user;
  const invitation = { ...user, profile, message, isFree: isFreeFor(deps, user) };
  const { username, member, provisionedId } = await deps.upstreamOf(call.connection).invite(invitation, call);
  if (provisionedId !== null)
    await deps.store.users.provision(connectionId, id, { provisionedId, provisioned: profile });
  if (member !== null) {
    // Where a sync was faster it knows her as well.
    await recordLook(deps, user, member, isoAnswered(deps));
    return;
  }
  await deps.store.users.invited(connectionId, id, {
    // Where Mode does not say who it invited, the address tells, also when she gets another before she comes.
    invitedAs: username ?? fold(profile.email),
    invitedAt: isoAnswered(deps),
  });
};

/**
 * Throws where somebody deleted here has yet to give up the account of this address: the leaver keeps it till then. An
 * invitation would be refused, or be a second one where the first took effect; and nobody is out who may be in by it.
 */
const orHeldByLeaver = async (deps: Deps, user: UserRecord, listed: readonly ModeMember[]): Promise<void> => {
  if (await isHeldByLeaver(deps, user, listed)) throw heldByLeaver('somebody deleted who had this address');
};

const inviteOrFind = async (deps: Deps, call: ModeCall, user: UserRecord): Promise<void> => {
  try {
    await invite(deps, call, user);
  } catch (error) {
    if (!isAboutState(error)) throw error;
    // She may be there: by an earlier call that got no answer, or by other hands.
    const { member, listed } = await lookUp(deps, call, user);
    if (isIn(member)) return;
    await orHeldByLeaver(deps, user, listed);
    throw error;
  }
};

interface Outside extends Pick<Seen, 'member' | 'listed'> {
  /** Whether an earlier call may bring her in yet. */
  readonly mayCome: boolean;
}

/** Invites; or leaves it to SAML, which creates people, but may not bring back who left (UNKNOWN, mode-api.md §10). */
const letIn = async (
  deps: Deps,
  call: ModeCall,
  user: UserRecord,
  { member, mayCome, listed }: Outside,
): Promise<void> => {
  if (call.connection.wayIn !== 'jit') {
    if (mayCome) throw yetToCome('an invitation');
    await orHeldByLeaver(deps, user, listed);
    await inviteOrFind(deps, call, user);
  } else if (member) {
    deps.log.warn('settle.must-be-let-in', { connectionId: user.connectionId, userId: user.id });
  }
};

/**
 * Removes the member. Where she may be there, or gone, all the same: gives that Mode did not know her by this membership, or
 * its refusal. Its 400 here is no fault of the request: it protects somebody, such as the last admin (mode-api.md §4, INFERRED).
 */
const removeMember = async (
  deps: Deps,
  call: ModeCall,
  user: UserRecord,
  member: ModeMember | undefined,
): Promise<'removed' | 'unknown' | AppError> => {
  try {
    const wasThere = await deps.upstreamOf(call.connection).removeMember(knownAs(user, member), call);
    return wasThere ? 'removed' : 'unknown';
  } catch (error) {
    if (!isAboutState(error)) throw error;
    return new AppError('forbidden', 'directory.settle.removal-refused', error.message, { cause: error });
  }
};

/** Removes the person as she is known; gives how she is known by then where that is not enough. */
const tryRemove = async (
  deps: Deps,
  call: ModeCall,
  user: UserRecord,
  known: Seen,
): Promise<Look | undefined> => {
  // An invited person is not linked before she shows up; only Mode's list has the token that removes her. By her id at
  // Mode's SCIM endpoint she can be removed at once.
  const isProvisioned = user.provisionedId !== null;
  const isEnough = isProvisioned || known.seenAt !== null || known.member?.membershipToken;
  const { member, seenAt, listed } = isEnough ? known : await lookUp(deps, call, user);
  if (!isProvisioned && !isIn(member)) {
    await orHeldByLeaver(deps, user, listed);
    await forgetMember(deps, user, { member, goneAt: seenAt ?? isoNow(deps) });
    return undefined;
  }
  const outcome = await removeMember(deps, call, user, member);
  if (outcome === 'removed') {
    await forgetMember(deps, user, { member, goneAt: isoAnswered(deps) });
    return undefined;
  }
  const now = await lookUp(deps, call, user);
  if (isIn(now.member)) {
    if (outcome !== 'unknown') throw outcome;
    return now;
  }
  await forgetMember(deps, user, { member: now.member, goneAt: now.seenAt });
  return undefined;
};

const remove = async (deps: Deps, call: ModeCall, user: UserRecord, known: Seen): Promise<void> => {
  const back = await tryRemove(deps, call, user, known);
  if (!back) return;
  // She was removed and let in again by hand: by now she may have another membership, and another id at Mode's SCIM endpoint.
  const anew = { ...user, provisionedId: null };
  if (await tryRemove(deps, call, anew, back)) throw heldByLeaver('somebody who was to be removed');
};

const isInvited = ({ invitedAt }: UserRecord): boolean => invitedAt !== null;

const keepOut = async (deps: Deps, call: ModeCall, user: UserRecord, seen: Seen): Promise<void> => {
  // Whom SAML creates may have come unseen.
  const mayHaveCome = call.connection.wayIn === 'jit' && user.memberToken === null;
  if (isIn(seen.member) || isInvited(user) || mayHaveCome) await remove(deps, call, user, seen);
};

const bringIn = async (deps: Deps, call: ModeCall, user: UserRecord, outside: Outside): Promise<void> => {
  const { member } = outside;
  // Who was to leave and stays: a group that she was put into meanwhile has not let her in.
  if (member?.state === 'active') await markWaitingGroups(deps, deps.store, user.connectionId, [user.id]);
  if (isIn(member) || isInvited(user)) await tellProfile(deps, call, user, knownAs(user, member));
  else await letIn(deps, call, user, outside);
};

/** The person, and what is known of her in Mode. */
const known = async (deps: Deps, call: ModeCall, { connectionId, id, attempts }: Unsettled) => {
  const user = await deps.store.users.findAny(connectionId, id);
  if (!user) return undefined;
  if (attempts === 0) return { user, seen: await remembered(deps, user) };
  // After a failure nobody knows whether the last call took effect: look before sending anything again.
  const seen = await seeing(lookUp(deps, call, user));
  // It may have shown that the invitation on her record is over.
  return { user: (await deps.store.users.findAny(connectionId, id)) ?? user, seen };
};

/** Makes Mode agree with what is wanted for one person. Throws what Mode answers. */
export const settleUser = async (deps: Deps, call: ModeCall, entry: Unsettled): Promise<void> => {
  const found = await known(deps, call, entry);
  if (!found) return;
  const { user, seen } = found;
  if (user.active && user.deletedAt === null) {
    await bringIn(deps, call, user, { ...seen, mayCome: openUntil(deps, entry) !== undefined });
    return;
  }
  await keepOut(deps, call, user, seen);
  // An invitation that may come yet must meet her record, or she would be taken for a stranger.
  const isDone = watchedUntil(deps, entry) === undefined;
  if (user.deletedAt !== null && isDone) await deps.store.users.purge(user.connectionId, user.id);
};
