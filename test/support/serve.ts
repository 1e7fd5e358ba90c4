/** Instances as an operator starts them: `serve`, each a process of its own, on a database that they may share. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Instance {
  readonly url: string;
  readonly child: ChildProcess;
  /** Its log, line by line, as JSON. */
  readonly logged: readonly string[];
  /** Ends the process by this signal and gives its exit code; null when a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** What nobody wants to happen by itself in a test. */
const QUIET = {
  SYNC_INTERVAL_SECONDS: '0',
  ACCESS_SYNC_INTERVAL_SECONDS: '0',
  CHANGES_INTERVAL_SECONDS: '0',
  SETTLE_INTERVAL_MS: '100',
};

/** Starts one, of the version in that folder, and waits until it is ready. Throws what it said when it ends before. */
export const startInstance = async (
  environment: Readonly<Record<string, string>>,
  folder = '.',
): Promise<Instance> => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', ...QUIET, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const logged: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      logged.push(line);
      if (line.includes('"serve.ready"')) resolve((JSON.parse(line) as { url: string }).url);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${logged.join('\n')}`)));
  });
  return {
    url,
    child,
    logged,
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
};
