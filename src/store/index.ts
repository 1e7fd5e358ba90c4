/**
 * Opens the memory of the directory: SQLite in a file for one instance, PostgreSQL for several. The same queries run on
 * both (docs/decisions/003-sqlite-and-postgresql.md); what differs is in dialect.ts.
 */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Kysely, type Dialect as KyselyDialect, sql } from 'kysely';
import type { Store } from '../directory/store/store.ts';
import { AppError } from '../errors.ts';
import { createConnections } from './connections.ts';
import { type Dialect, postgres, sqlite } from './dialect.ts';
import { createDocuments } from './documents.ts';
import { createDrift } from './drift.ts';
import { postgresDialect } from './driver.ts';
import { createEntitlements } from './entitlements.ts';
import { translate } from './errors.ts';
import { createGroups } from './groups.ts';
import { type DatabaseFacts, databaseTime, inspectDatabase, tryWriting } from './inspect.ts';
import { createLines } from './lines.ts';
import { createMemberships } from './memberships.ts';
import { migrate, migrationNames, pendingMigrations } from './migrate.ts';
import { createMode } from './mode.ts';
import { runOn } from './postgres-run.ts';
import { type Run, runWithin, type Value } from './run.ts';
import type { Schema } from './schema.ts';
import { type Session, within } from './session.ts';
import { createSightingStore } from './sightings.ts';
import { watchForSilence } from './silence.ts';
import { sqliteDialect } from './sqlite-driver.ts';
import { openReader, openWriter } from './sqlite-file.ts';
import { createSyncs } from './syncs.ts';
import { createTokens } from './tokens.ts';
import { createUnsettled } from './unsettled.ts';
import { createUsers } from './users.ts';

export interface StoreOptions {
  /** `sqlite:PATH`, `sqlite::memory:` or `postgres://user:password@host/database`. */
  readonly url: string;
  /** Connections to PostgreSQL at most. */
  readonly poolSize?: number;
  /** How long a statement to PostgreSQL may go unanswered, in milliseconds: longer than the server lets any take. */
  readonly answerWithinMs?: number;
  /** Hears every statement: for tests and for the search of slow queries. */
  readonly onQuery?: (query: { readonly sql: string; readonly parameters: readonly unknown[] }) => void;
}

/** A store that was opened, and the state of its schema. */
export interface OpenStore extends Store {
  readonly engine: Dialect['name'];
  /** What time it is in the database, epoch milliseconds; null where it has no clock but that of this machine. */
  readonly time: (() => Promise<number>) | null;
  /** Creates or updates the tables, all or nothing; names the migrations that it applied. */
  migrate(): Promise<readonly string[]>;
  /** Names the migrations that the database still lacks. */
  pendingMigrations(): Promise<readonly string[]>;
  /** Looks at the database as a whole. */
  inspect(): Promise<DatabaseFacts>;
  /** Writes something and takes it back; throws what the engine says where it takes no writes. Must have been migrated. */
  tryWriting(): Promise<void>;
}

/** No statement of ours takes this long; whoever waits longer for a lock is better told to try again. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** Then nobody is there who keeps to that. TCP alone would find out after a quarter of an hour. */
const ANSWER_WITHIN_MS = 35_000;

const invalidUrl = (message: string, cause?: unknown): AppError =>
  new AppError('unavailable', 'store.open.url', message, { cause });

const SQLITE_REMEDY = 'Write sqlite:PATH, for example sqlite:./data/bridge.db.';

const kyselyOf = (dialect: KyselyDialect, { onQuery }: StoreOptions): Kysely<Schema> =>
  new Kysely<Schema>({ dialect, ...(onQuery && { log: ({ query }) => onQuery(query) }) });

/** Statements that pass by Kysely are heard like the others. */
const heard = (run: Run, { onQuery }: StoreOptions): Run => {
  if (!onQuery) return run;
  const hear =
    <T>(send: (sql: string, parameters: readonly Value[]) => T) =>
    (sql: string, parameters: readonly Value[]): T => {
      onQuery({ sql, parameters });
      return send(sql, parameters);
    };
  return { ...run, rows: hear(run.rows), row: hear(run.row) };
};

const MEMORY = ':memory:';

/** The file that a URL names, or `:memory:`; null for a URL of another engine. */
export const sqliteFile = (url: string): string | null => {
  if (!url.startsWith('sqlite:')) return null;
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/u, '');
  if (path === '') throw invalidUrl(`The database URL names no file. ${SQLITE_REMEDY}`);
  // Absolute, because libsql takes some relative names for addresses of the network.
  return path === MEMORY ? path : resolve(path);
};

