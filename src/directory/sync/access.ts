/**
 * Learns what there is to be given in Mode besides groups: its connections and collections (2 calls, one more for each
 * further 30 collections). Apart from the full sync and far rarer: they change seldom, and nothing that is carried out
 * depends on them.
 */
import { AppError } from '../../errors.ts';
import { type Call, type Deps, isoNow } from '../deps.ts';
import type { AssetKind, Connection } from '../model.ts';

/** How many of each were found; null where the credential may not list them. */
export interface AccessReport {
  readonly connections: number | null;
  readonly collections: number | null;
}

/** Okta takes a description of 1,000 characters (idp-clients.md §2.9). */
const LONGEST_DESCRIPTION = 1_000;

const shortened = (description: string | null): string | null =>
  description && [...description].slice(0, LONGEST_DESCRIPTION).join('');

/** What the credential may not see stays as it was last seen. */
const learn = async (deps: Deps, call: Call, kind: AssetKind): Promise<number | null> => {
  const connectionId = call.connection.id;
  const seenAt = isoNow(deps);
  try {
    const assets = await deps.upstreamOf(call.connection).assets(kind, { ...call, priority: 'background' });
    const seen = assets.map((asset) => ({
      ...asset,
      id: deps.newId(),
      description: shortened(asset.description),
    }));
    await deps.store.entitlements.observe(connectionId, kind, seen, seenAt);
    return seen.length;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'forbidden') throw error;
    deps.log.warn('access.hidden', { connectionId, kind, error });
    return null;
  }
};

/** Learns what there is to be given. Throws what Mode answers, unless that the credential may not ask. */
export const accessSync = async (deps: Deps, call: Call): Promise<AccessReport> => {
  const connectionId = call.connection.id;
  const startedAt = isoNow(deps);
  const connections = await learn(deps, call, 'connection');
  const collections = await learn(deps, call, 'collection');
  await deps.store.connections.markAccessSynced(connectionId, startedAt);
  deps.log.info('access.done', { connectionId, connections, collections });
  return { connections, collections };
};

/** Whether it is time: after the first full sync if never done, then once in every interval. */
export const isAccessSyncDue = (deps: Deps, connection: Connection, intervalMs: number): boolean => {
  const { syncedAt, accessSyncedAt } = connection;
  if (syncedAt === null) return false;
  return accessSyncedAt === null || Date.parse(accessSyncedAt) + intervalMs <= deps.now().getTime();
};
