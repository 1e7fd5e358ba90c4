/**
 * How much Mode may be asked at a time: calls at once by AIMD (one more per round of successes, half after a 429, as TCP
 * and Netflix's concurrency-limits do) and calls a second by `pace.ts`; neither where our load is not to blame
 * (`blame.ts`). All that is learnt of one Mode workspace is here, for whoever lets several processes share it.
 */
import { createBlame, type Verdict } from './blame.ts';
import { createPace } from './pace.ts';

/** A call that was let through; hand it back with its answer. */
export interface Passage {
  /** Grows with each cut: what was sent before a cut says nothing about what came after. */
  readonly era: number;
  readonly startedAt: number;
}

/** 429; any other answer; or none, which says nothing about how much Mode takes. */
export type Outcome = 'tooFast' | 'taken' | 'silent';

export interface Allowance {
  /** When the next call may start (epoch milliseconds; infinite: only after another has ended). */
  nextAt(now: number): number;
  start(now: number): Passage;
  /** Takes note of an answer; true when it is a 429 that all calls should heed. */
  end(passage: Passage, outcome: Outcome, now: number): boolean;
}

export interface AllowanceOptions {
  /** Calls at once to begin with. */
  readonly concurrency: number;
  /** Takes what was decided, for the log. */
  readonly say: (event: 'slowed' | 'restored', fields: Readonly<Record<string, number>>) => void;
}

/** How far success may raise the calls at once, as a multiple of those to begin with. */
const MOST_TIMES = 3;
/** Growth within one of the ceiling, as a part of the usual. */
const CAREFUL = 0.15;

/** Calls at once, by AIMD. */
const createWindow = (first: number) => {
  let size = first;
  /** Before the cuts that are on trial. */
  let unslowed = first;
  /** Where Mode last said 429: approached quickly, passed slowly. */
  let ceiling = Number.POSITIVE_INFINITY;
  return {
    room: () => Math.max(1, Math.round(size)),
    grow: (active: number): void => {
      // Only who uses what is allowed finds out whether more would be.
      if (active * 2 < size) return;
      const step = Math.abs(size - ceiling) > 1 ? 1 : CAREFUL;
      size = Math.min(first * MOST_TIMES, size + step / size);
    },
    cut: (): void => {
      ceiling = size;
      unslowed = Math.max(unslowed, size);
      size = Math.max(1, size / 2);
    },
    settle: (): void => {
      unslowed = size;
    },
    restore: (): void => {
      size = Math.max(size, unslowed);
      ceiling = Number.POSITIVE_INFINITY;
    },
  };
};

/** Makes the allowance of one connection. */
export const createAllowance = ({ concurrency, say }: AllowanceOptions): Allowance => {
  const window = createWindow(concurrency);
  const pace = createPace();
  const blame = createBlame();
  let era = 0;
  let active = 0;

  const VERDICTS: Readonly<Record<Verdict, (now: number) => void>> = {
    goOn: () => undefined,
    cut: (now) => {
      era += 1;
      window.cut();
      pace.slowDown(now, blame.noise());
      say('slowed', { atOnce: window.room() });
    },
    rise: (now) => {
      window.settle();
      pace.rise(now);
    },
    restore: () => {
      window.restore();
      pace.forget();
      say('restored', { atOnce: window.room(), noisePercent: Math.round(blame.noise() * 100) });
    },
  };

  return {
    nextAt: (now) => (active < window.room() ? pace.nextAt(now) : Number.POSITIVE_INFINITY),
    start: (now) => {
      active += 1;
      pace.started(now);
      return { era, startedAt: now };
    },
    end: (passage, outcome, now) => {
      if (outcome === 'taken') pace.taken(now);
      if (outcome === 'taken' && !blame.isTrying()) window.grow(active);
      active -= 1;
      if (outcome === 'silent' || passage.era !== era) return false;
      const concernsAll = outcome === 'tooFast' && blame.concernsAll();
      VERDICTS[blame.answered(outcome === 'tooFast', now)](now);
      return concernsAll;
    },
  };
};
