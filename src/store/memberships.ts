/**
 * Who is in which group. Wanting and unwanting touch the rows of the people named and no others. A row that is neither
 * wanted nor present is a trace, invisible outside: should a listing that Mode gave before the removal be recorded after
 * it, the trace keeps the person from being adopted anew. Listings sweep traces that no such listing can meet any more.
 */
import { sql } from 'kysely';
import type { MembershipStore, MembershipView, PendingMembership } from '../directory/store/memberships.ts';
import { forgetPresence, observe, observeListings } from './observations.ts';
import { isLiving } from './schema.ts';
import { inChunks, type Session } from './session.ts';

/** The partial index memberships_unsettled applies where this very condition stands. */
const unsettled = sql<boolean>`(m.wanted = 0 or m.membership_token is null)`;

const livingGroup = ({ db }: Session, connectionId: string, groupId: string) =>
  db
    .selectFrom('groups')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('id', '=', groupId)
    .where(isLiving('groups'));

/** Wants those of the ids that are living people of the connection, in a living group. */
const want = async (
  session: Session,
  connectionId: string,
  groupId: string,
  userIds: readonly string[],
): Promise<readonly string[]> => {
  const rows = await inChunks([...new Set(userIds)], (chunk) =>
    session.db
      .insertInto('memberships')
      .columns(['connection_id', 'group_id', 'user_id', 'wanted', 'sources'])
      .expression((eb) =>
        eb
          .selectFrom('users')
          .select([
            'connection_id',
            sql<string>`cast(${groupId} as text)`.as('group_id'),
            'id',
            sql<1>`1`.as('wanted'),
            sql<1>`1`.as('sources'),
          ])
          .where('connection_id', '=', connectionId)
          .where('id', 'in', chunk)
          .where(isLiving('users'))
          .where((users) => users.exists(livingGroup(session, connectionId, groupId))),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['connection_id', 'group_id', 'user_id'])
          .doUpdateSet({ wanted: 1, sources: 1, drift: 0 })
          .where('memberships.wanted', '=', 0),
      )
      .returning('user_id')
      .execute(),
  );
  return rows.map((row) => row.user_id);
};

const unwant = async (
  { db }: Session,
  connectionId: string,
  groupId: string,
  userIds: readonly string[] | null,
): Promise<readonly string[]> => {
  const update = db
    .updateTable('memberships')
    .set({ wanted: 0, sources: 0, drift: 0 })
    .where('connection_id', '=', connectionId)
    .where('group_id', '=', groupId)
    .where('wanted', '=', 1)
    .returning('user_id');
  const rows =
    userIds === null
      ? await update.execute()
      : await inChunks(userIds, (chunk) => update.where('user_id', 'in', chunk).execute());
  return rows.map((row) => row.user_id);
};

/** Wanted memberships `m` with their living people `u`. */
const withPeople = ({ db }: Session, connectionId: string) =>
  db
    .selectFrom('memberships as m')
    .innerJoin('users as u', (join) =>
      join.onRef('u.connection_id', '=', 'm.connection_id').onRef('u.id', '=', 'm.user_id'),
    )
    .where('m.connection_id', '=', connectionId)
    .where('m.wanted', '=', 1)
    .where(isLiving('u'));

/** Wanted memberships `m` with their living groups `g`. */
const withGroups = ({ db }: Session, connectionId: string) =>
  db
    .selectFrom('memberships as m')
    .innerJoin('groups as g', (join) =>
      join.onRef('g.connection_id', '=', 'm.connection_id').onRef('g.id', '=', 'm.group_id'),
    )
    .where('m.connection_id', '=', connectionId)
    .where('m.wanted', '=', 1)
    .where(isLiving('g'));

const byCodePoint = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const membersOf = async (session: Session, connectionId: string, groupIds: readonly string[]) => {
  const rows: readonly MembershipView[] = await inChunks([...new Set(groupIds)], (chunk) =>
    withPeople(session, connectionId)
      .select(['m.group_id as groupId', 'm.user_id as userId', 'u.display_name as display'])
      .where('m.group_id', 'in', chunk)
      .execute(),
  );
  return [...rows].sort((a, b) => byCodePoint(a.groupId, b.groupId) || byCodePoint(a.userId, b.userId));
};

const groupsOf = async (session: Session, connectionId: string, userIds: readonly string[]) => {
  const rows: readonly MembershipView[] = await inChunks([...new Set(userIds)], (chunk) =>
    withGroups(session, connectionId)
      .select(['m.group_id as groupId', 'm.user_id as userId', 'g.display_name as display'])
      .where('m.user_id', 'in', chunk)
      .execute(),
  );
  return [...rows].sort((a, b) => byCodePoint(a.userId, b.userId) || byCodePoint(a.groupId, b.groupId));
};

