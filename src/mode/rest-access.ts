/**
 * What can be given over Mode's REST API (mode-api.md §7): connections, `data_sources` there, which come all at once, and
 * collections, `spaces` there, which come in pages and of which Mode shows only the caller's own unless asked for `all`.
 */
import type { AssetKind, ModeAsset } from '../directory/model.ts';
import type { Ability, CallOptions, Upstream } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import { allRows, type List } from './hal.ts';
import { isOfKind } from './kinds.ts';
import type { RestContext } from './rest-context.ts';
import { type DataSourceRow, DataSourceSchema, type SpaceRow, SpaceSchema } from './types.ts';

const connections = async (context: RestContext, options: CallOptions): Promise<readonly ModeAsset[]> => {
  const { http, workspace } = context;
  const list: List<DataSourceRow> = {
    call: {
      method: 'GET',
      route: '/api/{workspace}/data_sources',
      at: { workspace },
      to: 'list the connections',
    },
    key: 'data_sources',
    schema: DataSourceSchema,
    idOf: (row) => row.token,
    isPaged: false,
  };
  return (await allRows(http, list, options)).filter((row) => !row.soft_deleted);
};

/** Nobody can be given the private collection of a single person; Mode answers "Invalid space" there (mode-api.md §2). */
const isToBeGiven = (row: SpaceRow): boolean => row.state !== 'soft_deleted' && row.space_type !== 'private';

const collections = async (context: RestContext, options: CallOptions): Promise<readonly ModeAsset[]> => {
  const { http, workspace } = context;
  const list: List<SpaceRow> = {
    call: {
      method: 'GET',
      route: '/api/{workspace}/spaces',
      at: { workspace },
      query: { filter: 'all' },
      to: 'list the collections',
    },
    key: 'spaces',
    schema: SpaceSchema,
    idOf: (row) => row.token,
    isPaged: true,
  };
  return (await allRows(http, list, options)).filter(isToBeGiven);
};

interface Kind {
  readonly read: typeof connections;
  readonly ability: Ability;
}

const KINDS: Readonly<Record<AssetKind, Kind>> = {
  connection: { read: connections, ability: 'listConnections' },
  collection: { read: collections, ability: 'listCollections' },
};

const hidden = (kind: AssetKind, cause: AppError): AppError =>
  new AppError(
    'forbidden',
    'mode.rest.assets-hidden',
    `Mode shows this API token no ${kind}s, so /Entitlements cannot keep up with them. Use a token of a workspace admin.`,
    { cause },
  );

const readAssets = async (
  context: RestContext,
  kind: AssetKind,
  options: CallOptions,
): Promise<readonly ModeAsset[]> => {
  const { read, ability } = KINDS[kind];
  try {
    const rows = await read(context, options);
    context.learn(ability, true);
    return rows.map(({ token, name, description }) => ({ token, name, description }));
  } catch (error) {
    // Mode answers 404 as well where a key may not look (mode-api.md §4, REPORTED).
    if (!isOfKind(error, 'forbidden', 'notFound')) throw error;
    context.learn(ability, false);
    throw hidden(kind, error);
  }
};

/** Makes the part of the upstream that is about what can be given. */
export const createAccess = (context: RestContext): Pick<Upstream, 'assets'> => ({
  assets: (kind, options) => readAssets(context, kind, options),
});
