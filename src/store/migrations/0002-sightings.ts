/** What clients were seen to send (directory/sightings.ts). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Creates the table of sightings. */
export const sightings = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  await sql`create table sightings (
    connection_id ${text} not null, name ${text} not null, count integer not null, first_seen ${text} not null,
    last_seen ${text} not null, user_agent ${text}, primary key (connection_id, name))`.execute(db);
};
