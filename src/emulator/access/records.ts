/**
 * Who may use which connection and which collection, in memory: one record per resource with its permissions, indexed
 * by the accessor too, so that no request scans.
 */
import type { Change, Collection, Connection, Permission } from '../model.ts';

export interface Entitled {
  /** By permission token, in the order of granting. */
  readonly permissions: Map<string, Permission>;
  /** Accessor token → permission token. */
  readonly byAccessor: Map<string, string>;
}

export interface ConnectionRecord extends Entitled {
  connection: Connection;
}

export interface CollectionRecord extends Entitled {
  collection: Collection;
}

export interface AccessState {
  readonly connections: Map<string, ConnectionRecord>;
  /** Deleted ones too. */
  readonly collections: Map<string, CollectionRecord>;
  /** Accessor token → tokens of the resources that it has a permission on. */
  readonly opens: Map<string, Set<string>>;
}

/** Makes a state in which there is nothing to give access to. */
export const emptyAccess = (): AccessState => ({
  connections: new Map(),
  collections: new Map(),
  opens: new Map(),
});

const nobody = (): Entitled => ({ permissions: new Map(), byAccessor: new Map() });

/** Adds or replaces a connection; its permissions stay. */
export const putConnection = (state: AccessState, connection: Connection): void => {
  const record = state.connections.get(connection.token) ?? { ...nobody(), connection };
  record.connection = connection;
  state.connections.set(connection.token, record);
};

/** Adds or replaces a collection; its permissions stay. */
export const putCollection = (state: AccessState, collection: Collection): void => {
  const record = state.collections.get(collection.token) ?? { ...nobody(), collection };
  record.collection = collection;
  state.collections.set(collection.token, record);
};

/** Finds what permissions hang on, whichever kind it is. */
export const entitled = (state: AccessState, resourceToken: string): Entitled | undefined =>
  state.connections.get(resourceToken) ?? state.collections.get(resourceToken);

/** Adds a permission or replaces the one of the same accessor. */
export const grant = (state: AccessState, permission: Permission): void => {
  const { token, resourceToken, accessorToken } = permission;
  const record = entitled(state, resourceToken);
  if (!record) throw new Error(`A change names the unknown resource ${resourceToken}.`);
  const before = record.byAccessor.get(accessorToken);
  if (before !== undefined && before !== token) record.permissions.delete(before);
  record.permissions.set(token, permission);
  record.byAccessor.set(accessorToken, token);
  state.opens.set(accessorToken, (state.opens.get(accessorToken) ?? new Set()).add(resourceToken));
};

/** Takes away what an accessor may on a resource; nothing where there is nothing. */
export const revoke = (state: AccessState, resourceToken: string, accessorToken: string): void => {
  const record = entitled(state, resourceToken);
  const token = record?.byAccessor.get(accessorToken);
  if (!record || token === undefined) return;
  record.permissions.delete(token);
  record.byAccessor.delete(accessorToken);
  state.opens.get(accessorToken)?.delete(resourceToken);
};

/** Finds the permission of one accessor on a resource. */
export const permissionOf = (record: Entitled, accessorToken: string): Permission | undefined =>
  record.permissions.get(record.byAccessor.get(accessorToken) ?? '');

/** Lists the changes that take every permission from somebody who leaves or a group that ends (assumption). */
export const revokeAll = (state: AccessState, accessorToken: string): readonly Change[] =>
  [...(state.opens.get(accessorToken) ?? [])].map((resourceToken) => ({
    kind: 'revoked',
    resourceToken,
    accessorToken,
  }));

/** Lists the changes that would rebuild this part of the state. */
export function* dumpAccess(state: AccessState): Generator<Change> {
  for (const { connection } of state.connections.values()) yield { kind: 'connection', connection };
  for (const { collection } of state.collections.values()) yield { kind: 'collection', collection };
  for (const { permissions } of [...state.connections.values(), ...state.collections.values()]) {
    for (const permission of permissions.values()) yield { kind: 'granted', permission };
  }
}
