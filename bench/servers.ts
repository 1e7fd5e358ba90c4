/** The servers under test, each a process of its own on the server's core: the bridge as it is shipped, and the yardsticks. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from './databases.ts';
import type { Probed, Target } from './load.ts';
import { end, nextMessage, type Place, startNode } from './processes.ts';
import { BENCH_ADDRESS, BENCH_KEY } from './seed.ts';

export interface Server {
  readonly target: Target;
  /** Forgets what was logged, so that a long run fills no disk. */
  tidy(): void;
  stop(): Promise<void>;
}

export interface Yardstick extends Server {
  /** What it shall answer from now on. */
  answer(probed: Probed): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const PATH = '/scim/v2';
const POLL_MS = 2;
const READY = /^.*"serve\.ready".*$/m;

/** As in production, but alone: nothing is read from Mode, because there is none. */
const environment = (database: Database) => ({
  ...process.env,
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  PUBLIC_URL: BENCH_ADDRESS,
  DATABASE_URL: database.url,
  ENCRYPTION_KEY: BENCH_KEY.toString('hex'),
  SYNC_INTERVAL_SECONDS: '0',
  CHANGES_INTERVAL_SECONDS: '0',
  ACCESS_SYNC_INTERVAL_SECONDS: '0',
});

const untilReady = async (child: ChildProcess, logFile: string): Promise<number> => {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const log = readFileSync(logFile, 'utf8');
    const line = READY.exec(log)?.[0];
    if (line !== undefined) return Number(new URL((JSON.parse(line) as { readonly url: string }).url).port);
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`The bridge did not start:\n${log}`);
    await wait(POLL_MS);
  }
};

let started = 0;

export interface BridgeOptions {
  /** Where its log goes. */
  readonly work: string;
  readonly nodeFlags?: readonly string[];
  readonly place?: Place;
}

/** Starts `dist/cli.js serve` on this database. Its log goes to a file, as a container's does. */
export const startBridge = async (
  database: Database,
  { work, nodeFlags = [], place = 'server' }: BridgeOptions,
): Promise<Server> => {
  started += 1;
  const logFile = join(work, `bridge-${started}.log`);
  const log = openSync(logFile, 'a');
  const child = startNode(place, [...nodeFlags, '--enable-source-maps', 'dist/cli.js', 'serve'], {
    env: environment(database),
    stdio: ['ignore', log, log],
  });
  const stop = async () => {
    await end(child);
    closeSync(log);
  };
  const port = await untilReady(child, logFile).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const { factsFile, serverPid } = database;
  const target = { ports: [port], path: PATH, factsFile, pids: [child.pid ?? 0], databasePid: serverPid };
  return { target, tidy: () => ftruncateSync(log), stop };
};

/** Several instances on one database, which share the load. */
export const together = (servers: readonly Server[]): Server => {
  const targets = servers.map(({ target }) => target);
  const [first] = targets;
  if (!first) throw new Error('Nothing to put together.');
  return {
    target: {
      ...first,
      ports: targets.flatMap(({ ports }) => ports),
      pids: targets.flatMap(({ pids }) => pids),
    },
    tidy: () => undefined,
    stop: async () => undefined,
  };
};

const startProgram = async (program: string, factsFile: string) => {
  const child = startNode('server', ['--import', 'tsx', program, factsFile], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await nextMessage<number>(child);
  const target = { ports: [port], path: PATH, factsFile, pids: [child.pid ?? 0] };
  return { child, target, tidy: () => undefined, stop: () => end(child) };
};

/** Starts a program that answers whatever it is told to, byte by byte. */
export const startYardstick = async (program: string, { factsFile }: Database): Promise<Yardstick> => {
  const { child, ...server } = await startProgram(program, factsFile);
  return {
    ...server,
    answer: async (probed) => {
      child.send(probed);
      await nextMessage(child);
    },
  };
};

/** Starts a program that holds the people of this database itself. */
export const startPeer = async (program: string, { factsFile }: Database): Promise<Server> => {
  const { child: _child, ...server } = await startProgram(program, factsFile);
  return server;
};
