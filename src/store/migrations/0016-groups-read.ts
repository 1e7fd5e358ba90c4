/** When groups were last read in full, and since when Mode does not show them to the token (directory/sync/sync.ts). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Adds it; until now nothing was read in full without them. */
export const groupsRead = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  await sql`alter table connections add column groups_synced_at ${text}`.execute(db);
  await sql`alter table connections add column groups_hidden_since ${text}`.execute(db);
  await sql`update connections set groups_synced_at = synced_at`.execute(db);
};
