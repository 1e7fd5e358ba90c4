/** What reconciliation needs to know: who wanted it, and what was changed in Mode by hand (directory/plan). */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Adds the origin of people and groups, the sources and drift of memberships, and how a connection reconciles. */
export const reconcile = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  const statements = [
    sql`alter table users add column origin ${text} not null default 'provider'`,
    sql`alter table groups add column origin ${text} not null default 'provider'`,
    sql`alter table memberships add column sources integer not null default 1`,
    sql`alter table memberships add column drift integer not null default 0`,
    sql`create index memberships_drift on memberships (connection_id, group_id) where drift <> 0`,
    sql`alter table connections add column reconcile ${text} not null default 'adopt'`,
    sql`alter table connections add column protected ${text} not null default '{"people":[],"groups":[]}'`,
  ];
  for (const statement of statements) await statement.execute(db);
};
