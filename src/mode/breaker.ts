/**
 * One breaker of circuit.ts: opens after so many failures in a row, rests, and lets one call try. It says what it found out
 * to other processes, and takes what they did.
 */
import type { Timing } from './timing.ts';

/** `failed`: no answer, or 5xx; `undecided`: nothing was learnt, such as a call that its caller gave up. */
export type Health = 'answered' | 'failed' | 'undecided';

/** Since when it is open, null where it is closed; until when nothing is sent; and at which instant that was found out. */
export interface BreakerSays {
  readonly since: number | null;
  readonly until: number;
  readonly at: number;
}
export interface BreakerOptions {
  readonly timing: Timing;
  /** Told when something was learnt that other processes should know. */
  readonly onNews?: (() => void) | undefined;
  readonly say: (event: 'opened' | 'closed', fields: Readonly<Record<string, unknown>>) => void;
}

/** Failures in a row that open. */
const MOST_FAILURES = 5;
/** The first time is short, so that a hiccup of Mode that hit several calls at once costs no more than that. */
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 60_000;

export interface Breaker {
  /** When a call may be sent again (epoch milliseconds); undefined while calls may be sent. */
  restsUntil(): number | undefined;
  enter(): (health: Health, what: { readonly from: string; readonly retryAfterMs: number }) => void;
  readonly openSince: number | undefined;
  says(): BreakerSays;
  heed(says: BreakerSays): void;
}

/** Whether it is open, and until when it rests: found out here, or by another process. */
const createRests = ({ timing, onNews }: BreakerOptions) => {
  let openSince: number | undefined;
  let restMs = 0;
  let until = 0;
  /** When that was found out. */
  let at = Number.NEGATIVE_INFINITY;

  const tell = (): void => {
    at = timing.now();
    onNews?.();
  };
  /** Gives for how long it was open; undefined when it was not. */
  const shut = (): number | undefined => {
    const ms = openSince === undefined ? undefined : timing.now() - openSince;
    openSince = undefined;
    restMs = 0;
    return ms;
  };
  return {
    since: () => openSince,
    until: () => until,
    rest: (retryAfterMs: number): void => {
      openSince ??= timing.now();
      restMs = Math.min(LONGEST_REST_MS, Math.max(FIRST_REST_MS, restMs * 2));
      until = timing.now() + Math.max(retryAfterMs, restMs * (1 + timing.random() / 10));
      tell();
    },
    close: (): number | undefined => {
      const ms = shut();
      if (ms !== undefined) tell();
      return ms;
    },
    says: (): BreakerSays => ({ since: openSince ?? null, until, at }),
    /** Gives whether another process says that it is closed again. */
    heed: (said: BreakerSays): boolean => {
      if (said.at <= at) return false;
      at = said.at;
      if (said.since === null) {
        shut();
        return true;
      }
      openSince = said.since;
      restMs = Math.min(LONGEST_REST_MS, said.until - said.at);
      // Who found it out tries first; who only heard of it, where nothing more is heard.
      until = said.until + FIRST_REST_MS;
      return false;
    },
  };
};

/** Makes one that lets calls through. `sources`: from how many routes failures must come. */
export const createBreaker = (sources: number, options: BreakerOptions, name: string): Breaker => {
  const { timing, say } = options;
  const rests = createRests(options);
  const failing = new Set<string>();
  let inRow = 0;
  let isTrying = false;

  const forget = (): void => {
    inRow = 0;
    failing.clear();
  };
  const close = (): void => {
    forget();
    const ms = rests.close();
    if (ms !== undefined) say('closed', { route: name, ms });
  };
  const fail = (from: string, retryAfterMs: number): void => {
    inRow += 1;
    failing.add(from);
    if (rests.since() !== undefined || inRow < MOST_FAILURES || failing.size < sources) return;
    rests.rest(retryAfterMs);
    say('opened', { route: name, failures: inRow });
  };

  return {
    restsUntil: () => {
      if (rests.since() === undefined) return undefined;
      if (timing.now() < rests.until()) return rests.until();
      return isTrying ? timing.now() + FIRST_REST_MS : undefined;
    },
    enter: () => {
      const isTrial = rests.since() !== undefined;
      isTrying ||= isTrial;
      const outcomes: Readonly<Record<Health, (from: string, retryAfterMs: number) => void>> = {
        answered: close,
        failed: isTrial ? (_from, retryAfterMs) => rests.rest(retryAfterMs) : fail,
        undecided: () => undefined,
      };
      return (health, { from, retryAfterMs }) => {
        isTrying &&= !isTrial;
        outcomes[health](from, retryAfterMs);
      };
    },
    get openSince() {
      return rests.since();
    },
    says: rests.says,
    heed: (said) => {
      if (rests.heed(said)) forget();
    },
  };
};
