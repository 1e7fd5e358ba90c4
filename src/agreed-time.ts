/**
 * One clock for all processes on one database: that of the database. One process writes until when it holds a lease, or when
 * Mode was looked at, and another compares; with each going by its own clock they would do the same work twice, and take old
 * for new, as soon as one host's time is off (docs/decisions/013-several-instances.md). In between the time goes on by what
 * the machine counts since its start, which nobody sets: a clock that jumps is not noticed.
 */
import type { Log } from './directory/deps.ts';
import { realTiming, type Timing } from './mode/index.ts';
import type { OpenStore } from './store/index.ts';

export interface AgreedTime {
  /** Epoch milliseconds. */
  now(): number;
  stop(): void;
}

interface Sources {
  /** Asks the database what time it is: epoch milliseconds. */
  readonly ask: () => Promise<number>;
  readonly log: Log;
  /** Of this machine, epoch milliseconds. */
  readonly local: () => number;
  /** Milliseconds since whenever; never jumps. */
  readonly counted: () => number;
}

/** How often the database is asked. A machine that was asleep counts wrong until then: less than a lease lasts. */
const EVERY_MS = 2_500;
/** By how much two clocks may drift apart in a millisecond: 200 parts in a million, twice what bad ones do. */
const DRIFT = 0.0002;
/** Below it the time rather stands still than goes back. */
const LONGEST_STILL_MS = 1_000;
/** From here on the clock of this machine is said to be wrong. */
const MOST_APART_MS = 1_000;

/** What the database said, and what this machine had counted by then; `blurMs`: so much either may be off. */
interface Reading {
  readonly theirs: number;
  readonly counted: number;
  readonly blurMs: number;
}

/** An answer was given at some time between question and arrival. */
const readClock = async ({ ask, counted }: Sources): Promise<Reading> => {
  const from = counted();
  const theirs = await ask();
  const to = counted();
  return { theirs, counted: (from + to) / 2, blurMs: (to - from) / 2 };
};

const at = ({ theirs, counted }: Reading, now: number): number => theirs + now - counted;
const blurAt = ({ counted, blurMs }: Reading, now: number): number => blurMs + (now - counted) * DRIFT;

/** The sharper of the two; the newer where both cannot be right, because a clock was set or this machine was asleep. */
const better = (known: Reading, news: Reading): Reading => {
  const blurMs = blurAt(known, news.counted);
  const isPossible = Math.abs(at(known, news.counted) - news.theirs) <= blurMs + news.blurMs;
  return isPossible && blurMs < news.blurMs ? known : news;
};

/** Never a little back. */
const createSteady = () => {
  let last = Number.NEGATIVE_INFINITY;
  return (now: number): number => {
    if (now < last && last - now < LONGEST_STILL_MS) return last;
    last = now;
    return now;
  };
};

/** Asks the database for the time, and again every few seconds. Throws where it does not answer the first time. */
export const agreeOnTime = async (sources: Sources, everyMs = EVERY_MS): Promise<AgreedTime> => {
  const { log, local, counted } = sources;
  let known = await readClock(sources);
  let isWrong = false;
  const steady = createSteady();
  const now = (): number => steady(Math.floor(at(known, counted())));
  const localBehindMs = (): number => Math.round(at(known, counted()) - local());

  const judge = (): void => {
    const behindMs = localBehindMs();
    const wasWrong = isWrong;
    isWrong = Math.abs(behindMs) >= MOST_APART_MS;
    if (isWrong && !wasWrong) log.warn('clock.differs', { behindMs });
  };
  const again = async (): Promise<void> => {
    try {
      known = better(known, await readClock(sources));
      judge();
    } catch (error) {
      // The database is down, which others say; the time goes on.
      log.debug('clock.not-asked', { error });
    }
  };
  judge();
  const timer = setInterval(() => void again(), everyMs);
  timer.unref();
  return { now, stop: () => clearInterval(timer) };
};

/** What everything of a process goes by that works on that database. */
export const timingOn = async (
  { time }: Pick<OpenStore, 'time'>,
  log: Log,
): Promise<{ readonly timing: Timing; readonly stop: () => void }> => {
  // A file is on this machine, and so is everybody who works on it.
  if (time === null) return { timing: realTiming, stop: () => undefined };
  const agreed = await agreeOnTime({
    ask: time,
    log,
    local: realTiming.now,
    counted: () => performance.now(),
  });
  return { timing: { ...realTiming, now: agreed.now }, stop: agreed.stop };
};
