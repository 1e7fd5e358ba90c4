/**
 * `npm run bench`: what the bridge costs, beside what Node and Express can do at most, at 1,000, 10,000 and 100,000 people.
 * Bounded, on loopback; the server has one core, the load the others. `--help` lists the flags.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.ts';
import { CACHE, openCache } from './cache.ts';
import { sqliteDatabase } from './databases.ts';
import { openPostgres } from './databases-postgres.ts';
import { cast, type Databases, type Stop } from './field.ts';
import { type EngineName, type Plan, peopleOfTwo, readPlan, UsageError } from './plan.ts';
import { CORES, memoryMb, stepAside } from './processes.ts';
import { type EngineResult, loadNow, type Memory, newResult, saveResult } from './result.ts';
import { type Field, measure, type Outcome } from './rounds.ts';
import { measureStart, type Start } from './start.ts';
import { block, startBlock } from './table.ts';

const say = (line: string): void => console.error(line);

const TITLES: Readonly<Record<EngineName, string>> = { sqlite: 'SQLite', postgres: 'PostgreSQL' };

interface Run {
  readonly plan: Plan;
  readonly cache: string;
  readonly work: string;
  readonly stops: Stop[];
  /** Shows a part of the result to a person. */
  readonly show: (lines: readonly string[]) => void;
}

const inTurn = async <T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<readonly R[]> => {
  const results: R[] = [];
  for (const value of values) results.push(await work(value));
  return results;
};

const openDatabases = async (engine: EngineName, { plan, cache, work, stops }: Run): Promise<Databases> => {
  const options = { cache, work, say };
  if (engine === 'sqlite')
    return { sizes: await inTurn(plan.sizes, (people) => sqliteDatabase(people, options)) };
  const postgres = await openPostgres(cache);
  stops.unshift(postgres.stop);
  const sizes = await inTurn(plan.sizes, (people) => postgres.database(people, options));
  const copy = (name: string) => postgres.database(peopleOfTwo(plan), options, name);
  return { sizes, two: { shared: await copy('shared'), apart: [await copy('left'), await copy('right')] } };
};

const memoryOf = ({ subjects }: Field): readonly Memory[] =>
  subjects.flatMap(({ kind, people, instances, server }) => {
    if (kind !== 'bridge' || people === undefined || instances !== 1) return [];
    const pid = server.target.pids[0] ?? 0;
    return [{ people, loadedMb: memoryMb(pid, 'now'), peakMb: memoryMb(pid, 'peak') }];
  });

/** Everything on one engine; whatever was started is stopped, also after a failure. */
const runEngine = async (engine: EngineName, shared: Omit<Run, 'stops'>): Promise<EngineResult> => {
  const run: Run = { ...shared, stops: [] };
  const { plan, work, stops, show } = run;
  try {
    const databases = await openDatabases(engine, run);
    show([`\n${TITLES[engine]}`]);
    const starts: Start[] = [];
    for (const database of databases.sizes) starts.push(await measureStart(database, work));
    const field = await cast(databases, { plan, work, stops });
    const outcomes: Outcome[] = [];
    for (const scenario of plan.scenarios) {
      const outcome = await measure(field, scenario, plan);
      outcomes.push(outcome);
      show(['', ...block(outcome)]);
    }
    const result = { engine, starts, memory: memoryOf(field), outcomes };
    show(['', ...startBlock(result)]);
    return result;
  } finally {
    for (const stop of stops) await stop();
  }
};

const run = async (plan: Plan, work: string): Promise<void> => {
  const show = plan.json ? () => undefined : (lines: readonly string[]) => console.log(lines.join('\n'));
  build(say);
  stepAside();
  const cache = await openCache(plan.fresh);
  const where = CORES
    ? `The server on core ${CORES.server}, the load and PostgreSQL on ${CORES.others}`
    : 'Server and load in processes of their own, not bound to cores';
  show([`${where}; ${plan.rounds} rounds of ${plan.seconds} s, ${plan.lines} requests at a time.`]);
  const loadBefore = loadNow();
  const engines: EngineResult[] = [];
  for (const engine of plan.engines) engines.push(await runEngine(engine, { plan, cache, work, show }));
  const result = newResult(plan, loadBefore, engines);
  show([`\nLoad average ${loadBefore} before and ${loadNow()} after; this run makes about 2 itself.`]);
  if (plan.json) console.log(JSON.stringify(result, undefined, 2));
  if (plan.save) say(`written to ${saveResult(result)}; now: npm run docs`);
};

const main = async (): Promise<number> => {
  try {
    const plan = readPlan(process.argv.slice(2));
    mkdirSync(CACHE, { recursive: true });
    const work = mkdtempSync(join(CACHE, 'run-'));
    process.once('exit', () => rmSync(work, { recursive: true, force: true }));
    await run(plan, work);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
};

process.exitCode = await main();
