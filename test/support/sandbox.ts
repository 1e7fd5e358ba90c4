/** The sandbox as a person starts it: a process of its own, which a test may kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Ready {
  readonly scimBaseUrl: string;
  readonly scimToken: string;
  readonly adminToken: string;
  readonly dashboardUrl: string;
  readonly modeUrl: string;
  readonly modeToken: string;
  readonly modeSecret: string;
  readonly connectionId: string;
}

export interface Running<T> {
  readonly ready: T;
  readonly child: ChildProcess;
  /** Ends the process by this signal and gives its exit code; null when a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Node's arguments for our program as it stands in the sources. */
const FROM_SOURCES = ['--import', 'tsx', 'src/cli.ts'];

/** Starts one of our commands and waits for its JSON line. Throws what it said when it ends before. */
export const startCommand = async <T>(
  args: readonly string[],
  program: readonly string[] = FROM_SOURCES,
): Promise<Running<T>> => {
  const child = spawn(process.execPath, [...program, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => said.push(line));
  const ready = await new Promise<T>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as T));
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${said.join('\n')}`)));
  });
  return {
    ready,
    child,
    end: async (signal) => {
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
};

export const startSandbox = (data: string, ...flags: readonly string[]): Promise<Running<Ready>> =>
  startCommand(['sandbox', '--data', data, '--port', '0', '--mode-port', '0', ...flags]);
