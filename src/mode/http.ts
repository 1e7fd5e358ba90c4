/**
 * One call to Mode's REST API: Basic auth, HAL in, JSON out, within the caller's deadline (mode-api.md §1, §2). Tries
 * again only where that is safe: 429 never took effect; a GET changes nothing. A write without an answer is thrown at
 * once, because only the caller can look up whether it happened. The only place that knows axios.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import type { CallOptions } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import { type Asked, noAnswer, refusalOf, unreadable } from './refusal.ts';
import { saidIn } from './said.ts';
import type { Throttle } from './throttle.ts';
import type { Timing } from './timing.ts';

export interface Call extends Asked {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** What stands at each placeholder of the route. */
  readonly at: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, number>>;
  readonly body?: unknown;
}

export interface ModeHttp {
  /** Gives the JSON of a successful answer; null where a DELETE answers nothing. */
  request(call: Call, options: CallOptions): Promise<unknown>;
}

/** Takes a debug line: an event name, then fields. */
export type Log = (event: string, fields: Readonly<Record<string, unknown>>) => void;

interface HttpOptions {
  readonly modeUrl: string;
  readonly token: string;
  readonly secret: string;
  /** Version of this program, for the User-Agent. */
  readonly version: string;
  /** How long one call may take at most, in milliseconds. */
  readonly timeoutMs: number;
  readonly throttle: Throttle;
  readonly timing: Timing;
  readonly log: Log;
}

type Answer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly error: AppError };

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_TRIES = 4;
const BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 10_000;
/** Shorter than the idle limit of usual load balancers (60 s), so that a kept socket is not closed under a write. */
const IDLE_SOCKET_MS = 30_000;

const segment = (call: Call, name: string): string => {
  const value = call.at[name] ?? '';
  // URLs treat "." and ".." as steps, even encoded, and an empty segment names another resource.
  if (!/^\.{0,2}$/.test(value)) return encodeURIComponent(value);
  throw new AppError('invalid', 'mode.http.bad-segment', `Cannot ${call.to}: "${name}" is not known.`);
};

const pathOf = (call: Call): string =>
  call.route.replace(/\{(\w+)\}/g, (_whole, name: string) => segment(call, name));

const createClient = (options: HttpOptions): AxiosInstance =>
  axios.create({
    baseURL: `${options.modeUrl.replace(/\/+$/, '')}/api`,
    auth: { username: options.token, password: options.secret },
    headers: {
      Accept: 'application/hal+json',
      'Content-Type': 'application/json',
      'User-Agent': `mode-scim-bridge/${options.version}`,
    },
    httpAgent: new HttpAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS }),
    httpsAgent: new HttpsAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS }),
    proxy: false,
    // A redirect would carry the credentials elsewhere.
    maxRedirects: 0,
    maxContentLength: MOST_BYTES,
    validateStatus: () => true,
    // Statuses decide what a body is, so it is parsed here and not by axios.
    responseType: 'text',
    transformResponse: (body: unknown) => body,
  });

const readSuccess = (call: Call, text: string): Answer => {
  if (text === '' && call.method === 'DELETE') return { ok: true, body: null };
  try {
    return { ok: true, body: JSON.parse(text) as unknown };
  } catch {
    return { ok: false, error: unreadable(call, 'it is not JSON') };
  }
};

/** Never hands on axios's error: it holds the credentials. */
const translate = (call: Call, error: unknown): AppError => {
  if (axios.isCancel(error)) return noAnswer(call, 'out of time');
  if (!axios.isAxiosError(error)) throw error;
  if (error.message.startsWith('maxContentLength')) return unreadable(call, 'it is too large');
  return noAnswer(call, error.code ?? 'unknown');
};

/** How long to wait before try number `tried + 1`; undefined where another try is no use or not safe. */
const patience = (call: Call, error: AppError, { tried, random }: { tried: number; random: number }) => {
  const steps = Math.min(BACK_OFF_MS * 2 ** (tried - 1), LONGEST_BACK_OFF_MS);
  const named = error.retryAfterMs ?? 0;
  // Jitter on top of what Mode asks for, never below it.
  if (error.kind === 'rateLimited') return Math.max(named, steps) * (1 + random / 10);
  const isSafe = call.method === 'GET' && error.kind === 'unavailable' && tried < MOST_TRIES;
  const isWorthwhile = error.code === 'mode.http.failing' || error.code === 'mode.http.no-answer';
  return isSafe && isWorthwhile ? Math.max(named, (steps * (1 + random)) / 2) : undefined;
};

/** Sends one call and reads the answer; a failure is a value, so that the throttle hears of a 429 before it goes on. */
const createSend = (options: HttpOptions) => {
  const { timing, log, token, secret } = options;
  const client = createClient(options);
  const basic = Buffer.from(`${token}:${secret}`).toString('base64');
  const secrets = [basic, secret, token].filter((one) => one !== '');

  const read = (call: Call, reply: AxiosResponse<string>): Answer => {
    const { status, headers, data } = reply;
    if (status >= 200 && status < 300) return readSuccess(call, data);
    const header: unknown = headers['retry-after'];
    const retryAfter = typeof header === 'string' ? header : undefined;
    const said = saidIn(data, secrets);
    return { ok: false, error: refusalOf(call, { status, retryAfter, said, at: timing.now() }) };
  };

  return async (call: Call, path: string, deadline: number): Promise<Answer> => {
    const { method, route, query, body } = call;
    const startedAt = timing.now();
    const say = (status: number | null): void =>
      log('mode.call', { method, route: `/api${route}`, status, ms: timing.now() - startedAt });
    try {
      const reply = await client.request<string>({
        method,
        url: path,
        // From start to the last byte; axios's own time-out would let a trickle go on for ever.
        signal: AbortSignal.timeout(
          Math.ceil(Math.max(1, Math.min(options.timeoutMs, deadline - startedAt))),
        ),
        ...(query === undefined ? {} : { params: query }),
        ...(body === undefined ? {} : { data: JSON.stringify(body) }),
      });
      say(reply.status);
      return read(call, reply);
    } catch (error) {
      say(null);
      return { ok: false, error: translate(call, error) };
    }
  };
};

/** Makes the client of one connection. */
export const createHttp = (options: HttpOptions): ModeHttp => {
  const { throttle, timing } = options;
  const send = createSend(options);

  return {
    request: async (call, { deadline }) => {
      const path = pathOf(call);
      for (let tried = 1; ; tried += 1) {
        let waitMs: number | undefined;
        const answer = await throttle.run(
          async () => {
            const given = await send(call, path, deadline);
            if (given.ok) return given;
            waitMs = patience(call, given.error, { tried, random: timing.random() });
            // Before the room is given back, so that no queued call slips in between.
            if (given.error.kind === 'rateLimited') throttle.pauseUntil(timing.now() + (waitMs ?? 0));
            return given;
          },
          { deadline },
        );
        if (answer.ok) return answer.body;
        if (waitMs === undefined || timing.now() + waitMs >= deadline) throw answer.error;
        await timing.sleep(waitMs);
      }
    },
  };
};
