/**
 * `npm run fuzz -- --runs 1000000 --seed N --minutes M [--workers W]`: the long fuzzing run, by hand. Draws filters, paths,
 * bodies and requests at random on several processes until the runs or the minutes are used up, whichever is first, and
 * prints what it found and how fast the bridge was. The bounded run of CI is test/fuzz.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Order, type Report, work } from './fuzz/worker.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    minutes: { type: 'string', default: '60' },
    workers: { type: 'string', default: String(availableParallelism()) },
    worker: { type: 'string' },
  },
});

/** Seeds of two workers never meet: each turn of a worker takes a thousand. */
const SEEDS_PER_WORKER = 50_000_000;

interface Totals {
  inputs: number;
  requests: number;
  readonly statuses: Map<number, number>;
  slowest: Report['slowest'];
  readonly findings: Map<string, string>;
}

const add = (totals: Totals, report: Report): void => {
  totals.inputs += report.inputs;
  totals.requests += report.requests;
  for (const [status, count] of report.statuses)
    totals.statuses.set(status, (totals.statuses.get(status) ?? 0) + count);
  const slowest = [...totals.slowest, ...report.slowest].sort((a, b) => b.ms - a.ms);
  totals.slowest = slowest.filter(
    ({ shot }, index) => slowest.findIndex((one) => one.shot === shot) === index,
  );
  totals.slowest.length = Math.min(totals.slowest.length, 5);
  for (const { what, report: text } of report.findings) {
    if (totals.findings.has(what)) continue;
    totals.findings.set(what, text);
    console.log(`\nFINDING ${totals.findings.size}: ${what}\n${text}\n`);
  }
};

const seconds = (since: number): number => (Date.now() - since) / 1_000;

const progress = (totals: Totals, startedAt: number): string => {
  const rate = (totals.requests / seconds(startedAt)).toFixed(0);
  return `${seconds(startedAt).toFixed(0)} s: ${totals.inputs} inputs, ${totals.requests} requests (${rate}/s), ${totals.findings.size} findings`;
};

const summary = (totals: Totals, startedAt: number): string => {
  const statuses = [...totals.statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`);
  return [
    `seed ${values.seed}, ${progress(totals, startedAt)}`,
    `statuses ${statuses.join(', ')}`,
    'slowest (ms of CPU, first answer)',
    ...totals.slowest.map(({ ms, shot }) => `  ${ms.toFixed(0)} ${shot}`),
    ...[...totals.findings.keys()].map((what) => `finding: ${what}`),
  ].join('\n');
};

const ended = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1));
  });

const startWorker = (order: Order, hear: (report: Report) => void): Promise<number> => {
  const child = fork(import.meta.filename, ['--worker', JSON.stringify(order)], {
    execArgv: ['--import', 'tsx'],
  });
  child.on('message', (report) => hear(report as Report));
  return ended(child);
};

const whole = (name: 'runs' | 'seed' | 'workers' | 'minutes'): number => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} must be a number.`);
};

const supervise = async (): Promise<number> => {
  const startedAt = Date.now();
  const totals: Totals = { inputs: 0, requests: 0, statuses: new Map(), slowest: [], findings: new Map() };
  const workers = Math.max(1, whole('workers'));
  const runs = Math.ceil(whole('runs') / workers);
  const milliseconds = whole('minutes') * 60_000;
  const ticking = setInterval(() => console.log(progress(totals, startedAt)), 10_000);
  const codes = await Promise.all(
    Array.from({ length: workers }, (_, nth) =>
      startWorker({ seed: whole('seed') + nth * SEEDS_PER_WORKER, runs, milliseconds }, (report) =>
        add(totals, report),
      ),
    ),
  );
  clearInterval(ticking);
  console.log(`\n${summary(totals, startedAt)}`);
  return totals.findings.size === 0 && codes.every((code) => code === 0) ? 0 : 1;
};

const tellParent = (report: Report): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(report, (error: Error | null) => (error ? reject(error) : resolve()));
  });

if (values.worker === undefined) process.exitCode = await supervise();
else {
  await work(JSON.parse(values.worker) as Order, tellParent);
  process.disconnect();
}
