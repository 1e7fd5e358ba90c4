/**
 * Takes back a change of a group that Mode refused. The record is put back as it was; what Mode had carried out before
 * it refused is owed to it again, the other way round, and follows in the background.
 */
import { type Deps, isoNow } from './deps.ts';
import type { GroupRecord } from './model.ts';
import type { Store } from './store.ts';

/** What is kept with the mark: the record before the change (null: it was not there) and whose membership changed. */
export interface GroupUndo {
  readonly before: GroupRecord | null;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const putBack = async (
  store: Store,
  current: GroupRecord,
  undo: GroupUndo & { before: GroupRecord },
): Promise<void> => {
  const { connectionId, id } = current;
  const { attributes, displayName, externalId, modifiedAt } = undo.before;
  const version = current.version + 1;
  const restored = { ...current, attributes, displayName, externalId, modifiedAt, version, deletedAt: null };
  await store.groups.update(restored, current.version);
  await store.memberships.unwant(connectionId, id, undo.added);
  await store.memberships.want(connectionId, id, undo.removed);
};

/** Restores a group after a refusal, as the mark remembers it; without anything remembered the record stays. */
export const restoreGroup = (deps: Deps, connectionId: string, id: string): Promise<void> =>
  deps.store.transaction(async (store) => {
    const resource = { connectionId, kind: 'group', id } as const;
    const owed = await store.unsettled.find(resource);
    const current = await store.groups.findAny(connectionId, id);
    if (!owed?.undo || !current) return;
    const undo = JSON.parse(owed.undo) as GroupUndo;
    await store.unsettled.forget(resource);
    const now = isoNow(deps);
    if (undo.before !== null) {
      await putBack(store, current, { ...undo, before: undo.before });
    } else if (current.groupToken === null) {
      await store.groups.purge(connectionId, id);
      return;
    } else {
      const gone = { ...current, deletedAt: now, version: current.version + 1 };
      await store.groups.update(gone, current.version);
    }
    await store.unsettled.mark({ ...resource, undo: null, priority: 1 }, now);
  });
