/**
 * Stops calling a Mode that does not answer: after so many failures in a row nothing is sent for a while, then one call
 * tries. One breaker for each route and one for the whole: a route that always fails is left alone and the rest goes on;
 * when failures in a row come from several routes, it is Mode that is down.
 */
import { AppError } from '../errors.ts';
import {
  type Breaker,
  type BreakerOptions,
  type BreakerSays,
  createBreaker,
  type Health,
} from './breaker.ts';
import type { Asked } from './refusal.ts';

export interface Circuit {
  /** Why nothing may be sent for this call now. */
  closedTo(asked: Asked): AppError | undefined;
  /** Sends; gives what to do with the outcome and how long Mode asks to be left alone, in milliseconds. */
  enter(asked: Asked): (health: Health, retryAfterMs?: number) => void;
  /** Since when the whole of Mode is not called any more; undefined while it is. */
  downSince(): number | undefined;
  /** What other processes that call the same Mode should know: by route, `*` the whole. */
  says(): CircuitSays;
  /** Takes what one of them says, as far as it is newer than what is known. */
  heed(says: CircuitSays): void;
}

export type CircuitSays = Readonly<Record<string, BreakerSays>>;

const open = (asked: Asked, what: string, waitMs: number): AppError =>
  new AppError(
    'unavailable',
    'mode.circuit.open',
    `${what} was not answering, so it was not asked to ${asked.to}; it is tried again in a moment.`,
    { retryAfterMs: Math.ceil(waitMs) },
  );

/** Makes the circuit of one connection. */
export const createCircuit = (options: BreakerOptions): Circuit => {
  const { timing } = options;
  const whole = createBreaker(2, options, '*');
  const routes = new Map<string, Breaker>();
  const nameOf = ({ method, route }: Asked): string => `${method} ${route}`;
  const breakerOf = (name: string): Breaker => {
    if (name === '*') return whole;
    const known = routes.get(name) ?? createBreaker(1, options, name);
    routes.set(name, known);
    return known;
  };
  const routeOf = (asked: Asked): Breaker => breakerOf(nameOf(asked));

  return {
    closedTo: (asked) => {
      const wholeUntil = whole.restsUntil();
      if (wholeUntil !== undefined) return open(asked, 'Mode', wholeUntil - timing.now());
      const routeUntil = routeOf(asked).restsUntil();
      return routeUntil === undefined
        ? undefined
        : open(asked, 'This part of Mode', routeUntil - timing.now());
    },
    enter: (asked) => {
      const leave = [whole.enter(), routeOf(asked).enter()];
      return (health, retryAfterMs = 0) => {
        for (const one of leave) one(health, { from: nameOf(asked), retryAfterMs });
      };
    },
    downSince: () => whole.openSince,
    says: () => {
      const all = [['*', whole] as const, ...routes].map(
        ([name, breaker]) => [name, breaker.says()] as const,
      );
      return Object.fromEntries(all.filter(([, { at }]) => Number.isFinite(at)));
    },
    heed: (says) => {
      for (const [name, said] of Object.entries(says)) breakerOf(name).heed(said);
    },
  };
};
