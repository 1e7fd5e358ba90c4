/**
 * What Mode was seen to hold of a group, written beside what is wanted. Each row remembers when it was observed, so that
 * an older look never undoes a newer one, and a trace (memberships.ts) outlives every listing that may contradict it.
 */
import { type ExpressionBuilder, sql } from 'kysely';
import type { MembershipStore } from '../directory/store/memberships.ts';
import { insertable } from './bulk.ts';
import { isConcerned } from './concerned.ts';
import { flag, type MembershipsTable, type Schema } from './schema.ts';
import { atomically, chunks, inChunks, type Session } from './session.ts';

/** How long a listing may take from its first page until it is recorded. */
const LONGEST_LISTING_MS = 3_600_000;

type Seen = Parameters<MembershipStore['observe']>[2];
type How = Parameters<MembershipStore['observe']>[3];

const notObservedAfter = (eb: ExpressionBuilder<Schema, 'memberships'>, seenAt: string) =>
  eb.or([eb('memberships.observed_at', 'is', null), eb('memberships.observed_at', '<=', seenAt)]);

/**
 * Mode is owed the membership of the row: what differs from the provider's wish is what is owed, not what somebody did by
 * hand. A removal may have taken effect whose answer was lost, or an addition long after it was given up.
 */
const isOwed = ({
  dialect,
}: Session) => sql<boolean>`exists (select 1 from unsettled as owed where owed.connection_id = memberships.connection_id
  and owed.kind = 'group' and owed.id = memberships.group_id and ${isConcerned(dialect, 'memberships.user_id')})`;

/** Who was removed before this look and is seen in it has come back by other hands: as new as a row that never was. */
const wantedAnew = (session: Session) => sql<0 | 1>`case
  when memberships.wanted = 0 and memberships.membership_token is null and memberships.observed_at < excluded.observed_at
    and not ${isOwed(session)}
  then excluded.wanted else memberships.wanted end`;

/** Present and wanted is in order. Present and not wanted: a new row, or one that came back by other hands, is drift. */
const driftAnew = (session: Session) => sql<0 | 1>`case
  when memberships.wanted <> 0 or ${wantedAnew(session)} <> 0 then 0
  when memberships.membership_token is null and memberships.observed_at < excluded.observed_at
    then case when ${isOwed(session)} then 0 else excluded.drift end
  else memberships.drift end`;

const observePresent = async (session: Session, rows: readonly MembershipsTable[], seenAt: string) => {
  for (const chunk of chunks(rows)) {
    const { names, select } = insertable(session, chunk);
    await session.db
      .insertInto('memberships')
      .columns(names)
      .expression(select)
      .onConflict((conflict) =>
        conflict
          .columns(['connection_id', 'group_id', 'user_id'])
          .doUpdateSet((eb) => ({
            wanted: wantedAnew(session),
            drift: driftAnew(session),
            sources: sql<number>`case when memberships.wanted = 0 and ${wantedAnew(session)} <> 0 then 2 else memberships.sources end`,
            membership_token: eb.ref('excluded.membership_token'),
            observed_at: eb.ref('excluded.observed_at'),
          }))
          .where((eb) => notObservedAfter(eb as unknown as ExpressionBuilder<Schema, 'memberships'>, seenAt)),
      )
      .execute();
  }
};

/**
 * Who was there, is wanted and is gone was taken out by hand, if a listing says so; whom the provider wants where something
 * is owed, is owed.
 */
const takenOut = (session: Session) => sql<0 | 1>`case when wanted = 0 then 0 when drift <> 0 then 1
  when membership_token is null or (sources & 1 <> 0 and ${isOwed(session)}) then 0 else 1 end`;

const observeAbsent = async (
  session: Session,
  group: { readonly connectionId: string; readonly groupId: string },
  userIds: readonly string[],
  { isListing, seenAt }: { readonly isListing: boolean; readonly seenAt: string },
): Promise<void> => {
  for (const chunk of chunks(userIds)) {
    await session.db
      .updateTable('memberships')
      .set({
        ...(isListing ? { drift: takenOut(session) } : {}),
        membership_token: null,
        observed_at: seenAt,
      })
      .where('connection_id', '=', group.connectionId)
      .where('group_id', '=', group.groupId)
      .where('user_id', 'in', chunk)
      .where((eb) => notObservedAfter(eb, seenAt))
      .execute();
  }
};

