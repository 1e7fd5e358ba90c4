/**
 * The two kinds of thing that permissions hang on, side by side: their addresses, roles and words (mode-api.md §7).
 */
import { SPACE_PERMISSIONS_KEY } from '../assumptions.ts';
import { refusal } from '../errors.ts';
import type { CollectionAction, ConnectionAction } from '../model.ts';
import type { World } from '../world.ts';
import type { CollectionRecord, ConnectionRecord, Entitled } from './records.ts';

/** A connection or collection as the permissions see it. */
export interface Resource {
  readonly token: string;
  readonly kind: Kind;
  readonly record: Entitled;
  /** Whose it is, by member token. */
  readonly creatorToken: string | null;
}

export interface Kind {
  /** The segment of the address. */
  readonly segment: 'data_sources' | 'spaces';
  /** The parameter of the address, named as in Mode's Swagger. */
  readonly param: 'data_source' | 'space';
  /** The segment of links: those of collections say `/collections/` (CONFIRMED-C, DH). */
  readonly linked: 'data_sources' | 'collections';
  /** The `_embedded` key of a list of permissions. */
  readonly embedded: string;
  /** From the strongest to the weakest; the strongest lets one give permissions to others (assumption). */
  readonly actions: readonly (ConnectionAction | CollectionAction)[];
  readonly find: (world: World, token: string) => Resource;
}

/** Finds a connection. */
export const connectionRecord = (world: World, token: string): ConnectionRecord => {
  const record = world.state.connections.get(token);
  if (!record) throw refusal(404, 'data source not found');
  return record;
};

/** Finds a collection; one that was deleted answers 403 rather than 404, a known bug (CONFIRMED-C, TF). */
export const collectionRecord = (world: World, token: string): CollectionRecord => {
  const record = world.state.collections.get(token);
  if (!record) throw refusal(404, 'Space not found');
  if (record.collection.state !== 'active') throw refusal(403);
  return record;
};

/** Connections: five routes and three roles CONFIRMED-C (TF), not in Mode's Swagger. */
export const CONNECTIONS: Kind = {
  segment: 'data_sources',
  param: 'data_source',
  linked: 'data_sources',
  embedded: 'data_source_entitlements',
  actions: ['manage', 'query', 'view'],
  find: (world, token) => {
    const record = connectionRecord(world, token);
    return { token, kind: CONNECTIONS, record, creatorToken: record.connection.creatorToken };
  },
};

/** Collections: routes CONFIRMED-O (cookbook), two roles CONFIRMED-C (TF); a private one has none (assumption). */
export const COLLECTIONS: Kind = {
  segment: 'spaces',
  param: 'space',
  linked: 'collections',
  embedded: SPACE_PERMISSIONS_KEY,
  actions: ['edit', 'view'],
  find: (world, token) => {
    const record = collectionRecord(world, token);
    if (record.collection.type === 'private') throw refusal(400, 'Invalid space');
    return { token, kind: COLLECTIONS, record, creatorToken: record.collection.creatorToken };
  },
};
