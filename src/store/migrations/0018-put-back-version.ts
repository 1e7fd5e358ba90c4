/** Of people and groups: which version was the last that a refusal of Mode made, for those who wait (directory/model.ts). */
import { type Kysely, sql } from 'kysely';

/** Adds the column to both. */
export const putBackVersion = async (db: Kysely<unknown>): Promise<void> => {
  await sql`alter table users add column put_back_version integer not null default 0`.execute(db);
  await sql`alter table groups add column put_back_version integer not null default 0`.execute(db);
};
