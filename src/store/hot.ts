/**
 * Statements that every request runs: written like all others, but compiled once and sent past Kysely, which builds and
 * compiles each query anew and would cost more than the database does (architecture.md §5.2, docs/decisions/012).
 */
import { type RawBuilder, sql } from 'kysely';
import type { Row, Value } from './run.ts';
import type { Session } from './session.ts';

/** Stands in a compiled statement where a value goes. */
class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

interface Compiled {
  readonly text: string;
  readonly names: readonly string[];
}

const compile = (session: Session, statement: RawBuilder<unknown>): Compiled => {
  const { sql: text, parameters } = statement.compile(session.db);
  const names = parameters.map((parameter) => {
    if (parameter instanceof Slot) return parameter.name;
    throw new TypeError('A hot statement holds a value of its own.');
  });
  return { text, names };
};

/** A statement by the names of its values. Columns that stand twice need names of their own. */
export const hot = <N extends string>(
  build: (slot: (name: N) => RawBuilder<unknown>, session: Session) => RawBuilder<unknown>,
): ((session: Session, values: Readonly<Record<N, Value>>) => Promise<readonly Row[]>) => {
  const compiled = new Map<string, Compiled>();
  return (session, values) => {
    const known = compiled.get(session.dialect.name);
    const { text, names } =
      known ??
      compile(
        session,
        build((name) => sql`${new Slot(name)}`, session),
      );
    if (!known) compiled.set(session.dialect.name, { text, names });
    return session.run(
      text,
      names.map((name) => values[name as N]),
    );
  };
};

/** The columns of a table, all of them (the compiler sees to that), in the order in which a statement selects them. */
export const namesOf = <T>(
  columns: Readonly<Record<keyof T & string, true>>,
): readonly (keyof T & string)[] => Object.keys(columns) as (keyof T & string)[];

/** Columns of a table under an alias, to select; `rowOf` makes a row of what comes back. */
export const columnsOf = (alias: string, names: readonly string[]): RawBuilder<unknown> =>
  sql.join(names.map((name) => sql`${sql.ref(`${alias}.${name}`)} as ${sql.ref(`${alias}_${name}`)}`));

/** The row of a table of which `columns`, beginning with the one at `from`, hold these names. */
export const rowOf = <T>(columns: Row, names: readonly (keyof T & string)[], from = 0): T =>
  Object.fromEntries(names.map((name, index) => [name, columns[from + index]])) as T;
