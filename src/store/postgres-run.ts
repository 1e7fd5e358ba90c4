/** Hot statements on PostgreSQL: prepared by the server once for each connection, under a name of ours. */
import type { Pool, QueryArrayConfig } from 'pg';
import { translate } from './errors.ts';
import type { Row, Run } from './run.ts';

/** The server keeps what it prepared for as long as the connection lasts. */
const MOST_NAMES = 300;

/** Runs hot statements on whichever connection of the pool is free. */
export const runOn = (pool: Pool): Run => {
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST_NAMES) return known;
    const name = `hot_${names.size}`;
    names.set(text, name);
    return name;
  };
  const rows: Run['rows'] = async (text, values) => {
    const name = nameOf(text);
    const named = name === undefined ? {} : { name };
    const query: QueryArrayConfig = { ...named, text, values: [...values], rowMode: 'array' };
    try {
      return (await pool.query<Row[] & unknown[]>(query)).rows as unknown as readonly Row[];
    } catch (error) {
      throw translate(error);
    }
  };
  return { rows, row: async (text, values) => (await rows(text, values))[0], stamp: () => undefined };
};
