/** A SQLite file through libsql: what durability asks for, prepared statements kept, and a connection that only reads. */
import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import type Database from 'libsql';
import { holdsNul, translate } from './errors.ts';
import type { Writer } from './group-commit.ts';
import type { Row, Run, Value } from './run.ts';

/** How many prepared statements stay; a statement longer than this (a bulk insert) is not worth its memory. */
const STATEMENTS = 200;
const LONGEST_KEPT = 8_192;

/** A statement that held up everything else for longer than this lets everything else go first before the next. */
const LONG_MS = 4;

/** SQLite works on the thread of the program: after a long statement requests and answers get their turn. */
export const givingWay = async <T>(work: () => T | Promise<T>): Promise<T> => {
  const from = performance.now();
  const result = await work();
  if (performance.now() - from > LONG_MS) await setImmediate();
  return result;
};

/** libsql ends the process when it meets a type it cannot bind: such a value must be an error before. */
const bindable = (parameter: unknown): Value => {
  if (typeof parameter === 'string' && parameter.includes('\0')) throw holdsNul();
  if (parameter === null || typeof parameter === 'string' || typeof parameter === 'number') return parameter;
  throw new TypeError(`A parameter of type ${typeof parameter} cannot be bound.`);
};

/** Gives the statement of a text, prepared once as long as it is used now and then. */
const keeping = <S>(prepare: (text: string) => S) => {
  const kept = new Map<string, S>();
  return {
    get: (text: string): S => {
      const known = kept.get(text);
      if (known) return known;
      const statement = prepare(text);
      if (text.length > LONGEST_KEPT) return statement;
      const oldest = kept.keys().next();
      if (kept.size >= STATEMENTS && oldest.value !== undefined) kept.delete(oldest.value);
      kept.set(text, statement);
      return statement;
    },
    clear: () => kept.clear(),
  };
};

const connect = async (path: string, pragmas: readonly string[]): Promise<Database.Database> => {
  const { default: Libsql } = await import('libsql');
  const database = new Libsql(path);
  for (const pragma of ['busy_timeout = 5000', ...pragmas]) database.pragma(pragma);
  return database;
};

/** A connection for Kysely, with its statements kept. */
const forKysely = (database: Database.Database): SqliteDatabase => {
  const statements = keeping((text): SqliteStatement => {
    const statement = database.prepare(text);
    return {
      reader: statement.reader,
      all: (parameters) => statement.all(parameters.map(bindable)),
      run: (parameters) => statement.run(parameters.map(bindable)),
      iterate: (parameters) => statement.iterate(parameters.map(bindable)) as IterableIterator<unknown>,
    };
  });
  const close = () => {
    statements.clear();
    database.close();
  };
  return { prepare: statements.get, close };
};

/** How long another process may hold the file before this one gives up, and how much of that holds the program up. */
const PATIENCE_MS = 5_000;
const BLOCKED_MS = 5;
const PAUSE_MS = 10;

/** Tries again where another process writes. SQLite itself would wait on the thread of the program. */
const patiently = async <T>(work: () => T): Promise<T> => {
  for (const deadline = performance.now() + PATIENCE_MS; ; ) {
    try {
      return work();
    } catch (error) {
      const isBusy = (error as { readonly code?: unknown }).code === 'SQLITE_BUSY';
      if (!isBusy || performance.now() > deadline) throw error;
    }
    await pause(PAUSE_MS);
  }
};

/** The connection that writes. */
export interface WritingDatabase extends SqliteDatabase, Writer {}

/** Opens the file (or `:memory:`) for writing. */
export const openWriter = async (path: string): Promise<WritingDatabase> => {
  const database = await connect(path, [
    // Counts for a file that is made now: five documents of people fit, on a page of 4 kB two. Reading is mostly fetching pages.
    'page_size = 8192',
    'journal_mode = WAL',
    'synchronous = FULL',
    // Indexes of 50,000 people fit, and a page that many transactions write is copied to its place once for all of them.
    'cache_size = -32000',
    'wal_autocheckpoint = 4000',
  ]);
  database.pragma(`busy_timeout = ${BLOCKED_MS}`);
  const kept = forKysely(database);
  return {
    ...kept,
    patiently,
    execute: (statement) => void kept.prepare(statement).run([]),
    isInTransaction: () => database.inTransaction,
  };
};

export interface ReadingDatabase extends SqliteDatabase {
  readonly run: Run;
}

/**
 * Opens a second connection to the file, for reads: it sees what is committed, and waits for no transaction that is under
 * way (WAL).
 */
export const openReader = async (path: string): Promise<ReadingDatabase> => {
  const database = await connect(path, ['query_only = on', 'cache_size = -32000']);
  const statements = keeping((text) => database.prepare(text).raw(true));
  const kept = forKysely(database);
  const version = database.prepare('pragma data_version').raw(true);
  const send = async <T>(text: string, values: readonly Value[], how: 'all' | 'get'): Promise<T> => {
    const bound = values.map(bindable);
    try {
      return await givingWay(() => statements.get(text)[how](bound) as T);
    } catch (error) {
      throw translate(error);
    }
  };
  const run: Run = {
    rows: (text, values) => send<Row[]>(text, values, 'all'),
    row: (text, values) => send<Row | undefined>(text, values, 'get'),
    // "different if changes were committed to the database by any other connection" (https://sqlite.org/pragma.html):
    // this one only reads, so all changes are another's.
    stamp: () => (version.get([]) as Row)[0],
  };
  return {
    prepare: kept.prepare,
    run,
    close: () => {
      statements.clear();
      kept.close();
    },
  };
};
