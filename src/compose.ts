/**
 * Puts the parts together: memory, Mode and time become the Deps that the directory works with. What reads credentials is
 * here, so that no other folder sees both a secret and its key.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { v7 } from 'uuid';
import type { Deps, Log } from './directory/deps.ts';
import type { Connection } from './directory/model.ts';
import type { Store } from './directory/store.ts';
import type { Upstream } from './directory/upstream.ts';
import { AppError } from './errors.ts';
import { createMode } from './mode/index.ts';
import { seal, unseal } from './security/secrets.ts';
import { VERSION } from './version.ts';

export interface ModeCredentials {
  readonly token: string;
  readonly secret: string;
}

/** Encrypts Mode credentials for one connection. */
export const sealCredentials =
  (key: Buffer, { token, secret }: ModeCredentials) =>
  (connectionId: string): string =>
    seal(key, connectionId, JSON.stringify({ token, secret }));

/** One upstream per connection and credentials, kept so that its throttle and sockets are shared. */
const upstreams = (key: Buffer, log: Log) => {
  const kept = new Map<string, { readonly basis: string; readonly upstream: Upstream }>();
  return (connection: Connection): Upstream => {
    const basis = `${connection.sealedCredentials} ${connection.modeUrl} ${connection.workspace}`;
    const known = kept.get(connection.id);
    if (known?.basis === basis) return known.upstream;
    const credentials = JSON.parse(
      unseal(key, connection.id, connection.sealedCredentials),
    ) as ModeCredentials;
    const upstream = createMode({
      connection,
      credentials,
      version: VERSION,
      log: (event, fields) => log.debug(event, fields),
    });
    kept.set(connection.id, { basis, upstream });
    return upstream;
  };
};

const withoutKey = (): never => {
  throw new AppError('invalid', 'compose.no-key', 'This command does not talk to Mode.');
};

/** Builds the Deps. Without a key nothing that needs credentials can be done. */
export const composeDeps = <S extends Store>(
  store: S,
  log: Log,
  key: Buffer | null,
): Deps & { readonly store: S } => ({
  store,
  upstreamOf: key === null ? withoutKey : upstreams(key, log),
  now: () => new Date(),
  newId: () => v7(),
  owner: `${hostname()}/${process.pid}/${randomUUID()}`,
  log,
});

/** The unguessable part of a webhook address: 192 bits. */
export const newWebhookSecret = (): string => randomBytes(24).toString('base64url');
