/**
 * People as SCIM shows them, written down (directory/documents.ts), and how many people and groups there are. Triggers keep
 * both right, because everything that changes what is shown must be noticed: whichever statement, process or command did it
 * (docs/decisions/012-fast-reads.md). They only ever insert what nobody else inserts, or delete with the row they belong to:
 * no change waits for another because of them.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Dialect, IndexStatistics, Trigger } from '../dialect.ts';

type Sql = RawBuilder<unknown>;

const createTables = ({ text, counted }: Dialect): readonly Sql[] => [
  // A document of null has yet to be written. SQLite keeps long rows whole only in a table with numbered rows.
  sql`create table documents (
    connection_id ${text} not null, user_id ${text} not null, format integer, version ${text}, document ${text},
    primary key (connection_id, user_id))`,
  sql`create index documents_format on documents (format)`,
  // One row for each change, so that no two changes ever write the same one. What changed: 0 the person with that id,
  // 1 the group with that id, 2 the member of Mode with that token, 3 the connection itself.
  sql`create table outdated (
    id ${counted}, connection_id ${text} not null, kind integer not null, subject ${text} not null)`,
  sql`create index outdated_subject on outdated (connection_id, kind, subject)`,
  // Added up: one row for each change, until they are made one.
  sql`create table tallies (id ${counted}, connection_id ${text} not null, kind ${text} not null,
    amount integer not null)`,
  sql`create index tallies_kind on tallies (connection_id, kind)`,
];

/** A group stands for its members, a member for who is linked to it: only afterwards can it be said who these are. */
const outdate = (row: 'new' | 'old', kind: 0 | 1 | 2, subject: string): Sql =>
  sql`insert into outdated (connection_id, kind, subject)
    values (${sql.raw(row)}.connection_id, ${sql.lit(kind)}, ${sql.raw(`${row}.${subject}`)})`;

const tally = (row: 'new' | 'old', kind: 'user' | 'group'): Sql =>
  sql`insert into tallies (connection_id, kind, amount)
    values (${sql.raw(row)}.connection_id, ${sql.lit(kind)}, ${sql.lit(row === 'new' ? 1 : -1)})`;

const differs = (columns: readonly string[]): Sql =>
  sql.join(
    columns.map((column) => sql`new.${sql.raw(column)} is distinct from old.${sql.raw(column)}`),
    sql` or `,
  );

const PERSON_COMES: readonly Sql[] = [
  sql`insert into documents (connection_id, user_id) values (new.connection_id, new.id)`,
  outdate('new', 0, 'id'),
  tally('new', 'user'),
];
const PERSON_GOES: readonly Sql[] = [
  sql`delete from documents where connection_id = old.connection_id and user_id = old.id`,
  tally('old', 'user'),
];
const isBoth = sql`new.living <> 0 and old.living <> 0`;
const comes = sql`new.living <> 0 and old.living = 0`;
const goes = sql`new.living = 0 and old.living <> 0`;

const PEOPLE: readonly Trigger[] = [
  {
    name: 'users_inserted',
    table: 'users',
    event: 'insert',
    when: sql`new.living <> 0`,
    statements: PERSON_COMES,
  },
  { name: 'users_restored', table: 'users', event: 'update', when: comes, statements: PERSON_COMES },
  {
    name: 'users_changed',
    table: 'users',
    event: 'update',
    when: sql`${isBoth} and (${differs([
      'attributes',
      'active',
      'version',
      'created_at',
      'modified_at',
      'member_token',
      'invited_as',
      'invited_at',
    ])})`,
    statements: [outdate('new', 0, 'id')],
  },
  { name: 'users_removed', table: 'users', event: 'update', when: goes, statements: PERSON_GOES },
  {
    name: 'users_deleted',
    table: 'users',
    event: 'delete',
    when: sql`old.living <> 0`,
    statements: PERSON_GOES,
  },
];

