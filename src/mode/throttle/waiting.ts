/** Who waits for a turn, and until when. */
import type { CallOptions } from '../../directory/upstream.ts';
import type { AppError } from '../../errors.ts';
import type { Passage } from './allowance.ts';
import { createLanes } from './lanes.ts';

export interface Turn extends CallOptions {
  /** Whether Mode has refused this very call for coming too fast: then it goes before those that have not been sent. */
  readonly isAgain: boolean;
}

export interface Waiter {
  readonly deadline: number;
  readonly start: (passage: Passage) => void;
  readonly refuse: (error: AppError) => void;
}

/** Lanes that know when the first of those who wait must leave: not once through thousands for each of a thousand 429s. */
export const createWaiting = () => {
  const lanes = createLanes<Waiter>();
  /** No deadline is earlier; whose it was may have left, so the earliest may be later. */
  let earliest = Number.POSITIVE_INFINITY;
  return {
    add: (waiter: Waiter, { priority, isAgain }: Turn): void => {
      earliest = Math.min(earliest, waiter.deadline);
      lanes.add(waiter, priority, isAgain);
    },
    next: lanes.next,
    remove: lanes.remove,
    size: () => lanes.size,
    /** Takes out everybody whose deadline is not after this. */
    takeLate: (until: number): readonly Waiter[] => {
      if (until < earliest) return [];
      const late = lanes.all().filter(({ deadline }) => deadline <= until);
      for (const waiter of late) lanes.remove(waiter);
      earliest = lanes
        .all()
        .reduce((least, { deadline }) => Math.min(least, deadline), Number.POSITIVE_INFINITY);
      return late;
    },
  };
};
