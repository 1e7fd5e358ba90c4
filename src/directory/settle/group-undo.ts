/**
 * Takes back a change of a group that Mode refused. The record is put back as it was; what Mode had carried out before
 * it refused is owed to it again, the other way round, and follows in the background, as does what others asked for.
 */
import { AppError } from '../../errors.ts';
import { type Deps, isoNow } from '../deps.ts';
import type { GroupRecord } from '../model.ts';
import type { Store } from '../store/store.ts';
import type { Claimed } from '../store/work.ts';
import { nameInMode } from './group.ts';
import { GroupRefused } from './group-refused.ts';
import { type GroupUndo, type GroupWish, wishesOf } from './group-wish.ts';
import type { Restored } from './settle.ts';

/** The request that hears the refusal, and what it was refused for. */
interface Refusal {
  readonly wish: GroupWish;
  readonly error: AppError;
  readonly entry: Claimed;
  readonly current: GroupRecord;
  readonly now: string;
}

type TakeBack = (store: Store, refusal: Refusal) => Promise<Restored>;

const undoOf = ({ undo }: Claimed): GroupUndo | undefined =>
  undo === null ? undefined : (JSON.parse(undo) as GroupUndo);

/** The name that Mode refused, where the request wishes the group to have it. */
const nameOf = ({ wish, error }: Refusal): string | null => {
  const name = error instanceof GroupRefused ? error.displayName : null;
  return name !== null && wish.name() === name ? name : null;
};

/** Whether it is about anything that the request wishes; else it is about what others wish, and this is done. */
const isOwn = (refusal: Refusal): boolean => {
  const { wish, error, current } = refusal;
  if (error instanceof GroupRefused) return nameOf(refusal) !== null || error.places.some(wishesOf(wish));
  return (current.deletedAt !== null) === (wish.kind === 'delete');
};

/** What is owed still, and what would undo that: what others asked for, unless `isSpent`. */
const rest = ({ wish: { own }, entry, now }: Refusal, isSpent = false) => ({
  undo: isSpent || (own !== undefined && entry.undo === JSON.stringify(own)) ? null : entry.undo,
  now,
});

/** Of a group that is new: what Mode has of it is deleted there; without that the record goes at once. */
const takeBackCreation: TakeBack = async (store, { current, entry, now }) => {
  const { connectionId, id, groupToken, version } = current;
  if (groupToken === null) {
    await store.groups.purge(connectionId, id);
    await store.unsettled.drop(entry);
  } else {
    await store.groups.update({ ...current, deletedAt: now, version: version + 1 }, version);
    await store.unsettled.keepRest(entry, { undo: null, isOver: true, now });
  }
  return 'undone';
};

const takeBackDeletion: TakeBack = async (store, refusal) => {
  const { current, entry, wish } = refusal;
  const { version } = current;
  await store.groups.update({ ...current, deletedAt: null, version: version + 1 }, version);
  await store.unsettled.keepRest(entry, rest(refusal, wish.own === undefined));
  return 'undone';
};

/** The attributes as they were; of a group that was changed again since, only the name, where it is still the refused one. */
const attributesOf = (current: GroupRecord, undo: GroupUndo): Partial<GroupRecord> => {
  if (undo.before === null) return {};
  const { attributes, displayName, externalId, modifiedAt } = undo.before;
  if (current.version === undo.version) return { attributes, displayName, externalId, modifiedAt };
  if (current.displayName !== undo.name) return {};
  return { attributes: { ...current.attributes, displayName }, displayName };
};

/** The record without what is to be undone, and without the refused name: then it has the one that Mode holds. */
const recordBefore = async (
  store: Store,
  refusal: Refusal,
  undo: GroupUndo | undefined,
): Promise<GroupRecord> => {
  const { current, wish } = refusal;
  const refused = nameOf(refusal);
  const isMeant = wish.own !== undefined || refused !== null;
  const before = { ...current, ...(undo && isMeant ? attributesOf(current, undo) : {}) };
  if (before.displayName !== refused || before.groupToken === null) return before;
  const displayName = (await nameInMode(store, before.connectionId, before.groupToken)) ?? refused;
  return { ...before, attributes: { ...before.attributes, displayName }, displayName };
};

/**
 * Who is to be out again and who in: whom the undo says and whom Mode refused, as far as the request wished it, and nobody
 * has wished for anything newer.
 */
const placesBefore = ({ wish, error }: Refusal, undo: GroupUndo | undefined, newer: ReadonlySet<string>) => {
  const refused = error instanceof GroupRefused ? error.places : [];
  const idsOf = (isIn: boolean) => refused.flatMap(({ userId, wanted }) => (wanted === isIn ? [userId] : []));
  const wishes = wishesOf(wish);
  const wished = (ids: readonly string[], wanted: boolean): readonly string[] =>
    [...new Set(ids)].filter((userId) => wishes({ userId, wanted }) && !newer.has(userId));
  return {
    out: wished([...(undo?.added ?? []), ...idsOf(true)], true),
    into: wished([...(undo?.removed ?? []), ...idsOf(false)], false),
  };
};

/** What the request changed; where it asked again for what an earlier one had changed, that, as far as it wishes the same. */
const takeBackChange: TakeBack = async (store, refusal) => {
  const { current, entry, wish, error } = refusal;
  const stored = undoOf(entry);
  const undo = wish.own ?? stored;
  if (!wish.own && !(error instanceof GroupRefused)) return 'kept';
  const before = await recordBefore(store, refusal, undo);
  const newer = new Set(await store.unsettled.concernedSince(entry));
  const { out, into } = placesBefore(refusal, undo, newer);
  const isNothing = out.length + into.length === 0 && before.displayName === current.displayName;
  if (!wish.own && isNothing) return 'kept';
  const version = current.version + 1;
  const putBackVersion = isNothing ? current.putBackVersion : version;
  await store.groups.update({ ...before, version, putBackVersion }, current.version);
  await store.memberships.unwant(current.connectionId, current.id, out);
  await store.memberships.want(current.connectionId, current.id, into);
  // A creation that is owed still is not this request's to take back.
  await store.unsettled.keepRest(entry, rest(refusal, !wish.own && stored?.before !== null));
  return 'undone';
};

const TAKE_BACK: Readonly<Record<GroupWish['kind'], TakeBack>> = {
  create: takeBackCreation,
  change: takeBackChange,
  delete: takeBackDeletion,
};

/**
 * Restores a group after a refusal, as far as the request wishes what was refused. `kept` when there is nothing to restore,
 * or its name is another's by now; then what is owed stays owed. `done` when the refusal is about what others wish, and
 * Mode has taken what the request wishes: the others' is still owed.
 */
export const restoreGroup = async (
  deps: Deps,
  entry: Claimed,
  wish: GroupWish,
  error: AppError,
): Promise<Restored> => {
  try {
    return await deps.store.transaction(async (store): Promise<Restored> => {
      const current = await store.groups.lock(entry.connectionId, entry.id);
      if (!current) return 'kept';
      const refusal: Refusal = { wish, error, entry, current, now: isoNow(deps) };
      if (isOwn(refusal)) return TAKE_BACK[wish.kind](store, refusal);
      await store.unsettled.keepRest(entry, rest(refusal));
      return 'done';
    });
  } catch (caught) {
    if (caught instanceof AppError && caught.kind === 'conflict') return 'kept';
    throw caught;
  }
};
