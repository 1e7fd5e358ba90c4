/** What Mode last said to the SCIM token that a connection has beside its API token (mode/credential.ts). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Adds it; nothing is known of it until Mode is asked again. */
export const scimChecks = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  await sql`alter table connections add column scim_refused_since ${text}`.execute(db);
  await sql`alter table connections add column scim_checked_at ${text}`.execute(db);
};
