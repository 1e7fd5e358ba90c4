/** People and the index of their searchable values, which are written together or not at all. */
import type { Insertable, Selectable } from 'kysely';
import { fold } from '../directory/fold.ts';
import type { Attributes, UserRecord } from '../directory/model.ts';
import type { IndexedValue, UserStore } from '../directory/store.ts';
import { AppError } from '../errors.ts';
import { orTaken } from './errors.ts';
import { readPage } from './page.ts';
import { flag, isLiving, type UsersTable } from './schema.ts';
import { atomically, chunks, inChunks, type Session } from './session.ts';
import { uniqueKey } from './text.ts';
import { setUnanswered } from './unanswered.ts';

const toRow = (user: UserRecord): Insertable<UsersTable> => ({
  connection_id: user.connectionId,
  id: user.id,
  user_name: user.userName,
  user_name_key: uniqueKey('userName', user.userName),
  display_name: user.displayName,
  display_name_key: fold(user.displayName),
  external_id: user.externalId,
  active: flag(user.active),
  attributes: JSON.stringify(user.attributes),
  origin: user.origin,
  unanswered: flag(user.unanswered),
  member_token: user.memberToken,
  invited_as: user.invitedAs,
  invited_at: user.invitedAt,
  version: user.version,
  created_at: user.createdAt,
  modified_at: user.modifiedAt,
  deleted_at: user.deletedAt,
  living: flag(user.deletedAt === null),
});

const fromRow = (row: Selectable<UsersTable>): UserRecord => ({
  connectionId: row.connection_id,
  id: row.id,
  userName: row.user_name,
  displayName: row.display_name,
  externalId: row.external_id,
  active: row.active === 1,
  attributes: JSON.parse(row.attributes) as Attributes,
  origin: row.origin,
  unanswered: row.unanswered === 1,
  memberToken: row.member_token,
  invitedAs: row.invited_as,
  invitedAt: row.invited_at,
  version: row.version,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  deletedAt: row.deleted_at,
});

const taken =
  ({ userName }: UserRecord) =>
  (cause: unknown): AppError =>
    new AppError('conflict', 'store.users.taken', `A user with userName "${userName}" exists already.`, {
      cause,
    });

/** A person to be stored, with what she can be found by. */
export interface IndexedUser {
  readonly user: UserRecord;
  readonly index: readonly IndexedValue[];
}

/** Writes the index rows of all these people, in one statement unless they are very many. */
const writeIndex = async ({ db }: Session, people: readonly IndexedUser[]): Promise<void> => {
  const rows = people.flatMap(({ user, index }) =>
    index.map(({ path, element, value }) => ({
      connection_id: user.connectionId,
      user_id: user.id,
      path,
      element,
      value,
    })),
  );
  for (const chunk of chunks(rows)) await db.insertInto('user_values').values(chunk).execute();
};

const insertMany = (
  session: Session,
  people: readonly IndexedUser[],
  whenTaken: (cause: unknown) => AppError,
): Promise<void> =>
  atomically(session, async (inner) => {
    for (const chunk of chunks(people)) {
      const rows = chunk.map(({ user }) => toRow(user));
      await orTaken('users_user_name', whenTaken, () => inner.db.insertInto('users').values(rows).execute());
      await writeIndex(inner, chunk);
    }
  });

const someTaken = (cause: unknown): AppError =>
  new AppError('conflict', 'store.users.taken', 'One of these users has a userName that exists already.', {
    cause,
  });

const update = (
  session: Session,
  user: UserRecord,
  index: readonly IndexedValue[],
  expectedVersion: number,
): Promise<boolean> =>
  atomically(session, async (inner) => {
    const { connection_id, id, ...columns } = toRow(user);
    const { numUpdatedRows } = await orTaken('users_user_name', taken(user), () =>
      inner.db
        .updateTable('users')
        .set(columns)
        .where('connection_id', '=', connection_id)
        .where('id', '=', id)
        .where('version', '=', expectedVersion)
        .executeTakeFirst(),
    );
    if (numUpdatedRows === 0n) return false;
    await inner.db
      .deleteFrom('user_values')
      .where('connection_id', '=', connection_id)
      .where('user_id', '=', id)
      .execute();
    await writeIndex(inner, [{ user, index }]);
    return true;
  });

