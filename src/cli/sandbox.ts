/** `sandbox`: everything on one machine: the bridge, an emulated Mode workspace, one connection, first sync done. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { timingOn } from '../agreed-time.ts';
import { composeDeps } from '../compose.ts';
import { readConfig } from '../config.ts';
import type { Deps } from '../directory/deps.ts';
import { accessSync } from '../directory/sync/access.ts';
import { syncChanges } from '../directory/sync/changes.ts';
import { fullSync, type SyncReport, unhurried } from '../directory/sync/sync.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { type RunningServer, startServer } from '../main.ts';
import { SCIM_PATH } from '../scim/wire.ts';
import { migrateStore, openStore } from '../store/index.ts';
import { issueAdminToken } from './admin-token.ts';
import { openEmulator, wholeNumber } from './mode.ts';
import { print, printJson } from './output.ts';
import { ensureConnection, ensureScimToken, SANDBOX_KEY } from './sandbox-connection.ts';
import { readKept, type SandboxSecrets, writeKept } from './sandbox-secrets.ts';
import { untilStopped } from './signals.ts';

interface SandboxOptions {
  readonly port: number;
  readonly modePort: number;
  readonly data: string;
  readonly fresh?: boolean;
  readonly people?: number;
  readonly groups?: number;
  readonly scimToken?: string;
  readonly adminToken?: string;
  readonly database?: string;
  readonly modeUrl?: string;
  readonly modeToken?: string;
  readonly modeSecret?: string;
  readonly modeScim?: boolean;
  readonly modeScimToken?: string;
  readonly json?: boolean;
}

/** A Mode to talk to: an emulator of our own, or one that runs already. */
interface ModeTarget {
  readonly url: string;
  /** Of its own SCIM endpoint, where people are to get in through it. */
  readonly scimUrl: string | undefined;
  close(): Promise<void>;
}

/** How long the first sync may take, in milliseconds. */
const FIRST_SYNC_MS = 30 * 60_000;

const openMode = async (
  options: SandboxOptions,
  secrets: SandboxSecrets,
  deps: Deps,
): Promise<ModeTarget> => {
  const scimOf = (url: string) => (options.modeScim ? `${url}/scim/v2` : undefined);
  if (options.modeUrl !== undefined) {
    const url = options.modeUrl.replace(/\/+$/, '');
    return { url, scimUrl: scimOf(url), close: () => Promise.resolve() };
  }
  const { url, close } = await openEmulator({
    scim: { enabled: options.modeScim === true },
    scimToken: secrets.modeScimToken,
    port: options.modePort,
    dataDir: join(options.data, 'mode'),
    token: secrets.modeToken,
    secret: secrets.modeSecret,
    people: options.people,
    groups: options.groups,
    log: (event, fields) => deps.log.debug(event, fields),
  });
  return { url, scimUrl: scimOf(url), close };
};

/** Sets the bridge up as a webhook in the emulated Mode, as an admin does in Mode's settings. */
const setUpWebhook = async (modeUrl: string, hookUrl: string): Promise<void> => {
  const body = JSON.stringify({ url: hookUrl });
  const headers = { 'content-type': 'application/json' };
  await fetch(`${modeUrl}/_control/webhooks`, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(5_000),
  });
};

const removeData = (options: SandboxOptions): void => {
  if (!options.fresh) return;
  for (const name of ['bridge.db', 'bridge.db-wal', 'bridge.db-shm', 'sandbox.json', 'mode']) {
    rmSync(join(options.data, name), { recursive: true, force: true });
  }
};

const announce = (
  server: RunningServer,
  mode: ModeTarget,
  secrets: SandboxSecrets,
  report: SyncReport,
): void => {
  const base = `${server.publicUrl}${SCIM_PATH}`;
  const user =
    '{"userName":"ada@example.com","name":{"givenName":"Ada","familyName":"Lovelace"},"emails":[{"value":"ada@example.com","primary":true}]}';
  print('');
  print(
    `Ready. The emulated Mode holds ${report.members} people and ${report.groups} groups; all are in SCIM now.`,
  );
  print('');
  print(`  SCIM base URL  ${base}`);
  print(`  SCIM token     ${secrets.scimToken}`);
  print(`  admin token    ${secrets.adminToken}`);
  print(`  dashboard      ${server.publicUrl}/`);
  print(`  emulated Mode  ${mode.url}  (token ${secrets.modeToken}, secret ${secrets.modeSecret})`);
  if (mode.scimUrl) print(`  Mode's SCIM    ${mode.scimUrl}  (token ${secrets.modeScimToken})`);
  print('');
  print('Create a person; she is invited to Mode:');
  print('');
  print(
    `  curl -H 'Authorization: Bearer ${secrets.scimToken}' -H 'Content-Type: application/scim+json' -d '${user}' ${base}/Users`,
  );
  print('');
  print('What the emulated Mode truly holds:');
  print('');
  print(`  curl ${mode.url}/_control/state`);
  print('');
};

