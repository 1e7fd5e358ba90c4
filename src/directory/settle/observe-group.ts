/** Learns who is in one group of Mode (1 call) and records it beside what is wanted. */
import type { Deps, ModeCall } from '../deps.ts';
import { idsOf, type LinkedGroup, readListing, recordListings } from '../sync/memberships.ts';

/** Observes the members of one group as any sync does but the first. */
export const observeGroup = async (deps: Deps, call: ModeCall, group: LinkedGroup): Promise<void> => {
  const listing = await readListing(deps, call, group.groupToken);
  if (!listing) return;
  const userIds = await deps.store.users.idsByMemberToken(call.connection.id);
  const groupIds = idsOf([group]);
  await recordListings(deps.store, call.connection.id, [listing], { userIds, groupIds, isFirst: false });
};
