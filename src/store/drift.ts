/**
 * Where the record and what Mode was last seen to hold differ, found by the database: what agrees is never loaded, so
 * that comparing a directory of 50,000 costs what differs in it.
 */
import { sql } from 'kysely';
import type { DriftStore } from '../directory/plan/drift.ts';
import { BURIED } from './mode.ts';
import { isLiving } from './schema.ts';
import type { Session } from './session.ts';
import { unclearGroups, unclearPeople } from './strangers.ts';

/** Not owed to Mode already: what is under way needs no plan. */
const isSettled = (kind: 'user' | 'group', alias: 'u' | 'g') =>
  sql<boolean>`not exists (select 1 from unsettled as owed where owed.connection_id = ${sql.ref(`${alias}.connection_id`)}
    and owed.kind = ${sql.lit(kind)} and owed.id = ${sql.ref(`${alias}.id`)})`;

/** People of the record `u` with what Mode says of them `mm`, where there is anything. */
const peopleOf = ({ db }: Session, connectionId: string) =>
  db
    .selectFrom('users as u')
    .leftJoin('mode_members as mm', (join) =>
      join.onRef('mm.connection_id', '=', 'u.connection_id').onRef('mm.member_token', '=', 'u.member_token'),
    )
    .where('u.connection_id', '=', connectionId)
    .where(isLiving('u'))
    .where(isSettled('user', 'u'));

const people = async (session: Session, connectionId: string) => {
  const rows = await peopleOf(session, connectionId)
    .select(['u.id', 'u.user_name', 'u.display_name', 'u.active', 'u.origin', 'u.version', 'u.invited_at'])
    .select(['mm.state', 'mm.admin', 'mm.email'])
    .where((eb) =>
      eb.or([
        eb.and([
          eb('u.active', '=', 1),
          eb('u.member_token', 'is not', null),
          eb('u.invited_at', 'is', null),
          eb(eb.fn.coalesce('mm.state', sql.lit('former')), '=', 'former'),
        ]),
        eb.and([eb('u.active', '=', 0), eb('mm.state', '<>', 'former')]),
        eb.and([eb('u.active', '=', 1), eb('u.origin', '=', 'manual'), eb('mm.state', '<>', 'former')]),
      ]),
    )
    .orderBy('u.user_name_key')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    userName: row.user_name,
    displayName: row.display_name,
    active: row.active === 1,
    origin: row.origin,
    version: row.version,
    isInMode: row.state !== null && row.state !== 'former',
    admin: row.admin === 1,
  }));
};

/** Mode's one role that can be wished for; the API knows it as a boolean (mode-api.md §9). */
const roles = async (session: Session, connectionId: string) => {
  const rows = await peopleOf(session, connectionId)
    .innerJoin('user_values as role', (join) =>
      join
        .onRef('role.connection_id', '=', 'u.connection_id')
        .onRef('role.user_id', '=', 'u.id')
        .on('role.path', '=', 'roles.value'),
    )
    .select(['u.id', 'u.user_name', 'u.display_name', 'u.origin', 'u.version', 'mm.admin'])
    .select(sql<0 | 1>`max(case when role.value = 'admin' then 1 else 0 end)`.as('wishes_admin'))
    .where('u.active', '=', 1)
    .where('mm.state', '=', 'active')
    .groupBy([
      'u.id',
      'u.user_name',
      'u.user_name_key',
      'u.display_name',
      'u.origin',
      'u.version',
      'mm.admin',
    ])
    .having(sql<boolean>`max(case when role.value = 'admin' then 1 else 0 end) <> mm.admin`)
    .orderBy('u.user_name_key')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    userName: row.user_name,
    displayName: row.display_name,
    active: true,
    origin: row.origin,
    version: row.version,
    isInMode: true,
    admin: row.admin === 1,
  }));
};

const groups = async ({ db }: Session, connectionId: string) => {
  const rows = await db
    .selectFrom('groups as g')
    .leftJoin('mode_groups as mg', (join) =>
      join
        .onRef('mg.connection_id', '=', 'g.connection_id')
        .onRef('mg.group_token', '=', 'g.group_token')
        .on('mg.state', '<>', BURIED),
    )
    .select(['g.id', 'g.display_name', 'g.origin', 'g.version', 'g.group_token', 'mg.name'])
    .where('g.connection_id', '=', connectionId)
    .where(isLiving('g'))
    .where(isSettled('group', 'g'))
    .where((eb) =>
      eb.or([
        eb.and([eb('g.group_token', 'is not', null), eb('mg.name', 'is', null)]),
        eb('mg.name', '<>', eb.ref('g.display_name')),
        eb.and([eb('g.origin', '=', 'manual'), eb('mg.name', 'is not', null)]),
      ]),
    )
    .orderBy('g.display_name_key')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    displayName: row.display_name,
    origin: row.origin,
    version: row.version,
    seenName: row.name,
  }));
};

