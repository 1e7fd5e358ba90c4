/** All that differs between the two engines, as documented properties: no other file asks which engine it is on. */
import { type RawBuilder, sql } from 'kysely';

export interface Dialect {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Starts a transaction. SQLite takes the write lock at once, so that a read in it never turns stale (SQLITE_BUSY_SNAPSHOT). */
  readonly begin: string;
  /** Text that is compared and ordered by its UTF-8 bytes, hence by code points, whatever the locale of the database. */
  readonly text: RawBuilder<unknown>;
  /** Ends `create table` where the rows should lie in the order of the primary key, without a second copy of it. */
  readonly clustered: RawBuilder<unknown>;
  /** The function that says where in a text another text begins (1-based; 0 when nowhere), letter by letter. */
  readonly position: RawBuilder<unknown>;
}

export const sqlite: Dialect = {
  name: 'SQLite',
  begin: 'begin immediate',
  text: sql`text`,
  clustered: sql`without rowid`,
  position: sql`instr`,
};

export const postgres: Dialect = {
  name: 'PostgreSQL',
  begin: 'begin',
  text: sql`text collate "C"`,
  clustered: sql``,
  position: sql`strpos`,
};
