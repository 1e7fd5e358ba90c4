/**
 * A filter as SQL with bound parameters, for SQLite and PostgreSQL alike. What must hold for the whole filter and names
 * one value (`emails.value eq "x"`) drives the query from an index; all else is asked of each row.
 */
import { sql } from 'kysely';
import type { AttributeRef, Filter } from '../directory/query.ts';
import { type Condition, columnPresent, compareColumn } from './filter-compare.ts';
import { elementCondition, elementOwners } from './filter-element.ts';
import { placeOf, unsupported } from './filter-paths.ts';
import { type FilterScope, indexRows, ownersOf, related, rowFits, within } from './filter-rows.ts';
import { type Compare, type Shape, shapeOf } from './filter-shape.ts';
import { joined, type Leaf, writeShape } from './filter-write.ts';
import { isLiving } from './schema.ts';

/** Alternatives that are looked up one by one; SQLite joins at most 500 selects. */
const MOST_LOOKUPS = 200;

const presence = (scope: FilterScope, attribute: AttributeRef): Condition => {
  const place = placeOf(scope.table, attribute);
  switch (place.kind) {
    case 'column':
      return columnPresent(place.column);
    case 'relation':
      return related(scope, place.relation, place.column ? columnPresent(place.column) : sql`1 = 1`, false);
    case 'index':
      return related(scope, indexRows(within(attribute)), sql`1 = 1`, false);
    default:
      return place satisfies never;
  }
};

const comparison = (scope: FilterScope, leaf: Compare, driving: boolean): Condition => {
  const place = placeOf(scope.table, leaf.attribute);
  switch (place.kind) {
    case 'column':
      return compareColumn(place.column, leaf, scope.dialect);
    case 'relation': {
      if (!place.column) throw unsupported(leaf.attribute);
      const fits = compareColumn(place.column, leaf, scope.dialect);
      return related(scope, place.relation, fits, driving);
    }
    case 'index':
      return related(scope, indexRows(sql`1 = 1`), rowFits(leaf, scope.dialect), driving);
    default:
      return place satisfies never;
  }
};

const isSelective = (leaf: Leaf): boolean =>
  !leaf.negated && (leaf.op === 'element' || (leaf.op === 'compare' && leaf.comparison === 'eq'));

const leafCondition = (scope: FilterScope, leaf: Leaf, driving: boolean): Condition => {
  const drives = driving && isSelective(leaf);
  switch (leaf.op) {
    case 'present':
      return presence(scope, leaf.attribute);
    case 'compare':
      return comparison(scope, leaf, drives);
    case 'element':
      return elementCondition(scope, leaf, drives);
    default:
      return leaf satisfies never;
  }
};

const livingRows = ({ table, connectionId }: FilterScope, condition: Condition): Condition =>
  sql`select ${sql.ref(`${table}.id`)} from ${sql.table(table)} where ${sql.ref(`${table}.connection_id`)} =
    ${connectionId} and ${isLiving(table)} and ${condition}`;

/** The ids that one alternative of an `or` finds in an index; undefined where it would not use one. */
const lookup = (scope: FilterScope, shape: Shape): Condition | undefined => {
  if (shape.op === 'and' || shape.op === 'or' || !isSelective(shape)) return undefined;
  if (shape.op === 'element') return elementOwners(scope, shape);
  if (shape.op !== 'compare') return undefined;
  const place = placeOf(scope.table, shape.attribute);
  if (place.kind === 'column') return livingRows(scope, compareColumn(place.column, shape, scope.dialect));
  if (place.kind === 'index') return ownersOf(scope, indexRows(sql`1 = 1`), rowFits(shape, scope.dialect));
  const { relation, column } = place;
  if (!column || relation.outer !== 'id') return undefined;
  return ownersOf(scope, relation, compareColumn(column, shape, scope.dialect));
};

/** `userName eq "x" or emails.value eq "x"`: each alternative by its own index, not all of them for each row. */
const lookups = (scope: FilterScope, alternatives: readonly Shape[]): Condition | undefined => {
  if (alternatives.length > MOST_LOOKUPS) return undefined;
  const found = alternatives.map((shape) => lookup(scope, shape));
  if (!found.every((select) => select !== undefined)) return undefined;
  return sql`${sql.ref(`${scope.table}.id`)} in (${sql.join(found, sql` union all `)})`;
};

/** A condition to put beside others with `and`, and the `with` clause, if any, that must precede the query. */
export interface FilterSql {
  readonly condition: Condition;
  readonly helpers: Condition;
}

/** Writes the filter. Throws `invalid` for a path that cannot be searched and for a filter beyond all measure. */
export const filterCondition = (scope: FilterScope, filter: Filter | null): FilterSql => {
  if (filter === null) return { condition: sql`1 = 1`, helpers: sql`` };
  const helpers: Condition[] = [];
  const hoist = (condition: Condition): Condition => {
    const name = sql.ref(`deeper_${helpers.length}`);
    helpers.push(sql`${name} as (${livingRows(scope, condition)})`);
    return sql`${sql.ref(`${scope.table}.id`)} in (select id from ${name})`;
  };
  const write = (shape: Shape): Condition => {
    if (shape.op === 'and') return joined(shape.of.map(write), 'and');
    const looked = shape.op === 'or' ? lookups(scope, shape.of) : undefined;
    if (looked) return looked;
    if (shape.op !== 'or') return writeShape(shape, (leaf) => leafCondition(scope, leaf, true));
    return writeShape(shape, (leaf) => leafCondition(scope, leaf, false), hoist);
  };
  const condition = write(shapeOf(filter));
  return { condition, helpers: helpers.length === 0 ? sql`` : sql`with ${sql.join(helpers)}` };
};
