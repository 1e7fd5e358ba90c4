/**
 * A client as an identity provider behind a load balancer is one: sends a request to any of the processes, to another when
 * its process died, waits as long as it is told, and gives up now and then. Says of each request what came of it.
 */
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { History } from './history.ts';
import type { Random } from './random.ts';

export interface Target {
  readonly name: string;
  readonly url: string;
}

export interface ScimRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
export type Body = any;

export interface Reply {
  readonly status: number;
  readonly body: Body;
}

/** What came of a request. */
export interface Outcome {
  /** The last answer that was no "not now"; undefined: none came before the client gave up. */
  readonly reply: Reply | undefined;
  /** Whether an attempt may have taken effect without anybody being told: it got no answer, or "not now". */
  readonly isUnsure: boolean;
}

export interface Figures {
  /** Answered 2xx. */
  acknowledged: number;
  /** 429 and 503. */
  notNow: number;
  /** The connection broke off: nobody knows what was done. */
  unanswered: number;
  /** Answered 4xx. */
  refused: number;
  /** Attempts after the first. */
  retries: number;
  givenUp: number;
}

export interface Client {
  /** `onAttempt` hears of each attempt, before it is made. */
  send(scim: ScimRequest, onAttempt?: () => void): Promise<Outcome>;
  /** Asks until there is an answer: for reads. */
  read(path: string): Promise<Reply>;
  close(): void;
}

export interface ClientOptions {
  readonly targets: readonly Target[];
  readonly token: string;
  readonly random: Random;
  readonly history: History;
  readonly figures: Figures;
  /** Called when a request has been written to a process, and when its answer has come. */
  readonly onAsked: (target: Target, scim: ScimRequest) => void;
  readonly onTold: (target: Target, scim: ScimRequest, reply: Reply) => void;
}

/** Longer than a bridge of these runs waits for Mode (world.ts), so that it is never the client who hangs up. */
const TIMEOUT_MS = 20_000;
const PATIENCE_MS = 60_000;
/** How often a client gives up after a request that was not carried out. */
const GIVES_UP = 0.12;
const LONGEST_PAUSE_MS = 1_500;

type Attempt = Reply & { readonly retryAfterMs: number };
type Failure = 'not sent' | 'no answer';

interface Patience {
  readonly onAttempt: () => void;
  readonly count: (answer: Attempt | Failure) => void;
  /** How likely the client gives up after an attempt that was not carried out. */
  readonly givesUp: number;
}

const parse = (text: string): Body => (text === '' ? undefined : JSON.parse(text));

const isNotNow = ({ status }: Reply): boolean => status === 503 || status === 429;

export const createClient = (options: ClientOptions): Client => {
  const { targets, token, random, history, figures, onAsked, onTold } = options;
  const agents = new Map(targets.map(({ url }) => [url, new Agent({ keepAlive: true, maxSockets: 32 })]));

  const attempt = (target: Target, { method, path, body }: ScimRequest): Promise<Attempt | Failure> =>
    new Promise((resolve) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const { hostname, port } = new URL(target.url);
      const headers = {
        authorization: `Bearer ${token}`,
        ...(text === ''
          ? {}
          : { 'content-type': 'application/scim+json', 'content-length': Buffer.byteLength(text) }),
      };
      const agent = agents.get(target.url);
      const asking = request({ hostname, port, method, path: `/scim/v2${path}`, headers, agent });
      asking.setTimeout(TIMEOUT_MS, () => asking.destroy(new Error('timed out')));
      asking.on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'ECONNREFUSED' ? 'not sent' : 'no answer'),
      );
      asking.on('response', (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('error', () => resolve('no answer'));
        answer.on('end', () => {
          const retryAfterMs = Number(answer.headers['retry-after'] ?? 1) * 1_000;
          resolve({
            status: answer.statusCode ?? 0,
            body: parse(Buffer.concat(pieces).toString()),
            retryAfterMs,
          });
        });
      });
      asking.end(text);
      onAsked(target, { method, path, ...(body ? { body } : {}) });
    });

  /** One attempt at any process. */
  const ask = async (scim: ScimRequest, id: string): Promise<Attempt | Failure> => {
    const target = random.pick(targets);
    const answer = await attempt(target, scim);
    const how = typeof answer === 'string' ? answer : `${answer.status} ${answer.body?.detail ?? ''}`;
    const sent = scim.body === undefined ? '' : JSON.stringify(scim.body);
    if (answer !== 'not sent')
      history.note(`SCIM ${id} ${target.name} ${scim.method} ${scim.path} ${sent} → ${how}`);
    if (typeof answer !== 'string') onTold(target, scim, answer);
    return answer;
  };

  const count = (answer: Attempt | Failure): void => {
    if (answer === 'not sent') return;
    if (answer === 'no answer') figures.unanswered += 1;
    else if (isNotNow(answer)) figures.notNow += 1;
    else if (answer.status < 300) figures.acknowledged += 1;
    else figures.refused += 1;
  };

  let number = 0;
  const prefix = random.below(0xffff).toString(16);

  const pauseAfter = (answer: Attempt | Failure): Promise<void> => {
    const pauseMs = typeof answer === 'string' ? random.between(20, 200) : answer.retryAfterMs;
    return wait(Math.min(pauseMs, LONGEST_PAUSE_MS));
  };

  /** Asks until there is a real answer, or until it gives up, which it does not while its request reached nobody. */
  const persist = async (scim: ScimRequest, patience: Patience): Promise<Outcome> => {
    number += 1;
    const id = `#${prefix}.${number}`;
    const end = performance.now() + PATIENCE_MS;
    let isUnsure = false;
    for (;;) {
      patience.onAttempt();
      const answer = await ask(scim, id);
      patience.count(answer);
      if (typeof answer !== 'string' && !isNotNow(answer)) return { reply: answer, isUnsure };
      const wasSent = answer !== 'not sent';
      isUnsure ||= wasSent;
      if (performance.now() > end || (wasSent && random.chance(patience.givesUp))) {
        history.note(`SCIM ${id} is given up`);
        figures.givenUp += 1;
        return { reply: undefined, isUnsure };
      }
      await pauseAfter(answer);
    }
  };

  return {
    send: (scim, onAttempt = () => {}) => {
      let attempts = 0;
      const countRetry = (answer: Attempt | Failure): void => {
        count(answer);
        if (answer === 'not sent') return;
        attempts += 1;
        if (attempts > 1) figures.retries += 1;
      };
      return persist(scim, { onAttempt, count: countRetry, givesUp: GIVES_UP });
    },
    read: async (path) => {
      const { reply } = await persist(
        { method: 'GET', path },
        { onAttempt: () => {}, count: () => {}, givesUp: 0 },
      );
      if (!reply) throw new Error(`GET ${path} was not answered for ${PATIENCE_MS / 1000} s`);
      return reply;
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
};
