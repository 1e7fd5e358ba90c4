/** What processes that call one Mode tell each other of it (mode/sharing.ts): a row for each, which nobody else writes. */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Creates the table. */
export const lines = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  await sql`create table mode_lines (
    connection_id ${text} not null, mode_url ${text} not null, owner ${text} not null, says ${text} not null,
    said_at ${text} not null, until ${text} not null, primary key (connection_id, mode_url, owner))`.execute(
    db,
  );
};
