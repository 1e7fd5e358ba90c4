/** What one PATCH may spend on looking at values, so that no request keeps the others waiting. */
import type { Filter } from '../../directory/query.ts';
import { isObject } from '../compat/coerce.ts';
import { ScimRefusal } from '../errors.ts';

/** What is left of it. */
export interface Work {
  left: number;
}

/** Spends some of it. Throws invalidValue, in these words, when too little is left. */
export const spend = (work: Work, amount: number, refusal: string): void => {
  work.left -= amount;
  if (work.left < 0) throw new ScimRefusal('invalidValue', refusal);
};

/** To fold so many characters takes as long as to look at a short text. */
const CHARACTERS = 64;

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);

/** What texts cost beyond what short ones do: they are folded anew each time that somebody looks. */
export const lengthCost = (...texts: readonly unknown[]): number =>
  Math.floor(texts.reduce<number>((sum, text) => sum + lengthOf(text), 0) / CHARACTERS);

/** To look for one text anywhere in another may take as long as both are, multiplied. */
const searchCost = (wanted: unknown, actual: unknown): number =>
  Math.floor((lengthOf(wanted) * lengthOf(actual)) / CHARACTERS ** 2);

const partOf = (element: unknown, path: string): unknown =>
  isObject(element) ? element[path.slice(path.lastIndexOf('.') + 1)] : element;

/** How often a filter looks at a short text, at most, when it is asked whether an element fits. */
export const looksOf = (filter: Filter, element: unknown): number => {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.of.reduce((sum, part) => sum + looksOf(part, element), 0);
    case 'not':
    case 'element':
      return looksOf(filter.of, element);
    case 'pr':
      return 1;
    default: {
      const actual = partOf(element, filter.attribute.path);
      return (
        1 + lengthCost(filter.value, actual) + (filter.op === 'co' ? searchCost(filter.value, actual) : 0)
      );
    }
  }
};
