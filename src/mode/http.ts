/**
 * A call to Mode as everybody makes it: not while the credential is refused or Mode is down, when the throttle lets it,
 * and again only where that is safe: 429 never took effect; a GET changes nothing. A write without an answer is thrown at
 * once, because only the caller can look up whether it happened.
 */
import type { CredentialCheck } from '../directory/connections/credential-check.ts';
import type { CallOptions } from '../directory/upstream.ts';
import type { AppError } from '../errors.ts';
import type { Call } from './call.ts';
import type { Circuit } from './circuit.ts';
import { type Credential, createCredential } from './credential.ts';
import type { Answer, Exchange } from './exchange.ts';
import { forbiddenAlone, notSent } from './refusal.ts';
import type { Surface } from './surface.ts';
import { backOff } from './throttle/pause.ts';
import type { Sent, Throttle } from './throttle/throttle.ts';
import type { Timing } from './timing.ts';

export interface ModeHttp {
  /** Gives the JSON of a successful answer; null where a change is answered with nothing. */
  request(call: Call, options: CallOptions): Promise<unknown>;
}

export interface ModeClient extends ModeHttp {
  /** Whether Mode accepts the credential. */
  readonly credential: Pick<Credential, 'refusedSince' | 'heed'>;
}

interface HttpOptions {
  readonly surface: Surface;
  readonly exchange: Exchange;
  /** Both are shared by everything that calls this workspace, whatever the credential. */
  readonly throttle: Throttle;
  readonly circuit: Circuit;
  /** Learns what other processes know of it, where that may be old. */
  readonly refresh: () => Promise<void>;
  readonly timing: Timing;
  readonly say: (event: 'refused' | 'accepted', fields: Readonly<Record<string, unknown>>) => void;
  /** As createCredential's. */
  readonly remember: (check: CredentialCheck) => Promise<void>;
}

interface Attempt extends Sent {
  /** Undefined where nothing was sent because it is being checked whether the credential still holds. */
  readonly answer: Answer | undefined;
}

const MOST_TRIES = 4;
/** After a 429, for this call alone: what concerns all is the throttle's pause, which is longer. */
const AFTER_429 = { firstMs: 20, longestMs: 2000 };
const AFTER_FAILURE = { firstMs: 250, longestMs: 2000 };

const outcomeOf = ({ health, error }: Extract<Answer, { ok: false }>): Sent['outcome'] => {
  if (health !== 'answered') return 'silent';
  return error.kind === 'rateLimited' ? 'tooFast' : 'taken';
};

/** How long this call waits before try number `tried + 1`; undefined where another try is no use or not safe. */
const patience = (call: Call, error: AppError, { tried, random }: { tried: number; random: number }) => {
  const named = error.retryAfterMs ?? 0;
  if (error.code === 'mode.http.rate-limited') return Math.max(named, backOff(tried, random, AFTER_429));
  const isSafe = call.method === 'GET' && call.isOptional !== true && tried < MOST_TRIES;
  const isWorthwhile = error.code === 'mode.http.failing' || error.code === 'mode.http.no-answer';
  return isSafe && isWorthwhile ? Math.max(named, backOff(tried, random, AFTER_FAILURE)) : undefined;
};

/** One attempt, when it is its turn. What stands in the way may have come up while it waited. */
const createAttempt = ({ surface, exchange, circuit }: HttpOptions, credential: Credential) => {
  /** Whether the answer is news of the credential. */
  const hear = async (call: Call, answer: Answer, options: CallOptions): Promise<void> => {
    const isRefused = !answer.ok && answer.error.kind === 'unauthorized';
    if (call !== surface.check) {
      if (isRefused) credential.suspect(options);
    } else if (answer.ok || isRefused) await credential.learn(answer.ok);
  };
  const send = async (call: Call, { deadline }: CallOptions): Promise<Answer> => {
    const leave = circuit.enter(call);
    let answer: Answer = { ok: false, error: notSent(call), health: 'undecided' };
    try {
      answer = await exchange(call, deadline);
      return answer;
    } finally {
      leave(answer.health, answer.ok ? undefined : answer.error.retryAfterMs);
    }
  };

  return async (call: Call, options: CallOptions): Promise<Attempt> => {
    if (!credential.maySend(call)) return { outcome: 'silent', answer: undefined };
    const error = circuit.closedTo(call);
    if (error) return { outcome: 'silent', answer: { ok: false, error, health: 'undecided' } };
    const answer = await send(call, options);
    await hear(call, answer, options);
    if (answer.ok) return { outcome: 'taken', answer };
    return { outcome: outcomeOf(answer), pauseMs: answer.error.retryAfterMs, answer };
  };
};

/** Makes the client of one connection. */
export const createHttp = (options: HttpOptions): ModeClient => {
  const { surface, throttle, circuit, refresh, timing, say, remember } = options;
  const verify = (asked: CallOptions) => request(surface.check, asked);
  const credential = createCredential({ surface, timing, say, remember, verify });
  const attempt = createAttempt(options, credential);

  /** Gives an answer, however often the call has to wait for whether the credential holds. */
  const answerTo = async (call: Call, asked: CallOptions, last: AppError | undefined): Promise<Answer> => {
    for (;;) {
      await refresh();
      await credential.admit(call, asked);
      const closed = circuit.closedTo(call);
      // What Mode itself said last says more than that it is not asked again.
      if (closed) throw last ?? closed;
      const { answer } = await throttle.run(() => attempt(call, asked), {
        ...asked,
        isAgain: last !== undefined,
      });
      if (answer) return answer;
    }
  };

  const request: ModeHttp['request'] = async (call, asked) => {
    let failure: AppError | undefined;
    for (let tried = 1; ; tried += 1) {
      const answer = await answerTo(call, asked, failure);
      if (answer.ok) return answer.body;
      failure = answer.error;
      const waitMs = patience(call, failure, { tried, random: timing.random() });
      if (waitMs === undefined || timing.now() + waitMs >= asked.deadline) break;
      await timing.sleep(waitMs);
    }
    if (failure.code !== 'mode.http.credentials-refused' || call === surface.check) throw failure;
    await credential.confirm(asked);
    throw forbiddenAlone(call, failure);
  };
  return { request, credential };
};
