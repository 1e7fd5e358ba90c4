/** What is known of a connection's API token beside the token itself, and whether Mode ever called (credential-age.ts). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Adds since when a connection has its token, until when it holds, what Mode last said to it, and the last webhook call. */
export const credentials = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  const statements = [
    sql`alter table connections add column credentials_set_at ${text}`,
    // When a token was renewed was not written down before: it is as old as the connection at most.
    sql`update connections set credentials_set_at = created_at`,
    sql`alter table connections add column credentials_expire ${text}`,
    sql`alter table connections add column credentials_refused_since ${text}`,
    sql`alter table connections add column credentials_checked_at ${text}`,
    sql`alter table connections add column hook_received_at ${text}`,
  ];
  for (const statement of statements) await statement.execute(db);
};
