/**
 * Each fault at each call of each kind of change (issue 4, proof 2). Afterwards the client's retry, in the same words,
 * succeeds, both sides agree, nothing took effect twice, and nothing is owed to Mode. The rows are shared out among several
 * bridges, on both databases, which work at the same time; `npm run faults` runs every row on each, and real hangs of 40 s.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { configSchema } from '../../../src/config.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { FAULTS, type Fault } from './faults.ts';
import { type Change, KINDS, type Kind } from './kinds.ts';
import { startWorld, type World } from './world.ts';

interface Row {
  readonly title: string;
  readonly kind: Kind;
  readonly fault: Fault;
  readonly route: string;
  readonly times: number;
}

const ROWS: readonly Row[] = KINDS.flatMap((kind) =>
  kind.steps.flatMap(([route, times]) =>
    FAULTS.map((fault) => ({
      title: `${kind.name}, at ${times > 1 ? `${times} × ` : ''}${route}: ${fault.name}`,
      kind,
      fault,
      route,
      times,
    })),
  ),
);

/** Longer than Mode may hang in the long version. */
const PATIENCE_MS = 100_000;

/** The provider asks again in the same words, after a short while, until it is done. */
const insist = async ({ ask, done }: Change): Promise<readonly number[]> => {
  const statuses: number[] = [];
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const { status, headers } = await ask();
    statuses.push(status);
    if (done.includes(status)) return statuses;
    if (status === 429 || status === 503) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the retries were answered ${statuses.slice(0, 10).join(', ')} …`);
};

/** Of somebody's own person or group a provider must never hear that it is missing, or there already. */
const NEVER_FIRST = [404, 409, 500];

const play = async (world: World, { kind, fault, route, times }: Row): Promise<void> => {
  const change = await kind.prepare(world);
  await world.settled();
  const from = new Date();
  await world.mode.fault({ route, times, ...fault.order });
  const statuses = await insist(change);
  await world.settled();
  const [first = 0] = statuses;
  expect([statuses, NEVER_FIRST.includes(first)]).toEqual([statuses, false]);
  expect([statuses, await change.seen()]).toEqual([statuses, change.expected]);
  // What Mode refused was taken back before it was asked for again.
  const isRefused = first >= 400 && first < 429;
  if (!isRefused)
    expect([statuses, await world.effectsSince(from, change.names)]).toEqual([statuses, change.effects]);
};

/** Plays rows one after the other, because faults are ordered by route; gives what came of each. */
const playAll = (starting: Promise<World>, rows: readonly Row[]): Map<Row, Promise<void>> => {
  let last: Promise<unknown> = starting;
  return new Map(
    rows.map((row) => {
      const outcome = last.then(async () => play(await starting, row));
      last = outcome.catch(async () => (await starting).bridge.control('DELETE', '/faults'));
      return [row, outcome];
    }),
  );
};

/** FAULTS_ONLY: a part of a title, to play those rows alone. */
const ONLY = process.env['FAULTS_ONLY'] ?? '';
const IS_LONG = process.env['FAULTS_LONG'] === '1';
const CHOSEN = ROWS.filter(({ title }) => title.includes(ONLY));

const ENGINES = IS_LONG ? ['SQLite', 'PostgreSQL'] : ['SQLite and PostgreSQL in turns'];
const BRIDGES = 8;

/**
 * The rows of one bridge: of each step all faults, ordered by the fault, because the throttle of a bridge to which Mode said
 * 429 is slow for a while.
 */
const rowsOf = (bridge: number): readonly Row[] => {
  const steps = [...new Set(ROWS.map(({ kind, route, times }) => `${kind.name} ${route} ${times}`))];
  const stepOf = ({ kind, route, times }: Row) => steps.indexOf(`${kind.name} ${route} ${times}`);
  return CHOSEN.filter((row) => stepOf(row) % BRIDGES === bridge).sort(
    (a, b) => FAULTS.indexOf(a.fault) - FAULTS.indexOf(b.fault),
  );
};

const peopleFor = (rows: readonly Row[]): number => rows.reduce((sum, { kind }) => sum + kind.people, 0);

describe.each(ENGINES)('each fault at each call of each kind of change, on %s', (engine) => {
  const worlds: Promise<World>[] = [];
  const outcomes = new Map<Row, Promise<void>>();
  let postgres: TestPostgres | undefined;

  beforeAll(async () => {
    postgres = await startPostgres();
    for (let index = 0; index < BRIDGES; index += 1) {
      const rows = rowsOf(index);
      const isPostgres = engine === 'PostgreSQL' || (engine !== 'SQLite' && index % 2 === 1);
      const world = startWorld(
        peopleFor(rows),
        isPostgres ? { database: await postgres.createDatabase() } : {},
      );
      worlds.push(world);
      for (const [row, outcome] of playAll(world, rows)) {
        outcome.catch(() => undefined);
        outcomes.set(row, outcome);
      }
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all(worlds.map(async (world) => (await world).bridge.stop()));
    await postgres?.stop();
  }, 60_000);

  test.each(CHOSEN)(
    '$title',
    async (row) => {
      await outcomes.get(row);
    },
    120_000,
  );

  test('leaves nothing that a plan would change, nor anything that it would show', async () => {
    await Promise.all(worlds.map(async (world) => (await world).agrees()));
  }, 60_000);
});

/** With the time-outs that an operator has, and what issue 4 asks for. */
(IS_LONG ? describe : describe.skip)('a Mode that takes 40 s', () => {
  test.each(['create a user', 'create a group with members'])(
    'and the effect as well: %s',
    async (name) => {
      const kind = KINDS.find((one) => one.name === name);
      const [route = '', times = 1] = kind?.steps[0] ?? [];
      const { MODE_TIMEOUT_MS, MODE_LATE_MS, SETTLE_RETRY_MS, REQUEST_PATIENCE_MS } = configSchema.parse({});
      const config = Object.fromEntries(
        Object.entries({ MODE_TIMEOUT_MS, MODE_LATE_MS, SETTLE_RETRY_MS, REQUEST_PATIENCE_MS }).map(
          ([key, value]) => [key, String(value)],
        ),
      );
      const world = await startWorld(10, { config });
      try {
        const fault = { name: '40 s', order: { delayMs: 40_000 } };
        if (kind) await play(world, { title: name, kind, fault, route, times });
        await world.agrees();
      } finally {
        await world.bridge.stop();
      }
    },
    180_000,
  );
});
