/**
 * One page of people, groups or entitlements. First the ids of the page, from an index alone where filter and order allow
 * it, then their rows; rows are counted only where the page itself does not tell how many there are.
 */
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Page, Query, Sort } from '../directory/query.ts';
import { filterCondition } from './filter.ts';
import type { Table } from './filter-paths.ts';
import { hot } from './hot.ts';
import { type EntitlementsView, type GroupsTable, isLiving, type Schema, type UsersTable } from './schema.ts';
import type { Session } from './session.ts';
import { isBehind, orderBy, sortKey } from './sort.ts';

interface Rows {
  readonly users: Selectable<UsersTable>;
  readonly groups: Selectable<GroupsTable>;
  readonly entitlements: Selectable<EntitlementsView>;
}

/** A view of few columns: its rows are read at once, because joining it again would read all of it twice. */
const NARROW: ReadonlySet<Table> = new Set<Table>(['entitlements']);

/** The rows whose ids were found, in the same order. */
const rowsOf = (table: Table, connectionId: string, sort: Sort | null, ids: RawBuilder<unknown>) =>
  sql`select page.*, ids.page_id, ids.page_key from (${ids}) as ids
    inner join ${sql.table(table)} as page on page.connection_id = ${connectionId} and page.id = ids.page_id
    ${orderBy(sort, sql.ref('ids.page_key'), sql.ref('ids.page_id'))}`;

/** How many people and groups there are is kept (migrations/0009-documents.ts). */
const TALLIED: Partial<Record<Table, 'user' | 'group'>> = { users: 'user', groups: 'group' };

const sumOfTallies = hot<'connectionId' | 'kind'>(
  (slot) => sql`select cast(coalesce(sum(amount), 0) as integer) as total from tallies
    where connection_id = ${slot('connectionId')} and kind = ${slot('kind')}`,
);

const tallied = async (session: Session, connectionId: string, kind: string): Promise<number> => {
  const [row] = await sumOfTallies(session, { connectionId, kind });
  return Number(row?.[0] ?? 0);
};

/** Living rows of the table that the filter fits, in the order that is asked for, else in that of their ids. */
export const readPage = async <T extends keyof Rows & keyof Schema>(
  session: Session,
  table: T,
  connectionId: string,
  { filter, sort, after, offset, limit, counted }: Query,
): Promise<Page<Rows[T]>> => {
  const { condition, helpers } = filterCondition({ table, connectionId, dialect: session.dialect }, filter);
  const name = sql.table(table);
  const place = { key: sortKey(table, sort), id: sql.ref(`${table}.id`) };
  const fitting = sql`from ${name} where ${name}.connection_id = ${connectionId}
    and ${isLiving(table)} and ${condition}`;
  const found = sql`${fitting} and ${isBehind(sort, after, place)}`;
  const count = async (): Promise<number> => {
    if (!counted) return 0;
    const kind = TALLIED[table];
    if (filter === null && kind) return tallied(session, connectionId, kind);
    const all = sql<{ total: number }>`${helpers} select cast(count(*) as integer) as total ${fitting}`;
    return (await all.execute(session.db)).rows[0]?.total ?? 0;
  };
  if (limit === 0) return { total: await count(), rows: [], next: null };
  // One more than asked for tells whether there is a next page.
  const part = sql`${orderBy(sort, place.key, place.id)} limit ${limit + 1} offset ${offset}`;
  const keys = sql`${place.id} as page_id, ${place.key} as page_key`;
  const rowsFound = NARROW.has(table)
    ? sql`select ${name}.*, ${keys} ${found} ${part}`
    : rowsOf(table, connectionId, sort, sql`select ${keys} ${found} ${part}`);
  const page = sql<Rows[T] & { page_id: string; page_key: string | null }>`${helpers} ${rowsFound}`;
  const read = (await page.execute(session.db)).rows;
  const rows = read.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = read.length > limit && last !== undefined;
  const isWhole = after === null && !hasMore && (rows.length > 0 || offset === 0);
  return {
    total: isWhole ? offset + rows.length : await count(),
    rows,
    next: hasMore ? { key: last.page_key, id: last.page_id } : null,
  };
};
