/**
 * A small SCIM client for hostile servers: evenly paced, bounded in time and size, follows no redirect, and turns whatever
 * happens into an Answer or a NoAnswer. It waits when the server says 429, and counts that.
 */
import type { Address } from './address.ts';
import type { Pace } from './pace.ts';
import { readBody, TooLarge } from './read-body.ts';
import { CLEANED_AT_ONCE, redactor, secretsOf } from './redact.ts';

export type SentHeaders = Readonly<Record<string, string | null>>;

/** One request and what came of it, for the report. Holds no secret. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly sent: string | undefined;
  readonly sentHeaders: SentHeaders;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly received: string;
  readonly ms: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is empty or no JSON. */
  readonly body: unknown;
  readonly exchange: Exchange;
}

/** The server gave no usable answer: refused, reset, too slow, too large. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly exchange: Exchange;

  constructor(exchange: Exchange) {
    super(exchange.received);
    this.exchange = exchange;
  }
}

/** The run was ended; nothing more is sent, except to clean up. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  /** Text is sent as it is, everything else as JSON. */
  readonly body?: unknown;
  /** Null takes a header away that would be sent otherwise. */
  readonly headers?: SentHeaders;
  /** Whether it is sent although the run was ended. */
  readonly cleaning?: boolean;
}

export interface Wire {
  send(request: WireRequest): Promise<Answer>;
  /** From now on only what cleans up is sent. */
  stop(): void;
  /** How often the server said 429. */
  readonly throttled: () => number;
}

export interface WireOptions {
  readonly address: Address;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly pace: Pace;
}

/** After so many requests in a row without an answer the others are not even tried: the server is gone. */
const GIVE_UP_AFTER = 6;
const MOST_RETRIES = 3;
const LONGEST_PAUSE_S = 30;

const parse = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

const textAt = (value: unknown, name: string): string => {
  const inner: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof inner === 'string' ? inner : '';
};

/** What broke, in plain words: undici hides the reason in the cause. */
const reasonOf = (error: unknown, timeoutMs: number): string => {
  if (['TimeoutError', 'AbortError'].includes(textAt(error, 'name')))
    return `no complete answer within ${timeoutMs} ms`;
  const cause: unknown = error instanceof TooLarge ? error : Reflect.get(Object(error), 'cause');
  const inner = cause ?? error;
  const code = textAt(inner, 'code');
  return `no answer: ${textAt(inner, 'message') || textAt(inner, 'name')}${code === '' ? '' : ` (${code})`}`;
};

const cleanHeaders = (headers: SentHeaders, clean: (text: string) => string): SentHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value === null ? null : clean(value)]),
  );

const retryAfterMs = (answer: Answer): number => {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return 1000 * (Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_PAUSE_S) : 5);
};

const merged = (...all: readonly SentHeaders[]): Record<string, string> => {
  const headers = new Map<string, string | null>();
  for (const [name, value] of all.flatMap((some) => Object.entries(some)))
    headers.set(name.toLowerCase(), value);
  return Object.fromEntries([...headers].flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
};

const textOf = (body: unknown): string | undefined =>
  body === undefined || typeof body === 'string' ? body : JSON.stringify(body);

/** One attempt. Throws NoAnswer. */
const attempt = async (options: WireOptions, request: WireRequest): Promise<Answer> => {
  const clean = redactor(secretsOf(options.headers), CLEANED_AT_ONCE);
  const sent = textOf(request.body);
  const always = { accept: 'application/scim+json', 'user-agent': 'check-scim', ...options.headers };
  const typed: SentHeaders = sent === undefined ? {} : { 'content-type': 'application/scim+json' };
  const startedAt = performance.now();
  const exchange = (status: number | undefined, received: string): Exchange => ({
    method: request.method,
    path: clean(request.path),
    sent: sent === undefined ? undefined : clean(sent),
    sentHeaders: cleanHeaders(request.headers ?? {}, clean),
    status,
    received,
    ms: Math.round(performance.now() - startedAt),
  });
  try {
    const response = await fetch(options.address.to(request.path), {
      method: request.method,
      headers: merged(always, typed, request.headers ?? {}),
      body: sent ?? null,
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const text = clean(await readBody(response));
    const { status, headers } = response;
    return { status, headers, text, body: parse(text), exchange: exchange(status, text) };
  } catch (error) {
    throw new NoAnswer(exchange(undefined, clean(reasonOf(error, options.timeoutMs))));
  }
};

const notSent = ({ method, path }: WireRequest): NoAnswer =>
  new NoAnswer({
    method,
    path,
    sent: undefined,
    sentHeaders: {},
    status: undefined,
    received: `not sent: the server left ${GIVE_UP_AFTER} requests in a row without an answer`,
    ms: 0,
  });

export const createWire = (options: WireOptions): Wire => {
  let stopped = false;
  let silent = 0;
  let throttled = 0;
  const counted = async (request: WireRequest): Promise<Answer> => {
    try {
      const answer = await attempt(options, request);
      silent = 0;
      return answer;
    } catch (error) {
      silent += 1;
      throw error;
    }
  };
  const send = async (request: WireRequest, retries = MOST_RETRIES): Promise<Answer> => {
    await options.pace.turn();
    if (stopped && !request.cleaning) throw new Stopped('the run was ended');
    if (silent >= (request.cleaning ? 2 * GIVE_UP_AFTER : GIVE_UP_AFTER)) throw notSent(request);
    const answer = await counted(request);
    if (answer.status !== 429) return answer;
    throttled += 1;
    if (retries === 0) return answer;
    options.pace.pause(retryAfterMs(answer));
    return send(request, retries - 1);
  };
  return {
    send: (request) => send(request),
    stop: () => {
      stopped = true;
    },
    throttled: () => throttled,
  };
};
