/**
 * How many calls a second Mode takes, learnt from its 429s: after one the pace drops below what Mode was just seen to
 * take, then comes back as CUBIC does (RFC 9438): quickly, then carefully about the pace that failed, then quickly past
 * it. The AWS SDKs' adaptive retry is made so (docs/decisions/006-throttle.md). No 429, no pace.
 */

export interface Pace {
  /** When the next call may start (epoch milliseconds); `now` or before: at once. */
  nextAt(now: number): number;
  /** A call started; `share`: part of the pace that is this process's. */
  started(now: number, share: number): void;
  /** Mode took a call up. */
  taken(now: number): void;
  /** Too fast: drops and stays until `rise`. `noise`: share of calls that Mode refuses at any pace; `others`: what it takes of others. */
  slowDown(now: number, noise: number, others: number): void;
  /** Slow enough: may come back from now on. */
  rise(now: number): void;
  /** The pace was not what the 429s came of. */
  forget(): void;
  /** Calls that Mode takes of this process a second. */
  takenPerSecond(now: number): number;
  /** What was learnt, for others; null when nothing was. */
  learnt(): LearntPace | null;
  /** Takes what another process learnt. */
  adopt(learnt: LearntPace | null): void;
}

/** Calls a second that were too many, by all processes together, and since when more are tried (epoch milliseconds). */
export interface LearntPace {
  readonly most: number;
  readonly at: number | null;
}

/** What is left of the pace after a 429. */
const KEPT = 0.7;
/** How long the way back takes, whatever the pace, in seconds; the same time later it is as much above. */
const BACK_IN = 6;
/** Where Mode takes less than this, the pauses after its 429s say so. */
const LEAST_PER_SECOND = 2;
/** Calls are counted by half seconds, the newest weighing four times what went before. */
const COUNTED_MS = 500;
const NEWEST = 0.8;
/** Calls this close together may start together: timers of this machine are no finer. */
const TOGETHER_MS = 10;

/** Calls taken per second of late; undefined before half a second was counted. */
const createMeter = () => {
  let since: number | undefined;
  let count = 0;
  let perSecond: number | undefined;
  const count1 = (now: number, by: number): void => {
    since ??= now;
    const passedMs = now - since;
    if (passedMs >= COUNTED_MS) {
      const newest = (count * 1000) / passedMs;
      perSecond = perSecond === undefined ? newest : newest * NEWEST + perSecond * (1 - NEWEST);
      since = now;
      count = 0;
    }
    count += by;
  };
  return {
    taken: (now: number) => count1(now, 1),
    perSecond: (now: number) => {
      count1(now, 0);
      return perSecond;
    },
  };
};

/** Makes a pace that holds nobody back until it has learnt better. */
export const createPace = (): Pace => {
  let meter = createMeter();
  let learnt: LearntPace | null = null;
  /** When the next call would start if all kept their distance. */
  let due = 0;

  const perSecond = (now: number): number => {
    if (!learnt) return Number.POSITIVE_INFINITY;
    const risenFor = learnt.at === null ? 0 : Math.max(0, now - learnt.at) / 1000;
    const way = (risenFor - BACK_IN) / BACK_IN;
    return Math.max(LEAST_PER_SECOND, learnt.most * (1 + (1 - KEPT) * way ** 3));
  };

  return {
    nextAt: (now) => (learnt ? due - TOGETHER_MS : now),
    started: (now, share) => {
      due = Math.max(now, due) + 1000 / (perSecond(now) * share);
    },
    taken: (now) => meter.taken(now),
    slowDown: (now, noise, others) => {
      const taken = meter.perSecond(now);
      if (taken === undefined) return;
      learnt = { most: Math.min((taken + others) / (1 - noise), perSecond(now)), at: null };
    },
    rise: (now) => {
      if (learnt) learnt = { most: learnt.most, at: Math.min(learnt.at ?? now, now) };
    },
    takenPerSecond: (now) => meter.perSecond(now) ?? 0,
    learnt: () => learnt,
    adopt: (known) => {
      learnt = known;
      if (!known) due = 0;
    },
    forget: () => {
      learnt = null;
      due = 0;
      // What was taken while going slow says nothing about what can be.
      meter = createMeter();
    },
  };
};
