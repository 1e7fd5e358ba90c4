/**
 * Takes back a change of a group that Mode refused. The record is put back as it was; what Mode had carried out before
 * it refused is owed to it again, the other way round, and follows in the background, as does what others asked for.
 */
import { AppError } from '../../errors.ts';
import { type Deps, isoNow } from '../deps.ts';
import type { GroupRecord } from '../model.ts';
import type { Store } from '../store/store.ts';
import type { Claimed } from '../store/work.ts';
import { MembersRefused } from './group-members.ts';
import type { Restored } from './settle.ts';

/** What is kept with the mark: the record before the change (null: it was not there) and whose membership changed. */
export interface GroupUndo {
  readonly before: GroupRecord | null;
  /** Of the record after the change: while it has this version, nothing else was changed. */
  readonly version: number;
  /** The name that the group was given. */
  readonly name: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The attributes as they were; of a group that was changed again since, only the name, where it is still the refused one. */
const attributesOf = (current: GroupRecord, before: GroupRecord, { version, name }: GroupUndo) => {
  const { attributes, displayName, externalId, modifiedAt } = before;
  if (current.version === version) return { attributes, displayName, externalId, modifiedAt };
  if (current.displayName !== name) return {};
  return { attributes: { ...current.attributes, displayName }, displayName };
};

const putBack = async (
  store: Store,
  current: GroupRecord,
  before: GroupRecord,
  undo: GroupUndo,
): Promise<void> => {
  const { connectionId, id, version } = current;
  const restored = {
    ...current,
    ...attributesOf(current, before, undo),
    version: version + 1,
    deletedAt: null,
  };
  await store.groups.update(restored, version);
  await store.memberships.unwant(connectionId, id, undo.added);
  await store.memberships.want(connectionId, id, undo.removed);
};

/** Of a group that is new: what Mode has of it is deleted there; without that the record goes at once. */
const takeBackCreation = async (
  store: Store,
  current: GroupRecord,
  entry: Claimed,
  deletedAt: string,
): Promise<void> => {
  const { connectionId, id, groupToken, version } = current;
  if (groupToken !== null) {
    await store.groups.update({ ...current, deletedAt, version: version + 1 }, version);
    await store.unsettled.keepRest(entry, { undo: null, now: deletedAt });
    return;
  }
  await store.groups.purge(connectionId, id);
  await store.unsettled.drop(entry);
};

const undoOf = ({ undo }: Claimed): GroupUndo | undefined =>
  undo === null ? undefined : (JSON.parse(undo) as GroupUndo);

/** Whether Mode refused people whom others want in or out, and nothing of this request's own. */
const isOfOthers = (own: GroupUndo | undefined, refusal: AppError): boolean => {
  if (!own?.before || !(refusal instanceof MembersRefused)) return false;
  const mine = new Set([...own.added, ...own.removed]);
  return !refusal.userIds.some((userId) => mine.has(userId));
};

/**
 * Restores a group after a refusal. `kept` when there is nothing to restore, or its name is another's by now; then what is
 * owed stays owed. `done` when the refusal is about other people than the request's own, whom Mode has taken: those others
 * are still owed. `own`: what the request that was refused changed itself; without it, what the mark remembers.
 */
export const restoreGroup = async (
  deps: Deps,
  entry: Claimed,
  own: GroupUndo | undefined,
  refusal: AppError,
): Promise<Restored> => {
  // Changes of others than this request's own are still owed, and would still have to be undone.
  const isOfThis = own === undefined || entry.undo === JSON.stringify(own);
  const rest = { undo: isOfThis ? null : entry.undo, now: isoNow(deps) };
  if (isOfOthers(own, refusal)) {
    await deps.store.unsettled.keepRest(entry, rest);
    return 'done';
  }
  try {
    return await deps.store.transaction(async (store): Promise<Restored> => {
      const current = await store.groups.lock(entry.connectionId, entry.id);
      const undo = own ?? undoOf(entry);
      if (!current || !undo) return 'kept';
      if (undo.before === null) {
        await takeBackCreation(store, current, entry, rest.now);
      } else {
        await putBack(store, current, undo.before, undo);
        await store.unsettled.keepRest(entry, rest);
      }
      return 'undone';
    });
  } catch (error) {
    if (error instanceof AppError && error.kind === 'conflict') return 'kept';
    throw error;
  }
};
