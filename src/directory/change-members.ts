/** Writes into the record who is to be in a group. */
import { AppError } from '../errors.ts';
import type { GroupRecord } from './model.ts';
import type { MemberDelta } from './settle/group-wish.ts';
import type { Store } from './store/store.ts';

const requirePeople = async (store: Store, connectionId: string, ids: readonly string[]): Promise<void> => {
  const existing = await store.users.existing(connectionId, ids);
  const unknown = ids.filter((id) => !existing.has(id));
  if (unknown.length === 0) return;
  const shown = unknown.slice(0, 5).map((id) => JSON.stringify(id));
  const more = unknown.length > shown.length ? ` and ${unknown.length - shown.length} more` : '';
  throw new AppError(
    'invalid',
    'directory.groups.unknown-member',
    `There is no user with id ${shown.join(', ')}${more}; nothing of this request was applied. Create the user first.`,
  );
};

interface MembersChanged {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Gives whose membership changed. Throws `invalid` naming people who are not there. */
export const changeMembers = async (
  store: Store,
  group: GroupRecord,
  delta: MemberDelta,
): Promise<MembersChanged> => {
  const { connectionId, id } = group;
  await requirePeople(store, connectionId, delta.add);
  let surplus = delta.remove;
  if (delta.replaceAll) {
    const kept = new Set(delta.add);
    surplus = [...(await store.memberships.wantedIds(connectionId, id))].filter(
      (userId) => !kept.has(userId),
    );
  }
  const removed = await store.memberships.unwant(connectionId, id, surplus);
  const added = await store.memberships.want(connectionId, id, delta.add);
  return { added, removed };
};
