/**
 * A Mode that lives in simulated time: hours of calls in a second of ours, the same every time. Its rules say which call
 * it refuses with 429; everything between the caller and the socket is the real thing.
 */
import type { Priority } from '../../../src/directory/upstream.ts';
import type { Call } from '../../../src/mode/call.ts';
import type { Answer, Exchange } from '../../../src/mode/exchange.ts';
import { createHttp, type ModeHttp } from '../../../src/mode/http.ts';
import { createModeLine } from '../../../src/mode/index.ts';
import { refusalOf } from '../../../src/mode/refusal.ts';
import type { Board } from '../../../src/mode/sharing.ts';
import { REST } from '../../../src/mode/surface.ts';
import type { Timing } from '../../../src/mode/timing.ts';

/** What one call meets. */
export interface Met {
  readonly now: number;
  /** Calls so far, this one included. */
  readonly count: number;
  /** Calls under way, this one included. */
  readonly active: number;
}

/** Whether a call is refused, and what Retry-After then says. */
export type Rule = (met: Met) => boolean | string;

/** Every so manieth call is refused, whatever the load. */
export const everyNth =
  (n: number): Rule =>
  ({ count }) =>
    count % n === 0;

/** So many calls a second on average, so many at a stretch. */
export const bucket = (perSecond: number, burst: number): Rule => {
  let left = burst;
  let at = 0;
  return ({ now }) => {
    left = Math.min(burst, left + ((now - at) * perSecond) / 1000);
    at = now;
    if (left < 1) return true;
    left -= 1;
    return false;
  };
};

/** So many calls in each window of so many milliseconds. */
export const window = (most: number, ms: number, retryAfter = false): Rule => {
  let index = 0;
  let used = 0;
  return ({ now }) => {
    const current = Math.floor(now / ms);
    if (current !== index) used = 0;
    index = current;
    used += 1;
    if (used <= most) return false;
    return retryAfter ? String(Math.ceil(((current + 1) * ms - now) / 1000)) : true;
  };
};

/** So many calls under way. */
export const atOnce =
  (most: number): Rule =>
  ({ active }) =>
    active > most;

const BEGIN = 0;
/** No simulation goes on for so long: thousands who would give up later than that need not be kept in order. */
const HORIZON_MS = 1e12;

/** A clock that jumps to whatever happens next. */
const simulatedTiming = (seed = 1) => {
  let now = BEGIN;
  let state = seed;
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const timing: Timing = {
    now: () => now,
    // Park and Miller's: the same numbers each time.
    random: () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms > HORIZON_MS) return;
        const sleeper = { until: now + Math.max(0, ms), wake: resolve };
        const at = sleepers.findLastIndex(({ until }) => until <= sleeper.until) + 1;
        sleepers.splice(at, 0, sleeper);
        signal?.addEventListener('abort', () => {
          const index = sleepers.indexOf(sleeper);
          if (index >= 0) sleepers.splice(index, 1);
          resolve();
        });
      }),
  };
  /** Lets time pass until the work is done. */
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      for (let turn = 0; turn < 15; turn += 1) await Promise.resolve();
      if (isDone) return work;
      const next = sleepers.shift();
      if (!next) throw new Error('Nothing will ever happen again.');
      now = next.until;
      next.wake();
    }
  };
  return { timing, during };
};

const CALL: Call = { method: 'POST', route: '/api/{workspace}/invites', at: { workspace: 'a' }, to: 'try' };

export interface Simulated {
  readonly timing: Timing;
  during<T>(work: Promise<T>): Promise<T>;
  /** By the process of that number, from 0. */
  call(priority?: Priority, deadline?: number, process?: number): Promise<unknown>;
  /** Calls that reached Mode, and those of them that it refused. */
  readonly seen: { calls: number; refused: number; mostActive: number };
  /** How often processes told each other. */
  readonly told: { exchanges: number };
}

/** Where processes tell each other; `exchanges` counts how often. */
const createBoard = () => {
  const rows = new Map<number, { readonly says: string; readonly saidAt: string; readonly until: string }>();
  const counted = { exchanges: 0 };
  const of = (owner: number): Board => ({
    exchange: async ({ says, now, until }) => {
      counted.exchanges += 1;
      rows.set(owner, { says, saidAt: now, until });
      return [...rows].filter(([other, row]) => other !== owner && row.until > now).map(([, row]) => row);
    },
  });
  return { of, counted };
};

/** Makes a Mode that refuses a call when any rule does, and answers after so many milliseconds. */
export const simulate = (
  rules: readonly Rule[],
  {
    latencyMs = 120,
    seed = 1,
    processes = 1,
    isShared = true,
    log = (_event: string, _fields: unknown): void => undefined,
  } = {},
): Simulated => {
  const { timing, during } = simulatedTiming(seed);
  const seen = { calls: 0, refused: 0, mostActive: 0 };
  let active = 0;
  const exchange: Exchange = async (call): Promise<Answer> => {
    seen.calls += 1;
    active += 1;
    seen.mostActive = Math.max(seen.mostActive, active);
    const met = { now: timing.now(), count: seen.calls, active };
    // The first rule that refuses decides, and those after it never see the call.
    const verdict = rules.reduce<boolean | string>(
      (said, rule) => (said === false ? rule(met) : said),
      false,
    );
    await timing.sleep(latencyMs * (0.75 + timing.random() / 2));
    active -= 1;
    if (verdict === false) return { ok: true, body: null, health: 'answered' };
    seen.refused += 1;
    const retryAfter = typeof verdict === 'string' ? verdict : undefined;
    const error = refusalOf(call, {
      status: 429,
      retryAfter,
      said: '',
      refused: REST.refused,
      at: timing.now(),
    });
    return { ok: false, error, health: 'answered' };
  };
  const heard = (event: string, fields: unknown): void =>
    log(event.replace('mode.throttle.', ''), { now: timing.now(), ...(fields as object) });
  const board = createBoard();
  const https = Array.from({ length: processes }, (_, owner) => {
    const { throttle, circuit, sharing } = createModeLine({
      log: { debug: () => undefined, info: heard, warn: heard, error: heard },
      timing,
      board: isShared && processes > 1 ? board.of(owner) : undefined,
    });
    const { refresh } = sharing;
    const remember = async () => undefined;
    return createHttp({ surface: REST, exchange, throttle, circuit, refresh, timing, say: heard, remember });
  });
  return {
    timing,
    during,
    seen,
    told: board.counted,
    call: (priority = 'request', deadline = Number.MAX_SAFE_INTEGER, process = 0) =>
      (https[process] as ModeHttp).request(CALL, { priority, deadline }),
  };
};
