/**
 * Databases with so many people in them, made once and kept in the cache (cache.ts): 100,000 people take a while. `--fresh`
 * makes them anew. Every run works on copies.
 */
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
