/** A group shows the names of its members: with one of them it changes too. */
import { type Deps, isoNow } from './deps.ts';
import type { UserRecord } from './model.ts';
import type { Store } from './store/store.ts';

/** Gives the groups that show a person another version; in one order, so that two who do it never wait for each other. */
export const touchGroupsOf = async (
  deps: Deps,
  store: Store,
  { connectionId, id }: Pick<UserRecord, 'connectionId' | 'id'>,
): Promise<void> => {
  const memberships = await store.memberships.groupsOf(connectionId, [id]);
  const groupIds = memberships.map(({ groupId }) => groupId).sort();
  for (const groupId of groupIds) await store.groups.touch(connectionId, groupId, isoNow(deps));
};
