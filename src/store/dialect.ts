/** All that differs between the two engines, as documented properties: no other file asks which engine it is on. */
import { type RawBuilder, sql } from 'kysely';

export interface Dialect {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Starts a transaction. SQLite takes the write lock at once, so that a read in it never turns stale (SQLITE_BUSY_SNAPSHOT). */
  readonly begin: string;
  /** Whether rows must be locked to keep others from writing them; SQLite's transaction keeps all others out from the start. */
  readonly locksRows: boolean;
  /** Text that is compared and ordered by its UTF-8 bytes, hence by code points, whatever the locale of the database. */
  readonly text: RawBuilder<unknown>;
  /** Behind an expression: compares it like a column of `text`. */
  readonly collated: RawBuilder<unknown>;
  /** Ends `create table` where the rows should lie in the order of the primary key, without a second copy of it. */
  readonly clustered: RawBuilder<unknown>;
  /** The function that says where in a text another text begins (1-based; 0 when nowhere), letter by letter. */
  readonly position: RawBuilder<unknown>;
  /**
   * Statements that tell the planner how large tables are and how selective their indexes. SQLite measures nothing by
   * itself and takes the connection for a good key (10 rows), so that it walks through all people of a connection;
   * PostgreSQL measures.
   */
  readonly statistics: (rows: readonly IndexStatistics[]) => readonly RawBuilder<unknown>[];
  /** What happens by itself to each row that changes. */
  readonly trigger: (trigger: Trigger) => readonly RawBuilder<unknown>[];
  /** A column of numbers that the engine counts up: the number of the row. */
  readonly counted: RawBuilder<unknown>;
  /** All values of a group as one text, with commas between, in the order of the rows that the group is made of. */
  readonly joined: (value: RawBuilder<unknown>, order: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** Whether processes on several machines may work on it, so that its clock is the one that all of them know. */
  readonly isShared: boolean;
  /**
   * Of how many rows one text is made at most. SQLite: texts of more than 128 kB lie in memory that comes from the system
   * and goes back each time, which costs as much as the reading. PostgreSQL: each statement is a way there and back.
   */
  readonly rowsOfText: number;
  /** Of the database as a whole: its version, its clock in epoch milliseconds, its size in bytes. */
  readonly facts: Readonly<Record<'version' | 'now' | 'size', RawBuilder<unknown>>>;
  /** Rows as a table to select from, without a parameter for each value (bulk.ts). */
  readonly rows: (bulk: Bulk) => RawBuilder<unknown>;
}

type Cell = string | number | null;

/** One column of many rows. */
export interface BulkColumn {
  readonly name: string;
  readonly type: 'text' | 'integer';
}

/** Many rows: what all have in common, and the other columns row by row. */
export interface Bulk {
  readonly constants: readonly (BulkColumn & { readonly value: Cell })[];
  readonly columns: readonly BulkColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Statements that run for each row after it changed; they see it as `new`, and as `old` what it was before. */
export interface Trigger {
  readonly name: string;
  readonly table: string;
  readonly event: 'insert' | 'update' | 'delete';
  readonly when: RawBuilder<unknown>;
  readonly statements: readonly RawBuilder<unknown>[];
}

/** Rows of the table, then rows per value of the first column of the index, of the first two, and so on. */
export type IndexStatistics = readonly [table: string, index: string, ...rows: number[]];

const semicolon = sql`; `;

const beginTrigger = ({ name, table, event, when }: Trigger): RawBuilder<unknown> =>
  sql`create trigger ${sql.ref(name)} after ${sql.raw(event)} on ${sql.table(table)} for each row when (${when})`;

export const sqlite: Dialect = {
  name: 'SQLite',
  begin: 'begin immediate',
  locksRows: false,
  text: sql`text`,
  collated: sql`collate binary`,
  clustered: sql`without rowid`,
  position: sql`instr`,
  // "Fixed results of ANALYZE", https://sqlite.org/lang_analyze.html: the first creates the table, the last reads it.
  statistics: (rows) => [
    sql`analyze sqlite_schema`,
    ...rows.map(
      ([table, index, ...counts]) =>
        sql`insert into sqlite_stat1 (tbl, idx, stat) values (${table}, ${index}, ${counts.join(' ')})`,
    ),
    sql`analyze sqlite_schema`,
  ],
  trigger: (trigger) => [
    sql`${beginTrigger(trigger)} begin ${sql.join([...trigger.statements], semicolon)}; end`,
  ],
  // Never the same number again.
  counted: sql`integer primary key autoincrement`,
  // In the order in which the rows come, which is that of the query they come from; an order of its own would sort again.
  joined: (value) => sql`group_concat(${value}, ',')`,
  isShared: false,
  rowsOfText: 50,
  facts: {
    version: sql`sqlite_version()`,
    now: sql`cast((julianday('now') - 2440587.5) * 86400000 as integer)`,
    size: sql`(select page_count * page_size from pragma_page_count(), pragma_page_size())`,
  },
  rows: ({ constants, columns, rows }) => {
    const same = constants.map(({ name, value }) => sql`${value} as ${sql.ref(name)}`);
    const cells = columns.map(({ name }, index) => sql`value ->> ${sql.lit(index)} as ${sql.ref(name)}`);
    return sql`(select ${sql.join([...same, ...cells])} from json_each(${JSON.stringify(rows)})) as given`;
  },
};

export const postgres: Dialect = {
  name: 'PostgreSQL',
  begin: 'begin',
  locksRows: true,
  text: sql`text collate "C"`,
  collated: sql`collate "C"`,
  clustered: sql``,
  position: sql`strpos`,
  statistics: () => [],
  trigger: (trigger) => [
    sql`create function ${sql.ref(trigger.name)}() returns trigger language plpgsql as $$
      begin ${sql.join([...trigger.statements], semicolon)}; return null; end $$`,
    sql`${beginTrigger(trigger)} execute function ${sql.ref(trigger.name)}()`,
  ],
  counted: sql`bigint generated always as identity primary key`,
  joined: (value, order) => sql`string_agg(${value}, ',' order by ${order})`,
  isShared: true,
  rowsOfText: 1_000,
  facts: {
    version: sql`current_setting('server_version')`,
    now: sql`floor(extract(epoch from clock_timestamp()) * 1000)`,
    size: sql`pg_database_size(current_database())`,
  },
  rows: ({ constants, columns, rows }) => {
    const arrays = columns.map(
      ({ type }, index) => sql`${rows.map((row) => row[index])}::${sql.raw(type)}[]`,
    );
    const names = sql.join(columns.map(({ name }) => sql.ref(name)));
    const same = constants.map(
      ({ name, type, value }) => sql`${value}::${sql.raw(type)} as ${sql.ref(name)}`,
    );
    return sql`(select ${sql.join([...same, names])} from unnest(${sql.join(arrays)}) as one (${names})) as given`;
  },
};
