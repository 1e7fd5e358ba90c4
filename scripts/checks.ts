/**
 * What `npm run check` runs, as a table. `planted-breaches.ts` runs the same commands on a copy of the tree with a
 * breach of each rule in it, so that a check which has stopped seeing is noticed.
 */
import { spawn } from 'node:child_process';

export type CheckName = 'types' | 'lint' | 'imports' | 'house' | 'dead code' | 'docs' | 'lockfile';

const script = (...args: readonly string[]) => ['node', '--import', 'tsx', ...args];
const bin = (name: string, ...args: readonly string[]) => [`node_modules/.bin/${name}`, ...args];

/** Check → its command line, relative to the root of the repository. */
export const CHECKS: Readonly<Record<CheckName, readonly string[]>> = {
  types: bin('tsc', '--noEmit', '--pretty', 'false'),
  lint: bin('biome', 'check', '--error-on-warnings', '--max-diagnostics=none', '--colors=off'),
  imports: bin('depcruise', 'src'),
  house: script('scripts/house-rules.ts'),
  'dead code': bin('knip', '--no-progress'),
  docs: script('scripts/docs.ts', '--check'),
  lockfile: script('scripts/lockfile.ts', '--check'),
};

export interface Outcome {
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
}

/** Runs a command to its end and gives what it printed, errors included. */
export const runCommand = (command: readonly string[], cwd: string): Promise<Outcome> => {
  const [program = '', ...args] = command;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const chunks: string[] = [];
    const done = (ok: boolean): void =>
      resolve({ ok, seconds: (performance.now() - startedAt) / 1000, output: chunks.join('') });
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    }
    child.on('error', (error) => {
      chunks.push(error.message);
      done(false);
    });
    child.on('close', (code) => done(code === 0));
  });
};
