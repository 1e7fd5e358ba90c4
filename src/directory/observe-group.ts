/** Learns who is in a group of Mode (1 call) and records it beside what is wanted. */
import { type Deps, isoNow, type ModeCall } from './deps.ts';

/** User ids by member token, loaded once by whoever observes many groups. */
export type UserIds = ReadonlyMap<string, string>;

/**
 * Observes the members of one group. At the first sync (`isFirst`) who is present becomes wanted too (adopted), so that
 * nobody loses access because the bridge learnt of it late; later, who was added or taken out by hand is drift (plan/). Members whom the record does not know are left for the next sync.
 */
export const observeGroup = async (
  deps: Deps,
  call: ModeCall,
  group: { readonly id: string; readonly groupToken: string },
  userIds: UserIds,
  isFirst: boolean,
): Promise<void> => {
  const connectionId = call.connection.id;
  // Before the call: what is written here meanwhile is newer than the answer and stays.
  const seenAt = isoNow(deps);
  const present = await deps.upstreamOf(call.connection).groupMemberships(group.groupToken, call);
  const tokens = new Map<string, string | null>();
  for (const { userId } of await deps.store.memberships.rows(connectionId, group.id))
    tokens.set(userId, null);
  for (const { memberToken, membershipToken } of present) {
    const userId = userIds.get(memberToken);
    if (userId !== undefined) tokens.set(userId, membershipToken);
  }
  const seen = [...tokens].map(([userId, membershipToken]) => ({ userId, membershipToken }));
  await deps.store.memberships.observe(connectionId, group.id, seen, {
    adopt: isFirst,
    drift: !isFirst,
    seenAt,
  });
};
