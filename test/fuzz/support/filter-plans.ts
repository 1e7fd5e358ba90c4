/** Filters drawn at random from the schema; their values are often cut out of the people that they will be asked about. */
import fc from 'fast-check';
import type { Attributes } from '../../../src/directory/model.ts';
import type { AttributeRef, Comparison, Filter } from '../../../src/directory/query.ts';
import {
  canonicalPath,
  commonAttributes,
  type FoundAttribute,
  refOf,
  userSchema,
} from '../../../src/directory/schema.ts';
import { at } from '../../contract/records.ts';
import { anyText } from './texts.ts';

/** Where the text of a comparison comes from: drawn, or a piece of what one of the people has. */
type TextPlan =
  | { readonly text: string }
  | {
      readonly person: number;
      readonly nth: number;
      readonly piece: 'all' | 'head' | 'tail' | 'middle' | 'loud';
    };

type ValuePlan = TextPlan | { readonly exactly: string | boolean | null };

export type FilterPlan =
  | { readonly op: 'and' | 'or'; readonly of: readonly FilterPlan[] }
  | { readonly op: 'not'; readonly of: FilterPlan }
  | { readonly op: 'pr'; readonly attribute: AttributeRef }
  | { readonly op: 'element'; readonly attribute: AttributeRef; readonly of: FilterPlan }
  | { readonly op: Comparison; readonly attribute: AttributeRef; readonly value: ValuePlan };

/** What a filter may not name: the store refuses these, in words. */
const UNSEARCHABLE = /^(meta\.(version|location)|groups\.(\$ref|type))$/;

const places = (): readonly FoundAttribute[] => {
  const own = [...userSchema.core.attributes, ...commonAttributes].map((attribute) => ({
    extension: null,
    attribute,
  }));
  const extended = userSchema.extensions.flatMap(({ id, attributes }) =>
    attributes.map((attribute) => ({ extension: id, attribute })),
  );
  return [...own, ...extended]
    .flatMap(({ extension, attribute }) => [
      { extension, attribute, subAttribute: null },
      ...(attribute.subAttributes ?? []).map((subAttribute) => ({ extension, attribute, subAttribute })),
    ])
    .filter(
      (found) =>
        !UNSEARCHABLE.test(canonicalPath(found)) &&
        canonicalPath(found) !== 'meta' &&
        (found.subAttribute ?? found.attribute).returned !== 'never',
    );
};

const all = places();
const refs = all.map(refOf);
const leaves = refs.filter(({ type }) => type !== 'complex');
/** Attributes of several values whose elements a filter can ask about. */
const elements = all
  .filter(
    ({ attribute, subAttribute }) => attribute.multiValued && attribute.type === 'complex' && !subAttribute,
  )
  .map((found) => ({
    ref: refOf(found),
    parts: leaves.filter(({ path }) => path.startsWith(`${canonicalPath(found)}.`)),
  }));

const textPlan: fc.Arbitrary<TextPlan> = fc.oneof(
  { weight: 1, arbitrary: anyText.map((text) => ({ text })) },
  {
    weight: 3,
    arbitrary: fc.record({
      person: fc.nat(7),
      nth: fc.nat(5),
      piece: fc.constantFrom('all', 'head', 'tail', 'middle', 'loud'),
    }),
  },
);

const exactly = (...values: readonly (string | boolean | null)[]): fc.Arbitrary<ValuePlan> =>
  fc.constantFrom(...values).map((value) => ({ exactly: value }));

const INSTANTS = [...[0, 1, 2, 3].map(at), '2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00.500Z'];
const EQUALITY: readonly Comparison[] = ['eq', 'ne'];
const ORDER: readonly Comparison[] = ['gt', 'ge', 'lt', 'le'];
const PIECES: readonly Comparison[] = ['co', 'sw', 'ew'];

const OPERATORS: Readonly<Record<AttributeRef['type'], readonly Comparison[]>> = {
  string: [...EQUALITY, ...PIECES, ...ORDER],
  reference: [...EQUALITY, ...PIECES, ...ORDER],
  binary: [...EQUALITY, ...PIECES],
  boolean: EQUALITY,
  dateTime: [...EQUALITY, ...ORDER],
  complex: [],
};

