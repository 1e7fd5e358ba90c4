/** Which rows a page holds, as SQL, and what has to be sent with it: the same text for all questions of one outline. */
import { type RawBuilder, sql } from 'kysely';
import type { Query } from '../directory/query.ts';
import { filterCondition } from './filter.ts';
import type { FilterValues } from './filter-compare.ts';
import type { Table } from './filter-paths.ts';
import { outlineOf } from './filter-shape.ts';
import { createStatements, Slot } from './hot.ts';
import type { Value } from './run.ts';
import { isLiving } from './schema.ts';
import type { Session } from './session.ts';
import { isBehind, orderBy, sortKey } from './sort.ts';

type Sql = RawBuilder<unknown>;

/** What is sent with the statements of a page. */
interface PageValues extends FilterValues {
  readonly connectionId: string;
  readonly key: string | null;
  readonly id: string;
  readonly offset: number;
  readonly limit: number;
}

/** Where a value of the page stands in a statement. */
export const given = (name: Exclude<keyof PageValues, 'filter'>): Sql =>
  sql`${new Slot<PageValues>((values): Value => values[name])}`;

/** Statements of pages; those of filters that came before are not written anew. */
export const pages = createStatements<PageValues>(300);

/** A question about a table, and what names its outline. */
export interface Asked {
  readonly key: string;
  readonly values: PageValues;
}

/** One more row than asked for tells whether there is a next page. */
export const askedOf = (table: Table, connectionId: string, query: Query): Asked => {
  const { filter, sort, after, offset, limit } = query;
  const { outline, values } = outlineOf(filter);
  const place = after && (after.key === null ? 'behind nothing' : 'behind');
  return {
    key: JSON.stringify([table, outline, sort, place]),
    values: {
      connectionId,
      filter: values,
      key: after?.key ?? null,
      id: after?.id ?? '',
      offset,
      limit: limit + 1,
    },
  };
};

/** Parts of the statements of a page. */
export interface PageSql {
  /** Must precede the whole statement. */
  readonly helpers: Sql;
  /** `from … where …`: all rows that fit, wherever the page begins. */
  readonly fitting: Sql;
  /** Selects `page_id` and `page_key` of the page, in its order. */
  readonly ids: Sql;
  /** Orders by these two, where they are columns of `ids`. */
  readonly order: Sql;
  /** Where to select more from than the two. */
  readonly select: (columns: Sql) => Sql;
}

/** Writes them. */
export const pageSql = (session: Session, table: Table, { filter, sort, after }: Query): PageSql => {
  const connectionId = given('connectionId');
  const { condition, helpers } = filterCondition({ table, connectionId, dialect: session.dialect }, filter);
  const name = sql.table(table);
  const place = { key: sortKey(table, sort), id: sql.ref(`${table}.id`) };
  const fitting = sql`from ${name} where ${name}.connection_id = ${connectionId}
    and ${isLiving(table)} and ${condition}`;
  const position = after && { key: after.key === null ? null : given('key'), id: given('id') };
  const part = sql`${orderBy(sort, place.key, place.id)} limit ${given('limit')} offset ${given('offset')}`;
  const select = (columns: Sql): Sql =>
    sql`select ${columns} ${fitting} and ${isBehind(sort, position, place)} ${part}`;
  const keys = sql`${place.id} as page_id, ${place.key} as page_key`;
  return {
    helpers,
    fitting,
    ids: select(keys),
    order: orderBy(sort, sql.ref('ids.page_key'), sql.ref('ids.page_id')),
    select: (columns) => select(sql`${columns}, ${keys}`),
  };
};
