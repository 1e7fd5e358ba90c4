/** What every query is given: where to run, and how the engine speaks. */
import type { Kysely } from 'kysely';
import type { Dialect } from './dialect.ts';
import { type Run, runWithin } from './run.ts';
import type { Schema } from './schema.ts';

export interface Session {
  readonly db: Kysely<Schema>;
  readonly dialect: Dialect;
  /** Runs the statements of hot.ts. */
  readonly run: Run;
  readonly close: () => Promise<void>;
}

/** The session within a transaction of its own. */
export const within = (session: Session, db: Kysely<Schema>): Session => ({
  ...session,
  db,
  run: runWithin(db),
});

/** Runs the work in a transaction: the one under way, or one of its own. */
export const atomically = <T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> =>
  session.db.isTransaction
    ? work(session)
    : session.db.transaction().execute((db) => work(within(session, db)));

/** Rows of one statement: below 32,766 variables of SQLite and 65,535 of PostgreSQL for rows of up to 30 columns. */
const CHUNK = 1_000;

/** Splits rows or ids for statements of a bearable size. */
export const chunks = <T>(rows: readonly T[], size = CHUNK): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  );

/** Runs the query for each chunk in turn and gives all rows. */
export const inChunks = async <T, R>(
  rows: readonly T[],
  query: (chunk: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> => {
  const found: R[] = [];
  for (const chunk of chunks(rows)) found.push(...(await query(chunk)));
  return found;
};
