/** Groups: name, attributes and the link to the Mode group. Who is in them is in memberships.ts. */
import type { Insertable, Selectable } from 'kysely';
import type { Attributes, GroupRecord } from '../directory/model.ts';
import type { GroupLink, GroupStore } from '../directory/store/store.ts';
import { AppError } from '../errors.ts';
import { insertable } from './bulk.ts';
import { orTaken } from './errors.ts';
import { BURIED } from './mode.ts';
import { readPage } from './page.ts';
import { flag, type GroupsTable, isLiving } from './schema.ts';
import { atomically, inChunks, type Session } from './session.ts';
import { uniqueKey } from './text.ts';
import { answer } from './unanswered.ts';

const toRow = (group: GroupRecord): Insertable<GroupsTable> => ({
  connection_id: group.connectionId,
  id: group.id,
  display_name: group.displayName,
  display_name_key: uniqueKey('displayName', group.displayName),
  external_id: group.externalId,
  attributes: JSON.stringify(group.attributes),
  origin: group.origin,
  unanswered: flag(group.unanswered),
  put_back_version: group.putBackVersion,
  group_token: group.groupToken,
  version: group.version,
  created_at: group.createdAt,
  modified_at: group.modifiedAt,
  deleted_at: group.deletedAt,
  living: flag(group.deletedAt === null),
});

const fromRow = (row: Selectable<GroupsTable>): GroupRecord => ({
  connectionId: row.connection_id,
  id: row.id,
  displayName: row.display_name,
  externalId: row.external_id,
  attributes: JSON.parse(row.attributes) as Attributes,
  origin: row.origin,
  unanswered: row.unanswered === 1,
  putBackVersion: row.put_back_version,
  groupToken: row.group_token,
  version: row.version,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  deletedAt: row.deleted_at,
});

const taken =
  ({ displayName }: GroupRecord) =>
  (cause: unknown): AppError =>
    new AppError(
      'conflict',
      'store.groups.taken',
      `A group with displayName "${displayName}" exists already.`,
      { cause },
    );

const update = async ({ db }: Session, group: GroupRecord, expectedVersion: number): Promise<boolean> => {
  const { connection_id, id, group_token, ...columns } = toRow(group);
  const { numUpdatedRows } = await orTaken('groups_display_name', taken(group), () =>
    db
      .updateTable('groups')
      .set(columns)
      .where('connection_id', '=', connection_id)
      .where('id', '=', id)
      .where('version', '=', expectedVersion)
      .executeTakeFirst(),
  );
  return numUpdatedRows > 0n;
};

const insertMany = async (session: Session, groups: readonly GroupRecord[]): Promise<ReadonlySet<string>> => {
  const written = await inChunks(groups, (chunk) => {
    const { names, select } = insertable(session, chunk.map(toRow));
    return session.db
      .insertInto('groups')
      .columns(names)
      .expression(select)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute();
  });
  return new Set(written.map(({ id }) => id));
};

const purge = (session: Session, connectionId: string, id: string): Promise<void> =>
  atomically(session, async ({ db }) => {
    await db
      .deleteFrom('memberships')
      .where('connection_id', '=', connectionId)
      .where('group_id', '=', id)
      .execute();
    await db.deleteFrom('groups').where('connection_id', '=', connectionId).where('id', '=', id).execute();
  });

const idsByGroupToken = async ({ db }: Session, connectionId: string) => {
  const rows = await db
    .selectFrom('groups')
    .select(['group_token', 'id'])
    .where('connection_id', '=', connectionId)
    .where('group_token', 'is not', null)
    // Deleted first: should both hold the token, the living group keeps it.
    .orderBy((eb) => eb.ref('living'))
    .execute();
  return new Map(rows.map((row) => [row.group_token ?? '', row.id]));
};

const anyOf = ({ db }: Session, connectionId: string) =>
  db.selectFrom('groups').selectAll().where('connection_id', '=', connectionId);

