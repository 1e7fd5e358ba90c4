/** Connections: one Mode workspace each, with credentials that were seen to work before they were kept. */
import { AppError } from '../../errors.ts';
import { type Deps, isoNow } from '../deps.ts';
import type { Connection, Protected, Reconcile, WayIn } from '../model.ts';
import type { Trouble } from '../upstream.ts';

export interface ConnectionWish {
  readonly name: string;
  readonly workspace: string;
  readonly modeUrl: string;
  readonly wayIn: WayIn;
  readonly strict: boolean;
  /** What happens to manual changes in Mode; `adopt` unless said. */
  readonly reconcile?: Reconcile;
  /** Until when the API token holds: an instant, or `never`; not said: Mode's default is assumed. */
  readonly credentialsExpire?: string | null;
}

/** Encrypts credentials for the connection with that id. */
export type SealFor = (connectionId: string) => string;

/** How long Mode may take to answer a check, in milliseconds. */
export const CHECK_PATIENCE_MS = 15_000;

const checkName = (name: string): void => {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return;
  throw new AppError(
    'invalid',
    'directory.connections.bad-name',
    'A connection is named with lower-case letters, digits and hyphens, 63 at most, such as "acme".',
  );
};

const checkExpiry = (deps: Deps, expires: string | null = null): void => {
  if (
    expires === null ||
    expires === 'never' ||
    expires === 'unknown' ||
    Date.parse(expires) > deps.now().getTime()
  )
    return;
  throw new AppError(
    'invalid',
    'directory.connections.expired',
    `A token that expired on ${expires.slice(0, 10)} is of no use; say when this one does.`,
  );
};

const checkWorkspace = async (deps: Deps, connection: Connection): Promise<void> => {
  const deadline = deps.now().getTime() + CHECK_PATIENCE_MS;
  const { workspace } = await deps.upstreamOf(connection).verify({ deadline, priority: 'request' });
  // SCIM does not tell: there the token decides the workspace.
  if (workspace === null || workspace === connection.workspace) return;
  throw new AppError(
    'invalid',
    'directory.connections.other-workspace',
    `These credentials belong to the Mode workspace "${workspace}", not to "${connection.workspace}".`,
  );
};

/**
 * Adds a connection. Its credentials are tried first (1 Mode call). Throws `invalid` for a bad name or another workspace,
 * `conflict` for a name that is taken, or what Mode says to the credentials.
 */
export const addConnection = async (
  deps: Deps,
  wish: ConnectionWish,
  sealFor: SealFor,
  webhookSecret: string,
): Promise<Connection> => {
  checkName(wish.name);
  checkExpiry(deps, wish.credentialsExpire);
  const id = deps.newId();
  const connection: Connection = {
    id,
    reconcile: 'adopt',
    protected: { people: [], groups: [] },
    credentialsExpire: null,
    ...wish,
    sealedCredentials: sealFor(id),
    webhookSecret,
    createdAt: isoNow(deps),
    syncedAt: null,
    groupsSyncedAt: null,
    groupsHiddenSince: null,
    accessSyncedAt: null,
    credentialsSetAt: isoNow(deps),
    credentialsCheck: null,
    scimCheck: null,
    hookReceivedAt: null,
  };
  await checkWorkspace(deps, connection);
  await deps.store.connections.insert(connection);
  return connection;
};

/** The connection with that name or id. Throws `notFound` naming those that exist. */
export const findConnection = async (deps: Deps, nameOrId: string): Promise<Connection> => {
  const connections = await deps.store.connections.list();
  const found = connections.find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found) return found;
  const names = connections.map(({ name }) => name).join(', ') || 'none';
  throw new AppError(
    'notFound',
    'directory.connections.unknown',
    `There is no connection "${nameOrId}". Connections: ${names}.`,
  );
};

/** A connection whose Mode is not called at the moment. */
export interface TroubledConnection extends Trouble {
  readonly connectionId: string;
  readonly name: string;
}

/** One connection whose credentials cannot be read is its own trouble, and none of the others'. */
const troubleOf = (deps: Deps, connection: Connection): Trouble | null => {
  try {
    return deps.upstreamOf(connection).trouble;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { code: error.code, message: error.message, since: connection.createdAt };
  }
};

/** The connections whose Mode this process does not call, and why (no Mode call). */
export const troubledConnections = async (deps: Deps): Promise<readonly TroubledConnection[]> =>
  (await deps.store.connections.list()).flatMap((connection) => {
    const trouble = troubleOf(deps, connection);
    const { id: connectionId, name } = connection;
    return trouble === null ? [] : [{ connectionId, name, ...trouble }];
  });

/**
 * Asks Mode about a credential that it refused (1 call), for whoever asks by hand and need not wait for the next check.
 * Throws `unauthorized` where Mode still refuses it.
 */
export const retryRefused = async (deps: Deps, connection: Connection): Promise<void> => {
  const { credentialsCheck, scimCheck } = connection;
  if (!credentialsCheck?.refusedSince && !scimCheck?.refusedSince) return;
  const deadline = deps.now().getTime() + CHECK_PATIENCE_MS;
  await deps.upstreamOf(connection).verify({ deadline, priority: 'request' });
};

/** What can be changed about a connection without new credentials. */
export interface ConnectionSettings {
  readonly strict?: boolean;
  readonly reconcile?: Reconcile;
  readonly protected?: Protected;
  readonly credentialsExpire?: string;
}

/** Changes settings of a connection; running processes take them up with the next request or sync. */
export const setConnection = async (
  deps: Deps,
  connection: Connection,
  settings: ConnectionSettings,
): Promise<Connection> => {
  checkExpiry(deps, settings.credentialsExpire);
  const changed = { ...connection, ...settings };
  await deps.store.connections.update(changed);
  return changed;
};

/** What is said of new credentials beside themselves. */
export interface Renewal {
  /** As ConnectionWish's. */
  readonly expires?: string | null;
  /** Since when the API token is the bridge's; now, unless it is the one from before. */
  readonly setAt?: string;
  /** By them Mode names people and groups otherwise than before: all that was read from it is forgotten. */
  readonly isOtherNaming?: boolean;
}

/**
 * Gives a connection new Mode credentials. They are tried first (1 Mode call). Throws `invalid` where they belong to another
 * workspace, `unauthorized` where Mode refuses them. Running processes take them up with the next call.
 */
export const renewCredentials = async (
  deps: Deps,
  connection: Connection,
  sealFor: SealFor,
  { expires = null, setAt, isOtherNaming = false }: Renewal = {},
): Promise<Connection> => {
  checkExpiry(deps, expires);
  const renewed: Connection = {
    ...connection,
    sealedCredentials: sealFor(connection.id),
    credentialsSetAt: setAt ?? isoNow(deps),
    credentialsExpire: expires,
    credentialsCheck: null,
    scimCheck: null,
  };
  await checkWorkspace(deps, renewed);
  await deps.store.transaction(async (store) => {
    await store.connections.update(renewed);
    if (isOtherNaming) await store.mode.forgetAll(connection.id);
  });
  return renewed;
};
