/**
 * What lies between Kysely and the drivers: begins transactions as the dialect says, and lets no error of a driver out
 * untranslated. Also the libsql database as Kysely wants it, with its prepared statements kept.
 */

import { setImmediate } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Dialect as KyselyDialect,
  PostgresDialect,
  type QueryResult,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
} from 'kysely';
import type { Pool } from 'pg';
import { postgres, sqlite } from './dialect.ts';
import { holdsNul, translate } from './errors.ts';

const translated = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
};

class TranslatedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;

  constructor(inner: DatabaseConnection) {
    this.inner = inner;
  }

  // async, because SQLite's driver throws before it returns a promise
  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return translated(async () => await this.inner.executeQuery<R>(query));
  }

  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}

class StoreDriver implements Driver {
  readonly #inner: Driver;
  readonly #begin: string;
  readonly #Connection: typeof TranslatedConnection;

  constructor(inner: Driver, begin: string, Connection = TranslatedConnection) {
    this.#inner = inner;
    this.#begin = begin;
    this.#Connection = Connection;
  }

  init(): Promise<void> {
    return translated(() => this.#inner.init());
  }

  acquireConnection(): Promise<TranslatedConnection> {
    return translated(async () => new this.#Connection(await this.#inner.acquireConnection()));
  }

  async beginTransaction(connection: TranslatedConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(this.#begin));
  }

  async commitTransaction(connection: TranslatedConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: TranslatedConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch {
      // The engine rolled back by itself (disk full) or the connection is gone; why is in the error under way.
    }
  }

  releaseConnection(connection: TranslatedConnection): Promise<void> {
    return this.#inner.releaseConnection(connection.inner);
  }

  destroy(): Promise<void> {
    return this.#inner.destroy();
  }
}

/** How many prepared statements stay; a statement longer than this (a bulk insert) is not worth its memory. */
const STATEMENTS = 200;
const LONGEST_KEPT = 8_192;

/** libsql ends the process when it meets a type it cannot bind: such a value must be an error before. */
const bindable = (parameter: unknown): unknown => {
  if (typeof parameter === 'string' && parameter.includes('\0')) throw holdsNul();
  if (parameter === null || typeof parameter === 'string' || typeof parameter === 'number') return parameter;
  throw new TypeError(`A parameter of type ${typeof parameter} cannot be bound.`);
};

/** Opens the file (or `:memory:`) with what durability asks for, and keeps prepared statements. */
export const openSqlite = async (path: string): Promise<SqliteDatabase> => {
  const { default: Database } = await import('libsql');
  const database = new Database(path);
  database.pragma('busy_timeout = 5000');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  // Indexes of 50,000 people fit, and a page that many transactions write is copied to its place once for all of them.
  database.pragma('cache_size = -32000');
  database.pragma('wal_autocheckpoint = 8000');
  const kept = new Map<string, SqliteStatement>();
  const prepare = (text: string): SqliteStatement => {
    const known = kept.get(text);
    if (known) return known;
    const statement = database.prepare(text);
    const guarded: SqliteStatement = {
      reader: statement.reader,
      all: (parameters) => statement.all(parameters.map(bindable)),
      run: (parameters) => statement.run(parameters.map(bindable)),
      iterate: (parameters) => statement.iterate(parameters.map(bindable)),
    };
    if (text.length > LONGEST_KEPT) return guarded;
    const oldest = kept.keys().next();
    if (kept.size >= STATEMENTS && oldest.value !== undefined) kept.delete(oldest.value);
    kept.set(text, guarded);
    return guarded;
  };
  const close = () => {
    kept.clear();
    database.close();
  };
  return { prepare, close };
};

/** SQLite can undo DDL: the migrator then works in one transaction, which also keeps a second process out. */
class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** A statement that held up everything else for longer than this lets everything else go first before the next. */
const LONG_MS = 4;

/** SQLite works on the thread of the program: between two long statements requests and answers get their turn. */
class PolitePause extends TranslatedConnection {
  override async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const from = performance.now();
    const result = await super.executeQuery<R>(query);
    if (performance.now() - from > LONG_MS) await setImmediate();
    return result;
  }
}

export const sqliteDialect = (database: SqliteDatabase): KyselyDialect => {
  const inner = new SqliteDialect({ database });
  return {
    createDriver: () => new StoreDriver(inner.createDriver(), sqlite.begin, PolitePause),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createAdapter: () => new TransactionalDdl(),
    createIntrospector: (db) => inner.createIntrospector(db),
  };
};

export const postgresDialect = (pool: Pool): KyselyDialect => {
  const inner = new PostgresDialect({ pool });
  return {
    createDriver: () => new StoreDriver(inner.createDriver(), postgres.begin),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createAdapter: () => inner.createAdapter(),
    createIntrospector: (db) => inner.createIntrospector(db),
  };
};
