/** Learns who is in one group of Mode (1 call) and records it beside what is wanted. */
import type { Deps, ModeCall } from './deps.ts';
import { type LinkedGroup, readListing, recordListings, type UserIds } from './sync/memberships.ts';

/** Observes the members of one group as any sync does but the first. */
export const observeGroup = async (
  deps: Deps,
  call: ModeCall,
  group: LinkedGroup,
  userIds: UserIds,
): Promise<void> => {
  const listing = await readListing(deps, call, group);
  if (listing) await recordListings(deps.store, call.connection.id, [listing], { userIds, isFirst: false });
};
