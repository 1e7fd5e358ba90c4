/** How fast requests go out: evenly spaced, so that a server with a limit of so many a second is never over it. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Pace {
  /** Resolves when the next request may go out. */
  turn(): Promise<void>;
  /** Nothing goes out for so many milliseconds: the server asked for it. */
  pause(ms: number): void;
}

export const createPace = (perSecond: number): Pace => {
  const gap = 1000 / perSecond;
  let nextAt = 0;
  return {
    turn: async () => {
      const now = performance.now();
      const at = Math.max(now, nextAt);
      nextAt = at + gap;
      if (at > now) await sleep(at - now);
    },
    pause: (ms) => {
      nextAt = Math.max(nextAt, performance.now() + ms);
    },
  };
};
