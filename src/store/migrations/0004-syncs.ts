/** Who reads Mode, and what was read when (directory/sync/run.ts). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Creates the table of syncs. */
export const syncs = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  await sql`create table syncs (
    connection_id ${text} not null primary key, members_at ${text}, changes_at ${text}, log_until ${text},
    log_seen ${text}, lease_owner ${text}, lease_since ${text}, lease_until ${text})`.execute(db);
};