const purge = (session: Session, connectionId: string, id: string): Promise<void> =>
  atomically(session, async ({ db }) => {
    for (const table of ['memberships', 'user_values'] as const) {
      await db
        .deleteFrom(table)
        .where('connection_id', '=', connectionId)
        .where('user_id', '=', id)
        .execute();
    }
    await db.deleteFrom('users').where('connection_id', '=', connectionId).where('id', '=', id).execute();
  });

const existing = async ({ db }: Session, connectionId: string, ids: readonly string[]) => {
  const rows = await inChunks(ids, (chunk) =>
    db
      .selectFrom('users')
      .select('id')
      .where('connection_id', '=', connectionId)
      .where('id', 'in', chunk)
      .where(isLiving('users'))
      .execute(),
  );
  return new Set(rows.map(({ id }) => id));
};

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

const anyOf = ({ db }: Session, connectionId: string) =>
  db.selectFrom('users').selectAll().where('connection_id', '=', connectionId);

const living = (session: Session, connectionId: string) =>
  anyOf(session, connectionId).where(isLiving('users'));

const first = async (query: ReturnType<typeof anyOf>): Promise<UserRecord | undefined> => {
  const row = await query.executeTakeFirst();
  return row && fromRow(row);
};

const findUnanswered = (session: Session, user: UserRecord) =>
  first(
    anyOf(session, user.connectionId)
      .where('user_name_key', '=', uniqueKey('userName', user.userName))
      .where('unanswered', '=', 1)
      .where(isLiving('users')),
  );

export interface BulkUserStore extends UserStore {
  /** Like insert, for many at once: all of them or none. */
  insertMany(people: readonly IndexedUser[]): Promise<void>;
}

export const createUsers = (session: Session): BulkUserStore => ({
  insert: (user, index) => insertMany(session, [{ user, index }], taken(user)),
  insertMany: (people) => insertMany(session, people, someTaken),
  update: (user, index, expectedVersion) => update(session, user, index, expectedVersion),
  purge: (connectionId, id) => purge(session, connectionId, id),
  existing: (connectionId, ids) => existing(session, connectionId, ids),
  idsByMemberToken: (connectionId) => idsByMemberToken(session, connectionId),

  find: (connectionId, id) => first(living(session, connectionId).where('id', '=', id)),
  findAny: (connectionId, id) => first(anyOf(session, connectionId).where('id', '=', id)),
  findByUserName: (connectionId, userName) =>
    first(living(session, connectionId).where('user_name_key', '=', fold(userName))),
  findByMemberToken: (connectionId, memberToken) =>
    first(living(session, connectionId).where('member_token', '=', memberToken)),

  findUnanswered: (user) => findUnanswered(session, user),
  setUnanswered: (connectionId, id, unanswered) =>
    setUnanswered(session, 'users', { connectionId, id }, unanswered),

  link: async (connectionId, id, { memberToken, invitedAs, invitedAt }) => {
    await session.db
      .updateTable('users')
      .set({ member_token: memberToken, invited_as: invitedAs, invited_at: invitedAt })
      .where('connection_id', '=', connectionId)
      .where('id', '=', id)
      .execute();
  },

  list: async (connectionId, query) => {
    const page = await readPage(session, 'users', connectionId, query);
    return { ...page, rows: page.rows.map(fromRow) };
  },

  unlinked: async (connectionId) => {
    const rows = await living(session, connectionId)
      .where('member_token', 'is', null)
      .orderBy('id')
      .execute();
    return rows.map(fromRow);
  },
});
