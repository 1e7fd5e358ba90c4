/** A process that is started, killed, stopped and started again at the same port. Its log goes to a file, all runs in one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { History } from './history.ts';

export interface ProcessPlan {
  readonly name: string;
  /** What runs this program: `node` and what stands before the command. */
  readonly program: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Whether a line of output says that it is ready. */
  readonly isReady: (line: string) => boolean;
  /** Hears every line. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
}

export interface Subject {
  readonly name: string;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** Whether it serves: started, ready, and not asked to end. */
  isUp(): boolean;
  start(): Promise<void>;
  /** `kill -9`, at once: the signal is sent before this returns. */
  kill(): Promise<Ended>;
  /** SIGTERM; resolves when it has ended by itself. */
  stop(): Promise<Ended>;
}

const READY_MS = 60_000;
/** After so long a process that does not end by itself is a problem, and is killed. */
const STOP_MS = 60_000;
const STARTS = 5;

/** A port that outgoing connections do not take while nobody listens on it: below the ephemeral ones. */
export const steadyPort = async (): Promise<number> => {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
};

const ended = (child: ChildProcess, from: number): Promise<Ended> =>
  new Promise((resolve) => {
    const done = (code: number | null, signal: NodeJS.Signals | null): void =>
      resolve({ code, signal, ms: performance.now() - from });
    if (child.exitCode !== null || child.signalCode !== null) done(child.exitCode, child.signalCode);
    else child.once('exit', done);
  });

/** Makes the subject; nothing runs before `start`. */
export const createSubject = (plan: ProcessPlan, history: History): Subject => {
  let child: ChildProcess | undefined;
  let isReady = false;
  let isEnding = false;

  const launch = (): Promise<boolean> => {
    const [node = '', ...before] = plan.program;
    const running = spawn(node, [...before, ...plan.args], {
      env: { ...process.env, ...plan.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = running;
    isEnding = false;
    appendFileSync(plan.logFile, `--- started, process ${running.pid}\n`);
    return new Promise((resolve) => {
      const onLine = (line: string): void => {
        appendFileSync(plan.logFile, `${line}\n`);
        plan.onLine?.(line);
        if (running !== child || !plan.isReady(line)) return;
        isReady = true;
        resolve(true);
      };
      for (const stream of [running.stdout, running.stderr]) createInterface(stream).on('line', onLine);
      running.once('exit', (code, signal) => {
        if (!isReady || isEnding) return resolve(false);
        isReady = false;
        history.problem(`${plan.name} ended by itself: code ${code}, signal ${signal}`, [plan.name]);
      });
      setTimeout(() => resolve(isReady), READY_MS).unref();
    });
  };

  const end = async (signal: NodeJS.Signals, patienceMs: number): Promise<Ended> => {
    const dying = child;
    if (!dying) throw new Error(`${plan.name} does not run`);
    const from = performance.now();
    isReady = false;
    isEnding = true;
    dying.kill(signal);
    history.note(`${plan.name} (process ${dying.pid}) gets ${signal}`);
    const outcome = await Promise.race([ended(dying, from), wait(patienceMs, undefined, { ref: false })]);
    if (!outcome) dying.kill('SIGKILL');
    const result = outcome ?? (await ended(dying, from));
    child = undefined;
    return result;
  };

  return {
    name: plan.name,
    pid: () => child?.pid,
    isUp: () => isReady,
    start: async () => {
      for (let attempt = 1; attempt <= STARTS; attempt += 1) {
        if (await launch()) {
          history.note(`${plan.name} (process ${child?.pid}) is ready`);
          return;
        }
        history.note(`${plan.name} did not start, attempt ${attempt}`);
        await wait(200);
      }
      throw new Error(`${plan.name} does not start; see ${plan.logFile}`);
    },
    kill: () => end('SIGKILL', STOP_MS),
    stop: () => end('SIGTERM', STOP_MS),
  };
};
