/** Connections: which Mode workspaces this program serves. */
import { type Insertable, type Selectable, sql } from 'kysely';
import type { CheckedToken, CredentialCheck } from '../directory/connections/credential-check.ts';
import { fold } from '../directory/fold.ts';
import type { Connection, Protected } from '../directory/model.ts';
import type { ConnectionStore } from '../directory/store/store.ts';
import { AppError } from '../errors.ts';
import { orTaken } from './errors.ts';
import { namesOf } from './hot.ts';
import { type ConnectionsTable, flag } from './schema.ts';
import type { Session } from './session.ts';

const toRow = (connection: Connection): Insertable<ConnectionsTable> => ({
  id: connection.id,
  name: connection.name,
  name_key: fold(connection.name),
  workspace: connection.workspace,
  mode_url: connection.modeUrl,
  way_in: connection.wayIn,
  strict: flag(connection.strict),
  sealed_credentials: connection.sealedCredentials,
  webhook_secret: connection.webhookSecret,
  created_at: connection.createdAt,
  synced_at: connection.syncedAt,
  reconcile: connection.reconcile,
  protected: JSON.stringify(connection.protected),
  access_synced_at: connection.accessSyncedAt,
  groups_synced_at: connection.groupsSyncedAt,
  groups_hidden_since: connection.groupsHiddenSince,
  credentials_set_at: connection.credentialsSetAt,
  credentials_expire: connection.credentialsExpire,
  credentials_refused_since: connection.credentialsCheck?.refusedSince ?? null,
  credentials_checked_at: connection.credentialsCheck?.checkedAt ?? null,
  scim_refused_since: connection.scimCheck?.refusedSince ?? null,
  scim_checked_at: connection.scimCheck?.checkedAt ?? null,
  hook_received_at: connection.hookReceivedAt,
});

/** Every column, in the order in which hot statements select them. */
export const CONNECTION_COLUMNS = namesOf<ConnectionsTable>({
  id: true,
  name: true,
  name_key: true,
  workspace: true,
  mode_url: true,
  way_in: true,
  strict: true,
  sealed_credentials: true,
  webhook_secret: true,
  created_at: true,
  synced_at: true,
  reconcile: true,
  protected: true,
  access_synced_at: true,
  groups_synced_at: true,
  groups_hidden_since: true,
  credentials_set_at: true,
  credentials_expire: true,
  credentials_refused_since: true,
  credentials_checked_at: true,
  scim_refused_since: true,
  scim_checked_at: true,
  hook_received_at: true,
});

const checkOf = (refusedSince: string | null, checkedAt: string | null): CredentialCheck | null =>
  checkedAt === null ? null : { refusedSince, checkedAt };

/** The connection of a row. */
export const connectionOf = (row: Selectable<ConnectionsTable>): Connection => ({
  id: row.id,
  name: row.name,
  workspace: row.workspace,
  modeUrl: row.mode_url,
  wayIn: row.way_in,
  strict: row.strict === 1,
  sealedCredentials: row.sealed_credentials,
  webhookSecret: row.webhook_secret,
  createdAt: row.created_at,
  syncedAt: row.synced_at,
  reconcile: row.reconcile,
  protected: JSON.parse(row.protected) as Protected,
  accessSyncedAt: row.access_synced_at,
  groupsSyncedAt: row.groups_synced_at,
  groupsHiddenSince: row.groups_hidden_since,
  credentialsSetAt: row.credentials_set_at ?? row.created_at,
  credentialsExpire: row.credentials_expire,
  credentialsCheck: checkOf(row.credentials_refused_since, row.credentials_checked_at),
  scimCheck: checkOf(row.scim_refused_since, row.scim_checked_at),
  hookReceivedAt: row.hook_received_at,
});

/** Where what Mode said to a token is written. */
const CHECKS = {
  credentials: { refusedSince: 'credentials_refused_since', checkedAt: 'credentials_checked_at' },
  scim: { refusedSince: 'scim_refused_since', checkedAt: 'scim_checked_at' },
} as const;

/** What a change of settings writes; the rest is written by what happens. */
const settingsOf = (connection: Connection) => {
  const { id, webhook_secret, created_at, synced_at, access_synced_at, ...others } = toRow(connection);
  const { groups_synced_at, groups_hidden_since, hook_received_at, ...settings } = others;
  const kept = (column: (typeof CHECKS)[CheckedToken][keyof CredentialCheck]) =>
    sql<string | null>`case when sealed_credentials = ${settings.sealed_credentials}
      then ${sql.ref(column)} else null end`;
  return {
    ...settings,
    credentials_refused_since: kept('credentials_refused_since'),
    credentials_checked_at: kept('credentials_checked_at'),
    scim_refused_since: kept('scim_refused_since'),
    scim_checked_at: kept('scim_checked_at'),
  };
};

const taken =
  ({ name }: Connection) =>
  (cause: unknown): AppError =>
    new AppError(
      'conflict',
      'store.connections.taken',
      `A connection with the name "${name}" exists already.`,
      {
        cause,
      },
    );

const syncedColumns = (at: string, groups: 'read' | 'hidden') => ({
  synced_at: at,
  ...(groups === 'read'
    ? { groups_synced_at: at, groups_hidden_since: null }
    : { groups_hidden_since: sql<string>`coalesce(groups_hidden_since, ${at})` }),
});

export const createConnections = ({ db }: Session): ConnectionStore => ({
  insert: async (connection) => {
    await orTaken('connections_name', taken(connection), () =>
      db.insertInto('connections').values(toRow(connection)).execute(),
    );
  },

  update: async (connection) => {
    await orTaken('connections_name', taken(connection), () =>
      db.updateTable('connections').set(settingsOf(connection)).where('id', '=', connection.id).execute(),
    );
  },

  list: async () =>
    (await db.selectFrom('connections').selectAll().orderBy('created_at').orderBy('id').execute()).map(
      connectionOf,
    ),

  find: async (id) => {
    const row = await db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst();
    return row && connectionOf(row);
  },

  findByWebhookSecret: async (secret) => {
    const row = await db
      .selectFrom('connections')
      .selectAll()
      .where('webhook_secret', '=', secret)
      .executeTakeFirst();
    return row && connectionOf(row);
  },

  markSynced: async (id, at, groups) => {
    await db.updateTable('connections').set(syncedColumns(at, groups)).where('id', '=', id).execute();
  },

  markAccessSynced: async (id, at) => {
    await db.updateTable('connections').set({ access_synced_at: at }).where('id', '=', id).execute();
  },

  markChecked: async ({ id, sealedCredentials }, token, { refusedSince, checkedAt }) => {
    const columns = CHECKS[token];
    await db
      .updateTable('connections')
      .set({ [columns.refusedSince]: refusedSince, [columns.checkedAt]: checkedAt })
      .where('id', '=', id)
      .where('sealed_credentials', '=', sealedCredentials)
      .where((eb) => eb.or([eb(columns.checkedAt, 'is', null), eb(columns.checkedAt, '<=', checkedAt)]))
      .execute();
  },

  markHookReceived: async (id, at) => {
    await db.updateTable('connections').set({ hook_received_at: at }).where('id', '=', id).execute();
  },
});
