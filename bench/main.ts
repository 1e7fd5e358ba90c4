/**
 * `npm run bench`: what the bridge costs, beside what Node and Express can do at most, at 1,000, 10,000 and 100,000 people.
 * Bounded, on loopback; the server has one core, the load the others. `--help` lists the flags.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { build } from './build.ts';
import { CACHE, type Database, sqliteDatabases } from './databases.ts';
import { startGenerator } from './generator.ts';
import { type Plan, readPlan, UsageError } from './plan.ts';
import { CORES, stepAside } from './processes.ts';
import { type Field, measure, type Outcome } from './rounds.ts';
import { startBridge, startYardstick } from './servers.ts';
import { block, EXPRESS } from './table.ts';

const YARDSTICKS = [
  ['bare http', 'bench/yardstick-http.ts'],
  [EXPRESS, 'bench/yardstick-express.ts'],
] as const;

const say = (line: string): void => console.error(line);

type Stop = () => Promise<void>;

/** Starts all servers and the load; each is stopped at the end, also when a later one does not start. */
const cast = async (
  plan: Plan,
  databases: readonly Database[],
  { work, stops }: { readonly work: string; readonly stops: Stop[] },
): Promise<Field> => {
  const [first] = databases;
  if (!first) throw new UsageError('--sizes names no number of people.');
  const kept = <T extends { readonly stop: Stop }>(one: T): T => {
    stops.unshift(one.stop);
    return one;
  };
  const profiling = plan.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${plan.profile}`];
  const yardsticks = [];
  for (const [name, program] of YARDSTICKS)
    yardsticks.push({ name, server: kept(await startYardstick(program, first)) });
  const bridges = [];
  for (const database of databases) {
    const name = `${database.facts.people.toLocaleString('en')} people`;
    bridges.push({ name, server: kept(await startBridge(database, work, profiling)) });
  }
  return { generator: kept(startGenerator()), yardsticks, bridges };
};

const measureAll = async (field: Field, plan: Plan): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const scenario of plan.scenarios) {
    const outcome = await measure(field, scenario, plan);
    outcomes.push(outcome);
    if (!plan.json) console.log(`\n${block(outcome).join('\n')}`);
  }
  return outcomes;
};

const run = async (plan: Plan, work: string): Promise<void> => {
  build(say);
  const databases = await sqliteDatabases(plan.sizes, { fresh: plan.fresh, work, say });
  stepAside();
  const where = CORES
    ? `the server on core ${CORES.server}, the load on ${CORES.others}`
    : 'server and load in processes of their own, not bound to cores';
  say(`SQLite; ${where}; ${plan.rounds} rounds of ${plan.seconds} s, ${plan.lines} requests at a time`);
  const stops: Stop[] = [];
  try {
    const outcomes = await measureAll(await cast(plan, databases, { work, stops }), plan);
    const load = loadavg()[0]?.toFixed(1);
    if (plan.json) console.log(JSON.stringify({ load, outcomes }, undefined, 2));
    else console.log(`\nLoad average at the end: ${load}, of which about 2 are this run.`);
  } finally {
    for (const stop of stops) await stop();
  }
};

const main = async (): Promise<number> => {
  try {
    const plan = readPlan(process.argv.slice(2));
    const work = mkdtempSync(join(CACHE, 'run-'));
    try {
      await run(plan, work);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
};

process.exitCode = await main();
