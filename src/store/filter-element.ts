/**
 * Conditions that one element of a multi-valued attribute must meet together (RFC 7644 §3.4.2.2 "complex attribute filter
 * grouping"): one row of a relation, or the rows of the index that share the person and the number of the element.
 */
import { sql } from 'kysely';
import type { Dialect } from './dialect.ts';
import { type Condition, columnPresent, compareColumn } from './filter-compare.ts';
import { isWithin, placeOf, type Relation, unsupported } from './filter-paths.ts';
import { type FilterScope, indexRows, ownersOf, related, rowFits, within } from './filter-rows.ts';
import type { Compare, Shape } from './filter-shape.ts';
import { type Leaf, writeShape } from './filter-write.ts';

type Element = Extract<Shape, { readonly op: 'element' }>;

/** The rows that stand for elements, and what they must meet. */
interface Elements {
  readonly relation: Relation;
  readonly condition: Condition;
  /** Few rows fit: the query may start from them. */
  readonly selective: boolean;
}

/** Inside a relation every part of the element is a column of the same row. */
const inRow =
  (scope: FilterScope, relation: Relation) =>
  (leaf: Leaf): Condition => {
    if (leaf.op === 'element') throw unsupported(leaf.attribute);
    const { attribute } = leaf;
    const place = placeOf(scope.table, attribute);
    if (place.kind !== 'relation' || place.relation !== relation) throw unsupported(attribute);
    if (leaf.op === 'present') return place.column ? columnPresent(place.column) : sql`1 = 1`;
    if (!place.column) throw unsupported(attribute);
    return compareColumn(place.column, leaf, scope.dialect);
  };

/** Inside the index every part of the element is a row `w` beside the row `v` that stands for the element. */
const inIndex =
  (element: Element, dialect: Dialect) =>
  (leaf: Leaf): Condition => {
    const { attribute } = leaf;
    if (leaf.op === 'element' || !isWithin(attribute.path, element.attribute.path))
      throw unsupported(attribute);
    const fits = leaf.op === 'present' ? within(attribute, 'w') : rowFits(leaf, dialect, 'w');
    return sql`exists (select 1 from user_values as w where w.connection_id = v.connection_id
      and w.user_id = v.user_id and w.element = v.element and ${fits})`;
  };

/** Of what every fitting element must hold, the comparison that the fewest elements are likely to meet. */
const anchorOf = (shape: Shape): Compare | undefined => {
  const parts = shape.op === 'and' ? shape.of : [shape];
  const equalities = parts.filter(
    (part): part is Compare => part.op === 'compare' && !part.negated && part.comparison === 'eq',
  );
  return equalities.find(({ attribute }) => attribute.path.endsWith('.value')) ?? equalities[0];
};

const elementsInIndex = (scope: FilterScope, element: Element): Elements => {
  const write = inIndex(element, scope.dialect);
  const anchor = anchorOf(element.of);
  if (anchor && isWithin(anchor.attribute.path, element.attribute.path)) {
    const rest = element.of.op === 'and' ? element.of.of.filter((part) => part !== anchor) : [];
    const condition = rest.length === 0 ? sql`1 = 1` : writeShape({ op: 'and', of: rest }, write);
    return { relation: indexRows(rowFits(anchor, scope.dialect)), condition, selective: true };
  }
  const condition = writeShape(element.of, write);
  return { relation: indexRows(within(element.attribute)), condition, selective: false };
};

const elementsOf = (scope: FilterScope, element: Element): Elements => {
  const place = placeOf(scope.table, element.attribute);
  switch (place.kind) {
    case 'column':
      throw unsupported(element.attribute);
    case 'relation': {
      const condition = writeShape(element.of, inRow(scope, place.relation));
      return { relation: place.relation, condition, selective: anchorOf(element.of) !== undefined };
    }
    case 'index':
      return elementsInIndex(scope, element);
    default:
      return place satisfies never;
  }
};

/** Whether some element meets the conditions. */
export const elementCondition = (scope: FilterScope, element: Element, driving: boolean): Condition => {
  const { relation, condition, selective } = elementsOf(scope, element);
  return related(scope, relation, condition, driving && selective);
};

/** The ids of the rows that have such an element; undefined where they cannot be listed at little cost. */
export const elementOwners = (scope: FilterScope, element: Element): Condition | undefined => {
  const { relation, condition, selective } = elementsOf(scope, element);
  return selective && relation.outer === 'id' ? ownersOf(scope, relation, condition) : undefined;
};
