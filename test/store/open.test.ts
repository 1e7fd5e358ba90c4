/** Opening, migrating and losing a database: what the operator sees, and that nothing is lost or crashes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { Client } from 'pg';
import { migrateStore, openStore } from '../../src/store/index.ts';
import { A, at, connection, insertUser, user } from '../contract/records.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

/** Every migration there is, in order. */
const MIGRATIONS = readdirSync('src/store/migrations')
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();

const folder = mkdtempSync(join(tmpdir(), 'store-open-'));
afterAll(() => rmSync(folder, { recursive: true }));
const urlOf = (name: string) => `sqlite:${join(folder, name)}`;

describe('opening a database', () => {
  it.each([
    ['mysql://localhost/x', 'store.open.url', /sqlite:PATH/u],
    ['sqlite:', 'store.open.url', /names no file/u],
    ['postgres://[', 'store.open.url', /malformed/u],
    ['postgres://user:secret@127.0.0.1:1/x', 'store.open.unreachable', /server runs/u],
    ['sqlite:/dev/null/x/y.db', 'store.open.file', /may be written/u],
  ])('says what is wrong with %s, and never the password', async (url, code, message) => {
    const failure = await openStore({ url }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'unavailable', code, message: expect.stringMatching(message) });
    expect(String(failure)).not.toContain('secret');
  });

  it('refuses a file that is no database', async () => {
    writeFileSync(
      join(folder, 'text.db'),
      'no database, but long enough to have a header that is wrong'.repeat(99),
    );
    await expect(openStore({ url: urlOf('text.db') })).rejects.toMatchObject({ code: 'store.open.file' });
  });

  it('does not migrate by itself, and says what is missing', async () => {
    const store = await openStore({ url: urlOf('deep/er/fresh.db') });
    expect(await store.pendingMigrations()).toEqual(MIGRATIONS);
    await store.close();
    expect(await migrateStore(urlOf('deep/er/fresh.db'))).toEqual(MIGRATIONS);
    expect(await migrateStore(urlOf('deep/er/fresh.db'))).toEqual([]);
  });

  it('leaves the database of a newer version as it is, and works on it: on the way back from an upgrade', async () => {
    await migrateStore(urlOf('newer.db'));
    const newer = new Database(join(folder, 'newer.db'));
    newer.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')");
    newer.close();
    expect(await migrateStore(urlOf('newer.db'))).toEqual([]);
    const store = await openStore({ url: urlOf('newer.db') });
    expect(await store.pendingMigrations()).toEqual([]);
    expect((await store.inspect()).unknownMigrations).toEqual(['9999-later']);
    await store.close();
  });
});

describe('SQLite', () => {
  it('keeps what was written when it is opened again, with the settings that durability asks for', async () => {
    const url = urlOf('durable.db');
    await migrateStore(url);
    const first = await openStore({ url });
    const record = await insertUser(first, 'u1');
    // Not closed: as after kill -9.
    const second = await openStore({ url });
    expect(await second.users.find(A, 'u1')).toEqual(record);
    await first.close();
    await second.close();
    const file = new Database(join(folder, 'durable.db'));
    expect(file.pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    file.close();
  });

  it('takes the write lock when a transaction begins, so that two processes never work on a stale read', async () => {
    const url = urlOf('two.db');
    await migrateStore(url);
    const store = await openStore({ url });
    const other = new Database(join(folder, 'two.db'), { timeout: 0 });
    await store.transaction(async (inner) => {
      await inner.users.find(A, 'u1');
      expect(() => other.exec('begin immediate')).toThrow(/locked/u);
      await insertUser(inner, 'u1');
    });
    other.exec('begin immediate');
    other.exec('rollback');
    other.close();
    await store.close();
  });

  it('reads for a request what is committed, at once, and waits for nobody', async () => {
    const url = urlOf('reader.db');
    await migrateStore(url);
    const [store, other] = [await openStore({ url }), await openStore({ url })];
    await store.connections.insert(connection(A));
    const token = { kind: 'scim', connectionId: A, label: 't', hash: 'h' } as const;
    const state = { createdAt: at(1), expiresAt: null, revokedAt: null, lastUsedAt: null };
    await store.transaction(async (inner) => {
      await inner.tokens.insert({ ...token, ...state, id: 't1' });
      expect(await inner.tokens.findCaller('h')).toBeDefined();
      expect(await store.tokens.findCaller('h')).toBeUndefined();
    });
    expect(await store.tokens.findCaller('h')).toMatchObject({ token: { revokedAt: null } });
    await other.tokens.revoke('t1', at(2));
    expect(await store.tokens.findCaller('h')).toMatchObject({ token: { revokedAt: at(2) } });
    await store.close();
    await other.close();
  });

  it('migrates once when four processes start together', async () => {
    const url = urlOf('race.db');
    const script = `import { migrateStore } from ${JSON.stringify(join(process.cwd(), 'src/store/index.ts'))};
      console.log(JSON.stringify(await migrateStore(${JSON.stringify(url)})));`;
    writeFileSync(join(folder, 'race.mts'), script);
    const run = () =>
      new Promise<string>((resolve) => {
        const child = spawn(process.execPath, ['--import', 'tsx', join(folder, 'race.mts')], {
          cwd: process.cwd(),
        });
        let output = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk: Buffer) => {
            output += chunk.toString();
          });
        child.on('close', () => resolve(output.trim()));
      });
    const outputs = await Promise.all([run(), run(), run(), run()]);
    expect(outputs.sort()).toEqual([JSON.stringify(MIGRATIONS), '[]', '[]', '[]']);
  }, 60_000);

  it('refuses what the driver would die of', async () => {
    const store = await openStore({ url: 'sqlite::memory:' });
    await store.migrate();
    const broken = { ...user('u1'), version: true as unknown as number };
    await expect(store.users.insert(broken, [])).rejects.toThrow(
      'A parameter of type boolean cannot be bound.',
    );
    await store.close();
  });
});

