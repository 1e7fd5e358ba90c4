/**
 * Settles one group with Mode: there under the right name with the right people, or gone. Each missing or surplus
 * membership is one call; people who have not joined Mode yet wait in the record (product.md section 4).
 */
import type { AppError } from '../errors.ts';
import { type Deps, isoNow, type ModeCall } from './deps.ts';
import { fold } from './fold.ts';
import { inParallel } from './in-parallel.ts';
import type { PendingMembership } from './membership-store.ts';
import type { GroupRecord, ModeGroup, Unsettled } from './model.ts';
import { observeGroup } from './observe-group.ts';
import { observePeople } from './observe-people.ts';
import { isRefusal } from './passing.ts';

/** Calls of one group that are under way at once; the throttle of the connection bounds them further. */
const AT_ONCE = 8;

const remember = async (deps: Deps, group: GroupRecord, seen: ModeGroup): Promise<GroupRecord> => {
  await deps.store.transaction(async (store) => {
    await store.mode.saveGroups(group.connectionId, [seen], isoNow(deps));
    await store.groups.link(group.connectionId, group.id, seen.groupToken);
  });
  return { ...group, groupToken: seen.groupToken };
};

/** After a failure: finds out what Mode holds, so that nothing is sent twice with effect. */
const lookUp = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<GroupRecord> => {
  let found: ModeGroup | undefined;
  for await (const candidate of deps.upstreamOf(call.connection).groups(call)) {
    const same =
      group.groupToken === null
        ? fold(candidate.name) === fold(group.displayName)
        : candidate.groupToken === group.groupToken;
    if (same) found = candidate;
  }
  if (!found) {
    await deps.store.groups.link(group.connectionId, group.id, null);
    return { ...group, groupToken: null };
  }
  const linked = await remember(deps, group, found);
  const userIds = await deps.store.users.idsByMemberToken(group.connectionId);
  await observeGroup(deps, call, { id: group.id, groupToken: found.groupToken }, userIds);
  return linked;
};

/** Mode keeps deleted names and stumbles over a second group deleted under one (mode-api.md §6): rename, then delete. */
const deleteInMode = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<void> => {
  if (group.groupToken === null) return;
  const upstream = deps.upstreamOf(call.connection);
  await upstream.renameGroup(group.groupToken, `${group.displayName} (deleted ${group.id})`, call);
  await upstream.deleteGroup(group.groupToken, call);
};

const ensureGroup = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<string> => {
  const upstream = deps.upstreamOf(call.connection);
  if (group.groupToken === null) {
    const created = await remember(deps, group, await upstream.createGroup(group.displayName, call));
    return created.groupToken ?? '';
  }
  const seen = (await deps.store.mode.groupsByToken(group.connectionId, [group.groupToken])).get(
    group.groupToken,
  );
  if (seen?.name !== group.displayName) {
    await remember(deps, group, await upstream.renameGroup(group.groupToken, group.displayName, call));
  }
  return group.groupToken;
};

interface GroupInMode {
  readonly id: string;
  readonly token: string;
}

/** Asks Mode for these memberships at once, and records what came of it. */
const changeMembers = async (
  deps: Deps,
  call: ModeCall,
  group: GroupInMode,
  pending: readonly PendingMembership[],
): Promise<void> => {
  const add = pending.filter(({ wanted }) => wanted).map(({ memberToken }) => memberToken);
  const remove = pending.flatMap(({ wanted, memberToken, membershipToken }) =>
    wanted || membershipToken === null ? [] : [{ memberToken, membershipToken }],
  );
  const added = await deps.upstreamOf(call.connection).changeMembers(group.token, { add, remove }, call);
  const tokens = new Map(added.map(({ memberToken, membershipToken }) => [memberToken, membershipToken]));
  const seen = pending.map(({ userId, memberToken }) => {
    return { userId, membershipToken: tokens.get(memberToken) ?? null };
  });
  await deps.store.memberships.observe(call.connection.id, group.id, seen, {
    adopt: false,
    seenAt: isoNow(deps),
  });
};

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** Waits for the work and gives Mode's refusal, if it refuses; throws any other failure. */
const refusalOf = async (work: Promise<void>): Promise<AppError | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
};

interface Refused {
  readonly pending: PendingMembership;
  readonly error: AppError;
}

/**
 * What is left of the refusals: Mode does not know whoever left it since the last sync, and she waits as those do who have
 * yet to come. `isKnown`: Mode was just seen to hold the group, so that it is the person whom it does not know.
 */
const standing = async (
  deps: Deps,
  call: ModeCall,
  refused: readonly Refused[],
  isKnown: boolean,
): Promise<readonly Refused[]> => {
  const unknown = refused.filter(({ error, pending }) => pending.wanted && error.kind === 'notFound');
  if (!isKnown || unknown.length === 0) return refused;
  const people = unknown.map(({ pending }) => pending);
  const inMode = await observePeople(deps, call, people);
  return refused.filter((one) => !unknown.includes(one) || inMode.has(one.pending.userId));
};

interface Wish {
  /** Of the members these alone; null: all. */
  readonly userIds: readonly string[] | null;
  readonly isKnown: boolean;
}

const settleMemberships = async (
  deps: Deps,
  call: ModeCall,
  group: GroupInMode,
  { userIds, isKnown }: Wish,
): Promise<void> => {
  const refused: Refused[] = [];
  const change = async (some: readonly PendingMembership[]): Promise<void> => {
    const error = await refusalOf(changeMembers(deps, call, group, some));
    if (error === undefined) return;
    const [only, ...others] = some;
    if (only && others.length === 0) refused.push({ pending: only, error });
    // One person whom Mode refuses does not keep the others out.
    else for (const one of some) await change([one]);
  };
  const pending = await deps.store.memberships.pending(call.connection.id, group.id, userIds);
  const { membersPerCall } = deps.upstreamOf(call.connection);
  await inParallel(chunksOf(pending, membersPerCall), AT_ONCE, change);
  const [first] = await standing(deps, call, refused, isKnown);
  if (first) throw first.error;
};

/**
 * Makes Mode agree with what is wanted for one group: of its members, with these alone where they are given, because
 * nothing else about them changed since it agreed. Throws what Mode answers.
 */
export const settleGroup = async (
  deps: Deps,
  call: ModeCall,
  entry: Unsettled,
  userIds: readonly string[] | null,
): Promise<void> => {
  const recorded = await deps.store.groups.findAny(entry.connectionId, entry.id);
  if (!recorded) return;
  const group = entry.attempts > 0 ? await lookUp(deps, call, recorded) : recorded;
  if (group.deletedAt !== null) {
    await deleteInMode(deps, call, group);
    await deps.store.groups.purge(group.connectionId, group.id);
    return;
  }
  const token = await ensureGroup(deps, call, group);
  const isKnown = entry.attempts > 0;
  await settleMemberships(deps, call, { id: group.id, token }, { userIds, isKnown });
};
