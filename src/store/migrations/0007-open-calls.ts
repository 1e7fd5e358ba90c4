/** What was asked of Mode and never answered (directory/settle/open-calls.ts). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Adds to what Mode is owed when a call was last given up and for which wish, and for which wish a lease was taken. */
export const openCalls = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  const statements = [
    sql`alter table unsettled add column open_at ${text}`,
    sql`alter table unsettled add column open_revision integer`,
    sql`alter table unsettled add column lease_revision integer`,
  ];
  for (const statement of statements) await statement.execute(db);
};