const openFile = async (file: string, options: StoreOptions): Promise<Session> => {
  try {
    if (file !== MEMORY) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const writer = await openWriter(file);
    // Nothing in memory has a second connection.
    const reader = file === MEMORY ? undefined : await openReader(file);
    const db = kyselyOf(sqliteDialect({ writer, reader }), options);
    const run = reader ? heard(reader.run, options) : runWithin(db);
    return { db, dialect: sqlite, run, close: () => db.destroy() };
  } catch (cause) {
    throw new AppError(
      'unavailable',
      'store.open.file',
      `The database file ${file} cannot be opened. Check that its folder may be written and that it is a SQLite database.`,
      { cause: translate(cause) },
    );
  }
};

const ignore = (): void => undefined;

const openPool = async (options: StoreOptions, statementTimeoutMs: number): Promise<Session> => {
  const { url, poolSize = 10, answerWithinMs = ANSWER_WITHIN_MS } = options;
  if (!URL.canParse(url)) {
    throw invalidUrl('The database URL is malformed. Write postgres://user:password@host:5432/database.');
  }
  const { Pool } = await import('pg');
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    application_name: 'mode-scim-bridge',
    connectionTimeoutMillis: 5_000,
    // Providers come every now and then: a new connection costs some milliseconds of both, and each statement is prepared anew.
    idleTimeoutMillis: 300_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // A connection that breaks says so in the query that meets it. Unheard, `error` would end the process: on the pool
  // for idle connections, on the client for one that is lent out.
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  // What takes as long as it takes is waited for.
  const unwatch = statementTimeoutMs === 0 ? ignore : watchForSilence(pool, answerWithinMs);
  const db = kyselyOf(postgresDialect(pool), options);
  const close = (): Promise<void> => {
    unwatch();
    return db.destroy();
  };
  return { db, dialect: postgres, run: heard(runOn(pool), options), close };
};

/** Each engine's driver is loaded where it is used: nobody uses both. */
const openSession = async (options: StoreOptions, statementTimeoutMs: number): Promise<Session> => {
  const { url } = options;
  const file = sqliteFile(url);
  if (file !== null) return openFile(file, options);
  if (/^postgres(?:ql)?:\/\//u.test(url)) return openPool(options, statementTimeoutMs);
  throw invalidUrl(
    `The database URL is of no known kind. ${SQLITE_REMEDY} Or postgres://user:password@host/database.`,
  );
};

const ping = async ({ db }: Session): Promise<void> => {
  try {
    await sql`select 1`.execute(db);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('unavailable', 'store.database.failed', 'The database does not answer.', { cause });
  }
};

const createStore = (session: Session): Store => ({
  connections: createConnections(session),
  tokens: createTokens(session),
  users: createUsers(session),
  groups: createGroups(session),
  memberships: createMemberships(session),
  mode: createMode(session),
  entitlements: createEntitlements(session),
  unsettled: createUnsettled(session),
  sightings: createSightingStore(session),
  drift: createDrift(session),
  syncs: createSyncs(session),
  documents: createDocuments(session),
  lines: createLines(session),
  transaction: (work) => session.db.transaction().execute((db) => work(createStore(within(session, db)))),
  ping: () => ping(session),
  close: session.close,
});

const open = async (options: StoreOptions, statementTimeoutMs: number): Promise<OpenStore> => {
  const session = await openSession(options, statementTimeoutMs);
  try {
    await ping(session);
  } catch (cause) {
    await session.close();
    const remedy =
      'Check the URL, the password and that the database server runs and may be reached from here.';
    throw new AppError('unavailable', 'store.open.unreachable', `The database does not answer. ${remedy}`, {
      cause,
    });
  }
  return {
    ...createStore(session),
    engine: session.dialect.name,
    time: session.dialect.isShared ? () => databaseTime(session) : null,
    migrate: () => migrate(session.db, session.dialect),
    pendingMigrations: () => pendingMigrations(session.db, session.dialect),
    inspect: async () => {
      const pending = await pendingMigrations(session.db, session.dialect);
      return inspectDatabase(session, migrationNames, pending.length < migrationNames.length);
    },
    tryWriting: () => tryWriting(session),
  };
};

/** Opens the database and asks it one question; creates a SQLite file, but no tables. Throws `unavailable` (`store.open.…`). */
export const openStore = (options: StoreOptions): Promise<OpenStore> => open(options, STATEMENT_TIMEOUT_MS);

/** Brings the database to the schema of this program, however long that takes; names the migrations that it applied. */
export const migrateStore = async (url: string): Promise<readonly string[]> => {
  const store = await open({ url, poolSize: 1 }, 0);
  try {
    return await store.migrate();
  } finally {
    await store.close();
  }
};
