/** Of what Mode is owed: up to which revision it was carried out, for those who wait in another process. */
import { type Kysely, sql } from 'kysely';

/** Adds the column. */
export const settledRevision = async (db: Kysely<unknown>): Promise<void> => {
  await sql`alter table unsettled add column settled_revision integer`.execute(db);
};
