/**
 * Settles one group with Mode: there under the right name with the right people, or gone. Each missing or surplus
 * membership is one call; people who have not joined Mode yet wait in the record (product.md section 4).
 */
import { AppError } from '../../errors.ts';
import { type Deps, isoAnswered, isoNow, type ModeCall } from '../deps.ts';
import { fold } from '../fold.ts';
import type { GroupRecord, ModeGroup, Unsettled } from '../model.ts';
import { heldByLeaver, isAboutState, isRefusal, seeing } from '../passing.ts';
import type { Store } from '../store/store.ts';
import { settleMemberships, type Wish } from './group-members.ts';
import { GroupRefused, type RefusedPlace } from './group-refused.ts';
import { logRefused } from './group-told.ts';
import { stillShownUntil } from './lag.ts';
import { observeGroup } from './observe-group.ts';
import { openUntil, watchedUntil, yetToCome } from './open-calls.ts';

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

/** Throws where Mode still holds one of these for a record that is deleted: this one comes after it. */
const checkNoneLeaves = async (
  deps: Deps,
  { connectionId, deletedAt }: GroupRecord,
  holders: readonly string[],
): Promise<void> => {
  if (deletedAt !== null) return;
  for (const id of holders) {
    const holder = await deps.store.groups.findAny(connectionId, id);
    if (holder && holder.deletedAt !== null) throw heldByLeaver('a deleted group of this name');
  }
};