describe('PostgreSQL', () => {
  let server: TestPostgres | undefined;
  let url = '';
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
  }, 120_000);
  afterAll(() => server?.stop());

  const administer = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: server?.url });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  const database = () => new URL(url).pathname.slice(1);
  /** Ends all connections from the server's side, and waits until the pool has heard of it. */
  const disconnectAll = async (): Promise<void> => {
    await administer(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${database()}'`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  };

  it('migrates once when four instances start together', async () => {
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrateStore(url)));
    expect(applied.flat()).toEqual(MIGRATIONS);
  });

  it('migrates for as long as that takes, also where the role may not work so long', async () => {
    const other = (await server?.createDatabase()) ?? '';
    await administer(`alter database ${new URL(other).pathname.slice(1)} set statement_timeout = 500`);
    const holder = new Client({ connectionString: other });
    await holder.connect();
    await holder.query('begin; create table users (id integer)');
    const migrating = migrateStore(other);
    // Outside of the test's own statements nothing tells that it waits.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await holder.query('rollback');
    await holder.end();
    expect(await migrating).toEqual(MIGRATIONS);
  });

  it('survives the loss of idle connections, and of one in the middle of a transaction', async () => {
    const store = await openStore({ url });
    await Promise.all(Array.from({ length: 5 }, () => store.ping()));
    await disconnectAll();
    await insertUser(store, 'u1');
    const lost = store.transaction(async (inner) => {
      await insertUser(inner, 'u2');
      await disconnectAll();
      await insertUser(inner, 'u3');
    });
    await expect(lost).rejects.toMatchObject({ kind: 'unavailable', code: 'store.database.failed' });
    expect(await store.users.find(A, 'u1')).toBeDefined();
    expect(await store.users.find(A, 'u2')).toBeUndefined();
    await store.close();
  });

  it('says that it is busy when two transactions wait for each other', async () => {
    const store = await openStore({ url });
    await insertUser(store, 'd1');
    await insertUser(store, 'd2');
    const invitation = { invitedAs: 'ann', invitedAt: at(1) };
    let locked = 0;
    const bothLocked = async (): Promise<void> => {
      locked += 1;
      while (locked < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const cross = (first: string, second: string) =>
      store.transaction(async (inner) => {
        await inner.users.invited(A, first, invitation);
        await bothLocked();
        await inner.users.invited(A, second, invitation);
      });
    const outcomes = await Promise.allSettled([cross('d1', 'd2'), cross('d2', 'd1')]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({
      kind: 'unavailable',
      code: 'store.database.busy',
      retryAfterMs: 1_000,
    });
    await store.close();
  });

  it('says so when no connection can be had', async () => {
    const store = await openStore({ url, poolSize: 2 });
    await administer(`alter database ${database()} allow_connections false`);
    await disconnectAll();
    await expect(store.ping()).rejects.toMatchObject({ kind: 'unavailable' });
    await administer(`alter database ${database()} allow_connections true`);
    await expect(store.ping()).resolves.toBeUndefined();
    await store.close();
  });
});
