/**
 * Settles one group with Mode: there under the right name with the right people, or gone. Each missing or surplus
 * membership is one call; people who have not joined Mode yet wait in the record (product.md section 4).
 */
import { AppError } from '../errors.ts';
import { type Deps, isoAnswered, isoNow, type ModeCall } from './deps.ts';
import { fold } from './fold.ts';
import { inParallel } from './in-parallel.ts';
import { stillShownUntil } from './lag.ts';
import type { PendingMembership } from './membership-store.ts';
import type { GroupRecord, ModeGroup, Unsettled } from './model.ts';
import { observeGroup } from './observe-group.ts';
import { observePeople } from './observe-people.ts';
import { isRefusal } from './passing.ts';

/** Calls of one group that are under way at once; the throttle of the connection bounds them further. */
const AT_ONCE = 8;

/** Somebody linked the record to another group of Mode meanwhile: to be looked at anew, not written over. */
const relinked = (): AppError =>
  new AppError(
    'unavailable',
    'directory.settle.group-relinked',
    'What this group is in Mode was found out anew meanwhile. The change is kept and carried out in a moment.',
  );

/** Records what Mode said of the group at that instant, and that it is this one. */
const remember = async (
  deps: Deps,
  group: GroupRecord,
  seen: ModeGroup,
  seenAt: string,
): Promise<GroupRecord> => {
  const { groupToken } = seen;
  const isLinked = await deps.store.transaction(async (store) => {
    await store.mode.saveGroups(group.connectionId, [seen], seenAt);
    return store.groups.link(group.connectionId, group.id, { was: group.groupToken, groupToken });
  });
  if (!isLinked) throw relinked();
  return { ...group, groupToken };
};

/** The one of these that the group is: the one it is linked to, else the one of its name; of several nothing is guessed. */
const chosenOf = (group: GroupRecord, candidates: readonly ModeGroup[]): ModeGroup | undefined => {
  const [only, another] = candidates;
  return another ? candidates.find(({ name }) => name === group.displayName) : only;
};

const isCandidate =
  ({ groupToken, displayName }: GroupRecord) =>
  (candidate: ModeGroup): boolean =>
    groupToken === null ? fold(candidate.name) === fold(displayName) : candidate.groupToken === groupToken;

/** After a failure: finds out what Mode holds, so that nothing is sent twice with effect. */
const lookUp = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<GroupRecord> => {
  const seenAt = isoNow(deps);
  const candidates: ModeGroup[] = [];
  const mayBe = isCandidate(group);
  for await (const one of deps.upstreamOf(call.connection).groups(call)) if (mayBe(one)) candidates.push(one);
  const found = chosenOf(group, candidates);
  if (found) {
    const linked = await remember(deps, group, found, seenAt);
    await observeGroup(deps, call, { id: group.id, groupToken: found.groupToken });
    return linked;
  }
  const { connectionId, id, groupToken: was } = group;
  const isLoose = await deps.store.transaction(async (store) => {
    if (was !== null) await store.mode.buryGroup(connectionId, was, stillShownUntil(seenAt));
    // Nobody is in a group that is gone: they are all to be added to the next one.
    await store.memberships.forgetGroups(connectionId, [id], seenAt);
    return store.groups.link(connectionId, id, { was, groupToken: null });
  });
  if (!isLoose) throw relinked();
  return { ...group, groupToken: null };
};

/** Mode keeps deleted names and stumbles over a second group deleted under one (mode-api.md §6): rename, then delete. */
const deleteInMode = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<void> => {
  if (group.groupToken === null) return;
  const upstream = deps.upstreamOf(call.connection);
  const aside = `${group.displayName} (deleted ${group.id})`;
  const renamed = await upstream.renameGroup(group.groupToken, aside, call);
  // Should Mode refuse the rest, the group must get its name back.
  await remember(deps, group, renamed, isoAnswered(deps));
  await upstream.deleteGroup(group.groupToken, call);
  await deps.store.mode.buryGroup(group.connectionId, group.groupToken, stillShownUntil(isoAnswered(deps)));
};

const ensureGroup = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<string> => {
  const upstream = deps.upstreamOf(call.connection);
  if (group.groupToken === null) {
    const created = await upstream.createGroup(group.displayName, call);
    await remember(deps, group, created, isoAnswered(deps));
    return created.groupToken;
  }
  const seen = (await deps.store.mode.groupsByToken(group.connectionId, [group.groupToken])).get(
    group.groupToken,
  );
  if (seen?.name !== group.displayName) {
    const renamed = await upstream.renameGroup(group.groupToken, group.displayName, call);
    await remember(deps, group, renamed, isoAnswered(deps));
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
    seenAt: isoAnswered(deps),
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