const comparison = (attribute: AttributeRef): fc.Arbitrary<FilterPlan> => {
  const valued = {
    boolean: exactly(true, false),
    dateTime: exactly(...INSTANTS),
    string: textPlan,
    reference: textPlan,
    binary: textPlan,
    complex: textPlan,
  }[attribute.type];
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(fc.constantFrom(...OPERATORS[attribute.type]), valued).map(([op, value]) => ({
        op,
        attribute,
        value,
      })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...EQUALITY).map((op) => ({ op, attribute, value: { exactly: null } })),
    },
  );
};

const presence = (attribute: AttributeRef): FilterPlan => ({ op: 'pr', attribute });

const joined = (inner: fc.Arbitrary<FilterPlan>): fc.Arbitrary<FilterPlan> =>
  fc.oneof(
    fc.record({
      op: fc.constantFrom('and', 'or'),
      of: fc.array(inner, { minLength: 2, maxLength: 4 }),
    }) as fc.Arbitrary<FilterPlan>,
    inner.map((of) => ({ op: 'not', of }) as const),
  );

const nested = (leaf: fc.Arbitrary<FilterPlan>, depth: number): fc.Arbitrary<FilterPlan> =>
  depth === 0
    ? leaf
    : fc.oneof({ weight: 2, arbitrary: leaf }, { weight: 1, arbitrary: joined(nested(leaf, depth - 1)) });

const leafAmong = (among: readonly AttributeRef[], present: readonly AttributeRef[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...among).chain(comparison) },
    { weight: 1, arbitrary: fc.constantFrom(...present).map(presence) },
  );

const element: fc.Arbitrary<FilterPlan> = fc
  .constantFrom(...elements)
  .chain(({ ref, parts }) =>
    nested(leafAmong(parts, parts), 2).map((of) => ({ op: 'element', attribute: ref, of }) as const),
  );

/** Any filter that the language can say and the store can answer. */
export const anyFilter: fc.Arbitrary<FilterPlan> = nested(
  fc.oneof({ weight: 3, arbitrary: leafAmong(leaves, refs) }, { weight: 2, arbitrary: element }),
  3,
);

const textsAt = (value: unknown, steps: readonly string[]): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((one) => textsAt(one, steps));
  const [step, ...rest] = steps;
  if (typeof value === 'string') return step === undefined && value !== '' ? [value] : [];
  if (step === undefined || typeof value !== 'object' || value === null) return [];
  return textsAt((value as Readonly<Record<string, unknown>>)[step], rest);
};

const stepsOf = (path: string): readonly string[] => {
  const colon = path.lastIndexOf(':');
  const names = path.slice(colon + 1).split('.');
  return colon < 0 ? names : [path.slice(0, colon), ...names];
};

const cut = (text: string, piece: Exclude<TextPlan, { text: string }>['piece']): string => {
  const characters = [...text];
  const half = Math.ceil(characters.length / 2);
  switch (piece) {
    case 'head':
      return characters.slice(0, half).join('');
    case 'tail':
      return characters.slice(half - 1).join('');
    case 'middle':
      return characters.slice(Math.floor(half / 2), half + 1).join('');
    case 'loud':
      return text.toUpperCase();
    default:
      return text;
  }
};

const valueFrom = (plan: ValuePlan, { path }: AttributeRef, people: readonly Attributes[]) => {
  if ('exactly' in plan) return plan.exactly;
  if ('text' in plan) return plan.text;
  const { person, nth, piece } = plan;
  const texts = people.length === 0 ? [] : textsAt(people[person % people.length], stepsOf(path));
  return texts.length === 0 ? `${nth}` : cut(texts[nth % texts.length] ?? '', piece);
};

/** The filter that the plan means for these people. */
export const filterFrom = (plan: FilterPlan, people: readonly Attributes[]): Filter => {
  switch (plan.op) {
    case 'and':
    case 'or':
      return { op: plan.op, of: plan.of.map((part) => filterFrom(part, people)) };
    case 'not':
      return { op: 'not', of: filterFrom(plan.of, people) };
    case 'pr':
      return plan;
    case 'element':
      return { ...plan, of: filterFrom(plan.of, people) };
    default:
      return { ...plan, value: valueFrom(plan.value, plan.attribute, people) };
  }
};
