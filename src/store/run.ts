/** How the statements of hot.ts are sent. */
import { CompiledQuery, type Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export type Value = string | number | null;
export type Row = readonly Value[];

/** Runs statements that are sent again and again; a row is its columns in their order. */
export interface Run {
  rows(text: string, values: readonly Value[]): Promise<readonly Row[]>;
  /** The first row. */
  row(text: string, values: readonly Value[]): Promise<Row | undefined>;
  /** Another whenever anything was committed since, by whomever; undefined where that cannot be told at no cost. */
  stamp(): Value | undefined;
}

/** Runs such statements where others run: in the transaction under way, or on a database that has but one connection. */
export const runWithin = (db: Kysely<Schema>): Run => {
  const rows: Run['rows'] = async (text, values) => {
    const result = await db.executeQuery<Record<string, Value>>(CompiledQuery.raw(text, [...values]));
    return result.rows.map((row) => Object.values(row));
  };
  return { rows, row: async (text, values) => (await rows(text, values))[0], stamp: () => undefined };
};
