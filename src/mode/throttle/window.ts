/** Calls at once, of all processes together: one more per round of successes, half after a 429, as TCP does it (AIMD). */

/** Calls at once; those before the cuts that are on trial; and where Mode last said 429. */
export interface LearntWindow {
  readonly size: number;
  readonly unslowed: number;
  readonly ceiling: number | null;
}

/** How far success may raise the calls at once, as a multiple of those to begin with. */
const MOST_TIMES = 3;
/** Growth within one of the ceiling, as a part of the usual. */
const CAREFUL = 0.15;

/** Makes a window of so many. `share`: part of it that is this process's. */
export const createWindow = (first: number) => {
  let size = first;
  /** Before the cuts that are on trial. */
  let unslowed = first;
  /** Where Mode last said 429: approached quickly, passed slowly. */
  let ceiling = Number.POSITIVE_INFINITY;
  return {
    room: (share: number) => Math.max(1, Math.round(size * share)),
    grow: (active: number, share: number): void => {
      // Only who uses what is allowed finds out whether more would be.
      if (active * 2 < size * share) return;
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
    learnt: () => ({ size, unslowed, ceiling: Number.isFinite(ceiling) ? ceiling : null }),
    /** Gives whether that is less than before. */
    adopt: (known: LearntWindow): boolean => {
      const isLess = known.size < size;
      ({ size, unslowed } = known);
      ceiling = known.ceiling ?? Number.POSITIVE_INFINITY;
      return isLess;
    },
  };
};
