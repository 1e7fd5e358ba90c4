/**
 * Connections over REST, `data_sources` there (mode-api.md §7): list, one, rename, and their permissions.
 * `purge` and `schema_updates` of Mode's Swagger are left out: they concern data, not access.
 */
import { link } from '../account-hal.ts';
import { NO_DEFAULT_ACCESS } from '../assumptions.ts';
import { type Call, callerOf, param, type Route, textField, unwrap } from '../call.ts';
import type { Connection } from '../model.ts';
import type { State } from '../state.ts';
import { timestamp } from '../world.ts';
import { CONNECTIONS, connectionRecord } from './kinds.ts';
import { permissionRoutes } from './permission-routes.ts';
import { checkManages } from './rules.ts';

/** The default access is capitalised, unlike the `action` of permissions (captured "View", CONFIRMED-C, DH). */
const capitalised = (action: string): string => action.charAt(0).toUpperCase() + action.slice(1);

const links = (state: State, { token, creatorToken }: Connection) => {
  const { slug } = state.workspace;
  const creator = state.people.get(creatorToken ?? '')?.username ?? slug;
  return {
    self: link(`/api/${slug}/data_sources/${token}`),
    creator: link(`/api/${creator}`),
    account: link(`/api/${slug}`),
    permissions: link(`/api/${slug}/data_sources/${token}/permissions`),
    web: link(`/organizations/${slug}/data_sources/${token}`),
    web_home: link(`/home/${slug}/data_sources/${token}`),
  };
};

/**
 * Shows a connection as captured (CONFIRMED-C, DH), with `creator` and `soft_deleted` that the Swagger demands beside it.
 * Ids are strings (CONFIRMED-C, TF), `port` a number and `warehouse` null though the Swagger says string (CONFIRMED-C).
 */
const dataSource = (state: State, connection: Connection) => ({
  id: connection.id,
  name: connection.name,
  description: connection.description,
  token: connection.token,
  adapter: `jdbc:${connection.vendor}`,
  created_at: connection.createdAt,
  updated_at: connection.updatedAt,
  has_expensive_schema_updates: false,
  public: false,
  asleep: false,
  queryable: true,
  soft_deleted: false,
  display_name: connection.name,
  account_id: state.workspace.id,
  account_username: state.workspace.slug,
  organization_token: state.workspace.token,
  organization_plan_code: 'plus',
  database: connection.database,
  host: connection.host,
  port: connection.port,
  ssl: true,
  username: 'mode_reader',
  provider: 'default',
  vendor: connection.vendor,
  ldap: false,
  warehouse: connection.warehouse,
  bridged: false,
  adapter_version: '42.2.23',
  custom_attributes: { instance_name: '' },
  default_access_level: capitalised(connection.defaultAccess ?? NO_DEFAULT_ACCESS),
  _links: links(state, connection),
});

/** Answers all connections at once: paging is ignored (REPORTED, SDK); "listed is not the same as usable" (REPORTED). */
const list = ({ world: { state } }: Call) => ({
  _links: { self: link(`/api/${state.workspace.slug}/data_sources`) },
  _embedded: {
    data_sources: [...state.connections.values()].map(({ connection }) => dataSource(state, connection)),
  },
});

const named = (call: Call): Connection => connectionRecord(call.world, param(call, 'data_source')).connection;

/** Changes name and description (CONFIRMED-O); credentials of the database are taken and forgotten. */
const update = (call: Call) => {
  const { world } = call;
  const before = named(call);
  checkManages(world, callerOf(call), CONNECTIONS.find(world, before.token));
  const fields = unwrap(call.body, 'data_source');
  const connection: Connection = {
    ...before,
    name: 'name' in fields ? textField(fields, 'name') : before.name,
    description: 'description' in fields ? textField(fields, 'description') : before.description,
    updatedAt: timestamp(world),
  };
  world.commit([{ kind: 'connection', connection }]);
  return dataSource(world.state, connection);
};

const ONE = '/api/{workspace}/data_sources/{data_source}';

/** The routes of connections. */
export const connectionRoutes: readonly Route[] = [
  { method: 'GET', template: '/api/{workspace}/data_sources', handler: list },
  { method: 'GET', template: ONE, handler: (call) => dataSource(call.world.state, named(call)) },
  { method: 'PATCH', template: ONE, handler: update },
  ...permissionRoutes(CONNECTIONS),
];
