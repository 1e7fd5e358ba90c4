/**
 * Starts emulators on free ports for the tests of this folder, calls them, and closes them after each test.
 */
import { type EmulatorOptions, type RunningEmulator, startEmulator } from '../../../src/emulator/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read answers whose shape is what they test.
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json;
}

export interface Mode extends RunningEmulator {
  call(method: string, path: string, body?: unknown, auth?: string | null): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Writes an HTTP Basic header. */
export const basic = (token: string, secret: string): string =>
  `Basic ${Buffer.from(`${token}:${secret}`).toString('base64')}`;

const parse = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Calls an address and reads the answer, whatever it is. */
export const send = async (url: string, init: RequestInit): Promise<Answer> => {
  const response = await fetch(url, init);
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    headers: response.headers,
    text,
    body: parse(text),
  };
};

const open = new Set<RunningEmulator>();

/** Starts an emulator that `closeAll` will end. */
export const startMode = async (options: EmulatorOptions = {}): Promise<Mode> => {
  const running = await startEmulator({ port: 0, ...options });
  open.add(running);
  const own = basic(running.token, running.secret);
  const call: Mode['call'] = (method, path, body, auth = own) =>
    send(running.url + path, {
      method,
      headers: {
        ...(auth === null ? {} : { authorization: auth }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        accept: 'application/hal+json',
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return {
    ...running,
    call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    control: (method, path, body) => call(method, `/_control${path}`, body, null),
  };
};

/** Ends every emulator that is still running. */
export const closeAll = async (): Promise<void> => {
  await Promise.all([...open].map((running) => running.close()));
  open.clear();
};

/** The body that invites somebody. */
export const inviting = (email: string) => ({ invite: { invitee: { email }, message: 'Welcome!' } });

/** Finds a row of the control call `state` by e-mail. */
export const memberOf = async (mode: Mode, email: string): Promise<Json> =>
  (await mode.control('GET', '/state')).body.members.find((one: Json) => one.email === email);

/** Gives the members in a state, as the control call `state` shows them. */
export const membersIn = async (mode: Mode, state: string): Promise<Json[]> =>
  (await mode.control('GET', '/state')).body.members.filter((one: Json) => one.state === state);
