/**
 * Each fault at each call of each kind of change (issue 4, proof 2). Afterwards the client's retry, in the same words,
 * succeeds, both sides agree, nothing took effect twice, and nothing is owed to Mode. The rows are shared out among several
 * bridges, on both databases, which work at the same time; `npm run faults` runs every row on each, and real hangs of 40 s.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { configSchema } from '../../../src/config.ts';
import { type BridgeOptions, scimAlone } from '../../support/bridge.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { FAULTS, type Fault, SAMPLE } from './faults.ts';
import { type Change, KINDS, type Kind } from './kinds.ts';
import { BOTH_KINDS, SCIM_KINDS } from './scim-kinds.ts';
import { startWorld, type World } from './world.ts';

interface Row {
  readonly title: string;
  readonly kind: Kind;
  readonly fault: Fault;
  readonly route: string;
  readonly times: number;
}

const rowsOf = (kinds: readonly Kind[], faults: readonly Fault[]): readonly Row[] =>
  kinds.flatMap((kind) =>
    kind.steps.flatMap(([route, times]) =>
      faults.map((fault) => ({
        title: `${kind.name}, at ${times > 1 ? `${times} × ` : ''}${route}: ${fault.name}`,
        kind,
        fault,
        route,
        times,
      })),
    ),
  );

/** Longer than Mode may hang in a row, and in the long version. */
const PATIENCE_MS = 40_000;
const LONG_PATIENCE_MS = 100_000;

/** The provider asks again in the same words, after a short while, until it is done. */
const insist = async ({ ask, done }: Change, patienceMs: number): Promise<readonly number[]> => {
  const statuses: number[] = [];
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
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

/** Where it is looked whether a change took effect. */
const LOOK_ROUTES = [
  'GET /api/{workspace}/memberships',
  'GET /api/{workspace}/memberships/lite',
  'GET /api/{workspace}/groups',
  'GET /api/{workspace}/groups/{group_token}/memberships',
  'GET /scim/v2/Users',
  'GET /scim/v2/Users/{id}',
  'GET /scim/v2/Groups',
  'GET /scim/v2/Groups/{id}',
];

const play = async (
  world: World,
  { kind, fault, route, times }: Row,
  patienceMs = PATIENCE_MS,
): Promise<void> => {
  const change = await kind.prepare(world);
  await world.settled();
  const from = new Date();
  await world.mode.fault({ route, times, ...fault.order });
  if (fault.look) for (const look of LOOK_ROUTES) await world.mode.fault({ route: look, ...fault.look });
  const statuses = await insist(change, patienceMs);
  await world.settled();
  await world.bridge.control('DELETE', '/faults');
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

/** Rows that are shared out among so many bridges, which are started so. */
interface Stage {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly bridges: number;
  readonly isOnPostgres: (bridge: number) => boolean;
  readonly options?: BridgeOptions;
}

const inTurns = (bridge: number): boolean => bridge % 2 === 1;
const OVER_REST = rowsOf(KINDS, IS_LONG ? FAULTS : [...FAULTS.filter(({ look }) => !look), ...SAMPLE]);
const overScim = (kinds: readonly Kind[]): readonly Row[] => rowsOf(kinds, IS_LONG ? FAULTS : SAMPLE);
const withScim = (more: BridgeOptions['emulator']): BridgeOptions => ({
  wayIn: 'scim',
  emulator: { scim: { enabled: true }, ...more },
});

const STAGES: readonly Stage[] = [
  ...(IS_LONG
    ? [
        { title: 'SQLite', rows: OVER_REST, bridges: 14, isOnPostgres: () => false },
        { title: 'PostgreSQL', rows: OVER_REST, bridges: 14, isOnPostgres: () => true },
      ]
    : [{ title: 'SQLite and PostgreSQL in turns', rows: OVER_REST, bridges: 14, isOnPostgres: inTurns }]),
  {
    title: 'both, over the SCIM token alone',
    rows: overScim(SCIM_KINDS),
    bridges: 7,
    isOnPostgres: inTurns,
    options: { ...withScim({}), credentials: scimAlone },
  },
  {
    title: 'both, over the SCIM token and a Workspace token',
    rows: overScim(BOTH_KINDS),
    bridges: 5,
    isOnPostgres: inTurns,
    options: withScim({ tokenKind: 'workspace' }),
  },
].map((stage) => ({ ...stage, rows: stage.rows.filter(({ title }) => title.includes(ONLY)) }));

/** The rows of one bridge: of each step all faults, ordered by the fault. */
const shareOf = ({ rows, bridges }: Stage, bridge: number): readonly Row[] => {
  const stepOf = ({ kind, route, times }: Row) => `${kind.name} ${route} ${times}`;
  const steps = [...new Set(rows.map(stepOf))];
  return rows
    .filter((row) => steps.indexOf(stepOf(row)) % bridges === bridge)
    .sort((a, b) => FAULTS.indexOf(a.fault) - FAULTS.indexOf(b.fault));
};

const peopleFor = (rows: readonly Row[]): number => rows.reduce((sum, { kind }) => sum + kind.people, 0);

describe.each(STAGES.filter(({ rows }) => rows.length > 0))(
  'each fault at each call of each kind of change, on $title',
  (stage) => {
    const worlds: Promise<World>[] = [];
    const outcomes = new Map<Row, Promise<void>>();
    let postgres: TestPostgres | undefined;

    beforeAll(async () => {
      postgres = await startPostgres();
      for (let index = 0; index < stage.bridges; index += 1) {
        const rows = shareOf(stage, index);
        const database = stage.isOnPostgres(index) ? { database: await postgres.createDatabase() } : {};
        const world = startWorld(peopleFor(rows), { ...stage.options, ...database });
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

    test.each(stage.rows)(
      '$title',
      async (row) => {
        await outcomes.get(row);
      },
      120_000,
    );

    test('leaves nothing that a plan would change, nor anything that it would show', async () => {
      await Promise.all(worlds.map(async (world) => (await world).agrees()));
    }, 60_000);
  },
);

/** With the time-outs that an operator has, and what issue 4 asks for. */
(IS_LONG ? describe : describe.skip)('a Mode that takes 40 s', () => {
  const takesLong = async (name: string): Promise<void> => {
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
      if (kind) await play(world, { title: name, kind, fault, route, times }, LONG_PATIENCE_MS);
      await world.agrees();
    } finally {
      await world.bridge.stop();
    }
  };

  test('and the effect as well: create a user, and a group with members', async () => {
    await Promise.all(['create a user', 'create a group with members'].map(takesLong));
  }, 180_000);
});
