/** Documents hold the address of the bridge (docs/decisions/012-fast-reads.md): which one they are written for now. */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Creates the table: one row, once an instance has served. */
export const documentAddress = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  await sql`create table document_address (
    id integer primary key check (id = 1), number integer not null, address ${text} not null)`.execute(db);
};
