/** Of a group that Mode is owed something for: whose membership it is about (store/concerned.ts). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Adds whom a debt concerns, up to which revision that is known, and how much of it whoever has the lease knew of. */
export const concerned = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  const statements = [
    sql`alter table unsettled add column concerned ${text}`,
    sql`alter table unsettled add column concerned_revision integer`,
    sql`alter table unsettled add column lease_concerned integer`,
  ];
  for (const statement of statements) await statement.execute(db);
};
