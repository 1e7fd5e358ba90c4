/** What lies between Kysely and PostgreSQL: begins transactions as the dialect says, and lets no error out untranslated. */

import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Dialect as KyselyDialect,
  PostgresDialect,
  type PostgresPoolClient,
  type PostgresQueryResult,
  type QueryResult,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { postgres } from './dialect.ts';
import { GIVEN_UP, translate } from './errors.ts';

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

/** Whoever waited for the answer left: it may come yet, so nothing else may be asked over this connection. */
const isGivenUp = (error: unknown): error is Error => error instanceof Error && error.message === GIVEN_UP;

/**
 * A connection of the pool as Kysely borrows it. Once a statement was given up it is asked nothing more, not even to roll
 * back, and is thrown away when it is given back; Kysely would give it back as a good one.
 */
const lent = (client: PoolClient): PostgresPoolClient => {
  let broken: Error | undefined;
  return {
    query: async <R>(text: string, values: readonly unknown[]) => {
      if (broken) throw broken;
      try {
        return (await client.query(text, [...values])) as unknown as PostgresQueryResult<R>;
      } catch (error) {
        if (isGivenUp(error)) broken = error;
        throw error;
      }
    },
    release: () => client.release(broken),
  } as PostgresPoolClient;
};

export const postgresDialect = (pool: Pool): KyselyDialect => {
  const inner = new PostgresDialect({
    pool: { connect: async () => lent(await pool.connect()), end: () => pool.end() },
  });
  return {
    createDriver: () => new StoreDriver(inner.createDriver(), postgres.begin),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createAdapter: () => inner.createAdapter(),
    createIntrospector: (db) => inner.createIntrospector(db),
  };
};
