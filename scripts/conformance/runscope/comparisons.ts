/**
 * Runscope's comparisons. Where its manual leaves room, the stricter reading is taken: a number is a JSON number, an
 * array contains a value only as a whole element, and what is absent satisfies nothing but `empty` and `is_null`.
 */

type Comparison = (actual: unknown, expected: string) => boolean;

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

/** Scalars as the text that Runscope compares; null and absent are no text. */
const equal: Comparison = (actual, expected) => isScalar(actual) && String(actual) === expected;

const isEmpty: Comparison = (actual) => {
  if (actual === undefined || actual === null || actual === '') return true;
  return typeof actual === 'object' && Object.keys(actual).length === 0;
};

const number =
  (holds: (actual: number, expected: number) => boolean): Comparison =>
  (actual, expected) =>
    typeof actual === 'number' && expected.trim() !== '' && holds(actual, Number(expected));

const contains: Comparison = (actual, expected) => {
  if (Array.isArray(actual)) return actual.some((element) => equal(element, expected));
  return typeof actual === 'string' && actual.includes(expected);
};

const hasKey: Comparison = (actual, expected) =>
  typeof actual === 'object' && actual !== null && Object.hasOwn(actual, expected);

const hasValue: Comparison = (actual, expected) =>
  typeof actual === 'object' &&
  actual !== null &&
  Object.values(actual).some((value) => equal(value, expected));

const less = number((actual, expected) => actual < expected);
const lessOrEqual = number((actual, expected) => actual <= expected);
const greater = number((actual, expected) => actual > expected);
const greaterOrEqual = number((actual, expected) => actual >= expected);

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  empty: isEmpty,
  not_empty: (actual, expected) => !isEmpty(actual, expected),
  is_null: (actual) => actual === undefined || actual === null,
  equal,
  not_equal: (actual, expected) => actual !== undefined && !equal(actual, expected),
  equal_number: number((actual, expected) => actual === expected),
  is_a_number: (actual) => typeof actual === 'number' && Number.isFinite(actual),
  is_less_than: less,
  is_less_than_or_equal: lessOrEqual,
  is_less_than_or_equals: lessOrEqual,
  is_greater_than: greater,
  is_greater_than_or_equal: greaterOrEqual,
  is_greater_than_or_equals: greaterOrEqual,
  contains,
  does_not_contain: (actual, expected) => actual !== undefined && !contains(actual, expected),
  has_key: hasKey,
  has_value: hasValue,
};

/** Compares; throws for a comparison that is not known, so that it fails rather than being passed over. */
export const compare = (comparison: string, actual: unknown, expected: string): boolean => {
  const holds = Object.hasOwn(COMPARISONS, comparison) ? COMPARISONS[comparison] : undefined;
  if (!holds) throw new Error(`the comparison "${comparison}" is not known to this interpreter`);
  return holds(actual, expected);
};
