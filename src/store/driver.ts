/** What lies between Kysely and PostgreSQL: begins transactions as the dialect says, and lets no error out untranslated. */

import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Dialect as KyselyDialect,
  PostgresDialect,
  type QueryResult,
} from 'kysely';
import type { Pool } from 'pg';
import { postgres } from './dialect.ts';
import { translate } from './errors.ts';

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

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return translated(() => this.inner.executeQuery<R>(query));
  }

  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}

class StoreDriver implements Driver {
  readonly #inner: Driver;
  readonly #begin: string;

  constructor(inner: Driver, begin: string) {
    this.#inner = inner;
    this.#begin = begin;
  }

  init(): Promise<void> {
    return translated(() => this.#inner.init());
  }

  acquireConnection(): Promise<TranslatedConnection> {
    return translated(async () => new TranslatedConnection(await this.#inner.acquireConnection()));
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

export const postgresDialect = (pool: Pool): KyselyDialect => {
  const inner = new PostgresDialect({ pool });
  return {
    createDriver: () => new StoreDriver(inner.createDriver(), postgres.begin),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createAdapter: () => inner.createAdapter(),
    createIntrospector: (db) => inner.createIntrospector(db),
  };
};
