/** A clock that runs faster than the wall's, so that back-off over real HTTP takes no time; and one moved by hand. */
import { realTiming, type Timing } from '../../../src/mode/timing.ts';

const SPEED = 50;
const BEGIN = Date.UTC(2026, 0, 1);
const startedAt = performance.now();

/** Every second of it takes 20 ms. */
export const fastTiming: Timing = {
  now: () => BEGIN + (performance.now() - startedAt) * SPEED,
  sleep: (ms, signal) => realTiming.sleep(ms / SPEED, signal),
  random: () => 0.5,
};

export interface ManualTiming extends Timing {
  /** Moves the clock and wakes whoever has slept long enough. */
  advance(ms: number): Promise<void>;
  readonly sleeping: () => number;
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

/** Makes a clock that stands until it is moved. */
export const manualTiming = (): ManualTiming => {
  let now = BEGIN;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    random: () => 0.5,
    sleeping: () => sleepers.size,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          resolve();
        });
      }),
    advance: async (ms) => {
      now += ms;
      await settle();
      for (const sleeper of [...sleepers].filter(({ until }) => until <= now)) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      await settle();
    },
  };
};
