/**
 * The emulated Mode as an Express app, alone or listening: the door of this folder.
 * REST, and Mode's own SCIM where it is chosen; each handler carries the label of the fact that it follows (mode-api.md).
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { type ApiContext, createApi } from './api.ts';
import { auditChanges } from './audit/log.ts';
import { createControl } from './control.ts';
import { createCallCount, createFaults } from './faults.ts';
import { emptyFolder, type Journal, openJournal, readKept } from './journal.ts';
import type { Change } from './model.ts';
import { type EmulatorOptions, resolveSettings, type Settings } from './options.ts';
import { createScim } from './scim/endpoint.ts';
import { SCIM_PATH } from './scim/routes.ts';
import { seedChanges } from './seed.ts';
import { applyChange, dumpState, emptyState, type State } from './state.ts';
import { createWebhooks, memberEvent } from './webhooks.ts';
import type { World } from './world.ts';

export type { EmulatorOptions } from './options.ts';

export interface Emulator {
  readonly app: Express;
  readonly state: State;
  /** Gives up webhooks and delays under way and closes the files. */
  close(): Promise<void>;
}

export interface RunningEmulator {
  readonly url: string;
  readonly port: number;
  readonly workspace: string;
  readonly token: string;
  readonly secret: string;
  /** Where Mode's own SCIM endpoint is, whether switched on or not, and its bearer token. */
  readonly scimUrl: string;
  readonly scimToken: string;
  close(): Promise<void>;
}

/** How long requests under way may go on after `close`. */
const GRACE_MS = 2000;
const SWEEP_MS = 10;

const rebuild = (changes: readonly Change[], slug: string): State => {
  const [first] = changes;
  if (first?.kind !== 'workspace') throw new Error('What was kept does not begin with a workspace.');
  if (first.workspace.slug !== slug) {
    throw new Error(`The folder holds the workspace "${first.workspace.slug}", not "${slug}".`);
  }
  const state = emptyState(first.workspace);
  for (const change of changes) applyChange(state, change);
  return state;
};

const openState = (options: EmulatorOptions, settings: Settings) => {
  const { dataDir } = options;
  if (dataDir !== undefined && options.fresh === true) emptyFolder(dataDir);
  const kept = dataDir === undefined ? undefined : readKept(dataDir);
  const state = rebuild(kept?.changes ?? seedChanges(settings), settings.slug);
  const generation = (kept?.generation ?? 0) + 1;
  const journal = dataDir === undefined ? undefined : openJournal(dataDir, generation, dumpState(state));
  settings.log('emulator.state.ready', { people: state.people.size, kept: kept !== undefined });
  return { state, journal };
};

const committer =
  (state: State, settings: Settings, journal: Journal | undefined): World['commit'] =>
  (changes, actor) => {
    const kept = [...changes, ...auditChanges(state, settings, changes, actor)];
    journal?.append(kept);
    for (const change of kept) applyChange(state, change);
  };

const createApp = (context: ApiContext): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/_control', createControl(context));
  app.use(SCIM_PATH, createScim(context));
  app.use(createApi(context));
  return app;
};

/** An emulator whose delays and webhooks can be cut short while its files stay open. */
interface Parts extends Emulator {
  readonly hurry: () => void;
}

const build = (options: EmulatorOptions, settings: Settings): Parts => {
  const { state, journal } = openState(options, settings);
  const closing = new AbortController();
  const webhooks = createWebhooks(settings.log);
  const world: World = {
    state,
    settings,
    commit: committer(state, settings, journal),
    announce: (event, person) => webhooks.send(state.webhooks, memberEvent(event, state.workspace, person)),
  };
  const urls = [...new Set([...state.webhooks, ...(options.webhooks ?? [])])];
  if (urls.length > state.webhooks.length) world.commit([{ kind: 'webhooks', urls }]);
  const app = createApp({
    world,
    calls: createCallCount(),
    faults: createFaults(),
    closing: closing.signal,
  });
  const hurry = (): void => {
    closing.abort();
    webhooks.close();
  };
  const close = async (): Promise<void> => {
    hurry();
    journal?.close();
  };
  return { app, state, hurry, close };
};

/** Makes an emulator that does not listen: seeded anew, or as its data folder remembers it. */
export const createEmulator = (options: EmulatorOptions = {}): Emulator => {
  const { app, state, close } = build(options, resolveSettings(options));
  return { app, state, close };
};

const listen = (app: Express, port: number, host: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error?: Error) => (error ? reject(error) : resolve(server)));
  });

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    // Connections go idle one by one, as their answers are sent.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    server.close(() => {
      clearTimeout(force);
      clearInterval(sweep);
      resolve();
    });
  });

/** Starts an emulator on a port (0 takes a free one). */
export const startEmulator = async (
  options: EmulatorOptions & { readonly port: number; readonly host?: string | undefined },
): Promise<RunningEmulator> => {
  const settings = resolveSettings(options);
  const emulator = build(options, settings);
  const host = options.host ?? '127.0.0.1';
  const server = await listen(emulator.app, options.port, host).catch(async (error: unknown) => {
    await emulator.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  const { credentials, slug } = settings;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    url,
    port,
    workspace: slug,
    token: credentials[0]?.token ?? '',
    secret: credentials[0]?.secret ?? '',
    scimUrl: url + SCIM_PATH,
    scimToken: settings.scim.token,
    close: async () => {
      emulator.hurry();
      await stop(server);
      await emulator.close();
    },
  };
};
