/**
 * How much Mode may be asked at a time: calls at once by AIMD (one more per round of successes, half after a 429, as TCP
 * and Netflix's concurrency-limits do) and calls a second by `pace.ts`; neither where our load is not to blame
 * (`blame.ts`). What is learnt holds for all processes that call the same Mode, together: each takes the share that its
 * demand is of theirs, and what one has learnt they all go by (`sharing.ts`).
 */
import { createBlame, type Verdict } from './blame.ts';
import { createPace, type LearntPace } from './pace.ts';
import { createWindow, type LearntWindow } from './window.ts';

/** A call that was let through; hand it back with its answer. */
export interface Passage {
  /** Grows with each cut: what was sent before a cut says nothing about what came after. */
  readonly era: number;
  readonly startedAt: number;
}

/** 429; any other answer; or none, which says nothing about how much Mode takes. */
export type Outcome = 'tooFast' | 'taken' | 'silent';

/** What was learnt, and at which instant: the newest of all processes holds. */
export interface Learnt extends LearntWindow {
  readonly at: number;
  /** Calls a second. */
  readonly pace: LearntPace | null;
  /** Share of calls that Mode refuses whatever we do. */
  readonly noise: number;
}

/** What processes that call the same Mode tell each other: one of them, or all others together. */
export interface AllowanceSays {
  /** How much there is to do, as far as that gives a claim. */
  readonly wanted: number;
  /** Calls that Mode takes. */
  readonly perSecond: number;
  /** What was learnt last; null when nothing yet. */
  readonly learnt: Learnt | null;
}

export interface Allowance {
  /** When the next call may start (epoch milliseconds; infinite: only after another has ended). */
  nextAt(now: number): number;
  start(now: number): Passage;
  /** Takes note of an answer; true when it is a 429 that all calls should heed. */
  end(passage: Passage, outcome: Outcome, now: number): boolean;
  says(now: number): AllowanceSays;
  /** Takes who else calls, and what was learnt by them where that is newer than what is known. */
  heed(others: AllowanceSays, now: number): void;
}

export interface AllowanceOptions {
  /** Calls at once to begin with. */
  readonly concurrency: number;
  /** Takes what was decided, for the log. */
  readonly say: (event: 'slowed' | 'restored', fields: Readonly<Record<string, number>>) => void;
  /** How much waits or is under way in this process, by its urgency. */
  readonly claim: () => number;
  /** Told when something was learnt that others should know. */
  readonly onNews: () => void;
}

/** Another process that slowed down says when more may be tried again; after so long without a word, it is gone. */
const SILENT_MS = 60_000;

const risingAtLast = ({ pace, at }: Learnt): LearntPace | null =>
  pace && { most: pace.most, at: pace.at ?? at + SILENT_MS };

/** Calls at once and calls a second, as they follow from whose fault the 429s are. */
const createLimits = ({ concurrency, say }: AllowanceOptions) => {
  const window = createWindow(concurrency);
  const pace = createPace();
  const blame = createBlame();
  /** What each verdict changes; `others`: what Mode takes of other processes a second. */
  const carryOut: Readonly<Record<Verdict, (now: number, others: number) => void>> = {
    goOn: () => undefined,
    cut: (now, others) => {
      window.cut();
      pace.slowDown(now, blame.noise(), others);
      say('slowed', { atOnce: window.room(1) });
    },
    rise: (now) => {
      window.settle();
      pace.rise(now);
    },
    restore: () => {
      window.restore();
      pace.forget();
      say('restored', { atOnce: window.room(1), noisePercent: Math.round(blame.noise() * 100) });
    },
  };
  return {
    window,
    pace,
    blame,
    carryOut,
    learnt: (at: number): Learnt => ({ at, ...window.learnt(), pace: pace.learnt(), noise: blame.noise() }),
    /** Gives whether less is allowed at once than before. */
    adopt: (known: Learnt, now: number): boolean => {
      blame.heed(known.noise, now);
      pace.adopt(risingAtLast(known));
      return window.adopt(known);
    },
  };
};

/** More than that gives no greater claim, so that somebody's backlog leaves the others a part. */
const MOST_WANTED = 4;

/** Makes the allowance of one connection. */
export const createAllowance = (options: AllowanceOptions): Allowance => {
  const limits = createLimits(options);
  const { window, pace, blame } = limits;
  let others: Pick<AllowanceSays, 'wanted' | 'perSecond'> = { wanted: 0, perSecond: 0 };
  let era = 0;
  let active = 0;
  let learnt: Learnt | null = null;
  /** Of what was learnt last, by whomever. */
  let newest = Number.NEGATIVE_INFINITY;

  /** At least one: who says nothing of itself is not there. */
  const wanted = (): number => Math.max(1, Math.min(MOST_WANTED, options.claim()));
  /** Which part of what Mode takes is this process's: as its demand to that of all. */
  const share = (): number => {
    const own = wanted();
    return own / (own + others.wanted);
  };
  const decide = (verdict: Verdict, now: number): void => {
    limits.carryOut[verdict](now, others.perSecond);
    if (verdict === 'goOn') return;
    if (verdict === 'cut') era += 1;
    newest = now;
    learnt = limits.learnt(now);
    options.onNews();
  };

  return {
    nextAt: (now) => (active < window.room(share()) ? pace.nextAt(now) : Number.POSITIVE_INFINITY),
    start: (now) => {
      active += 1;
      pace.started(now, share());
      return { era, startedAt: now };
    },
    end: (passage, outcome, now) => {
      if (outcome === 'taken') pace.taken(now);
      if (outcome === 'taken' && !blame.isTrying()) window.grow(active, share());
      active -= 1;
      if (outcome === 'silent' || passage.era !== era) return false;
      const concernsAll = outcome === 'tooFast' && blame.concernsAll();
      decide(blame.answered(outcome === 'tooFast', now), now);
      return concernsAll;
    },
    says: (now) => ({ wanted: wanted(), perSecond: pace.takenPerSecond(now), learnt }),
    heed: ({ learnt: known, ...present }, now) => {
      others = present;
      if (!known || known.at <= newest || known.at + SILENT_MS < now) return;
      newest = known.at;
      // What is under way here was sent before that.
      if (limits.adopt(known, now)) era += 1;
    },
  };
};
