/**
 * Learns what Mode holds: everybody, every group, who is in which (2 + ⌈groups/30⌉ + groups calls). Who is in Mode and
 * not in the record is adopted as a SCIM person or group, so that a provider finds and takes over what exists instead of
 * making it twice (product.md section 4 "The record").
 */

import { adoptedAttributes } from './adopt.ts';
import { type Call, type Deps, isoNow, type ModeCall } from './deps.ts';
import { fold } from './fold.ts';
import { newGroup } from './groups.ts';
import { inParallel } from './in-parallel.ts';
import { indexValues } from './index-values.ts';
import { indexUnlinked } from './linking.ts';
import { linkMember } from './members.ts';
import type { GroupRecord, ModeGroup, ModeMember, Origin } from './model.ts';
import { observeGroup } from './observe-group.ts';
import { reconcile } from './plan/reconcile.ts';
import { userSchema } from './schema.ts';
import type { Store } from './store.ts';
import { newUser } from './users.ts';

/** What a sync found. */
export interface SyncReport {
  readonly members: number;
  readonly groups: number;
  readonly adoptedUsers: number;
  readonly adoptedGroups: number;
  readonly linkedUsers: number;
}

/** People written in one transaction: large enough to be fast, small enough to let requests through. */
const BATCH = 500;

/** Groups whose members are asked for at once; the throttle of the connection bounds the calls further. */
const AT_ONCE = 8;

const batches = <T>(rows: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, index) =>
    rows.slice(index * BATCH, (index + 1) * BATCH),
  );

type Match = (member: ModeMember) => ReturnType<ReturnType<typeof indexUnlinked>>;

/** Whoever was in Mode before the bridge looked is its baseline; who appears later was brought in by hand. */
const originOf = (isFirst: boolean): Origin => (isFirst ? 'baseline' : 'manual');

const isFirstSync = async (deps: Deps, call: Call): Promise<boolean> =>
  (await deps.store.connections.find(call.connection.id))?.syncedAt == null;

const takeIn = async (
  deps: Deps,
  store: Store,
  call: Call,
  member: ModeMember,
  { match, isFirst }: { readonly match: Match; readonly isFirst: boolean },
) => {
  const known = match(member);
  if (known) {
    await linkMember(deps, store, known, member);
    return 'linked';
  }
  // A former member is nobody's access: nothing to adopt.
  if (member.state === 'former') return 'left';
  const user = newUser(deps, call.connection.id, adoptedAttributes(member));
  if (await store.users.findByUserName(user.connectionId, user.userName)) {
    // Somebody else in SCIM has her name, linked to another member: a person must say who is who.
    const { connectionId } = user;
    deps.log.warn('sync.name-taken', { connectionId, memberToken: member.memberToken });
    return 'left';
  }
  const invitedAt = member.state === 'pending' ? isoNow(deps) : null;
  const adopted = {
    ...user,
    origin: originOf(isFirst),
    memberToken: member.memberToken,
    invitedAs: member.username,
    invitedAt,
  };
  await store.users.insert(adopted, indexValues(userSchema, user.attributes));
  return 'adopted';
};

const joinedSince = (before: ModeMember | undefined, now: ModeMember): boolean =>
  now.state === 'active' && before?.state !== 'active';

/** Those known already: what Mode says now, and the groups that waited for whoever has joined since. */
const refreshKnown = async (
  deps: Deps,
  store: Store,
  call: Call,
  members: readonly ModeMember[],
): Promise<void> => {
  const before = await store.mode.membersByToken(
    call.connection.id,
    members.map(({ memberToken }) => memberToken),
  );
  for (const member of members.filter((row) => joinedSince(before.get(row.memberToken), row))) {
    const user = await store.users.findByMemberToken(call.connection.id, member.memberToken);
    if (user) await linkMember(deps, store, user, member);
  }
};

/** A sync can wait; what it learns is no older for it. */
const unhurried = (call: Call): ModeCall => ({ ...call, priority: 'background' });

