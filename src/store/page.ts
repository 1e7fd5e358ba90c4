/**
 * One page of people or groups. First the ids of the page, from an index alone where the filter allows it, then their
 * rows; rows are counted only where the page itself does not tell how many there are.
 */
import { type Selectable, sql } from 'kysely';
import type { Page, Query } from '../directory/query.ts';
import { filterCondition } from './filter.ts';
import { type GroupsTable, isLiving, type Schema, type UsersTable } from './schema.ts';
import type { Session } from './session.ts';

interface Rows {
  readonly users: Selectable<UsersTable>;
  readonly groups: Selectable<GroupsTable>;
}

/** Living rows of the table that the filter fits, in the order of their ids. */
export const readPage = async <T extends keyof Rows & keyof Schema>(
  session: Session,
  table: T,
  connectionId: string,
  { filter, offset, limit }: Query,
): Promise<Page<Rows[T]>> => {
  const { condition, helpers } = filterCondition({ table, connectionId, dialect: session.dialect }, filter);
  const name = sql.table(table);
  const found = sql`from ${name} where ${name}.connection_id = ${connectionId}
    and ${isLiving(table)} and ${condition}`;
  const count = async (): Promise<number> => {
    const counted = sql<{ total: number }>`${helpers} select cast(count(*) as integer) as total ${found}`;
    return (await counted.execute(session.db)).rows[0]?.total ?? 0;
  };
  if (limit === 0) return { total: await count(), rows: [] };
  const ids = sql`select ${name}.id ${found} order by ${name}.id limit ${limit} offset ${offset}`;
  const page = sql<Rows[T]>`${helpers} select page.* from ${name} as page
    where page.connection_id = ${connectionId} and page.id in (${ids}) order by page.id`;
  const { rows } = await page.execute(session.db);
  const isWhole = rows.length < limit && (rows.length > 0 || offset === 0);
  return { total: isWhole ? offset + rows.length : await count(), rows };
};
