/** Bearer tokens, known by their hash alone. */
import type { Selectable } from 'kysely';
import type { Token } from '../directory/model.ts';
import type { TokenStore } from '../directory/store.ts';
import type { TokensTable } from './schema.ts';
import type { Session } from './session.ts';

const fromRow = (row: Selectable<TokensTable>): Token => ({
  id: row.id,
  kind: row.kind,
  connectionId: row.connection_id,
  label: row.label,
  hash: row.hash,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  lastUsedAt: row.last_used_at,
});

export const createTokens = ({ db }: Session): TokenStore => ({
  insert: async (token) => {
    await db
      .insertInto('tokens')
      .values({
        id: token.id,
        kind: token.kind,
        connection_id: token.connectionId,
        label: token.label,
        hash: token.hash,
        created_at: token.createdAt,
        expires_at: token.expiresAt,
        revoked_at: token.revokedAt,
        last_used_at: token.lastUsedAt,
      })
      .execute();
  },

  findByHash: async (hash) => {
    const row = await db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
    return row && fromRow(row);
  },

  list: async (connectionId) => {
    const rows = await db
      .selectFrom('tokens')
      .selectAll()
      .$if(connectionId !== undefined, (query) => query.where('connection_id', '=', connectionId ?? ''))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute();
    return rows.map(fromRow);
  },

  revoke: async (id, at) => {
    const { numUpdatedRows } = await db
      .updateTable('tokens')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },

  touch: async (id, at) => {
    await db.updateTable('tokens').set({ last_used_at: at }).where('id', '=', id).execute();
  },
});
