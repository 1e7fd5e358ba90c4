/**
 * One exchange with one of Mode's surfaces: JSON in and out, within the caller's deadline (mode-api.md §1, §2). Asks once
 * and says what came of it, without judging. The only place that knows axios.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import type { AxiosInstance, AxiosResponse, AxiosStatic } from 'axios';
import { AppError } from '../errors.ts';
import type { Health } from './breaker.ts';
import type { Call } from './call.ts';
import type { Clock } from './clock.ts';
import { readLarge, type Slim } from './large-json.ts';
import { noAnswer, refusalOf, unreadable } from './refusal.ts';
import { saidIn } from './said.ts';
import type { Surface } from './surface.ts';
import type { Timing } from './timing.ts';

/** A failure is a value here, so that the throttle hears of a 429 before anything else happens. */
export type Answer =
  | { readonly ok: true; readonly body: unknown; readonly health: Health }
  | { readonly ok: false; readonly error: AppError; readonly health: Health };

export interface ExchangeOptions {
  readonly surface: Surface;
  /** Where that surface is. */
  readonly url: string;
  /** The header that carries the credential. */
  readonly authorization: string;
  /** Whatever of the credential must not be shown. */
  readonly secrets: readonly string[];
  readonly userAgent: string;
  /** How long one call may take at most, in milliseconds. */
  readonly timeoutMs: number;
  readonly timing: Timing;
  /** Hears what time it is at Mode. */
  readonly clock: Pick<Clock, 'hear'>;
  /** Takes a debug line: an event name, then fields. */
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Sends a call; gives up at the deadline (epoch milliseconds). Throws only for a call that cannot be sent at all. */
export type Exchange = (call: Call, deadline: number) => Promise<Answer>;

/** A very long list may take so many times as long as another call. */
const SLOWER = 6;
const MOST_BYTES = 64 * 1024 * 1024;
/** Shorter than the idle limit of usual load balancers (60 s), so that a kept socket is not closed under a write. */
const IDLE_SOCKET_MS = 30_000;

const segment = (call: Call, name: string): string => {
  const value = call.at[name] ?? '';
  // URLs treat "." and ".." as steps, even encoded, and an empty segment names another resource.
  if (!/^\.{0,2}$/.test(value)) return encodeURIComponent(value);
  throw new AppError('invalid', 'mode.http.bad-segment', `Cannot ${call.to}: "${name}" is not known.`);
};

const pathOf = (call: Call, { root }: Surface): string =>
  call.route.slice(root.length).replace(/\{(\w+)\}/g, (_whole, name: string) => segment(call, name));

/** With the first call: a bridge that has nothing to ask of Mode starts without it. */
const loadAxios = async (): Promise<AxiosStatic> => (await import('axios')).default;

const createClient = (axios: AxiosStatic, options: ExchangeOptions): AxiosInstance =>
  axios.create({
    baseURL: options.url.replace(/\/+$/, ''),
    headers: {
      Accept: options.surface.accept,
      Authorization: options.authorization,
      'Content-Type': options.surface.contentType,
      'User-Agent': options.userAgent,
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

/** Longer than any word of an error. */
const MOST_TEXT = 64 * 1024;

const textOf = async (pieces: AsyncIterable<Buffer>): Promise<string> => {
  let text = '';
  for await (const piece of pieces) {
    text += piece.toString();
    if (text.length > MOST_TEXT) break;
  }
  return text;
};

/** What broke off while rows arrived is no answer; what is no JSON, or no row, is one that cannot be read. */
const readRows = async (call: Call, slim: Slim, pieces: AsyncIterable<Buffer>): Promise<Answer> => {
  try {
    return { ok: true, body: await readLarge(pieces, slim), health: 'answered' };
  } catch (error) {
    if (error instanceof AppError) return { ok: false, error, health: 'answered' };
    if (error instanceof SyntaxError)
      return { ok: false, error: unreadable(call, 'it is not JSON'), health: 'answered' };
    throw error;
  }
};

/** A change that took effect may be answered with nothing. */
const NEED_NO_BODY: ReadonlySet<Call['method']> = new Set(['PUT', 'PATCH', 'DELETE']);

const readSuccess = (call: Call, text: string): Answer => {
  if (text === '' && NEED_NO_BODY.has(call.method)) return { ok: true, body: null, health: 'answered' };
  try {
    return { ok: true, body: JSON.parse(text) as unknown, health: 'answered' };
  } catch {
    return { ok: false, error: unreadable(call, 'it is not JSON'), health: 'answered' };
  }
};

/** Never hands on axios's error: it holds the credentials. `isHurried`: Mode had less than the usual time. */
const translate = (axios: AxiosStatic, call: Call, error: unknown, isHurried: boolean): Answer => {
  if (axios.isCancel(error)) {
    const health = isHurried ? 'undecided' : 'failed';
    return { ok: false, error: noAnswer(call, 'out of time'), health };
  }
  const code = (error as NodeJS.ErrnoException).code;
  // Node's own errors reach us only while rows arrive.
  if (!axios.isAxiosError(error) && code === undefined) throw error;
  if (axios.isAxiosError(error) && error.message.startsWith('maxContentLength'))
    return { ok: false, error: unreadable(call, 'it is too large'), health: 'answered' };
  return { ok: false, error: noAnswer(call, code ?? 'unknown'), health: 'failed' };
};

/** Makes the exchange of one credential. */
export const createExchange = (options: ExchangeOptions): Exchange => {
  const { timing, log, surface, timeoutMs } = options;
  let client: AxiosInstance | undefined;
  const secrets = options.secrets.filter((one) => one !== '');

  const read = async (call: Call, reply: AxiosResponse<string | Readable>): Promise<Answer> => {
    const { status, headers } = reply;
    const isSuccess = status >= 200 && status < 300;
    if (isSuccess && call.slim && typeof reply.data !== 'string')
      return readRows(call, call.slim, reply.data);
    const data = typeof reply.data === 'string' ? reply.data : await textOf(reply.data);
    if (isSuccess) return readSuccess(call, data);
    const header: unknown = headers['retry-after'];
    const retryAfter = typeof header === 'string' ? header : undefined;
    const said = saidIn(data, secrets);
    const error = refusalOf(call, { status, retryAfter, said, refused: surface.refused, at: timing.now() });
    return { ok: false, error, health: error.code === 'mode.http.failing' ? 'failed' : 'answered' };
  };

  return async (call, deadline) => {
    const { method, route, query, body, accept, slim } = call;
    const longestMs = slim ? timeoutMs * SLOWER : timeoutMs;
    const path = pathOf(call, surface);
    const axios = await loadAxios();
    client ??= createClient(axios, options);
    const startedAt = timing.now();
    const leftMs = deadline - startedAt;
    const say = (status: number | null): void =>
      log('mode.call', { method, route, status, ms: timing.now() - startedAt });
    try {
      const reply = await client.request<string | Readable>({
        method,
        url: path,
        // From start to the last byte; axios's own time-out would let a trickle go on for ever.
        signal: AbortSignal.timeout(Math.ceil(Math.max(1, Math.min(longestMs, leftMs)))),
        ...(slim === undefined ? {} : { responseType: 'stream' }),
        ...(query === undefined ? {} : { params: query }),
        ...(accept === undefined ? {} : { headers: { Accept: accept } }),
        ...(body === undefined ? {} : { data: JSON.stringify(body) }),
      });
      options.clock.hear(reply.headers['date'], startedAt, timing.now());
      const answer = await read(call, reply);
      say(reply.status);
      return answer;
    } catch (error) {
      say(null);
      return translate(axios, call, error, leftMs < longestMs);
    }
  };
};
