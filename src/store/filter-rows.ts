/** Conditions on rows that belong to the row at hand: memberships, what Mode says, the index of values. */
import { sql } from 'kysely';
import type { AttributeRef } from '../directory/query.ts';
import type { Dialect } from './dialect.ts';
import { type Condition, compareText } from './filter-compare.ts';
import type { Relation, Table } from './filter-paths.ts';
import type { Compare } from './filter-shape.ts';

export interface FilterScope {
  readonly table: Table;
  readonly connectionId: Condition;
  readonly dialect: Dialect;
}

/** What the relation's rows that fit the condition belong to. */
export const ownersOf = (
  { connectionId }: FilterScope,
  relation: Relation,
  condition: Condition,
): Condition =>
  sql`select ${relation.owner} from ${relation.from}
    where ${relation.connection} = ${connectionId} and ${relation.where} and ${condition}`;

/** A condition on the rows of a relation: those that belong to the row at hand, or, driving, those that lead to it. */
export const related = (
  scope: FilterScope,
  relation: Relation,
  condition: Condition,
  driving: boolean,
): Condition => {
  const outer = sql.ref(`${scope.table}.${relation.outer}`);
  if (driving) return sql`${outer} in (${ownersOf(scope, relation, condition)})`;
  return sql`exists (select 1 from ${relation.from}
    where ${relation.connection} = ${sql.ref(`${scope.table}.connection_id`)}
    and ${relation.owner} = ${outer} and ${relation.where} and ${condition})`;
};

/** Rows `v` of the index of values. */
export const indexRows = (where: Condition): Relation => ({
  from: sql`user_values as v`,
  connection: sql`v.connection_id`,
  owner: sql`v.user_id`,
  outer: 'id',
  where,
  columns: {},
});

/** Rows of the index that belong to the attribute or a part of it (`emails` → `emails.value`, `emails.type`). */
export const within = ({ path }: AttributeRef, alias: 'v' | 'w' = 'v'): Condition => {
  const column = sql.ref(`${alias}.path`);
  // The characters after the separators `.` and `:` are `/` and `;`.
  return sql`(${column} = ${path} or (${column} >= ${`${path}.`} and ${column} < ${`${path}/`})
    or (${column} >= ${`${path}:`} and ${column} < ${`${path};`}))`;
};

/** Whether a row of the index is of that attribute and has a value that fits. */
export const rowFits = (leaf: Compare, dialect: Dialect, alias: 'v' | 'w' = 'v'): Condition => {
  const fits = compareText(sql.ref(`${alias}.value`), leaf, { dialect, long: true });
  return sql`${sql.ref(`${alias}.path`)} = ${leaf.attribute.path} and ${fits}`;
};
