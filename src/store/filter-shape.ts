/**
 * Brings a filter into the shape that SQL is made from: `not` only at leaves, nests of one operator flattened. Bounds it
 * too, so that no filter meets a limit of an engine (SQLite: depth 1,000, 32,766 variables; PostgreSQL: 65,535).
 */
import type { AttributeRef, Comparison, Filter } from '../directory/query.ts';
import { AppError } from '../errors.ts';

type Comparing = Extract<Filter, { readonly value: unknown }>;

/** A comparison with a value: never with null, and never `ne`, which is a negated `eq`. */
export interface Compare {
  readonly op: 'compare';
  readonly comparison: Exclude<Comparison, 'ne'>;
  readonly attribute: AttributeRef;
  readonly value: string | boolean;
  readonly negated: boolean;
}

/** A condition on a row, or on the element that a filter is about: it holds, or it is negated. */
export type Shape =
  | Compare
  | { readonly op: 'and'; readonly of: readonly Shape[] }
  | { readonly op: 'or'; readonly of: readonly Shape[] }
  | { readonly op: 'present'; readonly attribute: AttributeRef; readonly negated: boolean }
  | {
      readonly op: 'element';
      readonly attribute: AttributeRef;
      readonly of: Shape;
      readonly negated: boolean;
    };

const DEEPEST = 200;
const MOST_COMPARISONS = 5_000;

const refuse = (message: string): AppError => new AppError('invalid', 'store.filter.tooLarge', message);

const leafOf = ({ op, attribute, value }: Comparing, negated: boolean): Shape => {
  const turned = op === 'ne' ? !negated : negated;
  // What equals null has no value: the contrary of being present.
  if (value === null) return { op: 'present', attribute, negated: !turned };
  return { op: 'compare', comparison: op === 'ne' ? 'eq' : op, attribute, value, negated: turned };
};

interface Walk {
  readonly negated: boolean;
  readonly depth: number;
  /** Counts the comparisons met on the way, and refuses the one too many. */
  readonly count: () => void;
}

const joined = (node: Extract<Filter, { readonly op: 'and' | 'or' }>, walk: Walk): Shape => {
  // De Morgan: not (a and b) is (not a) or (not b).
  const op = (node.op === 'and') === walk.negated ? 'or' : 'and';
  const parts = node.of.map((part) => shaped(part, { ...walk, depth: walk.depth + 1 }));
  return { op, of: parts.flatMap((part) => (part.op === op ? part.of : [part])) };
};

const shaped = (node: Filter, walk: Walk): Shape => {
  const { negated } = walk;
  const depth = walk.depth + 1;
  if (depth > DEEPEST) throw refuse(`The filter is nested more than ${DEEPEST} deep.`);
  switch (node.op) {
    case 'not':
      return shaped(node.of, { ...walk, depth, negated: !negated });
    case 'and':
    case 'or':
      return joined(node, walk);
    case 'element': {
      const of = shaped(node.of, { ...walk, depth, negated: false });
      return { op: 'element', attribute: node.attribute, of, negated };
    }
    case 'pr':
      walk.count();
      return { op: 'present', attribute: node.attribute, negated };
    default:
      walk.count();
      return leafOf(node, negated);
  }
};

/** Shapes the filter. Throws `invalid` when it is deeper or wider than any engine should be asked. */
export const shapeOf = (filter: Filter): Shape => {
  let comparisons = 0;
  const count = (): void => {
    comparisons += 1;
    if (comparisons > MOST_COMPARISONS)
      throw refuse(`The filter has more than ${MOST_COMPARISONS} comparisons.`);
  };
  return shaped(filter, { negated: false, depth: 0, count });
};
