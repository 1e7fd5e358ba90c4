/**
 * `npm run crash -- --kills N --seed S --database sqlite|postgres`: kills bridge processes in the middle of a mixed load and
 * checks that nothing acknowledged is lost and nothing is done twice. Prints figures; exits 1 when something is wrong and
 * says where everything is kept. In test/ because it judges and measures nothing; crash.test.ts is the short version.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.ts';
import { buildProgram } from './support/build.ts';
import { KIND_NAMES, type Kind } from './support/killer.ts';
import { figuresOf } from './support/report.ts';
import { type CrashReport, runCrashes } from './support/run.ts';
import type { Engine } from './support/world.ts';

const USAGE = `Usage: npm run crash -- [flags]
  --database sqlite|postgres   one process on SQLite (default), two on PostgreSQL
  --kills N                    how often (50)
  --seed S                     of the load and of the moments; drawn when not given
  --check-every N              everything is compared after so many kills (10)
  --clients N                  at once (12)
  --kinds LIST                 only these, in turn: ${KIND_NAMES.join(', ')}
  --kill-mode                  kills the emulated Mode too, now and then
  --folder DIR                 where data, logs and history go (data/crash/…); --keep keeps them also when all is well`;

const fail = (message: string): never => {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
};

const readFlags = () => {
  try {
    return parseArgs({
      options: {
        kills: { type: 'string', default: '50' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        database: { type: 'string', default: 'sqlite' },
        clients: { type: 'string', default: '12' },
        'check-every': { type: 'string', default: '10' },
        'kill-mode': { type: 'boolean', default: false },
        kinds: { type: 'string', default: '' },
        folder: { type: 'string' },
        keep: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
};

const flags = readFlags();

const whole = (name: 'kills' | 'seed' | 'clients' | 'check-every'): number =>
  /^[1-9]\d{0,8}$/.test(flags[name])
    ? Number(flags[name])
    : fail(`--${name} must be a whole number above 0, not "${flags[name]}"`);

const readKinds = (): readonly Kind[] =>
  flags.kinds
    .split(',')
    .filter((name) => name !== '')
    .map((name) => KIND_NAMES.find((one) => one === name) ?? fail(`There is no kind "${name}"`));

const readEngine = (): Engine =>
  flags.database === 'sqlite' || flags.database === 'postgres'
    ? flags.database
    : fail(`--database must be sqlite or postgres, not "${flags.database}"`);

const run = async (engine: Engine, folder: string): Promise<CrashReport> => {
  const kinds = readKinds();
  const counts = {
    kills: whole('kills'),
    seed: whole('seed'),
    clients: whole('clients'),
    checkEvery: whole('check-every'),
  };
  const program = buildProgram(folder);
  const postgres = engine === 'postgres' ? await startPostgres() : undefined;
  try {
    return await runCrashes({
      ...counts,
      ...(kinds.length > 0 ? { kinds } : {}),
      engine,
      postgres,
      folder,
      program,
      killMode: flags['kill-mode'],
      onProgress: (line) => console.log(line),
    });
  } finally {
    await postgres?.stop();
  }
};

/** An empty folder; only one of our own is emptied. */
const readyFolder = (engine: Engine): string => {
  const folder = resolve(flags.folder ?? join('data', 'crash', `${engine}-${flags.seed}`));
  if (flags.folder === undefined) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder).length === 0 ? folder : fail(`${folder} is not empty`);
};

const main = async (): Promise<number> => {
  const engine = readEngine();
  const folder = readyFolder(engine);
  console.log(`Crash run on ${engine}, ${flags.kills} kills, seed ${flags.seed}.`);
  const report = await run(engine, folder);
  console.log(figuresOf(report));
  if (report.problems.length === 0) {
    if (!flags.keep) rmSync(folder, { recursive: true, force: true });
    return 0;
  }
  writeFileSync(join(folder, 'problems.txt'), `${report.problems.join('\n\n')}\n`);
  console.log(`\n${report.problems.slice(0, 3).join('\n\n')}`);
  console.log(`\n${report.problems.length} problems. In ${folder}: history.txt, problems.txt and the logs.`);
  return 1;
};

process.exit(await main());
