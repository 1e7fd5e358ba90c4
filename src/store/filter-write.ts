/** Writes the and/or tree of a filter so that neither SQLite's parser (100 symbols waiting) nor its depth (1,000) overflows. */
import { type RawBuilder, sql } from 'kysely';
import { AppError } from '../errors.ts';
import type { Shape } from './filter-shape.ts';

type Condition = RawBuilder<unknown>;

/** A shape that is no and/or; its negation is written here, around it. */
export type Leaf = Exclude<Shape, { readonly op: 'and' | 'or' }>;

/** Operands per pair of parentheses; 40 · 40 · 40 of them are three deep. */
const OPERANDS = 40;

/** Nests of and/or in one expression; what lies deeper moves into a helper query, where there may be one. */
const NESTS = 4;
const NESTS_WITHOUT_HELPERS = 6;

/** Joins conditions in bundles: a long flat chain would be as deep as it is long. */
export const joined = (parts: readonly Condition[], op: 'and' | 'or'): Condition => {
  if (parts.length <= OPERANDS) return sql`(${sql.join([...parts], op === 'and' ? sql` and ` : sql` or `)})`;
  const bundles = Array.from({ length: Math.ceil(parts.length / OPERANDS) }, (_, index) =>
    joined(parts.slice(index * OPERANDS, (index + 1) * OPERANDS), op),
  );
  return joined(bundles, op);
};

/** Writes the shape; `leaf` writes a leaf as if it were not negated, `hoist` gives a name to what lies too deep. */
export const writeShape = (
  shape: Shape,
  leaf: (leaf: Leaf) => Condition,
  hoist?: (condition: Condition) => Condition,
  depth = 0,
): Condition => {
  if (shape.op !== 'and' && shape.op !== 'or') {
    const condition = leaf(shape);
    return shape.negated ? sql`not (${condition})` : sql`(${condition})`;
  }
  if (!hoist && depth > NESTS_WITHOUT_HELPERS) {
    throw new AppError('invalid', 'store.filter.tooLarge', 'The filter of one element is nested too deeply.');
  }
  const isDeep = hoist !== undefined && depth >= NESTS;
  const parts = shape.of.map((part) => writeShape(part, leaf, hoist, isDeep ? 1 : depth + 1));
  const condition = joined(parts, shape.op);
  return isDeep ? hoist(condition) : condition;
};
