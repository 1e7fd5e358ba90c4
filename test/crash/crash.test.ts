/** The crash suite, short: a few kills on each database. `npm run crash` is the long one (command.ts). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import type { Kind } from './support/killer.ts';
import { type CrashReport, runCrashes } from './support/run.ts';
import type { Engine } from './support/world.ts';

/** Where most could be lost: in the middle of a stop, before Mode is asked, between its answer and the record. */
const KINDS: readonly Kind[] = ['stopped', 'after a request', 'call answered'];

let postgres: TestPostgres;
let folder: string;
const reports = new Map<Engine, CrashReport>();

const run = async (engine: Engine): Promise<void> => {
  const report = await runCrashes({
    engine,
    postgres: engine === 'postgres' ? postgres : undefined,
    program: [process.execPath, '--import', 'tsx', 'src/cli.ts'],
    folder: join(folder, engine),
    kills: KINDS.length,
    kinds: KINDS,
    seed: 1,
    clients: 8,
    checkEvery: KINDS.length,
    isHurried: true,
    killMode: false,
  });
  reports.set(engine, report);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crash-'));
  postgres = await startPostgres();
  await Promise.all((['sqlite', 'postgres'] as const).map(run));
}, 240_000);
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each<[Engine, string]>([
  ['sqlite', 'one process'],
  ['postgres', 'two processes'],
])(
  '%s, %s: killed in the middle of its load, nothing acknowledged is lost and nothing is done twice',
  (engine) => {
    const report = reports.get(engine);
    expect(report?.problems).toEqual([]);
    expect([...(report?.kinds.values() ?? [])].reduce((sum, count) => sum + count, 0)).toBe(KINDS.length);
    expect(report?.figures.acknowledged).toBeGreaterThan(5);
    expect(report?.tally.checked).toBeGreaterThan(200);
  },
);
