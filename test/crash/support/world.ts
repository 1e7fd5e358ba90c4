/**
 * What a crash run works on: an emulated Mode in a process of its own, a gate before it, a database, and one bridge process
 * on SQLite or two on PostgreSQL. Everything is started as its user starts it; only the first set-up goes by the code.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { composeDeps, newWebhookSecret, sealCredentials } from '../../../src/compose.ts';
import { configSchema } from '../../../src/config.ts';
import { addConnection } from '../../../src/directory/connections/connections.ts';
import type { Deps } from '../../../src/directory/deps.ts';
import type { Connection } from '../../../src/directory/model.ts';
import { fullSync } from '../../../src/directory/sync/sync.ts';
import { issueToken } from '../../../src/security/tokens.ts';
import { migrateStore, type OpenStore, openStore } from '../../../src/store/index.ts';
import type { TestPostgres } from '../../support/postgres.ts';
import { type Gate, openGate } from './gate.ts';
import type { History } from './history.ts';
import { createSubject, type Subject, steadyPort } from './process.ts';

export type Engine = 'sqlite' | 'postgres';

export interface WorldOptions {
  readonly engine: Engine;
  /** Where PostgreSQL is, when it is that. */
  readonly postgres?: TestPostgres | undefined;
  /** What runs this program: `node --import tsx src/cli.ts`, or something built. */
  readonly program: readonly string[];
  /** Everything is kept there: data, logs, history. */
  readonly folder: string;
  readonly people: number;
  readonly groups: number;
  readonly history: History;
}

export interface Bridge extends Subject {
  readonly url: string;
}

export interface World {
  readonly bridges: readonly Bridge[];
  readonly mode: Subject;
  readonly gate: Gate;
  readonly deps: Deps & { readonly store: OpenStore };
  readonly connection: Connection;
  readonly token: string;
  /** A control call of the emulated Mode, past the gate. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  control(method: string, path: string, body?: object): Promise<{ status: number; body: any }>;
  stop(): Promise<void>;
}

/** A request waits so long for Mode, and one call to Mode takes so long at most: short, to see more in less time. */
const PATIENCE_MS = 6_000;
const MODE_TIMEOUT_MS = 3_000;
/** Nothing takes effect later than that here: longer than the longest delay that crowd.ts orders. */
const MODE_LATE_MS = 2_000;
const LATER_MS = 60_000;

const MODE_TOKEN = 'c0ffee00c0ff';
const MODE_SECRET = 'secret-of-the-crash-run';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const startMode = async (options: WorldOptions): Promise<{ mode: Subject; url: string }> => {
  const port = await steadyPort();
  const { folder, people, groups, program, history } = options;
  const args = ['mode', '--port', String(port), '--data', join(folder, 'mode'), '--json'];
  const sizes = ['--people', String(people), '--groups', String(groups)];
  const mode = createSubject(
    {
      name: 'mode',
      program,
      args: [...args, ...sizes, '--token', MODE_TOKEN, '--secret', MODE_SECRET],
      env: {},
      logFile: join(folder, 'mode.log'),
      isReady: (line) => line.startsWith('{"ready":true'),
    },
    history,
  );
  await mode.start();
  return { mode, url: `http://127.0.0.1:${port}` };
};

const controlOf =
  (modeUrl: string): World['control'] =>
  async (method, path, body) => {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${modeUrl}/_control${path}`, { method, headers, ...sent });
    return { status: response.status, body: await response.json() };
  };

/** What a bridge must never log, whatever is killed around it; 503 is an answer. */
const isBug = (line: string): boolean =>
  line.includes('settle.bug') || (line.includes('"level":"error"') && !line.includes('"status":503'));

interface BridgePlan {
  readonly name: string;
  readonly databaseUrl: string;
  readonly key: Buffer;
}

const makeBridge = async (options: WorldOptions, plan: BridgePlan): Promise<Bridge> => {
  const { folder, program, history } = options;
  const { name, databaseUrl, key } = plan;
  const port = await steadyPort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: 'http://bridge.example',
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: key.toString('hex'),
    LOG_LEVEL: 'debug',
    LOG_FORMAT: 'json',
    SYNC_INTERVAL_SECONDS: '3',
    SETTLE_INTERVAL_MS: '100',
    SETTLE_RETRY_MS: '200',
    MODE_TIMEOUT_MS: String(MODE_TIMEOUT_MS),
    MODE_LATE_MS: String(MODE_LATE_MS),
    REQUEST_PATIENCE_MS: String(PATIENCE_MS),
  };
  const subject = createSubject(
    {
      name,
      program,
      args: ['serve'],
      env,
      logFile: join(folder, `${name}.log`),
      isReady: (line) => line.includes('serve.ready'),
      onLine: (line) => {
        if (isBug(line)) history.problem(`${name} logs: ${line}`, []);
      },
    },
    history,
  );
  return { ...subject, url };
};

interface Ground {
  readonly deps: World['deps'];
  readonly connection: Connection;
  readonly token: string;
}

/** Database, connection, token, and the first sync. */
const prepare = async (databaseUrl: string, key: Buffer, modeUrl: string): Promise<Ground> => {
  await migrateStore(databaseUrl);
  const store = await openStore({ url: databaseUrl, poolSize: 2 });
  const waits = configSchema.parse({ MODE_TIMEOUT_MS, MODE_LATE_MS, SETTLE_RETRY_MS: 200 });
  const deps = composeDeps({ store, log: silent, key, waits });
  const wish = { name: 'crash', workspace: 'acme', modeUrl, wayIn: 'invite', strict: false } as const;
  const seal = sealCredentials(key, { token: MODE_TOKEN, secret: MODE_SECRET });
  const added = await addConnection(deps, wish, seal, newWebhookSecret());
  await store.connections.update({ ...added, reconcile: 'enforce' });
  const connection = (await store.connections.find(added.id)) ?? added;
  const kind = { kind: 'scim', connectionId: added.id, label: 'crash', expiresAt: null } as const;
  const { token } = await issueToken(deps, kind);
  await fullSync(deps, { connection, deadline: Date.now() + LATER_MS });
  return { deps, connection, token };
};

/** Starts everything. */
export const startWorld = async (options: WorldOptions): Promise<World> => {
  const { engine, folder, postgres, history } = options;
  mkdirSync(folder, { recursive: true });
  const { mode, url: modeUrl } = await startMode(options);
  const gate = await openGate(modeUrl, history);
  const databaseUrl = postgres ? await postgres.createDatabase() : `sqlite:${join(folder, 'bridge.db')}`;
  const key = randomBytes(32);
  const ground = await prepare(databaseUrl, key, gate.url);
  const names = engine === 'postgres' ? ['bridge-1', 'bridge-2'] : ['bridge-1'];
  const bridges = await Promise.all(names.map((name) => makeBridge(options, { name, databaseUrl, key })));
  await Promise.all(bridges.map((bridge) => bridge.start()));
  const control = controlOf(modeUrl);
  for (const { url } of bridges)
    await control('POST', '/webhooks', { url: `${url}/hooks/mode/${ground.connection.webhookSecret}` });
  return {
    ...ground,
    bridges,
    mode,
    gate,
    control,
    stop: async () => {
      await Promise.all(bridges.filter((bridge) => bridge.pid()).map((bridge) => bridge.kill()));
      await ground.deps.store.close();
      gate.close();
      if (mode.pid()) await mode.kill();
    },
  };
};
