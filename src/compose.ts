/**
 * Puts the parts together: memory, Mode and time become the Deps that the directory works with. What reads credentials is
 * here, so that no other folder sees both a secret and its key.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { v7 } from 'uuid';
import type { Config } from './config.ts';
import type { CheckedToken, CredentialCheck } from './directory/connections/credential-check.ts';
import type { Deps, Log } from './directory/deps.ts';
import type { Connection } from './directory/model.ts';
import { createTurns } from './directory/settle/turns.ts';
import type { Store } from './directory/store/store.ts';
import type { Upstream } from './directory/upstream.ts';
import { AppError } from './errors.ts';
import {
  createMode,
  createModeLine,
  type ModeCredentials,
  type ModeLine,
  type ModeUpstream,
  realTiming,
  type Timing,
} from './mode/index.ts';
import { seal, unseal } from './security/secrets.ts';
import { VERSION } from './version.ts';

export type { ModeCredentials } from './mode/index.ts';

/** Encrypts Mode credentials for one connection. */
export const sealCredentials =
  (key: Buffer, { token, secret, scim }: ModeCredentials) =>
  (connectionId: string): string =>
    seal(key, connectionId, JSON.stringify({ token, secret, scim }));

/** Decrypts the Mode credentials of a connection. Throws `unavailable` (UNREADABLE) where the key is another one. */
export const openCredentials = (key: Buffer, { id, sealedCredentials }: Connection): ModeCredentials =>
  JSON.parse(unseal(key, id, sealedCredentials)) as ModeCredentials;

/** A log whose lines name the connection. */
const logOf = (log: Log, { id }: Connection): Log => {
  const at =
    (level: keyof Log): Log[keyof Log] =>
    (event, fields) =>
      log[level](event, { connectionId: id, ...fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

interface KeptLine {
  readonly modeUrl: string;
  readonly line: ModeLine;
  /** By credentials, workspace and way in. Work under way may still hold the credentials before a change. */
  readonly upstreams: Map<string, ModeUpstream>;
}

/** Credentials of a connection that are kept at a time: those that hold and those before them. */
const MOST_UPSTREAMS = 2;

interface Needs {
  readonly store: Store;
  /** Names this process. */
  readonly owner: string;
  readonly timing: Timing;
  /** How long one call to Mode may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Keeps what Mode says to a credential, for every process. The database may be what is down: then each learns by itself. */
const rememberIn =
  (store: Store, log: Log, connection: Connection) =>
  async (token: CheckedToken, check: CredentialCheck): Promise<void> => {
    try {
      await store.connections.markChecked(connection, token, check);
    } catch (error) {
      log.warn('mode.credential.not-remembered', { error });
    }
  };

/** One line per connection and one upstream per credentials, kept so that throttle, circuit and sockets are shared. */
const createUpstreams = (key: Buffer, log: Log, { store, owner, timing, timeoutMs }: Needs) => {
  const kept = new Map<string, KeptLine>();
  const lineOf = (connection: Connection): KeptLine => {
    const { id, modeUrl } = connection;
    const known = kept.get(id);
    if (known?.modeUrl === modeUrl) return known;
    const made = {
      modeUrl,
      line: createModeLine({
        log: logOf(log, connection),
        timing,
        board: { exchange: (said) => store.lines.exchange({ connectionId: id, modeUrl, owner }, said) },
      }),
      upstreams: new Map(),
    };
    kept.set(id, made);
    return made;
  };
  const upstreamOf = (connection: Connection): ModeUpstream => {
    const { line, upstreams } = lineOf(connection);
    const basis = `${connection.sealedCredentials} ${connection.workspace} ${connection.wayIn}`;
    const known = upstreams.get(basis);
    if (known) return known;
    const credentials = openCredentials(key, connection);
    const ownLog = logOf(log, connection);
    const upstream = createMode({
      connection,
      credentials,
      line,
      version: VERSION,
      log: ownLog,
      timing,
      timeoutMs,
      remember: rememberIn(store, ownLog, connection),
    });
    upstreams.set(basis, upstream);
    const [oldest] = upstreams.keys();
    if (upstreams.size > MOST_UPSTREAMS && oldest !== undefined) upstreams.delete(oldest);
    return upstream;
  };
  return (connection: Connection): Upstream => {
    const upstream = upstreamOf(connection);
    upstream.heed(connection.credentialsCheck, connection.scimCheck);
    return upstream;
  };
};

/** Code of the error of whoever asks for a way to Mode without a key. */
export const NO_KEY = 'compose.no-key';

const withoutKey = (): never => {
  throw new AppError('invalid', NO_KEY, 'This command does not talk to Mode.');
};

/** Half of what a UUIDv7 counts within a millisecond. */
const FIRST_SEQUENCE = 2 ** 31;

/** The part of the configuration that the Deps carry. */
export type Waits = Pick<Config, 'MODE_TIMEOUT_MS' | 'MODE_LATE_MS' | 'SETTLE_RETRY_MS'>;

interface Parts<S> {
  readonly store: S;
  readonly log: Log;
  readonly key: Buffer | null;
  readonly waits: Waits;
  readonly timing?: Timing | undefined;
}

/**
 * Ids in the order in which they are made here, and by the time that all processes agree on: a list in order of creation
 * gets no newcomer into its middle because a clock is slow.
 */
const createIds = ({ now }: Timing): (() => string) => {
  let msecs = 0;
  let seq = 0;
  return () => {
    const present = now();
    seq = present > msecs ? randomInt(FIRST_SEQUENCE) : seq + 1;
    msecs = Math.max(msecs, present);
    return v7({ msecs, seq });
  };
};

/** Builds the Deps. Without a key nothing that needs credentials can be done. */
export const composeDeps = <S extends Store>({
  store,
  log,
  key,
  waits,
  timing = realTiming,
}: Parts<S>): Deps & { readonly store: S } => {
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`;
  const needs = { store, owner, timing, timeoutMs: waits.MODE_TIMEOUT_MS };
  return {
    store,
    upstreamOf: key === null ? withoutKey : createUpstreams(key, log, needs),
    firstWaitMs: waits.SETTLE_RETRY_MS,
    lateMs: waits.MODE_LATE_MS,
    now: () => new Date(timing.now()),
    newId: createIds(timing),
    owner,
    turns: createTurns(),
    log,
  };
};

/** The unguessable part of a webhook address: 192 bits. */
export const newWebhookSecret = (): string => randomBytes(24).toString('base64url');
