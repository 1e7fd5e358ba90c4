/** By what Mode's SCIM endpoint knows people, and what it was told of them (directory/model.ts, `UserRecord`). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Adds both to people. */
export const provisioned = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  const statements = [
    sql`alter table users add column provisioned_id ${text}`,
    sql`alter table users add column provisioned ${text}`,
    sql`create index users_provisioned_id on users (connection_id, provisioned_id) where provisioned_id is not null`,
  ];
  for (const statement of statements) await statement.execute(db);
};
