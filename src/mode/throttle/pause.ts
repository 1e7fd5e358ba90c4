/** How long nothing is sent after a 429: as long as Mode asks for, else longer each time. */
import type { Timing } from '../timing.ts';
import type { Passage } from './allowance.ts';

/** The Terraform provider's fixed 10 s are known to be enough (mode-api.md §2, "Rate limits"). */
const PAUSES = { firstMs: 100, longestMs: 30_000 };

/** Exponential back-off with full jitter: between nothing and twice as much each time, in milliseconds. */
export const backOff = (
  times: number,
  random: number,
  { firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number },
): number => random * Math.min(longestMs, firstMs * 2 ** (times - 1));

/** The pause that all calls share. */
export const createPause = ({ now, random }: Timing) => {
  let until = 0;
  let beganAt = Number.NEGATIVE_INFINITY;
  let inRow = 0;
  return {
    until: () => until,
    /** Another process was asked for it; gives whether it is a longer one. */
    heed: (end: number): boolean => {
      if (end <= until) return false;
      beganAt = now();
      until = end;
      return true;
    },
    /** Mode took a call up: the next pause is a short one again. */
    taken: () => {
      inRow = 0;
    },
    /** Takes a 429; gives whether the pause is a new or a longer one. An earlier end never shortens it. */
    take: ({ startedAt }: Passage, concernsAll: boolean, named: number | undefined): boolean => {
      const isNews = startedAt > beganAt;
      inRow += isNews && concernsAll ? 1 : 0;
      const ownMs = isNews && concernsAll ? backOff(inRow, random(), PAUSES) : 0;
      // Jitter on top of what Mode asks for, never below it.
      const end = now() + Math.max(ownMs, (named ?? 0) * (1 + random() / 10));
      if (end <= until) return false;
      beganAt = now();
      until = end;
      return true;
    },
  };
};
