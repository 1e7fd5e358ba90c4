/**
 * How fast one connection may call Mode: so many calls at once, first come first served, and a pause that all calls
 * share once Mode says 429 (product.md section 4, "Courtesy"; Mode documents no numbers, mode-api.md §2). A call that
 * cannot start before its deadline is refused and never sent. Rate and priority belong here when they come: `Waiter`.
 */
import type { CallOptions } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import type { Timing } from './timing.ts';

export interface Throttle {
  /** Runs the work as soon as there is room. */
  run<T>(work: () => Promise<T>, options: CallOptions): Promise<T>;
  /** Lets no call start before this instant (epoch milliseconds); an earlier end never shortens a pause. */
  pauseUntil(instant: number): void;
}

interface ThrottleOptions {
  readonly timing: Timing;
  /** Calls under way at once. */
  readonly concurrency: number;
}

interface Waiter {
  readonly deadline: number;
  readonly start: () => void;
  readonly refuse: (error: AppError) => void;
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

/** Who waits and who is under way; starts whoever may start. */
const createQueue = ({ timing, concurrency }: ThrottleOptions) => {
  // A Set keeps the order of arrival and forgets one in the middle without moving the others.
  const waiting = new Set<Waiter>();
  let active = 0;
  let pausedUntil = 0;
  let isWaking = false;

  const begin = (waiter: Waiter): void => {
    waiting.delete(waiter);
    active += 1;
    waiter.start();
  };
  const expire = (waiter: Waiter): void => {
    waiting.delete(waiter);
    waiter.refuse(busy());
  };

  const release = (): void => {
    for (const waiter of waiting) {
      if (waiter.deadline <= timing.now()) expire(waiter);
      else if (active < concurrency) begin(waiter);
      else return;
    }
  };

  const pump = (): void => {
    const remainingMs = pausedUntil - timing.now();
    if (remainingMs <= 0) release();
    if (remainingMs <= 0 || isWaking || waiting.size === 0) return;
    isWaking = true;
    void timing.sleep(remainingMs).then(() => {
      isWaking = false;
      pump();
    });
  };

  const finish = (): void => {
    active -= 1;
    pump();
  };
  const pause = (instant: number): void => {
    pausedUntil = Math.max(pausedUntil, instant);
    // Who cannot be served before the pause ends is told now, not after a wait in vain.
    for (const waiter of waiting) {
      if (waiter.deadline > pausedUntil) continue;
      waiting.delete(waiter);
      waiter.refuse(paused(pausedUntil - timing.now()));
    }
  };
  return { waiting, pump, finish, pause, pausedUntil: () => pausedUntil };
};

/** Makes the throttle of one connection. */
export const createThrottle = (options: ThrottleOptions): Throttle => {
  const { timing } = options;
  const queue = createQueue(options);

  /** Resolves when the call may start; whoever waits past the deadline leaves the queue. */
  const enter = (deadline: number): Promise<void> =>
    new Promise((resolve, reject) => {
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
      const waiter: Waiter = { deadline, start: leaveAnd<void>(resolve), refuse: leaveAnd(reject) };
      queue.waiting.add(waiter);
      queue.pump();
      if (!queue.waiting.has(waiter)) return;
      void timing.sleep(deadline - now, left.signal).then(() => {
        if (queue.waiting.delete(waiter)) reject(busy());
      });
    });

  return {
    run: async (work, { deadline }) => {
      await enter(deadline);
      try {
        return await work();
      } finally {
        queue.finish();
      }
    },
    pauseUntil: queue.pause,
  };
};
