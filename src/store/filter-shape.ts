/**
 * Brings a filter into the shape that SQL is made from: `not` only at leaves, nests of one operator flattened. Bounds it
 * too, so that no filter meets a limit of an engine (SQLite: depth 1,000, 32,766 variables; PostgreSQL: 65,535).
 */
import { fold } from '../directory/fold.ts';
import type { AttributeRef, Comparison, Filter } from '../directory/query.ts';
import { AppError } from '../errors.ts';
import { lengthOf } from './text.ts';

type Comparing = Extract<Filter, { readonly value: unknown }>;

/** A comparison with a value: never with null, and never `ne`, which is a negated `eq`. */
export interface Compare {
  readonly op: 'compare';
  readonly comparison: Exclude<Comparison, 'ne'>;
  readonly attribute: AttributeRef;
  /** Where the value stands among those of the filter (outlineOf). */
  readonly at: number;
  /** The value; what is written for all filters of the same outline may depend on it only as far as that says. */
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

const leafOf = ({ op, attribute, value }: Comparing, { negated, number }: Walk): Shape => {
  const turned = op === 'ne' ? !negated : negated;
  // What equals null has no value: the contrary of being present.
  if (value === null) return { op: 'present', attribute, negated: !turned };
  const comparison = op === 'ne' ? 'eq' : op;
  return { op: 'compare', comparison, attribute, at: number(), value, negated: turned };
};

interface Walk {
  readonly negated: boolean;
  readonly depth: number;
  /** Counts the comparisons met on the way, and refuses the one too many. */
  readonly count: () => void;
  /** The next number of a value. */
  readonly number: () => number;
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
      return leafOf(node, walk);
  }
};

/** Comparisons whose SQL depends on the length of the value. */
const BY_LENGTH: ReadonlySet<Comparison> = new Set<Comparison>(['sw', 'ew']);

/** All that the SQL of a comparison depends on. */
const outlineOfLeaf = (leaf: Comparing): readonly unknown[] => {
  const { op, attribute, value } = leaf;
  const { path, type, caseExact, multiValued } = attribute;
  const outline = [op, path, type, caseExact, multiValued];
  if (value === null) return [...outline, null];
  if (type === 'boolean') return [...outline, value];
  return BY_LENGTH.has(op) ? [...outline, lengthOf(textOf(attribute, value))] : outline;
};

/** A filter without its values, as plain data, and the values in the order in which shapeOf numbers them. */
export const outlineOf = (
  filter: Filter | null,
): { readonly outline: unknown; readonly values: readonly (string | boolean)[] } => {
  const values: (string | boolean)[] = [];
  const visit = (node: Filter): unknown => {
    switch (node.op) {
      case 'and':
      case 'or':
        return [node.op, ...node.of.map(visit)];
      case 'not':
        return [node.op, visit(node.of)];
      case 'element':
        return [node.op, node.attribute, visit(node.of)];
      case 'pr':
        return [node.op, node.attribute];
      default:
        if (node.value !== null) values.push(node.value);
        return outlineOfLeaf(node);
    }
  };
  return { outline: filter && visit(filter), values };
};

/** The text by which a value compares: as the index of values and folded columns write it. */
export const textOf = ({ caseExact }: AttributeRef, value: string | boolean): string =>
  caseExact || typeof value === 'boolean' ? String(value) : fold(value);

/** Shapes the filter. Throws `invalid` when it is deeper or wider than any engine should be asked. */
export const shapeOf = (filter: Filter): Shape => {
  let comparisons = 0;
  const count = (): void => {
    comparisons += 1;
    if (comparisons > MOST_COMPARISONS)
      throw refuse(`The filter has more than ${MOST_COMPARISONS} comparisons.`);
  };
  let values = 0;
  const number = (): number => {
    values += 1;
    return values - 1;
  };
  return shaped(filter, { negated: false, depth: 0, count, number });
};
