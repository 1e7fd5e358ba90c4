/**
 * One comparison of a text with a column. Folding was done when the column was written and is done here to the other
 * side; order is by code point; `co`, `sw` and `ew` take every character literally (no LIKE, which SQLite folds).
 */
import { type RawBuilder, sql } from 'kysely';
import { fold } from '../directory/fold.ts';
import { AppError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import { type Column, unsupported } from './filter-paths.ts';
import type { Compare } from './filter-shape.ts';
import { lengthOf, prefixOf } from './text.ts';

export type Condition = RawBuilder<unknown>;

/** The value as the index of values and folded columns write it. */
export const written = ({ attribute, value }: Compare): string =>
  attribute.caseExact || typeof value === 'boolean' ? String(value) : fold(value);

type Writer = (column: Condition, value: string, dialect: Dialect) => Condition;

const WRITERS: Readonly<Record<Compare['comparison'], Writer>> = {
  eq: (column, value) => sql`${column} = ${value}`,
  gt: (column, value) => sql`${column} > ${value}`,
  ge: (column, value) => sql`${column} >= ${value}`,
  lt: (column, value) => sql`${column} < ${value}`,
  le: (column, value) => sql`${column} <= ${value}`,
  co: (column, value, { position }) => sql`${position}(${column}, ${value}) > 0`,
  sw: (column, value) => sql`substr(${column}, 1, ${sql.lit(lengthOf(value))}) = ${value}`,
  ew: (column, value) => {
    const length = sql.lit(lengthOf(value));
    return sql`length(${column}) >= ${length} and substr(${column}, length(${column}) - ${length} + 1) = ${value}`;
  },
};

/** Compares text. `eq` on long text asks the index for the first characters, then the row for all. */
export const compareText = (
  column: Condition,
  against: { readonly comparison: Compare['comparison']; readonly value: string; readonly long: boolean },
  dialect: Dialect,
): Condition => {
  const { comparison, value, long } = against;
  const whole = WRITERS[comparison](column, value, dialect);
  return long && comparison === 'eq'
    ? sql`substr(${column}, 1, 128) = ${prefixOf(value)} and ${whole}`
    : whole;
};

const compareFlag = (column: Condition, { comparison, value, attribute }: Compare): Condition => {
  if (comparison !== 'eq') {
    throw new AppError(
      'invalid',
      'store.filter.unordered',
      `"${attribute.path}" is true or false and cannot be compared with "${comparison}".`,
    );
  }
  const wanted = { true: 1, false: 0 }[String(value).toLowerCase()];
  return wanted === undefined ? sql`1 = 0` : sql`${column} = ${sql.lit(wanted)}`;
};

/** Compares a column as its kind asks; never unknown, also where the column is null. */
export const compareColumn = (column: Column, leaf: Compare, dialect: Dialect): Condition => {
  const { comparison, attribute } = leaf;
  if (column.flag) return compareFlag(column.flag, leaf);
  const name = column.instant ?? (attribute.caseExact ? column.exact : column.folded);
  if (!name) throw unsupported(attribute);
  const value = column.instant ? String(leaf.value) : written(leaf);
  const fits = compareText(name, { comparison, value, long: column.long === true }, dialect);
  return column.nullable ? sql`(${name} is not null and ${fits})` : sql`(${fits})`;
};

/** Whether the column has a value. */
export const columnPresent = ({ exact, nullable }: Column): Condition =>
  nullable && exact ? sql`${exact} is not null` : sql`1 = 1`;