/** Runs `work`, then closes what was opened, last first, whatever happened. */
const withClosers = async (
  work: (onClose: (close: () => Promise<void>) => void) => Promise<void>,
): Promise<void> => {
  const closers: (() => Promise<void>)[] = [];
  try {
    await work((close) => closers.unshift(close));
  } finally {
    for (const close of closers) await close();
  }
};

const readyLine = (
  server: RunningServer,
  mode: ModeTarget,
  secrets: SandboxSecrets,
  connectionId: string,
) => ({
  ready: true,
  scimBaseUrl: server.publicUrl + SCIM_PATH,
  scimToken: secrets.scimToken,
  adminToken: secrets.adminToken,
  dashboardUrl: `${server.publicUrl}/`,
  modeUrl: mode.url,
  modeToken: secrets.modeToken,
  modeSecret: secrets.modeSecret,
  ...(mode.scimUrl === undefined ? {} : { modeScimUrl: mode.scimUrl, modeScimToken: secrets.modeScimToken }),
  connectionId,
});

/** The Mode side: an emulator, a connection to it whose token works, and everything in it known here. */
const connect = async (
  deps: Deps,
  options: SandboxOptions,
  onClose: (close: () => Promise<void>) => void,
) => {
  const secrets = readKept(options.data, options);
  const mode = await openMode(options, secrets, deps);
  onClose(mode.close);
  const connection = await ensureConnection(deps, mode, secrets);
  await ensureScimToken(deps, connection, secrets.scimToken);
  await issueAdminToken(deps, secrets.adminToken);
  writeKept(options.data, secrets);
  const call = { connection, deadline: deps.now().getTime() + FIRST_SYNC_MS };
  const { found: report } = await fullSync(deps, call);
  // At once, so that no call of the background stands between those that somebody counts.
  if (connection.accessSyncedAt === null) await accessSync(deps, call);
  await syncChanges(deps, unhurried(call));
  return { secrets, mode, connection, report };
};

const sandbox = (options: SandboxOptions): Promise<void> =>
  withClosers(async (onClose) => {
    const { LOG_LEVEL, ...config } = readConfig();
    const log = createLog({ level: LOG_LEVEL, format: options.json ? 'json' : 'text' });
    removeData(options);
    const databaseUrl = options.database ?? `sqlite:${join(options.data, 'bridge.db')}`;
    await migrateStore(databaseUrl);
    const store = await openStore({ url: databaseUrl });
    onClose(store.close);
    const { timing, stop } = await timingOn(store, log);
    onClose(async () => stop());
    const deps = composeDeps({ store, log, key: SANDBOX_KEY, waits: config, timing });
    const { secrets, mode, connection, report } = await connect(deps, options, onClose);
    const address = { HOST: '127.0.0.1', PORT: options.port };
    const server = await startServer(deps, { ...config, ...address });
    onClose(server.stop);
    await setUpWebhook(mode.url, `${server.url}/hooks/mode/${connection.webhookSecret}`).catch(
      (error: unknown) => {
        log.warn('sandbox.no-webhook', { error });
      },
    );
    if (options.json) printJson(readyLine(server, mode, secrets, connection.id));
    else announce(server, mode, secrets, report);
    await untilStopped();
  });

const checkUsage = async (options: SandboxOptions): Promise<void> => {
  const given = [options.modeUrl, options.modeToken, options.modeSecret].filter(
    (value) => value !== undefined,
  );
  if (options.modeUrl !== undefined && given.length < 3) {
    const message = 'An emulator that runs already needs all three: --mode-url, --mode-token, --mode-secret.';
    throw new AppError('invalid', 'cli.sandbox.usage', message);
  }
  await sandbox(options);
};

export const addSandbox = (program: Command): void => {
  program
    .command('sandbox')
    .description('Run everything on this machine: the bridge, an emulated Mode workspace, one connection.')
    .option('--port <port>', 'port of the bridge; 0 takes a free one', wholeNumber, 8080)
    .option('--mode-port <port>', 'port of the emulated Mode', wholeNumber, 8081)
    .option('--data <dir>', 'where both keep their state', './data/sandbox')
    .option('--fresh', 'begin anew: removes what earlier sandboxes left in that folder')
    .option('--people <n>', 'people in a new workspace', wholeNumber)
    .option('--groups <n>', 'groups in a new workspace', wholeNumber)
    .option('--scim-token <token>', 'SCIM token to accept, 16 characters or more')
    .option('--admin-token <token>', 'admin token to accept, 16 characters or more')
    .option('--database <url>', 'database of the bridge instead of SQLite in the data folder')
    .option('--mode-url <url>', 'emulated Mode that runs already')
    .option('--mode-token <token>', 'its API token')
    .option('--mode-secret <secret>', 'its secret')
    .option('--mode-scim', "people get in through the emulated Mode's own SCIM endpoint")
    .option('--mode-scim-token <token>', 'token of that endpoint')
    .option('--json', 'print one line of JSON when ready; the log goes to standard error')
    .action(checkUsage);
};
