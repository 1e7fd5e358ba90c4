/** Reading what people can be given in Mode: groups, connections, collections. */
import { AppError } from '../errors.ts';
import type { Call, Deps } from './deps.ts';
import type { Entitlement } from './model.ts';
import type { Page, Query } from './query.ts';

/** Throws `notFound` for an id that is no entitlement of the connection, or no longer. */
export const findEntitlement = async (deps: Deps, call: Call, id: string): Promise<Entitlement> => {
  const entitlement = await deps.store.entitlements.find(call.connection.id, id);
  if (entitlement) return entitlement;
  throw new AppError(
    'notFound',
    'directory.entitlements.unknown',
    `There is no entitlement with id "${id}".`,
  );
};

/** Entitlements in the order of their ids, unless the query has another. */
export const listEntitlements = (deps: Deps, call: Call, query: Query): Promise<Page<Entitlement>> =>
  deps.store.entitlements.list(call.connection.id, query);
