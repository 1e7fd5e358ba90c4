/**
 * What lies between Kysely and the drivers: begins transactions as the dialect says, and lets no error of a driver out
 * untranslated.
 */

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
} from 'kysely';
import type { Pool } from 'pg';
import { postgres, sqlite } from './dialect.ts';
import { translate } from './errors.ts';
import { givingWay } from './sqlite-file.ts';

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

/** SQLite can undo DDL: the migrator then works in one transaction, which also keeps a second process out. */
class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class PolitePause extends TranslatedConnection {
  override executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return givingWay(() => super.executeQuery<R>(query));
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
