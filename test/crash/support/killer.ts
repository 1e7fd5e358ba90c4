/**
 * Chooses moments and ends processes in them: anywhere in the load, or just where a call to Mode or a request stands at one
 * of the points between which something could be lost.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ScimRequest, Target } from './client.ts';
import type { Moment, Passing } from './gate.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import { processBehind } from './sockets.ts';
import type { Bridge, World } from './world.ts';

/** Where a process is killed. */
export type Kind =
  | 'anywhere'
  | 'all at once'
  | 'call received'
  | 'call cut off'
  | 'call answered'
  | 'answer passed on'
  | 'after a request'
  | 'after an answer'
  | 'stopped';

const KINDS: readonly (readonly [Kind, number])[] = [
  ['anywhere', 4],
  ['all at once', 1],
  ['call received', 3],
  ['call cut off', 2],
  ['call answered', 4],
  ['answer passed on', 3],
  ['after a request', 4],
  ['after an answer', 2],
  ['stopped', 3],
];

/** All of them, for who chooses. */
export const KIND_NAMES: readonly Kind[] = KINDS.map(([kind]) => kind);

/** What the client tells, so that a moment of a request can be hit. */
export interface Ears {
  asked: (target: Target, scim: ScimRequest) => void;
  told: (target: Target, scim: ScimRequest) => void;
}

export interface Struck {
  readonly kind: Kind;
  readonly killed: readonly Bridge[];
}

/** After so long without its moment a kill comes anywhere. */
const LONGEST_MS = 2_000;
/** A process that is asked to end has so long for requests, and so long for work in the background (src/main.ts). */
const GRACE_MS = 25_000 + 3 * 5_000 + 2_000;

const isWrite = ({ method, path }: Passing): boolean => method !== 'GET' && !path.endsWith('/verify');

const moments: Partial<Record<Kind, Moment>> = {
  'call received': 'received',
  'call cut off': 'received',
  'call answered': 'answered',
  'answer passed on': 'passed',
};

export interface KillerOptions {
  readonly world: World;
  readonly random: Random;
  readonly history: History;
  readonly ears: Ears;
}

/** Makes the killer; each call of what it gives ends one process, or all, and says whom. */
export const createKiller = ({ world, random, history, ears }: KillerOptions) => {
  const { bridges, gate } = world;
  const up = (): readonly Bridge[] => bridges.filter((bridge) => bridge.isUp());

  const draw = (): Kind => {
    let left = random.next() * KINDS.reduce((sum, [, weight]) => sum + weight, 0);
    const found = KINDS.find(([, weight]) => {
      left -= weight;
      return left < 0;
    });
    return found?.[0] ?? 'anywhere';
  };

  /** Calls `kill` when a call to Mode stands at its moment. */
  const atCall = (kind: Kind, moment: Moment, kill: (bridge: Bridge) => void): void => {
    const isForWrites = random.chance(0.75);
    gate.aim({
      moment,
      fits: (passing) => !isForWrites || isWrite(passing),
      skip: random.below(12),
      strike: ({ callerPort, method, path }) => {
        const pids = up().map((bridge) => bridge.pid() ?? 0);
        const pid = processBehind(callerPort, pids) ?? random.pick([...pids, 0]);
        const victim = up().find((bridge) => bridge.pid() === pid);
        if (!victim) return false;
        history.note(`${kind}: ${method} ${path} of ${victim.name}`);
        kill(victim);
        return kind === 'call cut off';
      },
    });
  };

  /** Calls `kill` when a request to that process has just been sent, or answered. */
  const atRequest = (kind: Kind, kill: (bridge: Bridge) => void): void => {
    let skip = random.below(10);
    const hear = (target: Target, { method }: ScimRequest): void => {
      const victim = up().find(({ name }) => name === target.name);
      if (!victim || method === 'GET') return;
      skip -= 1;
      if (skip >= 0) return;
      ears.asked = ears.told = () => {};
      if (kind === 'after an answer') kill(victim);
      else setTimeout(() => kill(victim), random.between(0, 40));
    };
    if (kind === 'after an answer') ears.told = hear;
    else ears.asked = hear;
  };

  const arm = (kind: Kind, kill: (bridge: Bridge) => void): void => {
    const moment = moments[kind];
    if (moment) atCall(kind, moment, kill);
    else if (kind.startsWith('after')) atRequest(kind, kill);
    else
      setTimeout(
        () => {
          const left = up();
          if (left.length > 0) kill(random.pick(left));
        },
        random.between(20, 700),
      );
  };

  const disarm = (): void => {
    gate.aim(undefined);
    ears.asked = ears.told = () => {};
  };

  const stop = async (bridge: Bridge): Promise<void> => {
    const { code, signal, ms } = await bridge.stop();
    history.note(`${bridge.name} ended with ${code ?? signal} after ${ms.toFixed(0)} ms`);
    if (code !== 0 || ms > GRACE_MS)
      history.problem(`SIGTERM: ${bridge.name} ended with ${code ?? signal} after ${ms.toFixed(0)} ms`, [
        bridge.name,
      ]);
  };

  /** The process that stands at the moment, ended within it; after a while anyone, anywhere. */
  const strike = (kind: Kind): Promise<{ bridge: Bridge; ending: Promise<unknown>; isLate: boolean }> =>
    new Promise((resolve) => {
      let isDone = false;
      const once = (bridge: Bridge, isLate: boolean): void => {
        if (isDone || !bridge.isUp()) return;
        isDone = true;
        resolve({ bridge, isLate, ending: kind === 'stopped' ? stop(bridge) : bridge.kill() });
      };
      const late = async (): Promise<void> => {
        await wait(LONGEST_MS);
        while (!isDone) {
          const left = up();
          if (left.length > 0) once(random.pick(left), true);
          await wait(20);
        }
      };
      arm(kind, (bridge) => once(bridge, false));
      void late();
    });

  /** Ends somebody at a moment of this kind. */
  return async (kind: Kind = draw()): Promise<Struck> => {
    const { bridge, ending, isLate } = await strike(kind);
    disarm();
    const others = kind === 'all at once' ? up() : [];
    await Promise.all([ending, ...others.map((other) => other.kill())]);
    return { kind: isLate ? 'anywhere' : kind, killed: [bridge, ...others] };
  };
};
