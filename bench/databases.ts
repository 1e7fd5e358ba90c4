/**
 * Databases with so many people in them, made once and kept under `.cache/bench/`: 100,000 people take a while. Their key
 * is made of what decides how they look; `--fresh` makes them anew. Every run works on copies.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { type Facts, seed } from './seed.ts';

export interface Database {
  readonly url: string;
  /** File with the Facts, for the process that makes the load. */
  readonly factsFile: string;
  readonly facts: Facts;
}

export const CACHE = join('.cache', 'bench');

const SOURCES = [
  'bench/people.ts',
  'bench/seed.ts',
  'src/directory/index-values.ts',
  'src/directory/fold.ts',
  'src/store/user-rows.ts',
  'src/store/user-values.ts',
  ...readdirSync('src/store/migrations').map((file) => `src/store/migrations/${file}`),
  ...readdirSync('scim-schemas').map((file) => `scim-schemas/${file}`),
];

const keyOf = (sources: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const file of [...sources].sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
};

/** Where the databases of the present schema are; those of earlier ones are removed. */
const folderOfNow = (fresh: boolean): string => {
  const key = `db-${keyOf(SOURCES)}`;
  mkdirSync(CACHE, { recursive: true });
  for (const name of readdirSync(CACHE)) {
    if (name.startsWith('db-') && (fresh || name !== key)) rmSync(join(CACHE, name), { recursive: true });
  }
  const folder = join(CACHE, key);
  mkdirSync(folder, { recursive: true });
  return folder;
};

/** Moves what the log still holds into the file. */
const wholeInOneFile = (file: string): void => {
  const database = new Libsql(file);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
};

/** Makes the database unless it is there; a database without facts was not finished. */
const ensureSqlite = async (folder: string, people: number, say: (line: string) => void): Promise<void> => {
  const facts = join(folder, `sqlite-${people}.json`);
  if (existsSync(facts)) return;
  say(`making a SQLite database of ${people} people …`);
  const half = join(folder, `half-${people}.db`);
  for (const file of [half, `${half}-wal`, `${half}-shm`]) rmSync(file, { force: true });
  const made = await seed(`sqlite:${half}`, people);
  wholeInOneFile(half);
  renameSync(half, join(folder, `sqlite-${people}.db`));
  writeFileSync(facts, JSON.stringify(made));
};

export interface DatabaseOptions {
  readonly fresh: boolean;
  /** Where the copies go. */
  readonly work: string;
  readonly say: (line: string) => void;
}

/** Copies of the SQLite databases with so many people. */
export const sqliteDatabases = async (
  sizes: readonly number[],
  { fresh, work, say }: DatabaseOptions,
): Promise<readonly Database[]> => {
  const folder = folderOfNow(fresh);
  const databases: Database[] = [];
  for (const people of sizes) {
    await ensureSqlite(folder, people, say);
    const copy = join(work, `${people}.db`);
    cpSync(join(folder, `sqlite-${people}.db`), copy);
    const factsFile = join(folder, `sqlite-${people}.json`);
    const facts = JSON.parse(readFileSync(factsFile, 'utf8')) as Facts;
    databases.push({ url: `sqlite:${copy}`, factsFile, facts });
  }
  return databases;
};
