/** Learns who is in which group (1 call for each group) and records it beside what is wanted. */
import { AppError } from '../../errors.ts';
import { type Deps, isoNow, type ModeCall } from '../deps.ts';
import { inParallel } from '../in-parallel.ts';
import type { ModeGroupMembership } from '../model.ts';
import type { Store } from '../store.ts';
import { createBatches } from './batches.ts';
import type { OnProgress } from './progress.ts';

/** A group of the record and the group of Mode that it is. */
export interface LinkedGroup {
  readonly id: string;
  readonly groupToken: string;
}

/** User ids by member token. */
export type UserIds = ReadonlyMap<string, string>;

/** Whom Mode showed in a group that was asked for at `seenAt`. */
export interface Listing {
  readonly group: LinkedGroup;
  readonly rows: readonly ModeGroupMembership[];
  readonly seenAt: string;
}

/** Groups that are asked for at once; the throttle of the connection bounds the calls further. */
const AT_ONCE = 8;
/** Memberships that are written at once, and that may wait for it: some 15 MB. */
const BATCH = 4_000;
const MOST_WAITING = 100_000;

/**
 * Asks who is in a group (1 call). Undefined where Mode does not know the group, because it went since it was listed, or
 * does not show who is in groups.
 */
export const readListing = async (
  deps: Deps,
  call: ModeCall,
  group: LinkedGroup,
): Promise<Listing | undefined> => {
  // Before the call: what is written here meanwhile is newer than the answer and stays.
  const seenAt = isoNow(deps);
  try {
    const rows = await deps.upstreamOf(call.connection).groupMemberships(group.groupToken, call);
    return rows === null ? undefined : { group, rows, seenAt };
  } catch (error) {
    if (!(error instanceof AppError && error.kind === 'notFound')) throw error;
    deps.log.info('sync.group-gone', { connectionId: call.connection.id, groupId: group.id });
    return undefined;
  }
};

/** How listings are recorded, and with what. */
export interface Recording {
  readonly userIds: UserIds;
  readonly isFirst: boolean;
}

/**
 * Records listings. At the first sync who is present becomes wanted too (adopted), so that nobody loses access because the
 * bridge learnt of it late; later, who was added or taken out by hand is drift (plan/). Members whom the record does not
 * know are left for the next sync.
 */
export const recordListings = async (
  store: Store,
  connectionId: string,
  listings: readonly Listing[],
  { userIds, isFirst }: Recording,
): Promise<void> => {
  const [earliest] = listings.map(({ seenAt }) => seenAt).sort();
  if (earliest === undefined) return;
  const known = listings.map(({ group, rows }) => {
    const present = new Map<string, string>();
    for (const { memberToken, membershipToken } of rows) {
      const userId = userIds.get(memberToken);
      if (userId !== undefined) present.set(userId, membershipToken);
    }
    return { groupId: group.id, present };
  });
  await store.memberships.observeListings(connectionId, known, {
    adopt: isFirst,
    seenAt: earliest,
  });
};

interface MembershipsSync {
  readonly peopleWritten: Promise<unknown>;
  readonly isFirst: boolean;
  readonly onProgress: OnProgress;
}

/** Learns who is in each of these groups. Asks Mode while the people are still written, and records once they are. */
export const syncMemberships = async (
  deps: Deps,
  call: ModeCall,
  groups: readonly LinkedGroup[],
  { peopleWritten, isFirst, onProgress }: MembershipsSync,
): Promise<void> => {
  const connectionId = call.connection.id;
  let userIds: UserIds | undefined;
  const batches = createBatches<Listing>({
    size: BATCH,
    most: MOST_WAITING,
    write: async (listings) => {
      await peopleWritten;
      userIds ??= await deps.store.users.idsByMemberToken(connectionId);
      await recordListings(deps.store, connectionId, listings, { userIds, isFirst });
    },
  });
  let done = 0;
  await inParallel(groups, AT_ONCE, async (group) => {
    const listing = await readListing(deps, call, group);
    if (listing) await batches.add(listing, listing.rows.length + 1);
    done += 1;
    onProgress({ step: 'groups', done, total: groups.length });
  });
  await batches.end();
};
