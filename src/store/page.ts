/**
 * One page of people, groups or entitlements. First the ids of the page, from an index alone where filter and order allow
 * it, then their rows; rows are counted only where the page itself does not tell how many there are.
 */
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Page, Query } from '../directory/query.ts';
import type { Table } from './filter-paths.ts';
import { columnsOf, hot, namesOf, rowOf } from './hot.ts';
import { type Asked, askedOf, given, type PageSql, pageSql, pages } from './page-ids.ts';
import type { Row } from './run.ts';
import type { EntitlementsView, GroupsTable, UsersTable } from './schema.ts';
import type { Session } from './session.ts';

interface Rows {
  readonly users: Selectable<UsersTable>;
  readonly groups: Selectable<GroupsTable>;
  readonly entitlements: Selectable<EntitlementsView>;
}

const USERS = namesOf<UsersTable>({
  connection_id: true,
  id: true,
  user_name: true,
  user_name_key: true,
  display_name: true,
  display_name_key: true,
  external_id: true,
  active: true,
  attributes: true,
  member_token: true,
  invited_as: true,
  invited_at: true,
  version: true,
  created_at: true,
  modified_at: true,
  deleted_at: true,
  living: true,
  origin: true,
  unanswered: true,
  put_back_version: true,
  provisioned_id: true,
  provisioned: true,
});

const GROUPS = namesOf<GroupsTable>({
  connection_id: true,
  id: true,
  display_name: true,
  display_name_key: true,
  external_id: true,
  attributes: true,
  group_token: true,
  version: true,
  created_at: true,
  modified_at: true,
  deleted_at: true,
  living: true,
  origin: true,
  unanswered: true,
  put_back_version: true,
});

const ENTITLEMENTS = namesOf<EntitlementsView>({
  connection_id: true,
  id: true,
  kind: true,
  display_name: true,
  display_name_key: true,
  description: true,
  description_key: true,
  living: true,
});

const COLUMNS: { readonly [T in keyof Rows]: readonly (keyof Rows[T] & string)[] } = {
  users: USERS,
  groups: GROUPS,
  entitlements: ENTITLEMENTS,
};

/** A view of few columns: its rows are read at once, because joining it again would read all of it twice. */
const NARROW: ReadonlySet<Table> = new Set<Table>(['entitlements']);

/** Selects the columns of the rows, then `page_id` and `page_key`. */
const rowsOf = (table: keyof Rows, { helpers, ids, order, select }: PageSql): RawBuilder<unknown> => {
  const columns = COLUMNS[table];
  if (NARROW.has(table)) return sql`${helpers} ${select(columnsOf(table, columns))}`;
  return sql`${helpers} select ${columnsOf('one', columns)}, ids.page_id, ids.page_key from (${ids}) as ids
    inner join ${sql.table(table)} as one
      on one.connection_id = ${given('connectionId')} and one.id = ids.page_id ${order}`;
};

/** How many people and groups there are is kept (migrations/0009-documents.ts). */
const TALLIED: Partial<Record<Table, 'user' | 'group'>> = { users: 'user', groups: 'group' };

const sumOfTallies = hot<'connectionId' | 'kind'>(
  (slot) => sql`select cast(coalesce(sum(amount), 0) as integer) as total from tallies
    where connection_id = ${slot('connectionId')} and kind = ${slot('kind')}`,
);

/** All rows that fit. */
const countAll = async (session: Session, table: Table, asked: Asked, query: Query): Promise<number> => {
  const kind = query.filter === null ? TALLIED[table] : undefined;
  const { connectionId } = asked.values;
  const build = () => {
    const { helpers, fitting } = pageSql(session, table, query);
    return sql`${helpers} select cast(count(*) as integer) as total ${fitting}`;
  };
  const row = kind
    ? await sumOfTallies.row(session, { connectionId, kind })
    : await pages.row(session, { key: `count ${asked.key}`, values: asked.values, build });
  return Number(row?.[0] ?? 0);
};

/** What was read for a page, of which one row may be too much, as a page of `limit` rows. */
export const cutPage = async (
  session: Session,
  table: Table,
  { asked, query, read }: { asked: Asked; query: Query; read: readonly Row[] },
): Promise<Page<Row>> => {
  const { after, offset, limit, counted } = query;
  const rows = read.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = read.length > limit && last !== undefined;
  const isWhole = after === null && !hasMore && (rows.length > 0 || offset === 0);
  const count = () => (counted ? countAll(session, table, asked, query) : 0);
  const [id, key] = last?.slice(-2) ?? [];
  return {
    total: isWhole ? offset + rows.length : await count(),
    rows,
    next: hasMore ? { key: key === null ? null : String(key), id: String(id) } : null,
  };
};

/** Living rows of the table that the filter fits, in the order that is asked for, else in that of their ids. */
export const readPage = async <T extends keyof Rows>(
  session: Session,
  table: T,
  connectionId: string,
  query: Query,
): Promise<Page<Rows[T]>> => {
  const asked = askedOf(table, connectionId, query);
  if (query.limit === 0) return { total: await countAll(session, table, asked, query), rows: [], next: null };
  const build = () => rowsOf(table, pageSql(session, table, query));
  const read = await pages.rows(session, { key: `rows ${asked.key}`, values: asked.values, build });
  const page = await cutPage(session, table, { asked, query, read });
  return { ...page, rows: page.rows.map((row) => rowOf<Rows[T]>(row, COLUMNS[table])) };
};
