/** Starts and stops the server. The order of starting is the order of this file; stopping is the same list backwards. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createApp } from './app.ts';
import { createClosing } from './closing.ts';
import type { Config } from './config.ts';
import { troubledConnections } from './directory/connections/connections.ts';
import { credentialWarnings } from './directory/connections/credential-age.ts';
import { groupsWarnings } from './directory/connections/hidden-groups.ts';
import type { Deps } from './directory/deps.ts';
import { createSightings } from './directory/sightings.ts';
import { AppError } from './errors.ts';
import type { ReadyButTroubled } from './health.ts';
import { startAccessSyncJob } from './jobs/access-sync.ts';
import { startCredentialWatch } from './jobs/credential-watch.ts';
import { type DocumentsJob, startDocumentsJob } from './jobs/documents.ts';
import { startSettleJob } from './jobs/settle.ts';
import { startSightingsJob } from './jobs/sightings.ts';
import { startSyncJob } from './jobs/sync.ts';
import { scimErrorBody } from './scim/errors.ts';
import { userDocuments } from './scim/user-documents.ts';
import { SCIM_PATH } from './scim/wire.ts';
import type { OpenStore } from './store/index.ts';

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** How it is seen from outside: PUBLIC_URL, else the address it listens on. */
  readonly publicUrl: string;
  /** Finishes requests and jobs that run, takes no new ones. Does not close the store. */
  stop(): Promise<void>;
}

type ServerConfig = Pick<
  Config,
  | 'HOST'
  | 'PORT'
  | 'PUBLIC_URL'
  | 'BODY_LIMIT_BYTES'
  | 'SYNC_INTERVAL_SECONDS'
  | 'ACCESS_SYNC_INTERVAL_SECONDS'
  | 'CHANGES_INTERVAL_SECONDS'
  | 'SETTLE_INTERVAL_MS'
  | 'REQUEST_PATIENCE_MS'
>;

const listen = (server: Server, { HOST, PORT }: ServerConfig): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE'
          ? `port ${PORT} is in use; choose another with PORT or --port`
          : cause.code;
      reject(
        new AppError('unavailable', 'main.cannot-listen', `Cannot listen on ${HOST}: ${reason}.`, { cause }),
      );
    });
    server.listen(PORT, HOST, () => resolve((server.address() as AddressInfo).port));
  });

const hostInUrl = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
};

/** What Node's parser says; `rawPacket` is the last piece that arrived. */
interface MalformedRequest extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

/** What Node cannot read as a request reaches no router; it is still answered in words, and in JSON. */
const answerMalformed = (error: MalformedRequest, socket: Duplex): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const status = tooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const detail = tooLong
    ? 'The address and headers together are longer than 32 kB; use POST /.search for a long filter.'
    : 'This is no HTTP request.';
  const body = JSON.stringify(scimErrorBody(Number(status.slice(0, 3)), detail));
  // "The server MUST NOT send content in the response" to HEAD (RFC 9110 §9.3.2).
  const isHead = error.rawPacket?.subarray(0, 5).toString('latin1') === 'HEAD ';
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/scim+json\r\nCache-Control: no-store\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  socket.end(isHead ? head : head + body);
};

/** Everything that works without a request behind it; stopped in the order of who asks whom for work. */
const startJobs = (deps: Deps, config: ServerConfig) => {
  const watching = startCredentialWatch(deps);
  const settling = startSettleJob(deps, config.SETTLE_INTERVAL_MS);
  const access = startAccessSyncJob(deps, config.ACCESS_SYNC_INTERVAL_SECONDS * 1000);
  const syncing = startSyncJob(deps, {
    fullEveryMs: config.SYNC_INTERVAL_SECONDS * 1000,
    changesEveryMs: config.CHANGES_INTERVAL_SECONDS * 1000,
    afterSync: () => {
      settling.wake();
      void access.look();
    },
  });
  const sightings = createSightings(deps);
  const writing = startSightingsJob(sightings, deps.log);
  return {
    sightings,
    refreshMembers: syncing.refreshMembers,
    stop: async () => {
      await watching.stop();
      await syncing.stop();
      await access.stop();
      await settling.stop();
      await writing.stop();
    },
  };
};

/** Serves until `stop` is called. The database must have been migrated. */
export const startServer = async (
  deps: Deps & { readonly store: OpenStore },
  config: ServerConfig,
): Promise<RunningServer> => {
  const jobs = startJobs(deps, config);
  let publicUrl = config.PUBLIC_URL ?? '';
  let documents: DocumentsJob | undefined;
  const app = createApp(deps, {
    sightings: jobs.sightings,
    publicUrl: () => publicUrl,
    documentFormat: () => documents?.format(),
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    patienceMs: config.REQUEST_PATIENCE_MS,
    refreshMembers: jobs.refreshMembers,
    readiness: () => readinessOf(deps),
  });
  // Longer than load balancers keep a connection, so that none is closed under a request that is on its way.
  const server = createServer(
    { keepAliveTimeout: 75_000, requestTimeout: 60_000, maxHeaderSize: 32_768 },
    app,
  );
  server.on('clientError', answerMalformed);
  const stopListening = createClosing(server);
  const port = await listen(server, config).catch(async (error: unknown) => {
    await jobs.stop();
    throw error;
  });
  const url = `http://${hostInUrl(config.HOST)}:${port}`;
  publicUrl ||= url;
  // Not earlier: what is written down holds the address.
  const writing = startDocumentsJob(deps, userDocuments(publicUrl + SCIM_PATH));
  documents = writing;
  return {
    url,
    publicUrl,
    stop: async () => {
      await stopListening();
      await jobs.stop();
      await writing.stop();
    },
  };
};

const readinessOf = async (deps: Deps & { readonly store: OpenStore }): Promise<ReadyButTroubled> => {
  await deps.store.ping();
  const pending = await deps.store.pendingMigrations();
  if (pending.length > 0) {
    const message = `The database lacks migrations: ${pending.join(', ')}. Run mode-scim-bridge migrate.`;
    throw new AppError('unavailable', 'main.not-migrated', message);
  }
  // A refused token is trouble, and said there.
  const aging = (await credentialWarnings(deps)).filter(({ level }) => level !== 'refused');
  return {
    connections: await troubledConnections(deps),
    warnings: [...aging, ...(await groupsWarnings(deps))],
  };
};
