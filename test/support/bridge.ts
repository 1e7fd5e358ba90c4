/**
 * The whole bridge for a test, in this process: HTTP → app → database → emulated Mode, each real. Only time and ids could
 * be replaced, and are not unless a test asks.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { composeDeps, type ModeCredentials, newWebhookSecret, sealCredentials } from '../../src/compose.ts';
import { configSchema } from '../../src/config.ts';
import { addConnection, renewCredentials } from '../../src/directory/connections/connections.ts';
import type { Deps, Log } from '../../src/directory/deps.ts';
import type { Connection, WayIn } from '../../src/directory/model.ts';
import { fullSync } from '../../src/directory/sync/sync.ts';
import { type EmulatorOptions, type RunningEmulator, startEmulator } from '../../src/emulator/server.ts';
import { type RunningServer, startServer } from '../../src/main.ts';
import type { Timing } from '../../src/mode/index.ts';
import { issueToken } from '../../src/security/tokens.ts';
import { migrateStore, type OpenStore, openStore } from '../../src/store/index.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests; a wrong shape fails the test
  readonly body: any;
}

export interface Bridge {
  readonly deps: Deps;
  readonly server: RunningServer;
  readonly emulator: RunningEmulator;
  readonly connection: Connection;
  readonly token: string;
  /** For commands that work on the same database. */
  readonly environment: Readonly<Record<'DATABASE_URL' | 'ENCRYPTION_KEY', string>>;
  /** What was logged, as lines of JSON. */
  readonly logged: readonly string[];
  /** A SCIM request as the provider sends it. */
  scim(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A call of the emulator's control address. */
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  /** How often Mode was called since the last look, by route. */
  calls(): Promise<{ readonly total: number; readonly byRoute: Readonly<Record<string, number>> }>;
  addConnection(
    name: string,
    options?: { strict?: boolean; wayIn?: WayIn; modeUrl?: string },
  ): Promise<{ connection: Connection; token: string }>;
  /**
   * A second instance on the same database and Mode, as another process would be; it ends with the bridge. `through`: what
   * comes between it and the database, such as something slow. `publicUrl`: another address than that of the first.
   */
  beside(
    through?: (store: OpenStore) => OpenStore,
    publicUrl?: string,
  ): Promise<Pick<Bridge, 'deps' | 'server' | 'scim' | 'logged'>>;
  /** Gives the first connection other Mode credentials. */
  renew(credentials: ModeCredentials): Promise<void>;
  stop(): Promise<void>;
}

export interface BridgeOptions {
  readonly database?: string;
  readonly emulator?: EmulatorOptions;
  readonly strict?: boolean;
  readonly wayIn?: WayIn;
  /** Credentials of the first connection; the API token, and SCIM's beside it where that is the way in. */
  readonly credentials?: (emulator: RunningEmulator) => ModeCredentials | Promise<ModeCredentials>;
  readonly config?: Readonly<Record<string, string>>;
  /** Whether the people and groups of the emulated Mode are read before the test begins; true unless said. */
  readonly sync?: boolean;
  readonly timing?: Timing;
  /** Something between bridge and Mode, such as a gate: is given Mode's address, gives its own. */
  readonly through?: (modeUrl: string) => Promise<string>;
}

