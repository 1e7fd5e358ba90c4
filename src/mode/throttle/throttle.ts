/**
 * How one connection may call Mode: as much as it was learnt to take (`allowance.ts`), who is urgent first (`lanes.ts`),
 * and with one pause for all once it says 429 (product.md section 4, "Courtesy"; Mode documents no numbers, mode-api.md
 * §2). A call that cannot start before its deadline is refused and never sent.
 */
import type { CallOptions } from '../../directory/upstream.ts';
import { AppError } from '../../errors.ts';
import type { Timing } from '../timing.ts';
import { type AllowanceOptions, createAllowance, type Outcome, type Passage } from './allowance.ts';
import { createLanes } from './lanes.ts';

/** What came of a call, as far as the throttle wants to know. */
export interface Sent {
  readonly outcome: Outcome;
  /** How long Mode asks everybody to wait, in milliseconds. */
  readonly pauseMs?: number | undefined;
}

export interface Turn extends CallOptions {
  /** Whether Mode has refused this very call for coming too fast: then it goes before those that have not been sent. */
  readonly isAgain: boolean;
}

export interface Throttle {
  /** Runs the work as soon as it may; throws `rateLimited` or `unavailable` where that is not before the deadline. */
  run<T extends Sent>(work: () => Promise<T>, turn: Turn): Promise<T>;
}

interface ThrottleOptions extends AllowanceOptions {
  readonly timing: Timing;
}

interface Waiter {
  readonly deadline: number;
  readonly start: (passage: Passage) => void;
  readonly refuse: (error: AppError) => void;
}

/** What a caller without a better hint is told to wait. */
const BUSY_RETRY_MS = 1000;
/** The Terraform provider's fixed 10 s are known to be enough (mode-api.md §2, "Rate limits"). */
const PAUSES = { firstMs: 100, longestMs: 30_000 };

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

/** Exponential back-off with full jitter: between nothing and twice as much each time, in milliseconds. */
export const backOff = (
  times: number,
  random: number,
  { firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number },
): number => random * Math.min(longestMs, firstMs * 2 ** (times - 1));

/** The pause that all calls share. */
const createPause = ({ now, random }: Timing) => {
  let until = 0;
  let beganAt = Number.NEGATIVE_INFINITY;
  let inRow = 0;
  return {
    until: () => until,
    /** Mode took a call up: the next pause is a short one again. */
    taken: () => {
      inRow = 0;
    },
    /** Takes a 429; gives whether the pause is a new or a longer one. An earlier end never shortens it. */
    take: ({ startedAt }: Passage, concernsAll: boolean, named: number | undefined): boolean => {
      const isNews = startedAt > beganAt;
      inRow += isNews && concernsAll ? 1 : 0;
      const ownMs = isNews && concernsAll ? backOff(inRow, random(), PAUSES) : 0;
      // Jitter on top of what Mode asks for, never below it.
      const end = now() + Math.max(ownMs, (named ?? 0) * (1 + random() / 10));
      if (end <= until) return false;
      beganAt = now();
      until = end;
      return true;
    },
  };
};

/** Lanes that know when the first of those who wait must leave: not once through thousands for each of a thousand 429s. */
const createWaiting = () => {
  const lanes = createLanes<Waiter>();
  /** No deadline is earlier; whose it was may have left, so the earliest may be later. */
  let earliest = Number.POSITIVE_INFINITY;
  return {
    add: (waiter: Waiter, { priority, isAgain }: Turn): void => {
      earliest = Math.min(earliest, waiter.deadline);
      lanes.add(waiter, priority, isAgain);
    },
    next: lanes.next,
    remove: lanes.remove,
    isEmpty: () => lanes.size === 0,
    /** Takes out everybody whose deadline is not after this. */
    takeLate: (until: number): readonly Waiter[] => {
      if (until < earliest) return [];
      const late = lanes.all().filter(({ deadline }) => deadline <= until);
      for (const waiter of late) lanes.remove(waiter);
      earliest = lanes
        .all()
        .reduce((least, { deadline }) => Math.min(least, deadline), Number.POSITIVE_INFINITY);
      return late;
    },
  };
};

/** Who waits and who is under way; starts whoever may start. */
const createQueue = (options: ThrottleOptions) => {
  const { timing } = options;
  const waiting = createWaiting();
  const allowance = createAllowance(options);
  const pause = createPause(timing);
  let wakesAt = Number.POSITIVE_INFINITY;

  const release = (now: number): void => {
    const waiter = waiting.next();
    if (waiter && waiter.deadline <= now) waiter.refuse(busy());
    else waiter?.start(allowance.start(now));
  };
  const wakeAt = (instant: number): void => {
    if (instant >= wakesAt) return;
    wakesAt = instant;
    void timing.sleep(instant - timing.now()).then(() => {
      if (wakesAt === instant) wakesAt = Number.POSITIVE_INFINITY;
      pump();
    });
  };
  const pump = (): void => {
    while (!waiting.isEmpty()) {
      const now = timing.now();
      const startsAt = Math.max(pause.until(), allowance.nextAt(now));
      if (startsAt > now) {
        wakeAt(startsAt);
        return;
      }
      release(now);
    }
  };
  /** Who cannot be served before the pause ends is told now, not after a wait in vain. */
  const refuseLate = (): void => {
    const until = pause.until();
    for (const waiter of waiting.takeLate(until)) waiter.refuse(paused(until - timing.now()));
  };

  const finish = (passage: Passage, { outcome, pauseMs }: Sent): void => {
    const concernsAll = allowance.end(passage, outcome, timing.now());
    if (outcome === 'taken') pause.taken();
    if (outcome === 'tooFast' && pause.take(passage, concernsAll, pauseMs)) refuseLate();
    pump();
  };
  return { join: waiting.add, leave: waiting.remove, pump, finish, pausedUntil: pause.until };
};

/** Makes the throttle of one connection. */
export const createThrottle = (options: ThrottleOptions): Throttle => {
  const { timing } = options;
  const queue = createQueue(options);

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

  return {
    run: async (work, turn) => {
      const passage = await enter(turn);
      let sent: Sent = { outcome: 'silent' };
      try {
        const given = await work();
        sent = given;
        return given;
      } finally {
        queue.finish(passage, sent);
      }
    },
  };
};