const pendingRows = ({ db }: Session, connectionId: string, groupId: string) =>
  db
    .selectFrom('memberships as m')
    .innerJoin('users as u', (join) =>
      join.onRef('u.connection_id', '=', 'm.connection_id').onRef('u.id', '=', 'm.user_id'),
    )
    .leftJoin('mode_members as mm', (join) =>
      join.onRef('mm.connection_id', '=', 'u.connection_id').onRef('mm.member_token', '=', 'u.member_token'),
    )
    .select(['m.user_id', 'u.member_token', 'm.wanted', 'm.membership_token'])
    .where('m.connection_id', '=', connectionId)
    .where('m.group_id', '=', groupId)
    .where(unsettled)
    .where('m.drift', '=', 0)
    .where((eb) =>
      eb.or([
        eb.and([eb('m.wanted', '=', 0), eb('m.membership_token', 'is not', null)]),
        eb.and([
          eb('m.wanted', '=', 1),
          eb('u.active', '=', 1),
          isLiving('u'),
          eb('mm.state', '=', 'active'),
        ]),
      ]),
    )
    .orderBy('m.user_id');

const pending = async (
  session: Session,
  connectionId: string,
  groupId: string,
  userIds: readonly string[] | null,
): Promise<readonly PendingMembership[]> => {
  const query = pendingRows(session, connectionId, groupId);
  const rows =
    userIds === null
      ? await query.execute()
      : await inChunks(userIds, (chunk) => query.where('m.user_id', 'in', chunk).execute());
  return rows.map((row) => ({
    userId: row.user_id,
    memberToken: row.member_token ?? '',
    wanted: row.wanted === 1,
    membershipToken: row.membership_token,
  }));
};

const rowsOf = ({ db }: Session, connectionId: string, groupId: string) =>
  db
    .selectFrom('memberships')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('group_id', '=', groupId)
    .where((eb) => eb.or([eb('wanted', '=', 1), eb('membership_token', 'is not', null)]))
    .orderBy('user_id')
    .execute();

const presentInAny = async ({ db }: Session, connectionId: string, userIds: readonly string[]) => {
  const rows = await inChunks(userIds, (chunk) =>
    db
      .selectFrom('memberships')
      .select('user_id')
      .distinct()
      .where('connection_id', '=', connectionId)
      .where('user_id', 'in', chunk)
      .where('membership_token', 'is not', null)
      .execute(),
  );
  return new Set(rows.map((row) => row.user_id));
};

const groupsWaitingFor = async (session: Session, connectionId: string, userIds: readonly string[]) => {
  const rows = await inChunks(userIds, (chunk) =>
    withGroups(session, connectionId)
      .select(['m.group_id', 'm.user_id'])
      .where('m.user_id', 'in', chunk)
      .where('m.membership_token', 'is', null)
      .orderBy('m.group_id')
      .orderBy('m.user_id')
      .execute(),
  );
  const waiting = new Map<string, string[]>();
  for (const { group_id: groupId, user_id: userId } of rows) {
    const ids = waiting.get(groupId);
    if (ids) ids.push(userId);
    else waiting.set(groupId, [userId]);
  }
  return waiting;
};

export const createMemberships = (session: Session): MembershipStore => ({
  want: (connectionId, groupId, userIds) => want(session, connectionId, groupId, userIds),
  unwant: (connectionId, groupId, userIds) => unwant(session, connectionId, groupId, userIds),
  membersOf: (connectionId, groupIds) => membersOf(session, connectionId, groupIds),
  groupsOf: (connectionId, userIds) => groupsOf(session, connectionId, userIds),
  pending: (connectionId, groupId, userIds) => pending(session, connectionId, groupId, userIds),
  observe: (connectionId, groupId, seen, how) => observe(session, { connectionId, groupId }, seen, how),
  observeListings: (connectionId, listings, how) => observeListings(session, connectionId, listings, how),
  forgetPresence: (connectionId, userIds, seenAt) =>
    forgetPresence(session, connectionId, ['user_id', userIds], seenAt),
  forgetGroups: (connectionId, groupIds, seenAt) =>
    forgetPresence(session, connectionId, ['group_id', groupIds], seenAt),

  wantedIds: async (connectionId, groupId) => {
    const rows = await session.db
      .selectFrom('memberships')
      .select('user_id')
      .where('connection_id', '=', connectionId)
      .where('group_id', '=', groupId)
      .where('wanted', '=', 1)
      .execute();
    return new Set(rows.map((row) => row.user_id));
  },

  rows: async (connectionId, groupId) =>
    (await rowsOf(session, connectionId, groupId)).map((row) => ({
      connectionId: row.connection_id,
      groupId: row.group_id,
      userId: row.user_id,
      wanted: row.wanted === 1,
      membershipToken: row.membership_token,
    })),

  groupsWaitingFor: (connectionId, userIds) => groupsWaitingFor(session, connectionId, userIds),
  presentInAny: (connectionId, userIds) => presentInAny(session, connectionId, userIds),
});