const memberships = async ({ db }: Session, connectionId: string) => {
  const rows = await db
    .selectFrom('memberships as m')
    .innerJoin('users as u', (join) =>
      join.onRef('u.connection_id', '=', 'm.connection_id').onRef('u.id', '=', 'm.user_id'),
    )
    .innerJoin('groups as g', (join) =>
      join.onRef('g.connection_id', '=', 'm.connection_id').onRef('g.id', '=', 'm.group_id'),
    )
    .select(['m.group_id', 'm.user_id', 'm.wanted', 'm.sources', 'm.membership_token'])
    .select(['u.user_name', 'u.display_name', 'g.display_name as group_name'])
    .where('m.connection_id', '=', connectionId)
    .where(sql<boolean>`m.drift <> 0`)
    .where(isLiving('u'))
    .where(isLiving('g'))
    .where(isSettled('group', 'g'))
    // A removal under way takes her out of her groups, which is no change by hand.
    .where(isSettled('user', 'u'))
    .where('u.active', '=', 1)
    .orderBy('g.display_name_key')
    .orderBy('u.user_name_key')
    .execute();
  return rows.map((row) => ({
    groupId: row.group_id,
    groupName: row.group_name,
    userId: row.user_id,
    userName: row.user_name,
    displayName: row.display_name,
    isPresent: row.membership_token !== null,
    isProviders: (row.sources & 1) !== 0,
  }));
};

const countOf = async (query: { executeTakeFirstOrThrow(): Promise<{ count: unknown }> }): Promise<number> =>
  Number((await query.executeTakeFirstOrThrow()).count);

const totals = async (session: Session, connectionId: string) => {
  const { db } = session;
  const count = sql<number>`count(*)`.as('count');
  const inMode = db
    .selectFrom('mode_members')
    .where('connection_id', '=', connectionId)
    .where('state', '=', 'active');
  return {
    people: await countOf(inMode.select(count)),
    admins: await countOf(inMode.where('admin', '=', 1).select(count)),
    groups: await countOf(
      db
        .selectFrom('mode_groups')
        .where('connection_id', '=', connectionId)
        .where('state', '<>', BURIED)
        .select(count),
    ),
    memberships: await countOf(
      db
        .selectFrom('memberships')
        .where('connection_id', '=', connectionId)
        .where('membership_token', 'is not', null)
        .select(count),
    ),
  };
};

/** What is compared where (directory/store/store.ts says what each gives). */
export const createDrift = (session: Session): DriftStore => ({
  people: (connectionId) => people(session, connectionId),
  roles: (connectionId) => roles(session, connectionId),
  groups: (connectionId) => groups(session, connectionId),
  memberships: (connectionId) => memberships(session, connectionId),
  unclearPeople: (connectionId) => unclearPeople(session, connectionId),
  unclearGroups: (connectionId) => unclearGroups(session, connectionId),
  totals: (connectionId) => totals(session, connectionId),

  settle: async (connectionId, groupId, userIds, how) => {
    const { db } = session;
    const columns = {
      keep: { drift: 0 as const },
      want: { drift: 0 as const, wanted: 1 as const, sources: 2 },
      unwant: { drift: 0 as const, wanted: 0 as const, sources: 0 },
    }[how];
    for (const userId of userIds) {
      await db
        .updateTable('memberships')
        .set(columns)
        .where('connection_id', '=', connectionId)
        .where('group_id', '=', groupId)
        .where('user_id', '=', userId)
        .execute();
    }
  },

  loosenGroup: async (connectionId, groupId) => {
    const { db } = session;
    await db
      .updateTable('groups')
      .set({ group_token: null })
      .where('connection_id', '=', connectionId)
      .where('id', '=', groupId)
      .execute();
    await db
      .updateTable('memberships')
      .set({ membership_token: null, drift: 0 })
      .where('connection_id', '=', connectionId)
      .where('group_id', '=', groupId)
      .execute();
  },
});
