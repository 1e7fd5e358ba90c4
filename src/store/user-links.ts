/** The links between people and members of Mode. */
import { sql } from 'kysely';
import type { UserRecord } from '../directory/model.ts';
import type { SeenAs, UserStore } from '../directory/store/store.ts';
import { tableOf } from './bulk.ts';
import { flag, isLiving, type UsersTable } from './schema.ts';
import { inChunks, type Session } from './session.ts';
import { fromRow } from './user-rows.ts';

const idsByMemberToken = async ({ db }: Session, connectionId: string) => {
  const rows = await db
    .selectFrom('users')
    .select(['member_token', 'id'])
    .where('connection_id', '=', connectionId)
    .where('member_token', 'is not', null)
    // Deleted first: should both hold the token, the living person keeps it.
    .orderBy((eb) => eb.ref('living'))
    .execute();
  return new Map(rows.map((row) => [row.member_token ?? '', row.id]));
};

/** Nobody who is in Mode now stands for them: never linked, or linked to somebody who left. */
const unlinked = ({ db }: Session, connectionId: string) =>
  db
    .selectFrom('users')
    .leftJoin('mode_members as mm', (join) =>
      join
        .onRef('mm.connection_id', '=', 'users.connection_id')
        .onRef('mm.member_token', '=', 'users.member_token'),
    )
    .selectAll('users')
    .where('users.connection_id', '=', connectionId)
    .where((eb) => eb.or([eb('mm.state', 'is', null), eb('mm.state', '=', 'former')]))
    .orderBy('users.id');

const linkable = async (
  session: Session,
  connectionId: string,
  { after, limit }: Parameters<UserStore['linkable']>[1],
): Promise<readonly UserRecord[]> => {
  const rows = await unlinked(session, connectionId)
    .where(isLiving('users'))
    .$if(after !== null, (query) => query.where('users.id', '>', after))
    .limit(limit)
    .execute();
  return rows.map(fromRow);
};

const leaving = async (session: Session, connectionId: string): Promise<readonly UserRecord[]> => {
  const rows = await unlinked(session, connectionId).where('users.deleted_at', 'is not', null).execute();
  return rows.map(fromRow);
};

const linkMany = async (
  session: Session,
  connectionId: string,
  links: readonly SeenAs[],
  seenAt: string,
): ReturnType<UserStore['linkMany']> =>
  inChunks(links, async (chunk) => {
    const { table } = tableOf(
      session,
      chunk.map(({ id, was, memberToken, invited }) => ({
        id,
        was,
        member_token: memberToken,
        invited: flag(invited),
      })),
    );
    const { rows } = await sql<Pick<UsersTable, 'id' | 'active' | 'deleted_at'>>`
      update users set member_token = given.member_token, invited_at = case
        when given.invited = 1 then coalesce(users.invited_at, ${seenAt})
        when users.invited_at > ${seenAt} then users.invited_at end
      from ${table} where users.connection_id = ${connectionId} and users.id = given.id
        and (users.member_token is not distinct from given.was or users.member_token = given.member_token)
        and not exists (select 1 from users as other where other.connection_id = ${connectionId}
          and other.member_token = given.member_token and other.id <> given.id and other.living <> 0)
      returning users.id, users.active, users.deleted_at`.execute(session.db);
    return rows.map((row) => ({ id: row.id, active: row.active === 1, deletedAt: row.deleted_at }));
  });

type Links = Pick<
  UserStore,
  | 'idsByMemberToken'
  | 'invited'
  | 'provision'
  | 'endInvitations'
  | 'linkMany'
  | 'loosen'
  | 'linkable'
  | 'leaving'
>;

/** The part of the store of people that is about their links. */
export const createUserLinks = (session: Session): Links => ({
  idsByMemberToken: (connectionId) => idsByMemberToken(session, connectionId),
  linkMany: (connectionId, links, seenAt) => linkMany(session, connectionId, links, seenAt),
  linkable: (connectionId, page) => linkable(session, connectionId, page),
  leaving: (connectionId) => leaving(session, connectionId),

  loosen: async (connectionId, memberTokens) => {
    await inChunks(memberTokens, (chunk) =>
      session.db
        .updateTable('users')
        .set({ member_token: null })
        .where('connection_id', '=', connectionId)
        .where('member_token', 'in', chunk)
        .where('active', '=', 0)
        .execute(),
    );
  },

  invited: async (connectionId, id, { invitedAs, invitedAt }) => {
    await session.db
      .updateTable('users')
      .set({ invited_as: invitedAs, invited_at: invitedAt })
      .where('connection_id', '=', connectionId)
      .where('id', '=', id)
      .execute();
  },

  provision: async (connectionId, id, { provisionedId, provisioned }) => {
    await session.db
      .updateTable('users')
      .set({
        provisioned_id: provisionedId,
        provisioned: provisioned === null ? null : JSON.stringify(provisioned),
      })
      .where('connection_id', '=', connectionId)
      .where('id', '=', id)
      .execute();
  },

  endInvitations: async (connectionId, ids, until) => {
    await inChunks(ids, (chunk) =>
      session.db
        .updateTable('users')
        .set({ invited_at: null })
        .where('connection_id', '=', connectionId)
        .where('id', 'in', chunk)
        .where('invited_at', '<=', until)
        .execute(),
    );
  },
});
