/** Connections: which Mode workspaces this program serves. */
import type { Insertable, Selectable } from 'kysely';
import { fold } from '../directory/fold.ts';
import type { Connection, Protected } from '../directory/model.ts';
import type { ConnectionStore } from '../directory/store.ts';
import { AppError } from '../errors.ts';
import { orTaken } from './errors.ts';
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
});

const fromRow = (row: Selectable<ConnectionsTable>): Connection => ({
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
});

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

export const createConnections = ({ db }: Session): ConnectionStore => ({
  insert: async (connection) => {
    await orTaken('connections_name', taken(connection), () =>
      db.insertInto('connections').values(toRow(connection)).execute(),
    );
  },

  update: async (connection) => {
    const { id, webhook_secret, created_at, synced_at, access_synced_at, ...columns } = toRow(connection);
    await orTaken('connections_name', taken(connection), () =>
      db.updateTable('connections').set(columns).where('id', '=', connection.id).execute(),
    );
  },

  list: async () =>
    (await db.selectFrom('connections').selectAll().orderBy('created_at').orderBy('id').execute()).map(
      fromRow,
    ),

  find: async (id) => {
    const row = await db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  findByWebhookSecret: async (secret) => {
    const row = await db
      .selectFrom('connections')
      .selectAll()
      .where('webhook_secret', '=', secret)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  markSynced: async (id, at) => {
    await db.updateTable('connections').set({ synced_at: at }).where('id', '=', id).execute();
  },

  markAccessSynced: async (id, at) => {
    await db.updateTable('connections').set({ access_synced_at: at }).where('id', '=', id).execute();
  },
});
