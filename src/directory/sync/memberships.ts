/** Learns who is in which group (1 call for each group) and records it beside what is wanted. */
import { AppError } from '../../errors.ts';
import { type Deps, isoNow, type ModeCall } from '../deps.ts';
import { inParallel } from '../in-parallel.ts';
import type { ModeGroupMembership } from '../model.ts';
import type { Store } from '../store/store.ts';
import { createBatches } from './batches.ts';
import type { OnProgress } from './progress.ts';

/** A group of the record and the group of Mode that it is. */
export interface LinkedGroup {
  readonly id: string;
  readonly groupToken: string;
}

/** Ids in the record by Mode's tokens. */
type Ids = ReadonlyMap<string, string>;

/** Whom Mode showed in a group that was asked for at `seenAt`. */
export interface Listing {
  readonly groupToken: string;
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
  groupToken: string,
): Promise<Listing | undefined> => {
  // Before the call: what is written here meanwhile is newer than the answer and stays.
  const seenAt = isoNow(deps);
  try {
    const rows = await deps.upstreamOf(call.connection).groupMemberships(groupToken, call);
    return rows === null ? undefined : { groupToken, rows, seenAt };
  } catch (error) {
    if (!(error instanceof AppError && error.kind === 'notFound')) throw error;
    deps.log.info('sync.group-gone', { connectionId: call.connection.id });
    return undefined;
  }
};

/** How listings are recorded, and with what. */
export interface Recording {
  readonly userIds: Ids;
  /** Of those groups that are to be recorded. */
  readonly groupIds: Ids;
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
  { userIds, groupIds, isFirst }: Recording,
): Promise<void> => {
  const [earliest] = listings.map(({ seenAt }) => seenAt).sort();
  if (earliest === undefined) return;
  const known = listings.flatMap(({ groupToken, rows }) => {
    const groupId = groupIds.get(groupToken);
    if (groupId === undefined) return [];
    const present = new Map<string, string>();
    for (const { memberToken, membershipToken } of rows) {
      const userId = userIds.get(memberToken);
      if (userId !== undefined) present.set(userId, membershipToken);
    }
    return [{ groupId, present }];
  });
  await store.memberships.observeListings(connectionId, known, {
    adopt: isFirst,
    seenAt: earliest,
  });
};

interface MembershipsSync {
  readonly peopleWritten: Promise<unknown>;
  readonly groupsWritten: Promise<readonly LinkedGroup[]>;
  readonly isFirst: boolean;
  readonly onProgress: OnProgress;
}

/** Gives each id by its token. */
export const idsOf = (groups: readonly LinkedGroup[]): Ids =>
  new Map(groups.map(({ id, groupToken }) => [groupToken, id]));

/**
 * Learns who is in each of these groups, of which more may still come. Asks Mode while people and groups are written, and
 * records once they are.
 */
export const syncMemberships = async (
  deps: Deps,
  call: ModeCall,
  groupTokens: AsyncIterable<string>,
  { peopleWritten, groupsWritten, isFirst, onProgress }: MembershipsSync,
): Promise<void> => {
  const connectionId = call.connection.id;
  let recording: Recording | undefined;
  const batches = createBatches<Listing>({
    size: BATCH,
    most: MOST_WAITING,
    write: async (listings) => {
      await peopleWritten;
      const groupIds = idsOf(await groupsWritten);
      recording ??= { userIds: await deps.store.users.idsByMemberToken(connectionId), groupIds, isFirst };
      await recordListings(deps.store, connectionId, listings, recording);
    },
  });
  let done = 0;
  let total: number | undefined;
  void groupsWritten.then(
    (groups) => {
      total = groups.length;
    },
    () => undefined,
  );
  await inParallel(groupTokens, AT_ONCE, async (groupToken) => {
    const listing = await readListing(deps, call, groupToken);
    if (listing) await batches.add(listing, listing.rows.length + 1);
    done += 1;
    if (total !== undefined) onProgress({ step: 'groups', done: Math.min(done, total), total });
  });
  await batches.end();
};
