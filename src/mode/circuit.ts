/**
 * Stops calling a Mode that does not answer: after so many failures in a row nothing is sent for a while, then one call
 * tries. One breaker for each route and one for the whole: a route that always fails is left alone and the rest goes on;
 * when failures in a row come from several routes, it is Mode that is down.
 */
import { AppError } from '../errors.ts';
import type { Asked } from './refusal.ts';
import type { Timing } from './timing.ts';

/** `failed`: no answer, or 5xx; `undecided`: nothing was learnt, such as a call that its caller gave up. */
export type Health = 'answered' | 'failed' | 'undecided';

export interface Circuit {
  /** Why nothing may be sent for this call now. */
  closedTo(asked: Asked): AppError | undefined;
  /** Sends; gives what to do with the outcome and how long Mode asks to be left alone, in milliseconds. */
  enter(asked: Asked): (health: Health, retryAfterMs?: number) => void;
  /** Since when the whole of Mode is not called any more; undefined while it is. */
  downSince(): number | undefined;
}

interface CircuitOptions {
  readonly timing: Timing;
  readonly say: (event: 'opened' | 'closed', fields: Readonly<Record<string, unknown>>) => void;
}

/** Failures in a row that open. */
const MOST_FAILURES = 5;
/** The first time is short, so that a hiccup of Mode that hit several calls at once costs no more than that. */
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 60_000;

interface Breaker {
  /** When a call may be sent again (epoch milliseconds); undefined while calls may be sent. */
  restsUntil(): number | undefined;
  enter(): (health: Health, what: { readonly from: string; readonly retryAfterMs: number }) => void;
  readonly openSince: number | undefined;
}

/** `sources`: from how many routes failures must come. */
const createBreaker = (sources: number, { timing, say }: CircuitOptions, name: string): Breaker => {
  let inRow = 0;
  const failing = new Set<string>();
  let openSince: number | undefined;
  let restMs = 0;
  let until = 0;
  let isTrying = false;

  const rest = (retryAfterMs: number): void => {
    restMs = Math.min(LONGEST_REST_MS, Math.max(FIRST_REST_MS, restMs * 2));
    until = timing.now() + Math.max(retryAfterMs, restMs * (1 + timing.random() / 10));
  };
  const close = (): void => {
    inRow = 0;
    failing.clear();
    restMs = 0;
    if (openSince !== undefined) say('closed', { route: name, ms: timing.now() - openSince });
    openSince = undefined;
  };
  const fail = (from: string, retryAfterMs: number): void => {
    inRow += 1;
    failing.add(from);
    if (openSince !== undefined || inRow < MOST_FAILURES || failing.size < sources) return;
    openSince = timing.now();
    rest(retryAfterMs);
    say('opened', { route: name, failures: inRow });
  };

  return {
    restsUntil: () => {
      if (openSince === undefined) return undefined;
      if (timing.now() < until) return until;
      return isTrying ? timing.now() + FIRST_REST_MS : undefined;
    },
    enter: () => {
      const isTrial = openSince !== undefined;
      isTrying ||= isTrial;
      const outcomes: Readonly<Record<Health, (from: string, retryAfterMs: number) => void>> = {
        answered: close,
        failed: isTrial ? (_from, retryAfterMs) => rest(retryAfterMs) : fail,
        undecided: () => undefined,
      };
      return (health, { from, retryAfterMs }) => {
        isTrying &&= !isTrial;
        outcomes[health](from, retryAfterMs);
      };
    },
    get openSince() {
      return openSince;
    },
  };
};

const open = (asked: Asked, what: string, waitMs: number): AppError =>
  new AppError(
    'unavailable',
    'mode.circuit.open',
    `${what} was not answering, so it was not asked to ${asked.to}; it is tried again in a moment.`,
    { retryAfterMs: Math.ceil(waitMs) },
  );

/** Makes the circuit of one connection. */
export const createCircuit = (options: CircuitOptions): Circuit => {
  const { timing } = options;
  const whole = createBreaker(2, options, '*');
  const routes = new Map<string, Breaker>();
  const nameOf = ({ method, route }: Asked): string => `${method} ${route}`;
  const routeOf = (asked: Asked): Breaker => {
    const name = nameOf(asked);
    const known = routes.get(name) ?? createBreaker(1, options, name);
    routes.set(name, known);
    return known;
  };

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
  };
};