/** After a failure: finds out what Mode holds, so that nothing is sent twice with effect. */
const lookUp = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<GroupRecord> => {
  const seenAt = isoNow(deps);
  const candidates: ModeGroup[] = [];
  const mayBe = isCandidate(group);
  for await (const one of deps.upstreamOf(call.connection).groups(call)) if (mayBe(one)) candidates.push(one);
  const idsByToken = await deps.store.groups.idsByGroupToken(group.connectionId);
  const free = candidates.filter(({ groupToken }) => (idsByToken.get(groupToken) ?? group.id) === group.id);
  const found = chosenOf(group, free);
  if (found) {
    const linked = await remember(deps, group, found, seenAt);
    await observeGroup(deps, call, { id: group.id, groupToken: found.groupToken });
    return linked;
  }
  await checkNoneLeaves(
    deps,
    group,
    candidates.flatMap(({ groupToken }) => idsByToken.get(groupToken) ?? []),
  );
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

/**
 * Mode keeps deleted names and stumbles over a second group deleted under one (mode-api.md §6): rename, then delete. The new
 * name bears the token, because one record may be several groups of Mode in turn.
 */
const renameAndDelete = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<void> => {
  if (group.groupToken === null) return;
  const upstream = deps.upstreamOf(call.connection);
  const aside = `${group.displayName} (deleted ${group.groupToken})`;
  const renamed = await upstream.renameGroup(group.groupToken, aside, call);
  // Should Mode refuse the rest, the group must get its name back.
  await remember(deps, group, renamed, isoAnswered(deps));
  await upstream.deleteGroup(group.groupToken, call);
  await deps.store.mode.buryGroup(group.connectionId, group.groupToken, stillShownUntil(isoAnswered(deps)));
};

const deleteInMode = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<void> => {
  try {
    await renameAndDelete(deps, call, group);
  } catch (error) {
    if (!isAboutState(error)) throw error;
    // It may be gone all the same.
    const { groupToken } = await lookUp(deps, call, group);
    if (groupToken !== null) throw error;
  }
};

const create = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<string> => {
  try {
    const created = await deps.upstreamOf(call.connection).createGroup(group.displayName, call);
    await remember(deps, group, created, isoAnswered(deps));
    return created.groupToken;
  } catch (error) {
    if (!isAboutState(error)) throw error;
    // It may be there: made by an earlier call that got no answer, or by hand.
    const { groupToken } = await lookUp(deps, call, group);
    if (groupToken === null) throw error;
    return groupToken;
  }
};

/** The name that Mode was last seen to hold. */
export const nameInMode = async (
  { mode }: Pick<Store, 'mode'>,
  connectionId: string,
  groupToken: string,
): Promise<string | undefined> =>
  (await mode.groupsByToken(connectionId, [groupToken])).get(groupToken)?.name;

const rename = async (deps: Deps, call: ModeCall, group: GroupRecord, groupToken: string): Promise<void> => {
  try {
    const renamed = await deps.upstreamOf(call.connection).renameGroup(groupToken, group.displayName, call);
    await remember(deps, group, renamed, isoAnswered(deps));
  } catch (error) {
    if (!isAboutState(error)) throw error;
    await lookUp(deps, call, group);
    if ((await nameInMode(deps.store, group.connectionId, groupToken)) !== group.displayName) throw error;
  }
};

/** The group in Mode, and what Mode has against its name; where it is not there that is why. */
type Ensured =
  | { readonly token: string; readonly refusal: AppError | null }
  | { readonly token: null; readonly refusal: AppError };

/** Sees that the group is there under its name. A refusal does not keep its people from going in and out, if it is there. */
const ensureGroup = async (deps: Deps, call: ModeCall, group: GroupRecord): Promise<Ensured> => {
  const { connectionId, groupToken: token, displayName } = group;
  try {
    if (token === null) return { token: await create(deps, call, group), refusal: null };
    if ((await nameInMode(deps.store, connectionId, token)) !== displayName)
      await rename(deps, call, group, token);
    return { token, refusal: null };
  } catch (error) {
    // That Mode knows no such group, or not who asks, says nothing of the name.
    if (!isRefusal(error) || error.kind === 'notFound' || error.kind === 'unauthorized') throw error;
    return token === null ? { token, refusal: error } : { token, refusal: error };
  }
};

/** Without a group nobody can be let in; and nobody is there to be put out. */
const withoutGroup = async (
  { store }: Deps,
  { connectionId, id }: GroupRecord,
  error: AppError,
): Promise<readonly RefusedPlace[]> => {
  const pending = await store.memberships.pending(connectionId, id, null);
  return pending.flatMap(({ userId, wanted }) => (wanted ? [{ userId, wanted, error }] : []));
};

/** What stands for all that was refused. What Mode does not know is looked for anew before anybody is refused for it. */
const causeOf = (
  refusal: AppError | null,
  places: readonly RefusedPlace[],
  isKnown: boolean,
): AppError | null => {
  const errors = places.map(({ error }) => error);
  const gone = errors.find(({ kind }) => kind === 'notFound') ?? null;
  if (gone && !isKnown) return gone;
  return refusal ?? errors.find(({ kind }) => kind !== 'notFound') ?? gone;
};

/** The people, once the group is there; who waits for one that is refused is refused with it. Throws what was refused. */
const settlePeople = async (
  deps: Deps,
  call: ModeCall,
  group: GroupRecord,
  { token, refusal }: Ensured,
  wish: Wish,
): Promise<void> => {
  const places =
    token === null
      ? await withoutGroup(deps, group, refusal)
      : await settleMemberships(deps, call, { id: group.id, token }, wish);
  const cause = causeOf(refusal, places, wish.isKnown);
  if (!cause) return;
  const refused = new GroupRefused(cause, { displayName: refusal && group.displayName, places });
  logRefused(deps, group, refused);
  throw refused;
};

/**
 * Makes Mode agree with what is wanted for one group: of its members, with those of the debt alone, because nothing else
 * about them changed since it agreed; with all of them after a failure, which leaves open what Mode has, and in another group
 * of Mode than it was. Throws what Mode answers; `GroupRefused` where it refused something and took the rest.
 */
export const settleGroup = async (deps: Deps, call: ModeCall, entry: Unsettled): Promise<void> => {
  const recorded = await deps.store.groups.findAny(entry.connectionId, entry.id);
  if (!recorded) return;
  const group = entry.attempts > 0 ? await seeing(lookUp(deps, call, recorded)) : recorded;
  if (group.deletedAt !== null) {
    await deleteInMode(deps, call, group);
    // A creation that may come yet must meet its record, or it would be taken for a stranger.
    if (watchedUntil(deps, entry) === undefined) await deps.store.groups.purge(group.connectionId, group.id);
    return;
  }
  // Only a creation that got no answer can make a group that was in Mode under no token.
  const mayCome = recorded.groupToken === null && openUntil(deps, entry) !== undefined;
  if (group.groupToken === null && mayCome) throw yetToCome('the group');
  const ensured = await ensureGroup(deps, call, group);
  const isKnown = entry.attempts > 0;
  const userIds = isKnown || ensured.token !== recorded.groupToken ? null : entry.members;
  await settlePeople(deps, call, group, ensured, { userIds, isKnown });
};
