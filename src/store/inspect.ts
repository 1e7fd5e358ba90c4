/** The state of the database itself, for whoever looks into an installation: engine, size, clock, whether it takes a write. */
import { sql } from 'kysely';
import { appliedMigrations } from './migrate.ts';
import type { Session } from './session.ts';

export interface DatabaseFacts {
  readonly version: string;
  readonly sizeBytes: number;
  /** Migrations that it has and this program does not know: those of a newer one. */
  readonly unknownMigrations: readonly string[];
}

/** What time it is there, epoch milliseconds. */
export const databaseTime = async ({ db, dialect }: Session): Promise<number> => {
  const { rows } = await sql<{ now: number | string }>`select ${dialect.facts.now} as now`.execute(db);
  return Number(rows[0]?.now);
};

/** Looks at the database. `known`: the migrations of this program; those applied are compared with it once it was migrated. */
export const inspectDatabase = async (
  session: Session,
  known: readonly string[],
  isMigrated: boolean,
): Promise<DatabaseFacts> => {
  const { version, size } = session.dialect.facts;
  const { rows } = await sql<{ version: string; size: number | string }>`
    select ${version} as version, ${size} as size`.execute(session.db);
  const [row] = rows;
  const applied = isMigrated ? [...(await appliedMigrations(session.db))] : [];
  return {
    version: row?.version ?? 'unknown',
    sizeBytes: Number(row?.size),
    unknownMigrations: applied.filter((name) => !known.includes(name)),
  };
};

/** Ends the transaction of a try. */
class TriedEnough extends Error {}

const TRY = 'of nobody';

/** Writes a row and takes it back; throws what the engine says where it takes no writes. The tables must be there. */
export const tryWriting = async ({ db }: Session): Promise<void> => {
  const trying = db.transaction().execute(async (inside) => {
    await inside.insertInto('syncs').values({ connection_id: TRY }).execute();
    throw new TriedEnough();
  });
  await trying.catch((error: unknown) => {
    if (!(error instanceof TriedEnough)) throw error;
  });
};
