/** A command as an operator types it: a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

/** Starts the command; nothing of the environment of the test is seen by it but the path. */
export const spawnCommand = (
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Started => {
  const env = { PATH: process.env['PATH'] ?? '', ...environment };
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], { env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, ended };
};

/** Runs the command to its end. */
export const runCommand = (
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended> => spawnCommand(args, environment).ended;
