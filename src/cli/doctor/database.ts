/** The checks of the database: there, writable, of this version, with room, and of the same time. */
import { existsSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { type OpenStore, openStore, sqliteFile } from '../../store/index.ts';
import { inWords } from '../output.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

export interface Database {
  readonly url: string;
  readonly store: OpenStore;
}

/** Opens the database; unlike every other command it makes no file where there is none. */
export const openDatabase = async ({ DATABASE_URL: url }: Config): Promise<Database> => {
  const file = sqliteFile(url);
  if (file !== null && file !== ':memory:' && !existsSync(file)) {
    const message = `There is no database file ${file}. Check DATABASE_URL and the folder, or make it: mode-scim-bridge migrate.`;
    throw new AppError('unavailable', 'cli.doctor.no-database', message);
  }
  return { url, store: await openStore({ url }) };
};

const MEGABYTE = 1024 * 1024;
const megabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE).toLocaleString('en')} MB`;

const engine = async ({ store }: Database): Promise<readonly Finding[]> => {
  const { version, sizeBytes } = await store.inspect();
  return [ok(`${store.engine} ${version} answers, ${megabytes(sizeBytes)}`)];
};

const migrations = async ({ store }: Database): Promise<readonly Finding[]> => {
  const pending = await store.pendingMigrations();
  if (pending.length > 0) return [fail(`lacks ${pending.join(', ')}`, 'Run: mode-scim-bridge migrate')];
  const { unknownMigrations } = await store.inspect();
  if (unknownMigrations.length === 0) return [ok('none is missing')];
  const what = `A newer version of this program has migrated it: ${unknownMigrations.join(', ')}`;
  return [warn(what, 'This one works on it, as on the way back from an upgrade; else run that version.')];
};

const writing = async ({ store }: Database): Promise<readonly Finding[]> => {
  const pending = await store.pendingMigrations();
  if (pending.length > 0) return [{ status: 'skip', what: 'not tried before it is migrated', remedy: null }];
  try {
    await store.tryWriting();
    return [ok('takes writes')];
  } catch (error) {
    const remedy = 'Check the rights of the file or account, the disk, and that it is no standby.';
    return [fail(`takes no writes: ${inWords(error)}`, remedy)];
  }
};

/** Room for the log of one long migration; below a tenth of it the next write may fail. */
const ENOUGH_BYTES = 1024 * MEGABYTE;

const disk = async ({ url }: Database): Promise<readonly Finding[]> => {
  const file = sqliteFile(url);
  if (file === null || file === ':memory:') return [];
  const { bavail, bsize } = await statfs(dirname(file));
  const free = bavail * bsize;
  const log = await stat(`${file}-wal`).catch(() => ({ size: 0 }));
  const what = `${megabytes(free)} free beside ${file}, its log has ${megabytes(log.size)}`;
  if (free >= ENOUGH_BYTES) return [ok(what)];
  const remedy = 'Make room: where a write fails, every change is refused.';
  return [free < ENOUGH_BYTES / 10 ? fail(what, remedy) : warn(what, remedy)];
};

/** The bridge goes by the clock of the database (agreed-time.ts); a wrong one of this machine is seen in its log alone. */
const MOST_APART_MS = 1_000;

const clock = async ({ store }: Database): Promise<readonly Finding[]> => {
  if (store.time === null) return [];
  const before = Date.now();
  const now = await store.time();
  const ahead = Math.round(now - (before + Date.now()) / 2);
  const what = `The clock of the database is ${Math.abs(ahead)} ms ${ahead < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(ahead) < MOST_APART_MS) return [ok(what)];
  const remedy =
    'Let both follow a time server (NTP). All instances go by the clock of the database; the log goes by that of its machine.';
  return [warn(what, remedy)];
};

export const databaseChecks: readonly Check<Database>[] = [
  { name: 'database', look: engine },
  { name: 'migrations', look: migrations },
  { name: 'writing', look: writing },
  { name: 'disk', look: disk },
  { name: 'database clock', look: clock },
];
