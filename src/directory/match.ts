/**
 * Decides in memory whether attributes, or one element of a multi-valued attribute, fit a Filter. Means exactly what
 * query.ts says, as store/filter.ts does in SQL. Attributes stand under canonical names, extensions under their URN.
 */
import { fold } from './fold.ts';
import type { Attributes } from './model.ts';
import type { AttributeRef, Comparison, Filter } from './query.ts';

type Values = readonly unknown[];
/** Finds the values of an attribute in whatever is being judged. */
type Look = (attribute: AttributeRef) => Values;

const listOf = (value: unknown): Values => (Array.isArray(value) ? value : [value]);

const part = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const isPresent = (value: unknown): boolean => {
  if (value === undefined || value === null || value === '') return false;
  if (Array.isArray(value)) return value.some(isPresent);
  return typeof value !== 'object' || Object.values(value).some(isPresent);
};

const stepsOf = (path: string): readonly string[] => {
  // Only URNs hold colons, and the last colon ends the URN: `urn:…:2.0:User:manager.value`.
  const end = path.lastIndexOf(':');
  const names = path.slice(end + 1).split('.');
  return end < 0 ? names : [path.slice(0, end), ...names];
};

const valuesAt = (root: unknown, path: string): Values =>
  stepsOf(path)
    .reduce<Values>((values, name) => values.flatMap((value) => listOf(part(value, name))), [root])
    .filter(isPresent);

/** UTF-16 puts astral characters before U+E000–U+FFFF; code points, and bytes of UTF-8, put them after. */
const rank = (unit: number) => {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
};

const compareText = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};

const textOf = (attribute: AttributeRef, value: unknown): string => {
  const text = String(value);
  return attribute.caseExact || attribute.type === 'boolean' ? text : fold(text);
};

const compareValues = (attribute: AttributeRef, a: unknown, b: unknown): number =>
  attribute.type === 'dateTime'
    ? Date.parse(String(a)) - Date.parse(String(b))
    : compareText(textOf(attribute, a), textOf(attribute, b));

type Test = (attribute: AttributeRef, actual: unknown, wanted: string | boolean) => boolean;

const TESTS: Readonly<Record<Exclude<Comparison, 'ne'>, Test>> = {
  eq: (attribute, actual, wanted) => compareValues(attribute, actual, wanted) === 0,
  co: (attribute, actual, wanted) => textOf(attribute, actual).includes(textOf(attribute, wanted)),
  sw: (attribute, actual, wanted) => textOf(attribute, actual).startsWith(textOf(attribute, wanted)),
  ew: (attribute, actual, wanted) => textOf(attribute, actual).endsWith(textOf(attribute, wanted)),
  gt: (attribute, actual, wanted) => compareValues(attribute, actual, wanted) > 0,
  ge: (attribute, actual, wanted) => compareValues(attribute, actual, wanted) >= 0,
  lt: (attribute, actual, wanted) => compareValues(attribute, actual, wanted) < 0,
  le: (attribute, actual, wanted) => compareValues(attribute, actual, wanted) <= 0,
};

type ComparisonFilter = Extract<Filter, { readonly value: unknown }>;

const compare = ({ op, attribute, value }: ComparisonFilter, look: Look): boolean => {
  const values = look(attribute);
  // "eq/ne with null: the attribute has no value / has one."
  if (value === null) return op === 'eq' ? values.length === 0 : values.length > 0;
  if (op === 'ne') return !values.some((actual) => TESTS.eq(attribute, actual, value));
  return values.some((actual) => TESTS[op](attribute, actual, value));
};

type ElementFilter = Extract<Filter, { readonly op: 'element' }>;
type ElementTest = (filter: ElementFilter) => boolean;

const evaluate = (filter: Filter, look: Look, anyElement: ElementTest): boolean => {
  const holds = (inner: Filter) => evaluate(inner, look, anyElement);
  switch (filter.op) {
    case 'and':
      return filter.of.every(holds);
    case 'or':
      return filter.of.some(holds);
    case 'not':
      return !holds(filter.of);
    case 'pr':
      return look(filter.attribute).length > 0;
    case 'element':
      return anyElement(filter);
    default:
      return compare(filter, look);
  }
};

/** Whether one element of a multi-valued attribute fits; the filter's paths begin with `parentPath`. */
export const matchesElement = (filter: Filter, element: unknown, parentPath: string): boolean =>
  evaluate(
    filter,
    // An element knows nothing of attributes outside of it.
    ({ path }) =>
      path.startsWith(`${parentPath}.`) ? valuesAt(element, path.slice(parentPath.length + 1)) : [],
    () => false,
  );

/** Whether the attributes of a person or group fit the filter. */
export const matches = (filter: Filter, attributes: Attributes): boolean =>
  evaluate(
    filter,
    ({ path }) => valuesAt(attributes, path),
    ({ attribute, of }) =>
      valuesAt(attributes, attribute.path).some((element) => matchesElement(of, element, attribute.path)),
  );
