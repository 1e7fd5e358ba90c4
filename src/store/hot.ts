/**
 * Statements that every request runs: written like all others, but compiled once and sent past Kysely, which builds and
 * compiles each query anew and would cost more than the database does (architecture.md §5.2, docs/decisions/012).
 */
import { type RawBuilder, sql } from 'kysely';
import type { Row, Value } from './run.ts';
import type { Session } from './session.ts';

/** Stands in a statement for a value that is another each time it is sent. */
export class Slot<V> {
  readonly read: (values: V) => Value;

  constructor(read: (values: V) => Value) {
    this.read = read;
  }
}

/** A statement that can be sent with other values each time. */
interface Compiled<V> {
  readonly text: string;
  readonly values: (given: V) => readonly Value[];
}

const compile = <V>(session: Session, statement: RawBuilder<unknown>): Compiled<V> => {
  const { sql: text, parameters } = statement.compile(session.db);
  const values = (given: V): readonly Value[] =>
    parameters.map((one) => (one instanceof Slot ? (one as Slot<V>).read(given) : (one as Value)));
  return { text, values };
};

/** Longer statements are compiled each time: few filters are so long, and none of them comes twice. */
const LONGEST_KEPT = 8_192;

/**
 * Statements by a key that says all that their text depends on, the most recent `most` of them. Columns that stand twice
 * need names of their own.
 */
export const createStatements = <V>(most: number) => {
  const kept = new Map<string, Compiled<V>>();
  const find = (session: Session, key: string, build: () => RawBuilder<unknown>): Compiled<V> => {
    const name = `${session.dialect.name} ${key}`;
    const known = kept.get(name);
    if (known) return known;
    const compiled = compile<V>(session, build());
    if (compiled.text.length > LONGEST_KEPT) return compiled;
    const oldest = kept.keys().next();
    if (kept.size >= most && oldest.value !== undefined) kept.delete(oldest.value);
    kept.set(name, compiled);
    return compiled;
  };
  interface Sent {
    readonly key: string;
    readonly values: V;
    readonly build: () => RawBuilder<unknown>;
  }
  return {
    rows: (session: Session, { key, values, build }: Sent): Promise<readonly Row[]> => {
      const compiled = find(session, key, build);
      return session.run.rows(compiled.text, compiled.values(values));
    },
    row: (session: Session, { key, values, build }: Sent): Promise<Row | undefined> => {
      const compiled = find(session, key, build);
      return session.run.row(compiled.text, compiled.values(values));
    },
  };
};

/** One statement, by the names of its values. */
export const hot = <N extends string>(
  build: (slot: (name: N) => RawBuilder<unknown>, session: Session) => RawBuilder<unknown>,
) => {
  type Values = Readonly<Record<N, Value>>;
  const statements = createStatements<Values>(2);
  const slot = (name: N) => sql`${new Slot<Values>((values) => values[name])}`;
  const sent = (session: Session, values: Values) => ({
    key: '',
    values,
    build: () => build(slot, session),
  });
  return {
    rows: (session: Session, values: Values) => statements.rows(session, sent(session, values)),
    row: (session: Session, values: Values) => statements.row(session, sent(session, values)),
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
