/** What a retry needs to know: whether a creation was ever answered, and what a newer wish would undo. */
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

/** Adds `unanswered` to people and groups, and `undo_next` to what Mode is owed. */
export const answers = async (db: Kysely<unknown>, { text }: Dialect): Promise<void> => {
  const statements = [
    sql`alter table users add column unanswered integer not null default 0`,
    sql`alter table groups add column unanswered integer not null default 0`,
    sql`alter table unsettled add column undo_next ${text}`,
  ];
  for (const statement of statements) await statement.execute(db);
};
