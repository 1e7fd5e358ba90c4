/**
 * One comparison of a text with a column. Folding was done when the column was written and is done here to the other
 * side; order is by code point; `co`, `sw` and `ew` take every character literally (no LIKE, which SQLite folds).
 */
import { type RawBuilder, sql } from 'kysely';
import { AppError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import { type Column, unsupported } from './filter-paths.ts';
import { type Compare, textOf } from './filter-shape.ts';
import { Slot } from './hot.ts';
import { lengthOf, prefixOf } from './text.ts';

export type Condition = RawBuilder<unknown>;

/** What statements of filters are given besides what every page is. */
export interface FilterValues {
  readonly filter: readonly (string | boolean)[];
}

/** A value to compare with, as it is to be sent. */
interface Against {
  readonly whole: Condition;
  /** Its first characters, which the index of long text holds. */
  readonly prefix: Condition;
  /** Characters; the same for all filters of the same outline where the comparison needs to know. */
  readonly length: number;
}

const slotFor = ({ at }: Compare, read: (value: string | boolean) => string): Condition =>
  sql`${new Slot<FilterValues>(({ filter }) => read(filter[at] ?? ''))}`;

/** The value as the index of values and folded columns write it; instants as they are. */
const against = (leaf: Compare, isInstant: boolean): Against => {
  const { attribute, value } = leaf;
  const read = isInstant ? String : (given: string | boolean) => textOf(attribute, given);
  return {
    whole: slotFor(leaf, read),
    prefix: slotFor(leaf, (given) => prefixOf(read(given))),
    length: lengthOf(read(value)),
  };
};

type Writer = (column: Condition, value: Against, dialect: Dialect) => Condition;

const WRITERS: Readonly<Record<Compare['comparison'], Writer>> = {
  eq: (column, { whole }) => sql`${column} = ${whole}`,
  gt: (column, { whole }) => sql`${column} > ${whole}`,
  ge: (column, { whole }) => sql`${column} >= ${whole}`,
  lt: (column, { whole }) => sql`${column} < ${whole}`,
  le: (column, { whole }) => sql`${column} <= ${whole}`,
  co: (column, { whole }, { position }) => sql`${position}(${column}, ${whole}) > 0`,
  sw: (column, { whole, length }) => sql`substr(${column}, 1, ${sql.lit(length)}) = ${whole}`,
  ew: (column, { whole, length }) => {
    const last = sql.lit(length);
    return sql`length(${column}) >= ${last} and substr(${column}, length(${column}) - ${last} + 1) = ${whole}`;
  },
};

/** Compares text. `eq` on long text asks the index for the first characters, then the row for all. */
export const compareText = (
  column: Condition,
  leaf: Compare,
  { dialect, long, isInstant = false }: { dialect: Dialect; long: boolean; isInstant?: boolean },
): Condition => {
  const value = against(leaf, isInstant);
  const whole = WRITERS[leaf.comparison](column, value, dialect);
  return long && leaf.comparison === 'eq'
    ? sql`substr(${column}, 1, 128) = ${value.prefix} and ${whole}`
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
  if (column.flag) return compareFlag(column.flag, leaf);
  const name = column.instant ?? (leaf.attribute.caseExact ? column.exact : column.folded);
  if (!name) throw unsupported(leaf.attribute);
  const isInstant = column.instant !== undefined;
  const fits = compareText(name, leaf, { dialect, long: column.long === true, isInstant });
  return column.nullable ? sql`(${name} is not null and ${fits})` : sql`(${fits})`;
};

/** Whether the column has a value. */
export const columnPresent = ({ exact, nullable }: Column): Condition =>
  nullable && exact ? sql`${exact} is not null` : sql`1 = 1`;