const MEMBERSHIPS: readonly Trigger[] = [
  {
    name: 'memberships_inserted',
    table: 'memberships',
    event: 'insert',
    when: sql`new.wanted <> 0`,
    statements: [outdate('new', 0, 'user_id')],
  },
  {
    name: 'memberships_changed',
    table: 'memberships',
    event: 'update',
    when: sql`new.wanted <> old.wanted`,
    statements: [outdate('new', 0, 'user_id')],
  },
  {
    name: 'memberships_deleted',
    table: 'memberships',
    event: 'delete',
    when: sql`old.wanted <> 0`,
    statements: [outdate('old', 0, 'user_id')],
  },
];

const GROUPS: readonly Trigger[] = [
  {
    name: 'groups_inserted',
    table: 'groups',
    event: 'insert',
    when: sql`new.living <> 0`,
    statements: [
      tally('new', 'group'),
      // Nobody can be in a group whose id nobody knows yet; should somebody be all the same, she is known here.
      sql`insert into outdated (connection_id, kind, subject) select m.connection_id, 0, m.user_id from memberships as m
        where m.connection_id = new.connection_id and m.group_id = new.id and m.wanted <> 0`,
    ],
  },
  {
    name: 'groups_restored',
    table: 'groups',
    event: 'update',
    when: comes,
    statements: [tally('new', 'group'), outdate('new', 1, 'id')],
  },
  {
    name: 'groups_changed',
    table: 'groups',
    event: 'update',
    when: sql`${isBoth} and new.display_name <> old.display_name`,
    statements: [outdate('new', 1, 'id')],
  },
  {
    name: 'groups_removed',
    table: 'groups',
    event: 'update',
    when: goes,
    statements: [tally('old', 'group'), outdate('old', 1, 'id')],
  },
  {
    name: 'groups_deleted',
    table: 'groups',
    event: 'delete',
    when: sql`old.living <> 0`,
    statements: [tally('old', 'group'), outdate('old', 1, 'id')],
  },
];

const MODE_MEMBERS: readonly Trigger[] = [
  {
    name: 'mode_members_inserted',
    table: 'mode_members',
    event: 'insert',
    when: sql`1 = 1`,
    statements: [outdate('new', 2, 'member_token')],
  },
  {
    name: 'mode_members_changed',
    table: 'mode_members',
    event: 'update',
    when: differs(['username', 'state', 'admin', 'managed_by_scim']),
    statements: [outdate('new', 2, 'member_token')],
  },
  {
    name: 'mode_members_deleted',
    table: 'mode_members',
    event: 'delete',
    when: sql`1 = 1`,
    statements: [outdate('old', 2, 'member_token')],
  },
];

const CONNECTIONS: readonly Trigger[] = [
  {
    name: 'connections_changed',
    table: 'connections',
    event: 'update',
    when: sql`new.way_in <> old.way_in`,
    statements: [sql`insert into outdated (connection_id, kind, subject) values (new.id, 3, new.id)`],
  },
];

/** What is there already: to be written down, and counted. */
const FILL: readonly Sql[] = [
  sql`insert into documents (connection_id, user_id) select connection_id, id from users where living <> 0`,
  sql`insert into outdated (connection_id, kind, subject) select connection_id, 0, user_id from documents`,
  ...(['user', 'group'] as const).map(
    (kind) => sql`insert into tallies (connection_id, kind, amount)
      select connection_id, ${sql.lit(kind)}, count(*) from ${sql.table(`${kind}s`)} where living <> 0
      group by connection_id`,
  ),
];

/** As in 0001-init: one connection with 50,000 people. Few are outdated at a time. */
const STATISTICS: readonly IndexStatistics[] = [
  ['documents', 'sqlite_autoindex_documents_1', 50_000, 50_000, 1],
  ['documents', 'documents_format', 50_000, 50_000],
  ['outdated', 'outdated_subject', 100, 100, 100, 1],
  ['tallies', 'tallies_kind', 100, 100, 50],
];

/** Creates the tables, fills them, and from then on keeps them right. */
export const documents = async (db: Kysely<unknown>, dialect: Dialect): Promise<void> => {
  const triggers = [...PEOPLE, ...MEMBERSHIPS, ...GROUPS, ...MODE_MEMBERS, ...CONNECTIONS].flatMap(
    dialect.trigger,
  );
  const statements = [...createTables(dialect), ...FILL, ...triggers, ...dialect.statistics(STATISTICS)];
  for (const statement of statements) await statement.execute(db);
};
