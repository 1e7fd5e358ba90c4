/** How the statements of hot.ts are sent. */
import { CompiledQuery, type Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export type Value = string | number | null;
export type Row = readonly Value[];

/** Runs a statement that is sent again and again; gives the columns of each row in their order. */
export type Run = (text: string, values: readonly Value[]) => Promise<readonly Row[]>;

/** Runs such statements where others run: in the transaction under way, or on a database that has but one connection. */
export const runWithin =
  (db: Kysely<Schema>): Run =>
  async (text, values) => {
    const { rows } = await db.executeQuery<Record<string, Value>>(CompiledQuery.raw(text, [...values]));
    return rows.map((row) => Object.values(row));
  };
