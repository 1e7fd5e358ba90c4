/** The link between people of the record and members of Mode: made when they are seen there, loosened when they left. */
import { type Deps, isoNow } from '../deps.ts';
import { type ModeMember, URGENCY, type UserRecord } from '../model.ts';
import type { Store } from '../store/store.ts';
import type { Link } from './linking.ts';

interface Seen {
  readonly links: readonly Link[];
  /** When the listing was asked for that showed it. */
  readonly seenAt: string;
}

/** Marks the groups that wait for these people, who are in Mode and wanted there, so that their memberships follow. */
export const markWaitingGroups = async (
  deps: Deps,
  store: Store,
  connectionId: string,
  userIds: readonly string[],
): Promise<void> => {
  const waiting = await store.memberships.groupsWaitingFor(connectionId, userIds);
  const groupIds = [...waiting.keys()].sort();
  await store.unsettled.markMany(
    groupIds.map((id) => {
      const members = waiting.get(id) ?? null;
      return { connectionId, kind: 'group', id, undo: null, members, priority: URGENCY.other };
    }),
    isoNow(deps),
  );
};

/** Links, and marks the groups that waited for whoever has joined, so that her memberships follow. Gives who was linked. */
const linkAndMarkGroups = async (
  deps: Deps,
  store: Store,
  connectionId: string,
  { links, seenAt }: Seen,
): ReturnType<Store['users']['linkMany']> => {
  const joined = new Set(
    links.filter(({ member }) => member.state === 'active').map(({ person }) => person.id),
  );
  const linked = await store.users.linkMany(
    connectionId,
    links.map(({ person, member }) => ({
      id: person.id,
      was: person.memberToken,
      memberToken: member.memberToken,
      invited: member.state === 'pending',
    })),
    seenAt,
  );
  const isMoved = ({ person, member }: Link): boolean =>
    person.memberToken !== null && person.memberToken !== member.memberToken;
  // By another account she is in no group yet.
  const moved = links.filter(isMoved).map(({ person }) => person.id);
  await store.memberships.forgetPresence(connectionId, moved, seenAt);
  const waited = linked.filter((person) => isWanted(person) && joined.has(person.id)).map(({ id }) => id);
  await markWaitingGroups(deps, store, connectionId, waited);
  return linked;
};

const isWanted = ({ active, deletedAt }: Pick<UserRecord, 'active' | 'deletedAt'>): boolean =>
  active && deletedAt === null;

/**
 * Links people with the members that a listing showed them to be; what Mode says of these is for the caller to save, and
 * only what was not seen later already may be linked. Who has joined gets the groups that waited for her; who is not to be
 * in Mode is marked to be removed, before anything else.
 */
export const linkMembers = async (
  deps: Deps,
  store: Store,
  connectionId: string,
  seen: Seen,
): Promise<void> => {
  const linked = await linkAndMarkGroups(deps, store, connectionId, seen);
  const leavers = linked.filter((person) => !isWanted(person));
  await store.unsettled.markMany(
    leavers.map(({ id }) => ({
      connectionId,
      kind: 'user',
      id,
      undo: null,
      members: null,
      priority: URGENCY.leaver,
    })),
    isoNow(deps),
  );
};

/** What a complete listing says of a person; whom it does not show is out of Mode. Undefined for who never was there. */
const seenOf = async (
  store: Store,
  { connectionId, memberToken }: UserRecord,
  found: ModeMember | undefined,
) => {
  if (found || memberToken === null) return found;
  const known = await store.mode.member(connectionId, memberToken);
  return known && { ...known, state: 'former' as const };
};

/** Saves how a member was seen; gives what is known of her then. */
const saveLook = async (
  store: Store,
  { connectionId, id }: UserRecord,
  seen: ModeMember,
  seenAt: string,
): Promise<ModeMember> => {
  const before = await store.mode.member(connectionId, seen.memberToken);
  await store.mode.saveMembers(connectionId, [seen], seenAt);
  const member = (await store.mode.member(connectionId, seen.memberToken)) ?? seen;
  if (member.state !== 'former') return member;
  // What let her in is over. An invitation that Mode has yet to show stands.
  if (before && before.state !== 'former') await store.users.endInvitations(connectionId, [id], seenAt);
  // Whoever has left is in no group; a listing that misses her there must not pass for a change by hand.
  await store.memberships.forgetPresence(connectionId, [id], seenAt);
  return member;
};

/**
 * Records who of a listing the person is (undefined: she is not in it), for whoever settles her and so needs no mark. Gives
 * what is known of her then, which somebody may have seen later; `stale` where somebody linked her while it was found out.
 */
export const recordLook = (
  deps: Deps,
  user: UserRecord,
  found: ModeMember | undefined,
  seenAt: string,
): Promise<{ readonly member: ModeMember | undefined } | 'stale'> =>
  deps.store.transaction(async (store) => {
    const { connectionId, id } = user;
    const current = await store.users.findAny(connectionId, id);
    if (current && current.memberToken !== user.memberToken) return 'stale';
    const seen = await seenOf(store, user, found);
    if (!seen) return { member: undefined };
    const member = await saveLook(store, current ?? user, seen, seenAt);
    if (!found) return { member };
    const links = [{ person: user, member }];
    const linked = await linkAndMarkGroups(deps, store, connectionId, { links, seenAt });
    return linked.length > 0 ? { member } : 'stale';
  });

/**
 * Records that the person was out of Mode at `goneAt`: no invitation sent until then stands and none of her group
 * memberships is present. What somebody saw of her later stays, and so does her link.
 */
export const forgetMember = (
  deps: Deps,
  { connectionId, id }: Pick<UserRecord, 'connectionId' | 'id'>,
  { member, goneAt }: { readonly member: ModeMember | undefined; readonly goneAt: string },
): Promise<void> =>
  deps.store.transaction(async (store) => {
    if (member) {
      const former = { ...member, state: 'former', membershipToken: null } as const;
      await store.mode.saveMembers(connectionId, [former], goneAt);
    }
    await recordGone(store, connectionId, [id], goneAt);
  });

/** Records that people were out of Mode at `goneAt`: no invitation sent until then stands, and they are in no group there. */
export const recordGone = async (
  store: Store,
  connectionId: string,
  userIds: readonly string[],
  goneAt: string,
): Promise<void> => {
  await store.users.endInvitations(connectionId, userIds, goneAt);
  await store.memberships.forgetPresence(connectionId, userIds, goneAt);
};
