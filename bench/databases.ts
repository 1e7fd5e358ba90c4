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
  readonly people: number;
  /** Of the process under which the database server runs, where it is one of ours. */
  readonly serverPid?: number | undefined;
}

export interface DatabaseOptions {
  /** Where the databases of the present schema are. */
  readonly cache: string;
  /** Where the copies go. */
  readonly work: string;
  readonly say: (line: string) => void;
}

export const CACHE = join('.cache', 'bench');

const within = (folder: string): readonly string[] => readdirSync(folder).map((name) => join(folder, name));

const SOURCES = [
  'bench/people.ts',
  'bench/seed.ts',
  'src/directory/index-values.ts',
  'src/directory/fold.ts',
  'src/store/user-rows.ts',
  'src/store/user-values.ts',
  ...within('src/store/migrations'),
  ...within('scim-schemas'),
];

const keyOf = (sources: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const file of [...sources].sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
};

/** Makes the folder of the databases of the present schema, and removes those of earlier ones. */
export const openCache = (fresh: boolean): string => {
  const key = `db-${keyOf(SOURCES)}`;
  mkdirSync(CACHE, { recursive: true });
  for (const name of readdirSync(CACHE)) {
    if (name.startsWith('db-') && (fresh || name !== key)) rmSync(join(CACHE, name), { recursive: true });
  }
  const folder = join(CACHE, key);
  mkdirSync(folder, { recursive: true });
  return folder;
};

/** Keeps the facts beside a database: without them it was not finished. Gives the file. */
export const remembering = async (
  { cache, say }: DatabaseOptions,
  name: string,
  make: () => Promise<Facts>,
): Promise<string> => {
  const file = join(cache, `${name}.json`);
  if (existsSync(file)) return file;
  say(`making the database ${name} …`);
  const facts = await make();
  writeFileSync(`${file}.new`, JSON.stringify(facts));
  renameSync(`${file}.new`, file);
  return file;
};

/** Moves what the log still holds into the file. */
const wholeInOneFile = (file: string): void => {
  const database = new Libsql(file);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
};

/** A copy of the SQLite database with so many people. */
export const sqliteDatabase = async (people: number, options: DatabaseOptions): Promise<Database> => {
  const kept = join(options.cache, `sqlite-${people}.db`);
  const factsFile = await remembering(options, `sqlite-${people}`, async () => {
    for (const file of [kept, `${kept}-wal`, `${kept}-shm`]) rmSync(file, { force: true });
    const facts = await seed(`sqlite:${kept}`, people);
    wholeInOneFile(kept);
    return facts;
  });
  const copy = join(options.work, `${people}.db`);
  cpSync(kept, copy);
  return { url: `sqlite:${copy}`, factsFile, people };
};
