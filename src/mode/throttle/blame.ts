/**
 * Is our load to blame for Mode's 429s? Judged by what slowing down did, as PCC judges congestion (Dong and others, NSDI
 * 2015): a loss that half the load does not lessen is not ours, and answering it by going slower still would bring the
 * connection to its knees for nothing. Each cut of the load is put on trial; two trials in a row are compared.
 */

/** What an answer leads to: nothing; a cut of the load; the load may rise again; or all cuts were in vain. */
export type Verdict = 'goOn' | 'cut' | 'rise' | 'restore';

export interface Blame {
  /** Whether a 429 concerns all calls; else only the call that it answered. */
  concernsAll(): boolean;
  /** The load must stay as it is while a cut is on trial. */
  isTrying(): boolean;
  /** Share of calls that Mode refuses whatever we do. */
  noise(): number;
  /** One more answer, 429 or not, to a call that was sent since the last cut. */
  answered(isTooFast: boolean, now: number): Verdict;
  /** Takes what another process found out that Mode refuses whatever we do: what was on trial here for it is settled. */
  heed(noise: number, now: number): void;
}

/** So many calls without a 429 end a trial: slowing down has helped. */
const CLEAN_CALLS = 25;
/** Or so much time, where there is little to do, in milliseconds. */
const CLEAN_MS = 60_000;
/** A share is judged by so many 429s among this many calls at least, or by whatever so many calls brought. */
const ENOUGH_429 = 4;
const FEWEST_CALLS = 20;
const MOST_CALLS = 120;
/** With a known noise: calls in a trial or watched between trials, and how far above it the share may chance to be. */
const NOISY_CALLS = 40;
const CHANCE = 0.1;
const SUSPECT = 0.2;
/** A greater share is never taken for chance: Mode is closed, not fickle. */
const MOST_NOISE = 0.4;
/** The same of so many 429s in a row, whatever the share. */
const CLOSED_429 = 8;
/** A load that fell by less proves nothing. */
const LEAST_CUT = 1.25;
/** Noise is forgotten after so many calls with next to none. */
const FORGET_CALLS = 400;

interface Count {
  readonly since: number;
  calls: number;
  tooFast: number;
}

interface Judged {
  readonly share: number;
  readonly perMs: number;
}

const newCount = (since: number): Count => ({ since, calls: 0, tooFast: 0 });
const add = (count: Count, isTooFast: boolean): void => {
  count.calls += 1;
  count.tooFast += isTooFast ? 1 : 0;
};

/**
 * Slowing down by some factor should have let through a greater part, by as much if the load is to blame, by nothing if
 * not; less than the root of it is taken for nothing.
 */
const wasInVain = (earlier: Judged, later: Judged): boolean => {
  const cut = earlier.perMs / later.perMs;
  if (cut < LEAST_CUT || later.share > MOST_NOISE || later.share > 2 * earlier.share) return false;
  return (1 - later.share) / (1 - earlier.share) < Math.sqrt(cut) && later.share * 2 > earlier.share;
};

/** What Mode refuses whatever we do, watched for whether it becomes more, which is our load again, or ends. */
const createNoise = () => {
  let share = 0;
  let watched = newCount(0);
  let remembered = newCount(0);
  return {
    share: () => share,
    learn: (known: number) => {
      share = Math.max(share, known);
    },
    restart: (now: number) => {
      watched = newCount(now);
      remembered = newCount(now);
    },
    /** True when there is suspiciously more of it. */
    watch: (isTooFast: boolean, now: number): boolean => {
      add(watched, isTooFast);
      add(remembered, isTooFast);
      if (remembered.calls >= FORGET_CALLS) {
        if (remembered.tooFast < (share * FORGET_CALLS) / 4) share = 0;
        remembered = newCount(now);
      }
      if (watched.calls < NOISY_CALLS) return false;
      const recent = watched.tooFast / watched.calls;
      watched = newCount(now);
      return recent > share + SUSPECT;
    },
  };
};

const isClean = ({ calls, tooFast, since }: Count, noise: number, now: number): boolean => {
  if (noise > 0) return calls >= NOISY_CALLS && tooFast / calls <= noise + CHANCE;
  if (tooFast === 0) return calls >= CLEAN_CALLS || now - since >= CLEAN_MS;
  return calls >= MOST_CALLS && tooFast < ENOUGH_429;
};
const isJudgeable = ({ calls, tooFast }: Count, noise: number): boolean =>
  calls >= (noise > 0 ? NOISY_CALLS : FEWEST_CALLS) && tooFast >= ENOUGH_429;

/** Makes a blame that takes the first 429 for our own doing. */
export const createBlame = (): Blame => {
  const noise = createNoise();
  let inRow = 0;
  let trial: Count | undefined;
  let before: Judged | undefined;

  const startTrial = (now: number, judged?: Judged): Verdict => {
    trial = newCount(now);
    before = judged;
    return 'cut';
  };
  const endTrial = (now: number, verdict: Verdict): Verdict => {
    trial = undefined;
    noise.restart(now);
    return verdict;
  };
  const judge = (count: Count, now: number): Verdict => {
    if (isClean(count, noise.share(), now)) return endTrial(now, 'rise');
    if (!isJudgeable(count, noise.share())) return 'goOn';
    const { calls, tooFast, since } = count;
    const judged = { share: tooFast / calls, perMs: calls / Math.max(1, now - since) };
    if (!before || !wasInVain(before, judged)) return startTrial(now, judged);
    noise.learn((before.share + judged.share) / 2);
    return endTrial(now, 'restore');
  };

  return {
    concernsAll: () => noise.share() === 0 || inRow >= CLOSED_429,
    isTrying: () => trial !== undefined,
    noise: noise.share,
    heed: (known, now) => {
      if (known <= noise.share()) return;
      noise.learn(known);
      endTrial(now, 'restore');
    },
    answered: (isTooFast, now) => {
      inRow = isTooFast ? inRow + 1 : 0;
      if (trial) {
        add(trial, isTooFast);
        return judge(trial, now);
      }
      const isOurs = noise.share() > 0 ? noise.watch(isTooFast, now) : isTooFast;
      return isOurs ? startTrial(now) : 'goOn';
    },
  };
};
