/** The servers under test, each a process of its own on the server's core: the bridge as it is shipped, and the yardsticks. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from './databases.ts';
import type { Probed, Target } from './load.ts';
import { end, nextMessage, startNode } from './processes.ts';
import { BENCH_KEY } from './seed.ts';

export interface Server {
  readonly target: Target;
  readonly pid: number;
  /** Forgets what was logged, so that a long run fills no disk. */
  tidy(): void;
  stop(): Promise<void>;
}

export interface Yardstick extends Server {
  /** What it shall answer from now on. */
  answer(probed: Probed): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const READY =
  /"message":"serve\.ready".*?"url":"http:\/\/127\.0\.0\.1:(\d+)"|"url":"http:\/\/127\.0\.0\.1:(\d+)".*?"message":"serve\.ready"/;

/** As in production, but alone: nothing is read from Mode, because there is none. */
const environment = (database: Database) => ({
  ...process.env,
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: database.url,
  ENCRYPTION_KEY: BENCH_KEY.toString('hex'),
  SYNC_INTERVAL_SECONDS: '0',
  CHANGES_INTERVAL_SECONDS: '0',
  ACCESS_SYNC_INTERVAL_SECONDS: '0',
});

const portIn = (log: string): number | undefined => {
  const found = READY.exec(log);
  return found ? Number(found[1] ?? found[2]) : undefined;
};

const untilReady = async (child: ChildProcess, logFile: string): Promise<number> => {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const log = readFileSync(logFile, 'utf8');
    const port = portIn(log);
    if (port !== undefined) return port;
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`The bridge did not start:\n${log}`);
    await wait(5);
  }
};

let started = 0;

/** Starts `dist/cli.js serve` on this database. Its log goes to a file, as a container's does. */
export const startBridge = async (
  database: Database,
  work: string,
  nodeFlags: readonly string[] = [],
): Promise<Server> => {
  started += 1;
  const logFile = join(work, `bridge-${started}.log`);
  const log = openSync(logFile, 'a');
  const child = startNode('server', [...nodeFlags, '--enable-source-maps', 'dist/cli.js', 'serve'], {
    env: environment(database),
    stdio: ['ignore', log, log],
  });
  const port = await untilReady(child, logFile);
  const pid = child.pid ?? 0;
  return {
    target: { port, path: '/scim/v2', factsFile: database.factsFile, pids: [pid] },
    pid,
    tidy: () => ftruncateSync(log),
    stop: async () => {
      await end(child);
      closeSync(log);
    },
  };
};

/** Starts a program that answers whatever it is told to, byte by byte. */
export const startYardstick = async (program: string, { factsFile }: Database): Promise<Yardstick> => {
  const child = startNode('server', ['--import', 'tsx', program], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await nextMessage<number>(child);
  const pid = child.pid ?? 0;
  return {
    target: { port, path: '/scim/v2', factsFile, pids: [pid] },
    pid,
    tidy: () => undefined,
    answer: async (probed) => {
      child.send(probed);
      await nextMessage(child);
    },
    stop: () => end(child),
  };
};
