/**
 * An emulated Mode with the client of src/mode in front of it, over HTTP, for the tests of this folder. All emulators
 * close after each test.
 */

import type { CallOptions, Invitation, Known, Sought } from '../../../src/directory/upstream.ts';
import { type EmulatorOptions, type RunningEmulator, startEmulator } from '../../../src/emulator/server.ts';
import type { ModeUpstream } from '../../../src/mode/index.ts';
import { type Connecting, connect as connectMode, type Logged, logInto } from './connect.ts';
import { fastTiming } from './fast-timing.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read answers whose shape is what they test.
type Json = any;

export interface Calls {
  readonly total: number;
  readonly byRoute: Readonly<Record<string, number>>;
}

/** What the emulator truly holds. */
export interface Truth {
  readonly members: readonly {
    readonly email: string;
    readonly username: string;
    readonly memberToken: string;
    readonly membershipToken: string;
    readonly state: string;
    readonly admin: boolean;
  }[];
  readonly invites: readonly { readonly email: string }[];
  readonly groups: readonly {
    readonly token: string;
    readonly name: string;
    readonly state: string;
    readonly memberTokens: readonly string[];
  }[];
}

export interface Fault {
  readonly route: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly delayMs?: number;
  readonly drop?: boolean | 'after';
  readonly malformed?: boolean;
  readonly times?: number;
}

export interface Emulated {
  readonly mode: ModeUpstream;
  readonly running: RunningEmulator;
  readonly events: readonly Logged[];
  /** Another client of the same emulator. */
  connect(options?: Partial<Connecting>): ModeUpstream;
  calls(): Promise<Calls>;
  fault(fault: Fault): Promise<void>;
  truth(): Promise<Truth>;
  edit(order: Readonly<Record<string, unknown>>): Promise<void>;
  join(email: string): Promise<void>;
  /** Changes how its SCIM endpoint behaves. */
  behave(scim: EmulatorOptions['scim']): Promise<void>;
  /** A request to its SCIM endpoint, as somebody else makes it. */
  scim(method: string, path: string, body?: unknown): Promise<Json>;
}

const open = new Set<RunningEmulator>();

afterEach(async () => {
  await Promise.all([...open].map((running) => running.close()));
  open.clear();
});

/** A deadline: far enough ahead for a busy machine, unless the test is about it. */
export const soon = (ms = 600_000): CallOptions => ({
  deadline: fastTiming.now() + ms,
  priority: 'request',
});

/** Connects over the SCIM endpoint alone. */
export const overScim = ({ url, workspace, scimUrl, scimToken }: RunningEmulator) => ({
  connection: { modeUrl: url, workspace, wayIn: 'scim' as const },
  credentials: { scim: { url: scimUrl, token: scimToken } },
});

/** Connects over both, with an API token that may not invite. */
export const overBoth = (running: RunningEmulator) => {
  const { connection, credentials } = overScim(running);
  return { connection, credentials: { ...credentials, token: running.token, secret: running.secret } };
};

/** Somebody by her userName and addresses, and by her token where it is given. */
export const soughtBy = (
  userName: string,
  addresses: readonly string[] = [userName],
  memberToken: string | null = null,
): Sought => ({ memberToken, provisionedId: null, userName, addresses });

/** Somebody by the token that removes her. */
export const leaverOf = (membershipToken: string | null | undefined): Known => ({
  ...soughtBy('somebody', []),
  membershipToken: membershipToken ?? '',
  managedByScim: false,
});

/** An invitation of somebody new, of whom nothing but the address is known. */
export const invitationOf = (email: string): Invitation => ({
  profile: { email, userName: email, givenName: null, familyName: null, displayName: null, externalId: null },
  message: 'Welcome.',
  memberToken: null,
  provisionedId: null,
  provisioned: null,
  isFree: () => Promise.resolve(true),
});

/** Starts an emulator and connects a client to it. */
export const emulate = async (
  emulator: EmulatorOptions = {},
  way: Partial<Connecting> | ((running: RunningEmulator) => Partial<Connecting>) = {},
): Promise<Emulated> => {
  const running = await startEmulator({ port: 0, ...emulator });
  open.add(running);
  const { url, workspace, token, secret } = running;
  const events: Logged[] = [];
  const options = typeof way === 'function' ? way(running) : way;
  const connect = (more: Partial<Connecting> = {}): ModeUpstream =>
    connectMode({
      connection: { modeUrl: url, workspace },
      credentials: { token, secret },
      log: logInto(events),
      ...options,
      ...more,
    });
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${url}/_control/${path}`, { method, ...init });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return response.json();
  };
  return {
    mode: connect(),
    running,
    events,
    connect,
    calls: async () => (await control('GET', 'calls')) as Calls,
    fault: async (fault) => void (await control('POST', 'faults', fault)),
    truth: async () => (await control('GET', 'state')) as Truth,
    edit: async (order) => void (await control('POST', 'edit', order)),
    behave: async (scim) => void (await control('POST', 'scim', scim)),
    scim: async (method, path, body) => {
      const headers = {
        authorization: `Bearer ${running.scimToken}`,
        'content-type': 'application/scim+json',
      };
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const text = await (await fetch(running.scimUrl + path, { method, headers, ...init })).text();
      return text === '' ? null : JSON.parse(text);
    },
    join: async (email) => void (await control('POST', 'join', { email })),
  };
};

/** Waits for the failure of a call and gives it. */
export const failureOf = async (asked: Promise<unknown>): Promise<unknown> => {
  try {
    await asked;
  } catch (error) {
    return error;
  }
  throw new Error('The call succeeded.');
};

/** Collects an async iterable. */
export const collect = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
};
