/** The clients and the troubles of Mode that go on while processes are killed; all of them can be told to rest. */
import { setTimeout as wait } from 'node:timers/promises';
import { actOnGroup } from './groups.ts';
import type { Load } from './load.ts';
import { actInMelee } from './melee.ts';
import { actOnPerson } from './people.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const FAULTS = [
  { status: 429, headers: { 'Retry-After': '1' } },
  { status: 429 },
  { status: 503 },
  { status: 500, after: true },
  { drop: true },
  { drop: 'after' },
  { malformed: true },
  { delayMs: 200 },
  { delayMs: 700 },
  { delayMs: 700, after: true },
] as const;

const WRITES = [
  'POST /api/{workspace}/invites',
  'DELETE /api/{workspace}/memberships/{membership}',
  'POST /api/{workspace}/groups',
  'PATCH /api/{workspace}/groups/{group_token}',
  'DELETE /api/{workspace}/groups/{group_token}',
  'POST /api/{workspace}/groups/{group_token}/memberships',
  'DELETE /api/{workspace}/groups/{group_token}/memberships/{membership_token}',
] as const;

interface Disturbance {
  readonly isOver: () => boolean;
  readonly isResting: () => boolean;
}

/** Answers of Mode between two faults, so that a slow machine does not meet faults alone. */
const BETWEEN_FAULTS = 5;

/** Orders a fault of Mode now and then, until told to end; none while the load rests. */
export const disturb = async (
  world: World,
  random: Random,
  { isOver, isResting }: Disturbance,
): Promise<void> => {
  let answers = BETWEEN_FAULTS;
  world.gate.onAnswered(() => {
    answers += 1;
  });
  while (!isOver()) {
    await wait(random.between(100, 700));
    if (isResting() || answers < BETWEEN_FAULTS) continue;
    answers = 0;
    const route = random.chance(0.3) ? '*' : random.pick(WRITES);
    const fault = { route, ...random.pick(FAULTS), times: 1 + random.below(2) };
    // Mode may be down.
    await world.control('POST', '/faults', fault).catch(() => undefined);
  }
};

/** What the clients do, in turn. */
const ACTS: readonly ((load: Load) => Promise<void>)[] = [actOnPerson, actOnGroup, actOnPerson, actInMelee];

type Act = (typeof ACTS)[number];

/** Once; Mode may be down for a moment, anything else is a fault of this program. */
const actOnce = async (load: Load, act: Act): Promise<void> => {
  try {
    await act(load);
  } catch (error) {
    const text = error instanceof Error ? `${error.message} ${error.stack}` : String(error);
    if (!text.includes('fetch failed')) load.history.problem(`the load failed: ${text}`, []);
    await wait(100);
  }
};

/** The clients, one for each load, who can be told to rest and to go on. */
export const createCrowd = (loads: readonly Load[]) => {
  let isResting = true;
  let running: readonly Promise<void>[] = [];
  const work = async (load: Load, act: Act): Promise<void> => {
    while (!isResting) {
      await actOnce(load, act);
      await wait(load.random.between(0, 20));
    }
  };
  return {
    goOn: (): void => {
      isResting = false;
      running = loads.map((load, index) => work(load, ACTS[index % ACTS.length] ?? actOnPerson));
    },
    rest: async (): Promise<void> => {
      isResting = true;
      await Promise.all(running);
    },
    isResting: () => isResting,
  };
};
