/** Commands of the bridge as processes of their own: run to their end, or started, waited for and stopped for certain. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { lastLine, runProgram } from './program.ts';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;
const CLI = ['--import', 'tsx', 'src/cli.ts'];

type Environment = Readonly<Record<string, string>>;

export interface CliStart<Ready> {
  readonly args: readonly string[];
  readonly env?: Environment;
  /** Reads from a line of its output that it is ready. */
  readonly readReady: (line: string) => Ready | undefined;
}

export interface CliProcess<Ready> {
  readonly ready: Ready;
  /** Asks it to end, and ends it when it does not; gives false in that case. */
  readonly stop: () => Promise<boolean>;
}

/** A port of this machine that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
};

/** Waits for the line that says so; throws when the process ends before, or takes too long. */
const untilReady = <Ready>(child: ChildProcess, name: string, readReady: CliStart<Ready>['readReady']) =>
  new Promise<Ready>((resolve, reject) => {
    const said: string[] = [];
    const giveUp = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`\`${name}\` ${why}\n${said.slice(-20).join('\n')}`));
    };
    const timer = setTimeout(
      () => giveUp(`was not ready within ${READY_WITHIN_MS / 1000} s`),
      READY_WITHIN_MS,
    );
    child.once('error', (error) => giveUp(`did not start: ${error.message}`));
    child.once('exit', (code, signal) => giveUp(`ended before it was ready (${signal ?? `exit ${code}`})`));
    const listen = (line: string): void => {
      const ready = readReady(line);
      said.push(line);
      if (ready === undefined) return;
      clearTimeout(timer);
      resolve(ready);
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', listen);
    }
  });

const stopProcess = async (child: ChildProcess): Promise<boolean> => {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
  return child.signalCode !== 'SIGKILL';
};

/** Starts a command that stays, and waits until it is ready. */
export const startCli = async <Ready>({ args, env = {}, readReady }: CliStart<Ready>) => {
  const child = spawn(process.execPath, [...CLI, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killed = (): boolean => child.kill('SIGKILL');
  process.once('exit', killed);
  const stop = async (): Promise<boolean> => {
    const gently = await stopProcess(child);
    process.removeListener('exit', killed);
    return gently;
  };
  try {
    const ready = await untilReady(child, args[0] ?? '', readReady);
    return { ready, stop } satisfies CliProcess<Ready>;
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Runs a command to its end and gives what it printed; throws when it fails. */
export const runCli = async (args: readonly string[], env: Environment): Promise<string> => {
  const ended = await runProgram([process.execPath, ...CLI, ...args], { env, timeoutMs: READY_WITHIN_MS });
  if (ended.code === 0) return ended.stdout;
  throw new Error(`\`${args.slice(0, 2).join(' ')}\` failed: ${lastLine(ended)}`);
};
