/** Brings a database to the schema of this program. Forward only; a second process that starts meanwhile waits. */
import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import { AppError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import { init } from './migrations/0001-init.ts';
import { sightings } from './migrations/0002-sightings.ts';
import { entitlements } from './migrations/0003-entitlements.ts';
import { syncs } from './migrations/0004-syncs.ts';
import { reconcile } from './migrations/0005-reconcile.ts';
import { answers } from './migrations/0006-answers.ts';
import { openCalls } from './migrations/0007-open-calls.ts';
import { credentials } from './migrations/0008-credentials.ts';
import { documents } from './migrations/0009-documents.ts';
import { provisioned } from './migrations/0010-provisioned.ts';
import { lines } from './migrations/0011-lines.ts';
import { concerned } from './migrations/0012-concerned.ts';
import { documentAddress } from './migrations/0013-document-address.ts';
import { scimChecks } from './migrations/0015-scim-checks.ts';
import { groupsRead } from './migrations/0016-groups-read.ts';
import { settledRevision } from './migrations/0017-settled-revision.ts';
import { putBackVersion } from './migrations/0018-put-back-version.ts';
import type { Schema } from './schema.ts';

type Step = (db: Kysely<unknown>, dialect: Dialect) => Promise<void>;

/** Every migration in the order of its name: append, never change. */
const MIGRATIONS: Readonly<Record<string, Step>> = {
  '0001-init': init,
  '0002-sightings': sightings,
  '0003-entitlements': entitlements,
  '0004-syncs': syncs,
  '0005-reconcile': reconcile,
  '0006-answers': answers,
  '0007-open-calls': openCalls,
  '0008-credentials': credentials,
  '0009-documents': documents,
  '0010-provisioned': provisioned,
  '0011-lines': lines,
  '0012-concerned': concerned,
  '0013-document-address': documentAddress,
  '0015-scim-checks': scimChecks,
  '0016-groups-read': groupsRead,
  '0017-settled-revision': settledRevision,
  '0018-put-back-version': putBackVersion,
};

/** Names of all that this program knows. */
export const migrationNames: readonly string[] = Object.keys(MIGRATIONS);

const migratorFor = (db: Kysely<Schema>, dialect: Dialect): Migrator => {
  const bound = Object.entries(MIGRATIONS).map(([name, step]): [string, Migration] => [
    name,
    {
      up: async (connection: Kysely<unknown>) => {
        // It takes as long as it takes, whatever the role is allowed.
        if (dialect.isShared) await sql`set local statement_timeout = 0`.execute(connection);
        await step(connection, dialect);
      },
    },
  ]);
  return new Migrator({ db, provider: { getMigrations: async () => Object.fromEntries(bound) } });
};

/**
 * Applies what is missing, all or nothing, and names what it applied. A newer version's database, on the way back to this
 * one, lacks nothing and stays as it is: what a newer version adds does not hinder the one before it.
 */
export const migrate = async (db: Kysely<Schema>, dialect: Dialect): Promise<readonly string[]> => {
  if ((await pendingMigrations(db, dialect)).length === 0) return [];
  const { error, results } = await migratorFor(db, dialect).migrateToLatest();
  if (error instanceof AppError) throw error;
  if (error !== undefined) {
    throw new AppError(
      'unavailable',
      'store.migrate.failed',
      'The database could not be brought to the schema of this version; it is as it was. Run migrate again once the cause is gone.',
      { cause: error },
    );
  }
  return (results ?? []).map(({ migrationName }) => migrationName);
};

/** Names of the migrations that were applied. Throws where there is no table of them: a database that was never migrated. */
export const appliedMigrations = async (db: Kysely<Schema>): Promise<ReadonlySet<string>> =>
  new Set(
    (await sql<{ name: string }>`select name from kysely_migration`.execute(db)).rows.map(({ name }) => name),
  );

/** The same, also where there is no such table: Kysely looks through all tables of the database for it, of other programs too. */
const searchedMigrations = async (db: Kysely<Schema>, dialect: Dialect): Promise<ReadonlySet<string>> => {
  const migrations = await migratorFor(db, dialect).getMigrations();
  return new Set(migrations.filter(({ executedAt }) => executedAt !== undefined).map(({ name }) => name));
};

/** Names the migrations that the database still lacks. */
export const pendingMigrations = async (db: Kysely<Schema>, dialect: Dialect): Promise<readonly string[]> => {
  const applied = await appliedMigrations(db).catch((error: unknown) => {
    if (error instanceof AppError) throw error;
    return searchedMigrations(db, dialect);
  });
  return migrationNames.filter((name) => !applied.has(name));
};