/** Learns who is in the workspace (2 calls), links and adopts. */
export const syncMembers = async (deps: Deps, call: Call) => {
  const connectionId = call.connection.id;
  const seenAt = isoNow(deps);
  const members = await deps.upstreamOf(call.connection).members(unhurried(call));
  const linked = await deps.store.users.idsByMemberToken(connectionId);
  const isFirst = await isFirstSync(deps, call);
  const match = indexUnlinked(await deps.store.users.unlinked(connectionId));
  const counts = { linked: 0, adopted: 0, left: 0 };
  for (const batch of batches(members)) {
    await deps.store.transaction(async (store) => {
      await refreshKnown(
        deps,
        store,
        call,
        batch.filter(({ memberToken }) => linked.has(memberToken)),
      );
      await store.mode.saveMembers(connectionId, batch, seenAt);
      for (const member of batch.filter(({ memberToken }) => !linked.has(memberToken))) {
        counts[await takeIn(deps, store, call, member, { match, isFirst })] += 1;
      }
    });
  }
  await retireMembers(deps, connectionId, seenAt);
  return { members: members.length, adoptedUsers: counts.adopted, linkedUsers: counts.linked };
};

const retireMembers = (deps: Deps, connectionId: string, seenAt: string): Promise<void> =>
  deps.store.transaction(async (store) => {
    for (const memberToken of await store.mode.retireMembersUnseenSince(connectionId, seenAt)) {
      const user = await store.users.findByMemberToken(connectionId, memberToken);
      if (user) await store.memberships.forgetPresence(connectionId, user.id, seenAt);
    }
  });

interface GroupIndex {
  readonly byToken: ReadonlyMap<string, string>;
  readonly byName: ReadonlyMap<string, GroupRecord>;
}

/** The id of the record that stands for this group, and whether it was adopted just now. */
const groupIdOf = async (
  deps: Deps,
  call: Call,
  seen: ModeGroup,
  { isFirst, ...index }: GroupIndex & { readonly isFirst: boolean },
) => {
  const linked = index.byToken.get(seen.groupToken);
  if (linked !== undefined) return { id: linked, adopted: false };
  const namesake = index.byName.get(fold(seen.name));
  const connectionId = call.connection.id;
  if (namesake) {
    await deps.store.groups.link(connectionId, namesake.id, seen.groupToken);
    return { id: namesake.id, adopted: false };
  }
  const group = newGroup(deps, connectionId, { displayName: seen.name });
  await deps.store.groups.insert({ ...group, origin: originOf(isFirst), groupToken: seen.groupToken });
  return { id: group.id, adopted: true };
};

/** Learns the groups and who is in each (⌈groups/30⌉ + groups calls), links and adopts. Members first: see fullSync. */
const syncGroups = async (deps: Deps, call: ModeCall) => {
  const connectionId = call.connection.id;
  const seenAt = isoNow(deps);
  const isFirst = await isFirstSync(deps, call);
  const unlinked = await deps.store.groups.unlinked(connectionId);
  const index: GroupIndex = {
    byToken: await deps.store.groups.idsByGroupToken(connectionId),
    byName: new Map(unlinked.map((group) => [fold(group.displayName), group])),
  };
  const userIds = await deps.store.users.idsByMemberToken(connectionId);
  const listed: { readonly id: string; readonly groupToken: string }[] = [];
  let adoptedGroups = 0;
  for await (const seen of deps.upstreamOf(call.connection).groups(call)) {
    const { id, adopted } = await groupIdOf(deps, call, seen, { ...index, isFirst });
    await deps.store.mode.saveGroups(connectionId, [seen], seenAt);
    listed.push({ id, groupToken: seen.groupToken });
    if (adopted) adoptedGroups += 1;
  }
  await inParallel(listed, AT_ONCE, (group) => observeGroup(deps, call, group, userIds, isFirst));
  await deps.store.mode.retireGroupsUnseenSince(connectionId, seenAt);
  return { groups: listed.length, adoptedGroups };
};

/** Learns everything that Mode holds. Throws what Mode answers; what was learnt before stays. */
export const learn = async (deps: Deps, call: Call): Promise<SyncReport> => {
  const startedAt = isoNow(deps);
  const people = await syncMembers(deps, call);
  const groups = await syncGroups(deps, unhurried(call));
  await deps.store.connections.markSynced(call.connection.id, startedAt);
  const report = { ...people, ...groups };
  deps.log.info('sync.done', { connectionId: call.connection.id, ...report });
  return report;
};

/** Learns everything that Mode holds, then does about manual changes there what the connection says. */
export const fullSync = async (deps: Deps, call: Call): Promise<SyncReport> => {
  const report = await learn(deps, call);
  await reconcile(deps, call);
  return report;
};
