/** Who, and what, is in Mode and in no record: a sync did not dare to say which person or group it is (decision 008). */
import { BURIED } from './mode.ts';
import type { Session } from './session.ts';

/** Members who are in, or invited, by name. */
export const unclearPeople = async ({ db }: Session, connectionId: string) => {
  const rows = await db
    .selectFrom('mode_members as mm')
    .leftJoin('users as u', (join) =>
      join.onRef('u.connection_id', '=', 'mm.connection_id').onRef('u.member_token', '=', 'mm.member_token'),
    )
    .select(['mm.member_token', 'mm.email', 'mm.username'])
    .where('mm.connection_id', '=', connectionId)
    .where('mm.state', '<>', 'former')
    .where('u.id', 'is', null)
    .orderBy('mm.username_key')
    .orderBy('mm.member_token')
    .execute();
  return rows.map((row) => ({ token: row.member_token, name: row.email ?? row.username }));
};

/** Groups that are not deleted, by name. */
export const unclearGroups = async ({ db }: Session, connectionId: string) => {
  const rows = await db
    .selectFrom('mode_groups as mg')
    .leftJoin('groups as g', (join) =>
      join.onRef('g.connection_id', '=', 'mg.connection_id').onRef('g.group_token', '=', 'mg.group_token'),
    )
    .select(['mg.group_token', 'mg.name'])
    .where('mg.connection_id', '=', connectionId)
    .where('mg.state', '<>', BURIED)
    .where('g.id', 'is', null)
    .orderBy('mg.name')
    .orderBy('mg.group_token')
    .execute();
  return rows.map((row) => ({ token: row.group_token, name: row.name }));
};
