/**
 * Settles who is in one group of Mode: each missing or surplus membership is one call; people who have not joined Mode yet
 * wait in the record (product.md section 4).
 */
import { AppError } from '../../errors.ts';
import { type Deps, isoAnswered, type ModeCall } from '../deps.ts';
import { inParallel } from '../in-parallel.ts';
import { isAboutState, isRefusal } from '../passing.ts';
import type { PendingMembership } from '../store/memberships.ts';
import type { RefusedPlace } from './group-refused.ts';
import { observeGroup } from './observe-group.ts';
import { observePeople } from './observe-people.ts';

/** Calls of one group that are under way at once; the throttle of the connection bounds them further. */
const AT_ONCE = 8;

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

/** Waits for the work and gives Mode's refusal, if it refuses; throws any other failure, and says where it may take effect yet. */
const refusalOf = async (
  work: Promise<void>,
  onOpen: (error: AppError) => void,
): Promise<AppError | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error;
    if (error instanceof AppError && error.mayHappenYet) onOpen(error);
    throw error;
  }
};

interface Refused {
  readonly pending: PendingMembership;
  readonly error: AppError;
}

/** Without those who are as they were wanted to be: an earlier call that got no answer had put them there. */
const withoutDone = async (
  deps: Deps,
  call: ModeCall,
  group: GroupInMode,
  refused: readonly Refused[],
): Promise<readonly Refused[]> => {
  const doubtful = refused.filter(({ error }) => isAboutState(error));
  if (doubtful.length === 0) return refused;
  await observeGroup(deps, call, { id: group.id, groupToken: group.token });
  const userIds = doubtful.map(({ pending }) => pending.userId);
  const pending = await deps.store.memberships.pending(call.connection.id, group.id, userIds);
  const wished = new Set(pending.map(({ userId }) => userId));
  return refused.filter((one) => !doubtful.includes(one) || wished.has(one.pending.userId));
};

/**
 * Without those who left Mode since the last sync, whom it does not know: they wait as those do who have yet to come.
 * `isKnown`: Mode was just seen to hold the group, so that it is the person whom it does not know.
 */
const withoutStrangers = async (
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

/**
 * Without those who may have yet to come, where Mode does not say who has: its SCIM endpoint calls whoever it invited a
 * member. Who is in no group there waits as the invited do, until a sync shows her again.
 */
const withoutAwaited = async (
  deps: Deps,
  { connection }: ModeCall,
  refused: readonly Refused[],
): Promise<readonly Refused[]> => {
  if (deps.upstreamOf(connection).can.has('listPending')) return refused;
  const doubtful = refused.filter(({ error, pending }) => pending.wanted && isAboutState(error));
  const userIds = doubtful.map(({ pending }) => pending.userId);
  const present = await deps.store.memberships.presentInAny(connection.id, userIds);
  const awaited = doubtful.filter(({ pending }) => !present.has(pending.userId));
  const tokens = awaited.map(({ pending }) => pending.memberToken);
  const members = await deps.store.mode.membersByToken(connection.id, tokens);
  const pending = [...members.values()].map((member) => ({ ...member, state: 'pending' as const }));
  await deps.store.mode.saveMembers(connection.id, pending, isoAnswered(deps));
  for (const { pending: one, error } of awaited)
    deps.log.warn('settle.member-waits', { connectionId: connection.id, userId: one.userId, error });
  return refused.filter((one) => !awaited.includes(one));
};

/** Whose membership is to be settled. */
export interface Wish {
  /** Of the members these alone; null: all. */
  readonly userIds: readonly string[] | null;
  readonly isKnown: boolean;
}

/** Puts in whoever is missing and takes out whoever is too many. Gives those whom Mode refused; all else is done. */
export const settleMemberships = async (
  deps: Deps,
  call: ModeCall,
  group: GroupInMode,
  { userIds, isKnown }: Wish,
): Promise<readonly RefusedPlace[]> => {
  const refused: Refused[] = [];
  const open: AppError[] = [];
  const change = async (some: readonly PendingMembership[]): Promise<void> => {
    const error = await refusalOf(changeMembers(deps, call, group, some), (one) => open.push(one));
    if (error === undefined) return;
    const [only, ...others] = some;
    if (only && others.length === 0) refused.push({ pending: only, error });
    // One person whom Mode refuses does not keep the others out.
    else for (const one of some) await change([one]);
  };
  const pending = await deps.store.memberships.pending(call.connection.id, group.id, userIds);
  const { membersPerCall } = deps.upstreamOf(call.connection);
  try {
    await inParallel(chunksOf(pending, membersPerCall), AT_ONCE, change);
  } catch (error) {
    // Of several failures at once the one that may take effect yet must be remembered (docs/decisions/011-lost-answers.md).
    throw open[0] ?? error;
  }
  const standing = await withoutDone(deps, call, group, refused);
  const known = await withoutStrangers(deps, call, standing, isKnown);
  const final = await withoutAwaited(deps, call, known);
  return final.map(({ pending: { userId, wanted }, error }) => ({ userId, wanted, error }));
};
