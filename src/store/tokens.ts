/** Bearer tokens, known by their hash alone. */
import { type Selectable, sql } from 'kysely';
import type { Token } from '../directory/model.ts';
import type { Caller, TokenStore } from '../directory/store/store.ts';
import { AppError } from '../errors.ts';
import { CONNECTION_COLUMNS, connectionOf } from './connections.ts';
import { orTaken } from './errors.ts';
import { columnsOf, hot, namesOf, rowOf } from './hot.ts';
import type { Value } from './run.ts';
import type { ConnectionsTable, TokensTable } from './schema.ts';
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

const toRow = (token: Token): Selectable<TokensTable> => ({
  id: token.id,
  kind: token.kind,
  connection_id: token.connectionId,
  label: token.label,
  hash: token.hash,
  created_at: token.createdAt,
  expires_at: token.expiresAt,
  revoked_at: token.revokedAt,
  last_used_at: token.lastUsedAt,
});

const taken = (cause: unknown): AppError =>
  new AppError('conflict', 'store.tokens.taken', 'There is such a token already.', { cause });

const TOKEN_COLUMNS = namesOf<TokensTable>({
  id: true,
  kind: true,
  connection_id: true,
  label: true,
  hash: true,
  created_at: true,
  expires_at: true,
  revoked_at: true,
  last_used_at: true,
});

const callerByHash = hot<'hash'>(
  (
    slot,
  ) => sql`select ${columnsOf('t', TOKEN_COLUMNS)}, ${columnsOf('c', CONNECTION_COLUMNS)} from tokens as t
    inner join connections as c on c.id = t.connection_id where t.hash = ${slot('hash')}`,
);

const readCaller = async (session: Session, hash: string): Promise<Caller | undefined> => {
  const row = await callerByHash.row(session, { hash });
  return (
    row && {
      token: fromRow(rowOf<Selectable<TokensTable>>(row, TOKEN_COLUMNS)),
      connection: connectionOf(
        rowOf<Selectable<ConnectionsTable>>(row, CONNECTION_COLUMNS, TOKEN_COLUMNS.length),
      ),
    }
  );
};

/** Callers that are remembered at a time. */
const MOST_CALLERS = 100;

/** Remembers a caller as long as nothing at all was committed, by whomever, where the database can tell (SQLite). */
const createCallers = (session: Session): TokenStore['findCaller'] => {
  const kept = new Map<string, { readonly stamp: Value; readonly caller: Caller | undefined }>();
  return async (hash) => {
    // Before the reading: what is committed in between shows itself the next time.
    const stamp = session.run.stamp();
    const known = kept.get(hash);
    if (known !== undefined && known.stamp === stamp) return known.caller;
    const caller = await readCaller(session, hash);
    if (stamp === undefined) return caller;
    if (kept.size >= MOST_CALLERS) kept.clear();
    kept.set(hash, { stamp, caller });
    return caller;
  };
};

export const createTokens = (session: Session): TokenStore => ({
  findCaller: createCallers(session),

  insert: async (token) => {
    await orTaken('tokens_hash', taken, () => session.db.insertInto('tokens').values(toRow(token)).execute());
  },

  findByHash: async (hash) => {
    const row = await session.db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
    return row && fromRow(row);
  },

  list: async (connectionId) => {
    const rows = await session.db
      .selectFrom('tokens')
      .selectAll()
      .$if(connectionId !== undefined, (query) => query.where('connection_id', '=', connectionId ?? ''))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute();
    return rows.map(fromRow);
  },

  revoke: async (id, at) => {
    const { numUpdatedRows } = await session.db
      .updateTable('tokens')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },

  touch: async (id, at) => {
    await session.db.updateTable('tokens').set({ last_used_at: at }).where('id', '=', id).execute();
  },
});
