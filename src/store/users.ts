/** People and the index of their searchable values, which are written together or not at all. */
import { fold } from '../directory/fold.ts';
import type { UserRecord } from '../directory/model.ts';
import type { IndexedUser, IndexedValue, UserStore } from '../directory/store/store.ts';
import { AppError } from '../errors.ts';
import { insertable } from './bulk.ts';
import { orTaken } from './errors.ts';
import { readPage } from './page.ts';
import { isLiving } from './schema.ts';
import { atomically, chunks, inChunks, type Session } from './session.ts';
import { uniqueKey } from './text.ts';
import { answer } from './unanswered.ts';
import { createUserLinks } from './user-links.ts';
import { fromRow, toRow } from './user-rows.ts';
import { writeIndex } from './user-values.ts';

const taken =
  ({ userName }: UserRecord) =>
  (cause: unknown): AppError =>
    new AppError('conflict', 'store.users.taken', `A user with userName "${userName}" exists already.`, {
      cause,
    });

const insert = (session: Session, user: UserRecord, index: readonly IndexedValue[]): Promise<void> =>
  atomically(session, async (inner) => {
    await orTaken('users_user_name', taken(user), () =>
      inner.db.insertInto('users').values(toRow(user)).execute(),
    );
    await writeIndex(inner, [{ user, index }]);
  });

/** A userName that is taken, within these people too, is a conflict that writes nothing and gives no id. */
const insertMany = (session: Session, people: readonly IndexedUser[]): Promise<ReadonlySet<string>> =>
  atomically(session, async (inner) => {
    const ids = new Set<string>();
    for (const chunk of chunks(people)) {
      const { names, select } = insertable(
        inner,
        chunk.map(({ user }) => toRow(user)),
      );
      const written = await inner.db
        .insertInto('users')
        .columns(names)
        .expression(select)
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .execute();
      for (const { id } of written) ids.add(id);
    }
    await writeIndex(
      inner,
      people.filter(({ user }) => ids.has(user.id)),
    );
    return ids;
  });

const update = (
  session: Session,
  user: UserRecord,
  index: readonly IndexedValue[],
  expectedVersion: number,
): Promise<boolean> =>
  atomically(session, async (inner) => {
    const {
      connection_id,
      id,
      member_token,
      invited_as,
      invited_at,
      provisioned_id,
      provisioned,
      ...columns
    } = toRow(user);
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

export const createUsers = (session: Session): UserStore => ({
  ...createUserLinks(session),
  insert: (user, index) => insert(session, user, index),
  insertMany: (people) => insertMany(session, people),
  update: (user, index, expectedVersion) => update(session, user, index, expectedVersion),
  purge: (connectionId, id) => purge(session, connectionId, id),
  existing: (connectionId, ids) => existing(session, connectionId, ids),

  find: (connectionId, id) => first(living(session, connectionId).where('id', '=', id)),
  findMany: async (connectionId, ids) =>
    (await inChunks(ids, (chunk) => living(session, connectionId).where('id', 'in', chunk).execute())).map(
      fromRow,
    ),
  findAny: (connectionId, id) => first(anyOf(session, connectionId).where('id', '=', id)),
  lock: (connectionId, id) =>
    first(
      anyOf(session, connectionId)
        .where('id', '=', id)
        .$if(session.dialect.locksRows, (query) => query.forUpdate()),
    ),
  findByUserName: (connectionId, userName) =>
    first(living(session, connectionId).where('user_name_key', '=', fold(userName))),
  findByMemberToken: (connectionId, memberToken) =>
    first(living(session, connectionId).where('member_token', '=', memberToken)),

  findByProvisionedId: (connectionId, provisionedId) =>
    first(living(session, connectionId).where('provisioned_id', '=', provisionedId)),

  findUnanswered: (user) => findUnanswered(session, user),
  answer: (connectionId, id) => answer(session, 'users', { connectionId, id }),

  list: async (connectionId, query) => {
    const page = await readPage(session, 'users', connectionId, query);
    return { ...page, rows: page.rows.map(fromRow) };
  },
});
