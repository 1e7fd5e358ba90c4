/**
 * Takes back a change of a person that Mode refused: her record is as it was before it. Whatever else changed meanwhile and
 * Mode need not hear of stays, and a newer wish is not touched.
 */
import { AppError } from '../../errors.ts';
import type { Deps } from '../deps.ts';
import { indexValues } from '../index-values.ts';
import { markWaitingGroups } from '../linking/members.ts';
import type { Attributes, UserRecord } from '../model.ts';
import { userSchema } from '../schema.ts';
import type { Store } from '../store/store.ts';
import type { Claimed } from '../store/work.ts';
import { touchGroupsOf } from '../touch-groups.ts';
import { derived } from '../user-columns.ts';

/** What is kept with the mark. */
export interface UserUndo {
  /** The record before the change; null: it was not there. */
  readonly before: UserRecord | null;
  /** Of the record after the change: while it has this version, nothing else was changed. */
  readonly version: number;
}

const withStandingOf = (attributes: Attributes, before: UserRecord): Attributes => {
  const { active: _active, ...others } = attributes;
  const active = before.attributes['active'];
  return active === undefined ? others : { ...others, active };
};

/** The record as it was; of somebody who was changed again since, only whether she is to be in Mode. */
const putBack = async (
  deps: Deps,
  store: Store,
  current: UserRecord,
  { before, isUntouched }: { readonly before: UserRecord; readonly isUntouched: boolean },
): Promise<void> => {
  const attributes = isUntouched ? before.attributes : withStandingOf(current.attributes, before);
  const { modifiedAt } = isUntouched ? before : current;
  const columns = {
    ...derived(attributes, before),
    modifiedAt,
    deletedAt: null,
    version: current.version + 1,
  };
  await store.users.update({ ...current, ...columns }, indexValues(userSchema, attributes), current.version);
  if (current.deletedAt !== null || columns.displayName !== current.displayName)
    await touchGroupsOf(deps, store, current);
  // A group that she was put into while she was to leave has not let her in.
  if (columns.active && !current.active)
    await markWaitingGroups(deps, store, current.connectionId, [current.id]);
};

const tryRestore = (
  deps: Deps,
  entry: Claimed,
  own: UserUndo | undefined,
  mayBeWhole: boolean,
): Promise<boolean> =>
  deps.store.transaction(async (store) => {
    const { connectionId, id } = entry;
    const current = await store.users.lock(connectionId, id);
    // What is stored lies before every change that Mode has not carried out, also one of an earlier request.
    const undo = entry.undo === null ? own : (JSON.parse(entry.undo) as UserUndo);
    if (!current || !undo || !(await store.unsettled.drop(entry))) return false;
    const { before, version } = undo;
    if (before === null) await store.users.purge(connectionId, id);
    else {
      const isUntouched = mayBeWhole && current.version === version;
      await putBack(deps, store, current, { before, isUntouched });
    }
    return true;
  });

const isConflict = (error: unknown): boolean => error instanceof AppError && error.kind === 'conflict';

/**
 * Restores a person after a refusal. False when there is nothing to restore, a newer wish decides, or her name is somebody
 * else's by now; then what is owed stays owed. `own`: what the request that was refused changed itself.
 */
export const restoreUser = async (
  deps: Deps,
  entry: Claimed,
  own: UserUndo | undefined,
): Promise<boolean> => {
  for (const mayBeWhole of [true, false]) {
    try {
      return await tryRestore(deps, entry, own, mayBeWhole);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  return false;
};