const request = async (
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> => {
  const { origin, pathname, search } = new URL(url);
  const asked = supertest(origin)[method.toLowerCase() as 'get'](
    url.slice(origin.length) || pathname + search,
  );
  const sent = body === undefined ? asked.set(headers) : asked.set(headers).send(body as object);
  const answer = await sent.buffer(true);
  return {
    status: answer.status,
    headers: new Headers(answer.headers),
    body: answer.text ? answer.body : undefined,
  };
};

const memoryLog = (lines: string[]): Log => {
  const at = (level: string) => (event: string, fields?: object) => {
    const plain = JSON.stringify({ level, event, ...fields }, (_key, value: unknown) =>
      value instanceof Error ? { message: value.message, stack: value.stack } : value,
    );
    lines.push(plain);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

const KEY = randomBytes(32);
const LATER = 60_000;
/** A request waits longer for Mode than an operator may set, unless a test says: what a busy machine does slowly is no fault. */
const PATIENCE_MS = 60_000;

/** SCIM requests to that server with that token. */
const scimOf =
  (server: RunningServer, token: string): Bridge['scim'] =>
  (method, path, body, headers) =>
    request(`${server.url}/scim/v2${path}`, method, body, {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
      ...headers,
    });

/** All that an emulated Mode takes. */
const allCredentials = ({ token, secret, scimUrl, scimToken }: RunningEmulator): ModeCredentials => ({
  token,
  secret,
  scim: { url: scimUrl, token: scimToken },
});

/** The SCIM token alone. */
export const scimAlone = ({ scimUrl, scimToken }: RunningEmulator): ModeCredentials => ({
  scim: { url: scimUrl, token: scimToken },
});

/** Starts a bridge with an emulated Mode of its own. Stop it in `afterAll`. */
export const startBridge = async (options: BridgeOptions = {}): Promise<Bridge> => {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-'));
  const url = options.database ?? `sqlite:${join(folder, 'bridge.db')}`;
  const logged: string[] = [];
  const emulator = await startEmulator({ port: 0, people: 12, groups: 3, ...options.emulator });
  const credentials = await (options.credentials ?? allCredentials)(emulator);
  const parsed = configSchema.parse({
    SYNC_INTERVAL_SECONDS: '0',
    ACCESS_SYNC_INTERVAL_SECONDS: '0',
    CHANGES_INTERVAL_SECONDS: '0',
    SETTLE_INTERVAL_MS: '100',
    ...options.config,
  });
  const isImpatient = options.config?.['REQUEST_PATIENCE_MS'] !== undefined;
  const config = isImpatient ? parsed : { ...parsed, REQUEST_PATIENCE_MS: PATIENCE_MS };
  await migrateStore(url);
  const store = await openStore({ url });
  const deps = composeDeps({
    store,
    log: memoryLog(logged),
    key: KEY,
    waits: config,
    timing: options.timing,
  });
  const newConnection: Bridge['addConnection'] = async (
    name,
    { strict = false, wayIn = 'invite', modeUrl = emulator.url } = {},
  ) => {
    const wish = { name, workspace: emulator.workspace, modeUrl, wayIn, strict };
    const connection = await addConnection(deps, wish, sealCredentials(KEY, credentials), newWebhookSecret());
    const { token } = await issueToken(deps, {
      kind: 'scim',
      connectionId: connection.id,
      label: name,
      expiresAt: null,
    });
    return { connection, token };
  };
  const modeUrl = (await options.through?.(emulator.url)) ?? emulator.url;
  const first = await newConnection('first', { ...options, modeUrl });
  if (options.sync !== false)
    await fullSync(deps, { connection: first.connection, deadline: Date.now() + LATER });
  const server = await startServer(deps, { ...config, HOST: '127.0.0.1', PORT: 0 });
  const control: Bridge['control'] = (method, path, body) =>
    request(`${emulator.url}/_control${path}`, method, body, { 'content-type': 'application/json' });
  await control('POST', '/webhooks', { url: `${server.url}/hooks/mode/${first.connection.webhookSecret}` });
  await control('DELETE', '/calls');
  const besides: (() => Promise<void>)[] = [];
  return {
    deps,
    server,
    emulator,
    ...first,
    environment: { DATABASE_URL: url, ENCRYPTION_KEY: KEY.toString('base64') },
    logged,
    control,
    scim: scimOf(server, first.token),
    beside: async (between = (opened) => opened, publicUrl = config.PUBLIC_URL) => {
      const lines: string[] = [];
      const otherStore = await openStore({ url });
      const log = memoryLog(lines);
      const other = composeDeps({
        store: between(otherStore),
        log,
        key: KEY,
        waits: config,
        timing: options.timing,
      });
      const at = { HOST: '127.0.0.1', PORT: 0, PUBLIC_URL: publicUrl };
      const otherServer = await startServer(other, { ...config, ...at });
      besides.push(async () => {
        await otherServer.stop();
        await otherStore.close();
      });
      return { deps: other, server: otherServer, scim: scimOf(otherServer, first.token), logged: lines };
    },
    calls: async () => {
      const { body } = await control('GET', '/calls');
      await control('DELETE', '/calls');
      return body as Awaited<ReturnType<Bridge['calls']>>;
    },
    addConnection: newConnection,
    renew: async (renewed) =>
      void (await renewCredentials(deps, first.connection, sealCredentials(KEY, renewed))),
    stop: async () => {
      for (const stop of besides) await stop();
      await server.stop();
      await store.close();
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/**
 * Waits until `holds` gives true, for what happens in the background. Throws after so long that a busy machine is no reason,
 * unless told otherwise.
 */
export const until = async (what: string, holds: () => Promise<boolean>, ms = 30_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};
