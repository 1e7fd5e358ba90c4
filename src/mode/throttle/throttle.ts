/**
 * How one connection may call Mode: as much as it was learnt to take (`allowance.ts`), who is urgent first (`lanes.ts`),
 * and with one pause for all once it says 429 (product.md section 4, "Courtesy"; Mode documents no numbers, mode-api.md
 * §2). A call that cannot start before its deadline is refused and never sent.
 */
import type { Priority } from '../../directory/upstream.ts';
import { AppError } from '../../errors.ts';
import type { Timing } from '../timing.ts';
import {
  type AllowanceOptions,
  type AllowanceSays,
  createAllowance,
  type Outcome,
  type Passage,
} from './allowance.ts';
import { createPause } from './pause.ts';
import { createWaiting, type Turn, type Waiter } from './waiting.ts';

/** What came of a call, as far as the throttle wants to know. */
export interface Sent {
  readonly outcome: Outcome;
  /** How long Mode asks everybody to wait, in milliseconds. */
  readonly pauseMs?: number | undefined;
}

export interface Throttle {
  /** Runs the work as soon as it may; throws `rateLimited` or `unavailable` where that is not before the deadline. */
  run<T extends Sent>(work: () => Promise<T>, turn: Turn): Promise<T>;
  /** What other processes that call the same Mode should know. */
  says(): ThrottleSays;
  /** Takes what they say. */
  heed(heard: ThrottleHeard): void;
}

export interface ThrottleSays extends AllowanceSays {
  /** Until when Mode wants to be left alone (epoch milliseconds). */
  readonly pausedUntil: number;
}

/** What all others say, taken together. */
export type ThrottleHeard = ThrottleSays;

export interface ThrottleOptions extends Pick<AllowanceOptions, 'concurrency' | 'say'> {
  readonly timing: Timing;
  /** Told when something was learnt that other processes should know. */
  readonly onNews?: (() => void) | undefined;
  /** Told of each call that starts. */
  readonly onCall?: (() => void) | undefined;
}

/** What a caller without a better hint is told to wait. */
const BUSY_RETRY_MS = 1000;

const paused = (remainingMs: number): AppError =>
  new AppError('rateLimited', 'mode.throttle.paused', 'Mode asked for a pause; nothing was sent.', {
    retryAfterMs: Math.ceil(remainingMs),
  });

const busy = (): AppError =>
  new AppError(
    'unavailable',
    'mode.throttle.busy',
    'Earlier calls to Mode took all the time there was; nothing was sent.',
    { retryAfterMs: BUSY_RETRY_MS },
  );

const ignore = (): void => undefined;

interface Pumped {
  isEmpty(): boolean;
  startsAt(now: number): number;
  /** Lets out who goes next. */
  release(now: number): void;
}

/** Makes what lets out all who may go now, and comes back when the next may. */
const createPump = ({ now: present, sleep }: Timing, { isEmpty, startsAt, release }: Pumped) => {
  let wakesAt = Number.POSITIVE_INFINITY;
  const wakeAt = (instant: number): void => {
    if (instant >= wakesAt) return;
    wakesAt = instant;
    void sleep(instant - present()).then(() => {
      if (wakesAt === instant) wakesAt = Number.POSITIVE_INFINITY;
      pump();
    });
  };
  const pump = (): void => {
    while (!isEmpty()) {
      const now = present();
      const instant = startsAt(now);
      if (instant > now) {
        wakeAt(instant);
        return;
      }
      release(now);
    }
  };
  return pump;
};

/** Who waits and who is under way; starts whoever may start. */
const createQueue = (options: ThrottleOptions, claim: () => number) => {
  const { timing, onNews = ignore, onCall = ignore } = options;
  const waiting = createWaiting();
  const allowance = createAllowance({ ...options, claim, onNews });
  const pause = createPause(timing);

  const release = (now: number): void => {
    const waiter = waiting.next();
    if (waiter && waiter.deadline <= now) waiter.refuse(busy());
    else waiter?.start(allowance.start(now));
    onCall();
  };
  const startsAt = (now: number): number => Math.max(pause.until(), allowance.nextAt(now));
  const pump = createPump(timing, { isEmpty: () => waiting.size() === 0, startsAt, release });
  /** Who cannot be served before the pause ends is told now, not after a wait in vain. */
  const refuseLate = (): void => {
    const until = pause.until();
    for (const waiter of waiting.takeLate(until)) waiter.refuse(paused(until - timing.now()));
  };

  const finish = (passage: Passage, { outcome, pauseMs }: Sent): void => {
    const concernsAll = allowance.end(passage, outcome, timing.now());
    if (outcome === 'taken') pause.taken();
    if (outcome === 'tooFast' && pause.take(passage, concernsAll, pauseMs)) {
      refuseLate();
      onNews();
    }
    pump();
  };
  const says = (): ThrottleSays => ({ ...allowance.says(timing.now()), pausedUntil: pause.until() });
  const heed = ({ pausedUntil, ...heard }: ThrottleHeard): void => {
    allowance.heed(heard, timing.now());
    if (pause.heed(pausedUntil)) refuseLate();
    pump();
  };
  return { join: waiting.add, leave: waiting.remove, pump, finish, pausedUntil: pause.until, says, heed };
};

/** What a call claims of what several processes share: who leaves goes first there too, the background takes what is left. */
const CLAIMS: Readonly<Record<Priority, number>> = { deactivation: 4, request: 1, background: 0 };

/** Makes the throttle of one connection. */
export const createThrottle = (options: ThrottleOptions): Throttle => {
  const { timing } = options;
  /** Of all that wait or are under way. */
  let claim = 0;
  const queue = createQueue(options, () => claim);

  /** Resolves when the call may start; whoever waits past the deadline leaves the queue. */
  const enter = (turn: Turn): Promise<Passage> =>
    new Promise((resolve, reject) => {
      const { deadline } = turn;
      const now = timing.now();
      if (deadline <= now) return reject(busy());
      if (deadline <= queue.pausedUntil()) return reject(paused(queue.pausedUntil() - now));
      const left = new AbortController();
      const leaveAnd =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          left.abort();
          then(value);
        };
      const waiter: Waiter = { deadline, start: leaveAnd(resolve), refuse: leaveAnd(reject) };
      queue.join(waiter, turn);
      queue.pump();
      if (left.signal.aborted) return;
      void timing.sleep(deadline - now, left.signal).then(() => {
        if (queue.leave(waiter)) reject(busy());
      });
    });

  const pass = async <T extends Sent>(work: () => Promise<T>, passage: Passage): Promise<T> => {
    let sent: Sent = { outcome: 'silent' };
    try {
      const given = await work();
      sent = given;
      return given;
    } finally {
      queue.finish(passage, sent);
    }
  };

  return {
    run: async (work, turn) => {
      const weight = CLAIMS[turn.priority];
      claim += weight;
      try {
        return await pass(work, await enter(turn));
      } finally {
        claim -= weight;
      }
    },
    says: queue.says,
    heed: queue.heed,
  };
};
