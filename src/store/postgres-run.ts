/** Hot statements on PostgreSQL: prepared by the server once for each connection, under a name of ours. */
import type { Pool, QueryArrayConfig } from 'pg';
import { translate } from './errors.ts';
import type { Row, Run } from './run.ts';

/** Runs hot statements on whichever connection of the pool is free. */
export const runOn = (pool: Pool): Run => {
  const names = new Map<string, string>();
  const nameOf = (text: string): string => {
    const known = names.get(text) ?? `hot_${names.size}`;
    names.set(text, known);
    return known;
  };
  return async (text, values) => {
    const query: QueryArrayConfig = { name: nameOf(text), text, values: [...values], rowMode: 'array' };
    try {
      return (await pool.query<Row[] & unknown[]>(query)).rows as unknown as readonly Row[];
    } catch (error) {
      throw translate(error);
    }
  };
};
