/**
 * Clock, waiting and chance as values, so that tests decide them. `realTiming` is what the program runs on.
 * Only the time-out of a call under way goes by the machine's own clock.
 */

export interface Timing {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, or at once when the signal aborts; never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** A number from 0 to below 1. */
  readonly random: () => number;
}

/** Time and chance of this machine. */
export const realTiming: Timing = {
  now: Date.now,
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      const stop = (): void => {
        clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener('abort', stop, { once: true });
    }),
};
