/**
 * A crash run: load, kills, restarts and judgements, until so many kills are done or something is wrong
 * (docs/operations.md says what an operator may expect of a crash; this is what proves it).
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Convergence, check } from './check.ts';
import { createClient, type Figures } from './client.ts';
import { createCrowd, disturb } from './crowd.ts';
import { fillModel, SEEDED } from './fill.ts';
import { createHistory } from './history.ts';
import { createInvitations } from './invitations.ts';
import { createKiller, type Ears, type Kind } from './killer.ts';
import type { Load, Tally } from './load.ts';
import type { Subject } from './process.ts';
import { createRandom, type Random } from './random.ts';
import { startWorld, type WorldOptions } from './world.ts';

export interface CrashOptions extends Pick<WorldOptions, 'engine' | 'postgres' | 'program' | 'folder'> {
  readonly kills: number;
  readonly seed: number;
  /** Clients of the ordered part of the load; a third as many are in the melee. */
  readonly clients: number;
  /** Judged after so many kills. */
  readonly checkEvery: number;
  /** Lets the load go on only shortly between two kills. */
  readonly isHurried?: boolean;
  /** Kills the emulated Mode too, now and then. */
  readonly killMode: boolean;
  /** The kinds of kill, in turn; drawn at random when none are given. */
  readonly kinds?: readonly Kind[];
  readonly onProgress?: (line: string) => void;
}

export interface CrashReport {
  /** How many of each kind. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly figures: Figures;
  readonly tally: Tally;
  readonly convergence: readonly Convergence[];
  readonly twice: number;
  /** Writes that Mode refused because they had taken effect before: harmless, but calls too many. */
  readonly refusedRepeats: number;
  readonly seconds: number;
  readonly problems: readonly string[];
}

/** At least so long between two changes of Mode by hand, so that a sync has undone the first. */
const BY_HAND_MS = 4_000;

/** How long the load goes on between two kills: sometimes hardly, sometimes so long that all is well again. */
const SHORT_PAUSE = (random: Random): number => random.between(200, 700);
const PAUSES: readonly ((random: Random) => number)[] = [
  (random) => random.between(20, 200),
  (random) => random.between(200, 1_500),
  (random) => random.between(200, 1_500),
  (random) => random.between(1_500, 6_000),
];

/** True at most once in so many milliseconds. */
const createPermit = (everyMs: number) => {
  let last = 0;
  return (): boolean => {
    if (performance.now() - last < everyMs) return false;
    last = performance.now();
    return true;
  };
};

/** Everything that takes part in a run. */
const assemble = async (options: CrashOptions) => {
  const { seed, clients } = options;
  const history = createHistory();
  const world = await startWorld({ ...options, ...SEEDED, history });
  const figures: Figures = { acknowledged: 0, notNow: 0, unanswered: 0, refused: 0, retries: 0, givenUp: 0 };
  const tally: Tally = { checked: 0, lost: 0, twice: 0, joins: 0, byHand: 0 };
  const ears: Ears = { asked: () => {}, told: () => {} };
  const client = createClient({
    targets: world.bridges,
    token: world.token,
    random: createRandom(seed + 1),
    history,
    figures,
    onAsked: (target, scim) => ears.asked(target, scim),
    onTold: (target, scim) => ears.told(target, scim),
  });
  const invitations = createInvitations(history);
  world.gate.onAnswered(invitations.hear);
  const shared = { world, client, history, tally, invitations, mayEditByHand: createPermit(BY_HAND_MS) };
  const model = { people: [], groups: [] };
  const loadOf = (number: number): Load => {
    return { ...shared, model, random: createRandom(seed * 1_000 + number) };
  };
  const loads = Array.from({ length: clients }, (_, number) => loadOf(number));
  return { ...shared, figures, ears, loads, judging: loadOf(clients) };
};

type Cast = Awaited<ReturnType<typeof assemble>>;

/** Kills, lets come back, and judges, as often as asked for or until something is wrong. */
const campaign = async (options: CrashOptions, cast: Cast, random: Random) => {
  const { kills, checkEvery, killMode, kinds, isHurried = false, onProgress = () => {} } = options;
  const { world, history, ears, loads, figures, tally } = cast;
  const kill = createKiller({ world, random, history, ears });
  const crowd = createCrowd(loads);
  const convergence: Convergence[] = [];
  const counts = new Map<string, number>();
  let restarts: Promise<unknown>[] = [];

  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const comeBack = async (): Promise<void> => {
    await Promise.all(restarts);
    restarts = [];
  };
  const restart = async (subject: Subject): Promise<void> => {
    if (random.chance(0.5)) await wait(random.between(0, 1_000));
    await subject.start();
  };
  const killOne = async (given: Kind | undefined): Promise<void> => {
    if (killMode && random.chance(0.2)) {
      await world.mode.kill();
      count('Mode');
      restarts.push(restart(world.mode));
    }
    const { kind, killed } = await kill(given);
    count(kind);
    restarts.push(...killed.map(restart));
    // Some stay away while the next is killed; one has to be there.
    if (world.bridges.every((bridge) => !bridge.isUp()) || random.chance(0.6)) await comeBack();
  };
  const judge = async (): Promise<void> => {
    await crowd.rest();
    await comeBack();
    await world.control('DELETE', '/faults');
    convergence.push(await check(cast.judging));
  };

  const isOver = new AbortController();
  void disturb(world, createRandom(options.seed + 2), {
    isOver: () => isOver.signal.aborted,
    isResting: crowd.isResting,
  });
  try {
    for (let number = 1; number <= kills && history.problems.length === 0; number += 1) {
      if (crowd.isResting()) crowd.goOn();
      await wait((isHurried ? SHORT_PAUSE : random.pick(PAUSES))(random));
      await killOne(kinds?.[(number - 1) % kinds.length]);
      if (number % checkEvery !== 0 && number !== kills) continue;
      await judge();
      onProgress(
        `${number} of ${kills} kills, ${figures.acknowledged} acknowledged, ${tally.checked} checked, ${history.problems.length} problems`,
      );
    }
  } finally {
    isOver.abort();
    await crowd.rest();
  }
  return { convergence, kinds: counts };
};

/** Runs it. The folder is the caller's to keep or remove. */
export const runCrashes = async (options: CrashOptions): Promise<CrashReport> => {
  const from = performance.now();
  const cast = await assemble(options);
  const { history, figures, tally, invitations, client, world } = cast;
  try {
    await fillModel(cast.judging);
    const done = await campaign(options, cast, createRandom(options.seed));
    return {
      ...{ ...done, figures, tally },
      twice: tally.twice + invitations.twice(),
      refusedRepeats: invitations.refusedRepeats(),
      seconds: (performance.now() - from) / 1_000,
      problems: history.problems,
    };
  } finally {
    client.close();
    history.save(join(options.folder, 'history.txt'));
    await world.stop();
  }
};