const first = async (query: ReturnType<typeof anyOf>): Promise<GroupRecord | undefined> => {
  const row = await query.executeTakeFirst();
  return row && fromRow(row);
};

const findUnanswered = (session: Session, group: GroupRecord) =>
  first(
    anyOf(session, group.connectionId)
      .where('display_name_key', '=', uniqueKey('displayName', group.displayName))
      .where('unanswered', '=', 1)
      .where(isLiving('groups')),
  );

const link = async (
  { db }: Session,
  connectionId: string,
  id: string,
  { was, groupToken }: GroupLink,
): Promise<boolean> => {
  const other = db
    .selectFrom('groups as other')
    .select('other.id')
    .where('other.connection_id', '=', connectionId)
    .where('other.group_token', '=', groupToken)
    .where('other.id', '<>', id)
    .where(isLiving('other'));
  const { numUpdatedRows } = await db
    .updateTable('groups')
    .set({ group_token: groupToken })
    .where('connection_id', '=', connectionId)
    .where('id', '=', id)
    .where((eb) =>
      eb.or([eb('group_token', 'is not distinct from', was), eb('group_token', '=', groupToken)]),
    )
    .where((eb) => eb.not(eb.exists(other)))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};

const unlinked = ({ db }: Session, connectionId: string) =>
  db
    .selectFrom('groups')
    .leftJoin('mode_groups as mg', (join) =>
      join
        .onRef('mg.connection_id', '=', 'groups.connection_id')
        .onRef('mg.group_token', '=', 'groups.group_token')
        .on('mg.state', '<>', BURIED),
    )
    .selectAll('groups')
    .where('groups.connection_id', '=', connectionId)
    .where('mg.group_token', 'is', null)
    .orderBy('groups.id');

const linkable = async (session: Session, connectionId: string): Promise<readonly GroupRecord[]> => {
  const rows = await unlinked(session, connectionId).where(isLiving('groups')).execute();
  return rows.map(fromRow);
};

const leaving = async (session: Session, connectionId: string): Promise<readonly GroupRecord[]> => {
  const rows = await unlinked(session, connectionId).where('groups.deleted_at', 'is not', null).execute();
  return rows.map(fromRow);
};

export const createGroups = (session: Session): GroupStore => ({
  update: (group, expectedVersion) => update(session, group, expectedVersion),
  insertMany: (groups) => insertMany(session, groups),
  linkable: (connectionId) => linkable(session, connectionId),
  leaving: (connectionId) => leaving(session, connectionId),
  purge: (connectionId, id) => purge(session, connectionId, id),
  idsByGroupToken: (connectionId) => idsByGroupToken(session, connectionId),

  insert: async (group) => {
    await orTaken('groups_display_name', taken(group), () =>
      session.db.insertInto('groups').values(toRow(group)).execute(),
    );
  },

  find: (connectionId, id) =>
    first(anyOf(session, connectionId).where('id', '=', id).where(isLiving('groups'))),
  findAny: (connectionId, id) => first(anyOf(session, connectionId).where('id', '=', id)),
  lock: (connectionId, id) =>
    first(
      anyOf(session, connectionId)
        .where('id', '=', id)
        .$if(session.dialect.locksRows, (query) => query.forUpdate()),
    ),

  touch: async (connectionId, id, modifiedAt) => {
    await session.db
      .updateTable('groups')
      .set((eb) => ({ version: eb('version', '+', 1), modified_at: modifiedAt }))
      .where('connection_id', '=', connectionId)
      .where('id', '=', id)
      .execute();
  },

  findUnanswered: (group) => findUnanswered(session, group),
  answer: (connectionId, id) => answer(session, 'groups', { connectionId, id }),

  link: (connectionId, id, given) => link(session, connectionId, id, given),

  list: async (connectionId, query) => {
    const page = await readPage(session, 'groups', connectionId, query);
    return { ...page, rows: page.rows.map(fromRow) };
  },
});
