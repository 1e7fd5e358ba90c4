/**
 * SQLite as Kysely wants it: what writes goes to the one connection that does, several transactions on one commit
 * (group-commit.ts); what only reads, and belongs to no transaction, to a connection that sees what is committed and waits
 * for nobody (WAL).
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  DeleteQueryNode,
  type Driver,
  InsertQueryNode,
  type Dialect as KyselyDialect,
  type QueryResult,
  RawNode,
  SelectQueryNode,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  UpdateQueryNode,
} from 'kysely';
import { sqlite } from './dialect.ts';
import { translate } from './errors.ts';
import { createGroupCommit, type GroupCommit, type Member } from './group-commit.ts';
import { givingWay, type WritingDatabase } from './sqlite-file.ts';

export interface SqliteConnections {
  readonly writer: WritingDatabase;
  /** Undefined where there can be but one connection: in memory. */
  readonly reader: SqliteDatabase | undefined;
}

/** A write that only looks like a read fails on the connection that cannot write. */
const isRead = ({ query, sql }: CompiledQuery): boolean =>
  SelectQueryNode.is(query) || (RawNode.is(query) && /^\s*(select|with)\b/iu.test(sql));

const isWrite = ({ query, sql }: CompiledQuery): boolean =>
  InsertQueryNode.is(query) ||
  UpdateQueryNode.is(query) ||
  DeleteQueryNode.is(query) ||
  (RawNode.is(query) && /^\s*(insert|update|delete)\b/iu.test(sql));

const whole = (value: number | bigint | null | undefined): bigint | undefined =>
  value === null || value === undefined ? undefined : BigInt(value);

const run = <R>(database: SqliteDatabase, { sql, parameters }: CompiledQuery): QueryResult<R> => {
  const statement = database.prepare(sql);
  if (statement.reader) return { rows: statement.all(parameters) as R[] };
  const { changes } = statement.run(parameters);
  const numAffectedRows = whole(changes);
  return numAffectedRows === undefined ? { rows: [] } : { rows: [], numAffectedRows };
};

const translated = async <T>(work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
};

/** What Kysely is lent for one statement or one transaction. */
class SqliteConnection implements DatabaseConnection {
  readonly #connections: SqliteConnections;
  readonly #commits: GroupCommit;
  /** Set while a transaction is under way. */
  member: Member | undefined;

  constructor(connections: SqliteConnections, commits: GroupCommit) {
    this.#connections = connections;
    this.#commits = commits;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return givingWay(() => translated(() => this.#execute<R>(query)));
  }

  #execute<R>(query: CompiledQuery): QueryResult<R> | Promise<QueryResult<R>> {
    const { writer, reader } = this.#connections;
    const { member } = this;
    if (member) return this.#commits.run(member, () => run<R>(writer, query));
    if (reader && isRead(query)) return run<R>(reader, query);
    if (isWrite(query)) return this.#single<R>(query);
    return this.#commits.alone(() => run<R>(writer, query));
  }

  /** A statement that is a transaction by itself. */
  async #single<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const member = await this.#commits.begin();
    let result: QueryResult<R>;
    try {
      result = this.#commits.run(member, () => run<R>(this.#connections.writer, query));
    } catch (error) {
      this.#commits.undo(member);
      throw error;
    }
    await this.#commits.commit(member);
    return result;
  }

  // biome-ignore lint/correctness/useYield: nothing here is streamed from SQLite, which holds the thread anyway
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Nothing is streamed from SQLite.');
  }
}

class GroupingDriver implements Driver {
  readonly #connections: SqliteConnections;
  readonly #commits: GroupCommit;

  constructor(connections: SqliteConnections) {
    this.#connections = connections;
    this.#commits = createGroupCommit(connections.writer, sqlite.begin);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  /** Lends at once: who has to wait for a turn waits when it is known what for. */
  acquireConnection(): Promise<SqliteConnection> {
    return Promise.resolve(new SqliteConnection(this.#connections, this.#commits));
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    connection.member = await translated(() => this.#commits.begin());
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    const { member } = connection;
    connection.member = undefined;
    if (member) await translated(() => this.#commits.commit(member));
  }

  /** Nothing where the commit has failed: that took all of it back. */
  rollbackTransaction(connection: SqliteConnection): Promise<void> {
    const { member } = connection;
    connection.member = undefined;
    if (member) this.#commits.undo(member);
    return Promise.resolve();
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    const { writer, reader } = this.#connections;
    await this.#commits.alone(() => writer.close());
    await reader?.close();
  }
}

/** SQLite can undo DDL: the migrator then works in one transaction, which also keeps a second process out. */
class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export const sqliteDialect = (connections: SqliteConnections): KyselyDialect => {
  const inner = new SqliteDialect({ database: connections.writer });
  return {
    createDriver: () => new GroupingDriver(connections),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createAdapter: () => new TransactionalDdl(),
    createIntrospector: (db) => inner.createIntrospector(db),
  };
};
