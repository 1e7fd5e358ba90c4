/** The same on PostgreSQL: one server of our own, whose databases stay in the cache and are copied there for each run. */
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../test/support/postgres.ts';
import { type Database, type DatabaseOptions, remembering } from './databases.ts';
import { seed } from './seed.ts';

export interface PostgresDatabases {
  /** A copy of the database with so many people; of several, each has a `name`. */
  database(people: number, options: DatabaseOptions, name?: string): Promise<Database>;
  stop(): Promise<void>;
}

const run = async (url: string, ...statements: readonly string[]): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
};

const named = (url: string, name: string): string => {
  const database = new URL(url);
  database.pathname = `/${name}`;
  return database.href;
};

/** Makes the database under another name first: one that was not finished is none. */
const make = async ({ url, createDatabase }: TestPostgres, name: string, people: number) => {
  await run(url, `drop database if exists ${name} with (force)`);
  const half = await createDatabase();
  const facts = await seed(half, people);
  // Once now, so that it does not happen in the middle of a measurement.
  await run(half, 'vacuum analyze', 'checkpoint');
  await run(url, `alter database ${new URL(half).pathname.slice(1)} rename to ${name}`);
  return facts;
};

/** Starts the server, with the writes that survive a power cut. */
export const openPostgres = async (cache: string): Promise<PostgresDatabases> => {
  const postgres = await startPostgres({ durable: true, keepIn: join(cache, 'postgres') });
  const { url, pid } = postgres;
  return {
    stop: postgres.stop,
    database: async (people, options, name = 'run') => {
      const kept = `people_${people}`;
      const factsFile = await remembering(options, `postgres-${people}`, () => make(postgres, kept, people));
      const copy = `${name}_${people}`;
      await run(
        url,
        `drop database if exists ${copy} with (force)`,
        `create database ${copy} template ${kept}`,
      );
      await run(named(url, copy), 'checkpoint');
      return { url: named(url, copy), factsFile, people, serverPid: pid };
    },
  };
};
