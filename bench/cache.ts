/**
 * Where the prepared databases are kept. The folder is named after all that decides how they look, so that none of an
 * earlier program is ever measured: the newest migration, the size of a page, and a hash of what an empty database of this
 * program is and of the sources that fill it.
 */
import { createHash, type Hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { migrateStore } from '../src/store/index.ts';
import { migrationNames } from '../src/store/migrate.ts';

export const CACHE = join('.cache', 'bench');

const within = (folder: string): readonly string[] => readdirSync(folder).map((name) => join(folder, name));

/** What fills the databases, and what decides how PostgreSQL's are made. */
const SOURCES = [
  'bench/people.ts',
  'bench/seed.ts',
  'src/directory/index-values.ts',
  'src/directory/fold.ts',
  'src/directory/user-view.ts',
  'src/scim/resource.ts',
  'src/scim/user-documents.ts',
  'src/store/dialect.ts',
  'src/store/document-upkeep.ts',
  'src/store/user-rows.ts',
  'src/store/user-values.ts',
  ...within('src/store/migrations'),
  ...within('scim-schemas'),
];

const addSources = (hash: Hash): void => {
  for (const file of [...SOURCES].sort()) hash.update(file).update(readFileSync(file));
};

/** Makes an empty database as the program does; adds all of its definitions, and gives the size of its pages. */
const addEmpty = async (hash: Hash): Promise<number> => {
  const folder = mkdtempSync(join(CACHE, 'empty-'));
  try {
    const file = join(folder, 'empty.db');
    await migrateStore(`sqlite:${file}`);
    const database = new Libsql(file);
    const definitions = database.prepare('select name, sql from sqlite_schema order by name').raw(true).all();
    const [pageSize] = database.prepare('pragma page_size').raw(true).get() as [number];
    database.close();
    hash.update(JSON.stringify([definitions, pageSize]));
    return pageSize;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Makes the folder of the databases of the present program, and removes those of earlier ones; `fresh` removes all. */
export const openCache = async (fresh: boolean): Promise<string> => {
  mkdirSync(CACHE, { recursive: true });
  const hash = createHash('sha256');
  addSources(hash);
  const pageSize = await addEmpty(hash);
  const key = `db-${migrationNames.at(-1)}-${pageSize}-${hash.digest('hex').slice(0, 12)}`;
  for (const name of readdirSync(CACHE)) {
    if (name.startsWith('db-') && (fresh || name !== key)) rmSync(join(CACHE, name), { recursive: true });
  }
  const folder = join(CACHE, key);
  mkdirSync(folder, { recursive: true });
  return folder;
};
