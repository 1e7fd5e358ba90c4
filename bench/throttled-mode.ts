/** An emulated Mode that thinks about each call and refuses every so manieth with 429, in a process of its own. */
import { join } from 'node:path';
import { startCommand } from '../test/support/sandbox.ts';

export interface ModeAccess {
  readonly modeUrl: string;
  readonly workspace: string;
  readonly modeToken: string;
  readonly modeSecret: string;
}

export interface Temper {
  /** How long each answer takes, in milliseconds. */
  readonly thinkMs: number;
  /** Each so manieth call is refused; 0: none. */
  readonly every: number;
  /** What the refusals say in Retry-After; undefined: no such header. */
  readonly retryAfter: string | undefined;
}

export interface Counted {
  readonly total: number;
  readonly byRoute: Readonly<Record<string, number>>;
}

export interface ThrottledMode {
  readonly access: ModeAccess;
  /** From now on it is slow and refuses. */
  order(temper: Temper): Promise<void>;
  join(emails: readonly string[]): Promise<void>;
  /** Calls of the API since the last time. */
  calls(): Promise<Counted>;
  /** Member tokens by e-mail, and the number of members by the name of the group. */
  truth(): Promise<{ members: ReadonlyMap<string, string>; groups: ReadonlyMap<string, number> }>;
  stop(): Promise<void>;
}

interface State {
  readonly members: readonly {
    readonly email: string;
    readonly memberToken: string;
    readonly state: string;
  }[];
  readonly groups: readonly {
    readonly name: string;
    readonly state: string;
    readonly memberTokens: readonly string[];
  }[];
}

const FOR_EVER = 1_000_000;
const JOINING_AT_ONCE = 8;

/** Runs the work for each item, so many at a time. */
export const inPool = async <T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>) => {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

/** Starts one with hardly anybody in it. */
export const startMode = async (folder: string): Promise<ThrottledMode> => {
  const few = ['--port', '0', '--data', join(folder, 'mode'), '--people', '5', '--groups', '1'];
  const { ready, end } = await startCommand<ModeAccess>(['mode', ...few], ['dist/cli.js']);
  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const init = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${ready.modeUrl}/_control/${path}`, { method, ...init });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    access: ready,
    order: async ({ thinkMs, every, retryAfter }) => {
      const slow = { route: '*', delayMs: thinkMs, times: FOR_EVER };
      const headers = retryAfter === undefined ? undefined : { 'Retry-After': retryAfter };
      if (every > 0) await control('POST', 'faults', { ...slow, status: 429, headers, every });
      if (thinkMs > 0) await control('POST', 'faults', slow);
    },
    join: (emails) =>
      inPool(emails, JOINING_AT_ONCE, async (email) => void (await control('POST', 'join', { email }))),
    calls: async () => {
      const counted = (await control('GET', 'calls')) as Counted;
      await control('DELETE', 'calls');
      return counted;
    },
    truth: async () => {
      const { members, groups } = (await control('GET', 'state')) as State;
      const living = groups.filter(({ state }) => state !== 'deleted');
      return {
        members: new Map(members.map(({ email, memberToken }) => [email, memberToken])),
        groups: new Map(living.map(({ name, memberTokens }) => [name, memberTokens.length])),
      };
    },
    stop: async () => void (await end('SIGTERM')),
  };
};
