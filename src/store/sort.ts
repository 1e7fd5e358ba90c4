/**
 * The order of a list and a place in it, in SQL: by the text of one attribute, then by id. Without a value: last when
 * ascending, first when descending (RFC 7644 §3.4.2.3). Of several values the primary one counts, else the first.
 */
import { type RawBuilder, sql } from 'kysely';
import type { AttributeRef, Sort } from '../directory/query.ts';
import { AppError } from '../errors.ts';
import { placeOf, type Table } from './filter-paths.ts';

type Expression = RawBuilder<unknown>;

const unsortable = ({ path }: AttributeRef): AppError =>
  new AppError('invalid', 'store.sort.unsupported', `Sorting by "${path}" is not supported.`);

/** The value in the index of values by which a person is ordered. */
const indexedKey = (path: string): Expression => {
  const primary = `${path.slice(0, path.lastIndexOf('.'))}.primary`;
  return sql`(select v.value from user_values as v
    where v.connection_id = users.connection_id and v.user_id = users.id and v.path = ${path}
    order by case when exists (select 1 from user_values as p
      where p.connection_id = v.connection_id and p.user_id = v.user_id and p.path = ${primary}
      and p.element = v.element and p.value = 'true') then 0 else 1 end, v.element limit 1)`;
};

/** The text by which a row is ordered; null where it has none, or where there is no order but that of creation. */
export const sortKey = (table: Table, sort: Sort | null): Expression => {
  if (sort === null) return sql`cast(null as text)`;
  const place = placeOf(table, sort.attribute, unsortable);
  if (place.kind === 'index') return indexedKey(sort.attribute.path);
  if (place.kind === 'relation') throw unsortable(sort.attribute);
  const { exact, folded, instant, flag } = place.column;
  const text = sort.attribute.caseExact ? (exact ?? instant) : (folded ?? instant);
  if (text) return text;
  if (flag) return sql`cast(${flag} as text)`;
  throw unsortable(sort.attribute);
};

/** `order by` for rows that have the columns of the key and the id. */
export const orderBy = (sort: Sort | null, key: Expression, id: Expression): Expression => {
  if (sort === null) return sql`order by ${id}`;
  const missing = sql`case when ${key} is null then 1 else 0 end`;
  return sort.descending
    ? sql`order by ${missing} desc, ${key} desc, ${id}`
    : sql`order by ${missing}, ${key}, ${id}`;
};

/** Whether a row lies behind the position, in that order. */
export const isBehind = (
  sort: Sort | null,
  position: { readonly key: Expression | null; readonly id: Expression } | null,
  { key, id }: { readonly key: Expression; readonly id: Expression },
): Expression => {
  if (position === null) return sql`1 = 1`;
  if (sort === null) return sql`${id} > ${position.id}`;
  if (position.key === null) {
    const sameRest = sql`(${key} is null and ${id} > ${position.id})`;
    return sort.descending ? sql`(${sameRest} or ${key} is not null)` : sameRest;
  }
  const tied = sql`(${key} = ${position.key} and ${id} > ${position.id})`;
  return sort.descending
    ? sql`(${key} < ${position.key} or ${tied})`
    : sql`(${key} > ${position.key} or ${tied} or ${key} is null)`;
};
