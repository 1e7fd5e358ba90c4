/** Programs of other tool chains: run to their end, with a limit; a program that is not there is an answer, not an error. */
import { spawn } from 'node:child_process';

const KILL_AFTER_MS = 5_000;

export interface Ended {
  /** Its exit code; null when there is no such program, or it had to be stopped. */
  readonly code: number | null;
  readonly stdout: string;
  /** What it said on standard error, or why it did not run. */
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs a command line to its end. */
export const runProgram = (
  [program = '', ...args]: readonly string[],
  { env = {}, timeoutMs = 120_000 }: RunOptions = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    const stdout: string[] = [];
    const stderr: string[] = [];
    const child = spawn(program, args, {
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): boolean => child.kill('SIGTERM');
    const timer = setTimeout(() => {
      stderr.push(`\nstopped after ${timeoutMs / 1000} s`);
      stop();
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
    }, timeoutMs);
    process.once('exit', stop);
    const end = (code: number | null): void => {
      clearTimeout(timer);
      process.removeListener('exit', stop);
      resolve({ code, stdout: stdout.join(''), stderr: stderr.join('') });
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => stdout.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => stderr.push(chunk));
    child.on('error', ({ message }) => {
      stderr.push(message);
      end(null);
    });
    child.on('close', end);
  });

/** The last line that says something: of a tool that failed, the one with the reason. */
export const lastLine = ({ stdout, stderr }: Ended): string =>
  `${stdout}\n${stderr}`
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '') ?? 'it says nothing';
