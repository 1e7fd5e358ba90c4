/**
 * Who goes next: deactivations, then what a provider waits for, then the background; within a lane who came first, and
 * before all whom Mode told to come again. A lane that was passed over often enough goes next, so that none starves.
 */
import type { Priority } from '../../directory/upstream.ts';

export interface Lanes<T> {
  add(item: T, priority: Priority, isAgain: boolean): void;
  /** Takes out who goes next; undefined when nobody waits. */
  next(): T | undefined;
  /** Takes somebody out of turn; false when not here. */
  remove(item: T): boolean;
  /** Everybody, in no order. */
  all(): readonly T[];
  readonly size: number;
}

const ORDER: readonly Priority[] = ['deactivation', 'request', 'background'];

/** Every tenth call at least is one of a lane in which somebody waits. */
const PASSED_OVER = 9;

interface Lane<T> {
  /** Sets keep the order of arrival and forget one in the middle without moving the others. */
  readonly again: Set<T>;
  readonly waiting: Set<T>;
  passedOver: number;
}

const isEmpty = <T>({ again, waiting }: Lane<T>): boolean => again.size + waiting.size === 0;

const takeFirst = <T>(lane: Lane<T>): T | undefined => {
  const from = lane.again.size > 0 ? lane.again : lane.waiting;
  const [first] = from;
  if (first !== undefined) from.delete(first);
  return first;
};

/** Makes empty lanes. */
export const createLanes = <T>(): Lanes<T> => {
  const newLane = (): Lane<T> => ({ again: new Set(), waiting: new Set(), passedOver: 0 });
  const lanes: Readonly<Record<Priority, Lane<T>>> = {
    deactivation: newLane(),
    request: newLane(),
    background: newLane(),
  };
  const inOrder = ORDER.map((priority) => lanes[priority]);

  return {
    add: (item, priority, isAgain) => lanes[priority][isAgain ? 'again' : 'waiting'].add(item),
    next: () => {
      const open = inOrder.filter((lane) => !isEmpty(lane));
      // The last one first: it was passed over by all the others.
      const lane = open.findLast(({ passedOver }) => passedOver >= PASSED_OVER) ?? open[0];
      if (!lane) return undefined;
      for (const other of open) other.passedOver += 1;
      lane.passedOver = 0;
      return takeFirst(lane);
    },
    remove: (item) => inOrder.some(({ again, waiting }) => again.delete(item) || waiting.delete(item)),
    all: () => inOrder.flatMap(({ again, waiting }) => [...again, ...waiting]),
    get size() {
      return inOrder.reduce((sum, { again, waiting }) => sum + again.size + waiting.size, 0);
    },
  };
};
