/**
 * Very many rows in one statement. One parameter carries all of them (SQLite), or one each column (PostgreSQL), because a
 * parameter for each value costs three times as long to write down, to send and to bind (docs/decisions/003).
 */
import { type RawBuilder, sql } from 'kysely';
import type { BulkColumn } from './dialect.ts';
import { holdsNul } from './errors.ts';
import type { Session } from './session.ts';

type Cell = string | number | null;
type Cells<T> = { readonly [K in keyof T]: Cell };

/** What neither engine keeps as it is: U+0000, and half of a pair of surrogates. */
const UNKEEPABLE = /[\0\ud800-\udfff]/;

/** PostgreSQL gets UTF-8, in which half a pair cannot be written; both engines are given what that would make of it. */
const keepable = (cell: Cell): Cell => {
  if (typeof cell !== 'string' || !UNKEEPABLE.test(cell)) return cell;
  if (cell.includes('\0')) throw holdsNul();
  return Buffer.from(cell).toString();
};

/** Whether all rows have the same in this column: it is sent once, not with each of them. */
const isConstant = <T extends Cells<T>>(rows: readonly T[], name: keyof T): boolean => {
  const value = rows[0]?.[name];
  return rows.every((row) => row[name] === value);
};

/**
 * The rows as a table expression to select from, columns under their names in the order of the first row's. A column of
 * numbers never holds null.
 */
export const tableOf = <T extends Cells<T>>(
  { dialect }: Session,
  rows: readonly T[],
): { readonly names: (keyof T & string)[]; readonly table: RawBuilder<unknown> } => {
  const [first] = rows;
  const names = Object.keys(first ?? {}) as (keyof T & string)[];
  const columnOf = (name: keyof T & string): BulkColumn => ({
    name,
    type: typeof first?.[name] === 'number' ? 'integer' : 'text',
  });
  // A table has rows by its columns: one at least varies.
  const same = new Set(rows.length > 1 ? names.filter((name) => isConstant(rows, name)) : []);
  if (same.size === names.length) same.delete(names[0] ?? ('' as keyof T & string));
  const varying = names.filter((name) => !same.has(name));
  const table = dialect.rows({
    constants: [...same].map((name) => ({ ...columnOf(name), value: keepable(first?.[name] ?? null) })),
    columns: varying.map(columnOf),
    rows: rows.map((row) => varying.map((name) => keepable(row[name]))),
  });
  return { names, table };
};

/** The rows as what `insert into … (names)` takes; `where true` ends the select before an `on conflict` (SQLite's parser). */
export const insertable = <T extends Cells<T>>(session: Session, rows: readonly T[]) => {
  const { names, table } = tableOf(session, rows);
  const columns = sql.join(names.map((name) => sql.ref(name)));
  return { names, select: sql`select ${columns} from ${table} where true` };
};
