/**
 * `npm run bench:sync`: how long the first sync of a large workspace takes, and how much memory, beside a bare loop that
 * fetches and parses the same pages with the same concurrency. On SQLite and on PostgreSQL, each with the writes that
 * survive a power cut. Every run is a process of its own; the emulated Mode is another.
 *
 * Flags: --people N, --groups N, --runs N (the fastest counts), --only sqlite|postgres, and --delay MS: how long Mode thinks
 * about each call. With 0 the emulator answers faster than any database can write, and the ratio says how fast that is.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import { startPostgres } from '../test/support/postgres.ts';

const { values: flags } = parseArgs({
  options: {
    people: { type: 'string', default: '50000' },
    groups: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '3' },
    delay: { type: 'string', default: '100' },
    only: { type: 'string' },
  },
});

interface Outcome {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly startMb: number;
}

const MOST_CALLS = 1_000_000;

const startMode = async (data: string): Promise<{ readonly child: ChildProcess; readonly line: string }> => {
  const args = ['mode', '--port', '0', '--data', data, '--people', flags.people, '--groups', flags.groups];
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the emulated Mode ended with ${code}`)));
  });
  return { child, line };
};

const slowDown = async (line: string): Promise<void> => {
  const { modeUrl } = JSON.parse(line) as { readonly modeUrl: string };
  const fault = { route: '*', delayMs: Number(flags.delay), times: MOST_CALLS };
  const headers = { 'content-type': 'application/json' };
  await fetch(`${modeUrl}/_control/faults`, { method: 'POST', headers, body: JSON.stringify(fault) });
};

const run = async (line: string, ...database: readonly string[]): Promise<Outcome> => {
  const args = ['--import', 'tsx', 'bench/first-sync-run.ts', line, ...database];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Outcome;
};

const best = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.reduce((fastest, outcome) => (outcome.seconds < fastest.seconds ? outcome : fastest));

const row = (name: string, { seconds, cpuSeconds, peakMb, startMb }: Outcome, bare: Outcome): string =>
  [
    name.padEnd(14),
    seconds.toFixed(1).padStart(8),
    (seconds / bare.seconds).toFixed(2).padStart(8),
    cpuSeconds.toFixed(1).padStart(8),
    peakMb.toFixed(0).padStart(8),
    startMb.toFixed(0).padStart(10),
  ].join('');

const main = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-sync-'));
  const postgres = flags.only === 'sqlite' ? undefined : await startPostgres({ durable: true });
  const { child, line } = await startMode(join(folder, 'mode'));
  if (Number(flags.delay) > 0) await slowDown(line);
  const bare: Outcome[] = [];
  const onSqlite: Outcome[] = [];
  const onPostgres: Outcome[] = [];
  for (let round = 0; round < Number(flags.runs); round += 1) {
    bare.push(await run(line));
    if (flags.only !== 'postgres') onSqlite.push(await run(line, `sqlite:${join(folder, `${round}.db`)}`));
    if (postgres) onPostgres.push(await run(line, await postgres.createDatabase()));
  }
  console.log(
    `First sync of ${flags.people} people and ${flags.groups} groups, Mode thinking ${flags.delay} ms a call; the fastest of ${flags.runs}. Load of the machine: ${loadavg()[0]?.toFixed(1)}.`,
  );
  console.log(
    `${''.padEnd(14)}${'seconds'.padStart(8)}${'ratio'.padStart(8)}${'CPU s'.padStart(8)}${'peak MB'.padStart(8)}${'before MB'.padStart(10)}`,
  );
  console.log(row('bare loop', best(bare), best(bare)));
  if (onSqlite.length > 0) console.log(row('SQLite', best(onSqlite), best(bare)));
  if (onPostgres.length > 0) console.log(row('PostgreSQL', best(onPostgres), best(bare)));
  child.kill();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
};

await main();