/** Whoever the listing did not show: a row of its own time or a later one was seen in it, or is newer knowledge. */
const observeOthersAbsent = (
  session: Session,
  connectionId: string,
  groupIds: readonly string[],
  seenAt: string,
) =>
  inChunks(groupIds, (chunk) =>
    session.db
      .updateTable('memberships')
      .set({ drift: takenOut(session), membership_token: null, observed_at: seenAt })
      .where('connection_id', '=', connectionId)
      .where('group_id', 'in', chunk)
      .where((eb) => eb.or([eb('observed_at', 'is', null), eb('observed_at', '<', seenAt)]))
      .execute(),
  );

const sweepTraces = (session: Session, connectionId: string, groupIds: readonly string[], seenAt: string) => {
  const horizon = new Date(Date.parse(seenAt) - LONGEST_LISTING_MS).toISOString();
  return inChunks(groupIds, (chunk) =>
    session.db
      .deleteFrom('memberships')
      .where('connection_id', '=', connectionId)
      .where('group_id', 'in', chunk)
      .where(sql<boolean>`(wanted = 0 or membership_token is null)`)
      .where('wanted', '=', 0)
      .where('membership_token', 'is', null)
      .where((eb) => eb.or([eb('observed_at', 'is', null), eb('observed_at', '<', horizon)]))
      .execute(),
  );
};

/**
 * Records complete listings of groups, of which none was asked for before `seenAt`. Who is not in the listing of her group
 * is not there; traces that no listing can meet any more are swept.
 */
export const observeListings = (
  session: Session,
  connectionId: string,
  listings: Parameters<MembershipStore['observeListings']>[1],
  { adopt, seenAt }: Omit<How, 'drift'>,
): Promise<void> =>
  atomically(session, async (inner) => {
    const rows = listings.flatMap(({ groupId, present }) =>
      [...present].map(([userId, membershipToken]) => ({
        connection_id: connectionId,
        group_id: groupId,
        user_id: userId,
        wanted: flag(adopt),
        sources: adopt ? 2 : 0,
        drift: flag(!adopt),
        membership_token: membershipToken,
        observed_at: seenAt,
      })),
    );
    const groupIds = listings.map(({ groupId }) => groupId);
    await observePresent(inner, rows, seenAt);
    await observeOthersAbsent(inner, connectionId, groupIds, seenAt);
    await sweepTraces(inner, connectionId, groupIds, seenAt);
  });

/** Records what Mode held of these people in the group at `seenAt`. */
export const observe = (
  session: Session,
  group: { readonly connectionId: string; readonly groupId: string },
  seen: Seen,
  { adopt, drift = false, seenAt }: How,
): Promise<void> =>
  atomically(session, async (inner) => {
    const last = new Map(seen.map(({ userId, membershipToken }) => [userId, membershipToken]));
    const absent = [...last].filter(([, token]) => token === null).map(([userId]) => userId);
    const present = [...last]
      .filter(([, token]) => token !== null)
      .map(([userId, token]) => ({
        connection_id: group.connectionId,
        group_id: group.groupId,
        user_id: userId,
        wanted: flag(adopt),
        sources: adopt ? 2 : 0,
        drift: flag(drift && !adopt),
        membership_token: token,
        observed_at: seenAt,
      }));
    await observePresent(inner, present, seenAt);
    const isListing = adopt || drift;
    await observeAbsent(inner, group, absent, { isListing, seenAt });
    if (isListing) await sweepTraces(inner, group.connectionId, [group.groupId], seenAt);
  });

/**
 * Records that these people, or these groups, were not in Mode at `seenAt`, and so nobody in any group of theirs. Where a
 * listing missed somebody for that reason alone, and was recorded first, nobody took her out by hand.
 */
export const forgetPresence = async (
  { db }: Session,
  connectionId: string,
  [column, ids]: readonly ['user_id' | 'group_id', readonly string[]],
  seenAt: string,
): Promise<void> => {
  await inChunks(ids, (chunk) =>
    db
      .updateTable('memberships')
      .set({ membership_token: null, drift: 0, observed_at: seenAt })
      .where('connection_id', '=', connectionId)
      .where(column, 'in', chunk)
      .where('membership_token', 'is not', null)
      .where((eb) => notObservedAfter(eb, seenAt))
      .execute(),
  );
  await inChunks(ids, (chunk) =>
    db
      .updateTable('memberships')
      .set({ drift: 0 })
      .where('connection_id', '=', connectionId)
      .where(column, 'in', chunk)
      .where('membership_token', 'is', null)
      .where('drift', '<>', 0)
      .execute(),
  );
};
