/**
 * Which attributes an answer shows: `attributes`, `excludedAttributes` (RFC 7644 §3.9) and `returned` (RFC 7643 §7).
 * `id` and `schemas` are always there. Unknown names are ignored, in any letter case, with or without URN.
 */
import {
  type AttributeDefinition,
  commonAttributes,
  type FoundAttribute,
  findAttribute,
  type ResourceSchema,
} from '../directory/schema.ts';
import { ScimRefusal } from './errors.ts';

type Json = Readonly<Record<string, unknown>>;

/** Names as a tree: `true` means the whole attribute. */
type Names = Map<string, Names | true>;

/** What an answer shows of a resource. */
export interface Projection {
  /** Whether anything of the attribute (by its canonical name) is shown: lets callers skip loading members or groups. */
  wants(name: string): boolean;
  /** The names asked for; null when the default set is meant. */
  readonly only: ReadonlyMap<string, unknown> | null;
  readonly without: ReadonlyMap<string, unknown>;
}

/** Longest list of names that is looked at, in characters; all attributes and their parts by their full names are 5,000. */
const LONGEST_LIST = 16_384;

const insert = (names: Names, [first, ...rest]: readonly string[]): void => {
  if (first === undefined) return;
  const standing = names.get(first);
  if (rest.length === 0 || standing === true) {
    names.set(first, true);
    return;
  }
  const inner: Names = standing ?? new Map();
  names.set(first, inner);
  insert(inner, rest);
};

const stepsOf = ({ extension, attribute, subAttribute }: FoundAttribute): readonly string[] => [
  ...(extension === null ? [] : [extension]),
  attribute.name,
  ...(subAttribute === null ? [] : [subAttribute.name]),
];

/** What one name stands for: an attribute, a part of one, or all of a schema when it is a bare URN. */
const selected = (name: string, schema: ResourceSchema) => {
  const { core, extensions } = schema;
  const lower = name.toLowerCase();
  if (lower === core.id.toLowerCase()) return core.attributes.map((attribute) => [attribute.name]);
  const extension = extensions.find(({ id }) => id.toLowerCase() === lower);
  if (extension) return [[extension.id]];
  const found = findAttribute(schema, name);
  return found ? [stepsOf(found)] : [];
};

const readNames = (list: string, schema: ResourceSchema): Names => {
  const names: Names = new Map();
  // Microsoft's collection asks for `emails[type eq "work"]`: the attribute is meant (RFC 7644 §3.9 knows names alone).
  // Brackets inside of brackets end the search for a pair, so that the time grows with the length alone.
  for (const name of list.replace(/\[[^[\]]*\]/g, '').split(',')) {
    for (const steps of selected(name.trim(), schema)) insert(names, steps);
  }
  return names;
};

interface Place {
  readonly steps: readonly string[];
  readonly definition: AttributeDefinition;
}

const placesOf = ({ core, extensions }: ResourceSchema): readonly Place[] => [
  ...[...core.attributes, ...commonAttributes].map((definition) => ({
    steps: [definition.name],
    definition,
  })),
  ...extensions.flatMap(({ id, attributes }) =>
    attributes.map((definition) => ({ steps: [id, definition.name], definition })),
  ),
];

const withReturned = (schema: ResourceSchema, returned: AttributeDefinition['returned']) =>
  placesOf(schema).filter(({ definition }) => definition.returned === returned);

const dropAlways = (names: Names, schema: ResourceSchema): void => {
  // "returned: always" cannot be excluded: id at least (T074).
  for (const { steps } of withReturned(schema, 'always')) names.delete(steps.at(-1) ?? '');
};

const projectionOf = (only: Names | null, without: Names): Projection => ({
  only,
  without,
  wants: (name) => without.get(name) !== true && (only === null || only.has(name)),
});

const insertReturned = (
  names: Names,
  schema: ResourceSchema,
  returned: AttributeDefinition['returned'],
): void => {
  for (const { steps } of withReturned(schema, returned)) insert(names, steps);
};

const showingOnly = (asked: string, schema: ResourceSchema): Projection => {
  const [only, without] = [readNames(asked, schema), new Map()];
  insertReturned(only, schema, 'always');
  insertReturned(without, schema, 'never');
  return projectionOf(only, without);
};

const leavingOut = (excluded: string, schema: ResourceSchema): Projection => {
  const without = readNames(excluded, schema);
  dropAlways(without, schema);
  insertReturned(without, schema, 'never');
  insertReturned(without, schema, 'request');
  return projectionOf(null, without);
};

const defaults = new WeakMap<ResourceSchema, Projection>();

/** What is shown where nobody asks for anything. */
const defaultOf = (schema: ResourceSchema): Projection => {
  const projection = defaults.get(schema) ?? leavingOut('', schema);
  defaults.set(schema, projection);
  return projection;
};

interface Lists {
  readonly attributes?: string | undefined;
  readonly excludedAttributes?: string | undefined;
}

const listIn = (query: Lists, name: keyof Lists): string => {
  const list = query[name]?.trim() ?? '';
  if (list.length <= LONGEST_LIST) return list;
  throw new ScimRefusal('invalidValue', `"${name}" is longer than ${LONGEST_LIST} characters; name fewer.`);
};

/** Reads which attributes a request asks for. Throws invalidValue when it names both lists, or endlessly many. */
export const readProjection = (query: Lists, schema: ResourceSchema): Projection => {
  const asked = listIn(query, 'attributes');
  const excluded = listIn(query, 'excludedAttributes');
  if (asked !== '' && excluded !== '') {
    // "either of the mutually exclusive URL query parameters" (RFC 7644 §3.9).
    throw new ScimRefusal('invalidValue', 'Send either "attributes" or "excludedAttributes", not both.');
  }
  if (asked !== '') return showingOnly(asked, schema);
  return excluded === '' ? defaultOf(schema) : leavingOut(excluded, schema);
};

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An element or object of which nothing is left is unassigned and goes. */
const isHollow = (value: unknown): boolean =>
  value === undefined ||
  (isObject(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0);

const transform = (value: unknown, change: (object: Json) => Json): unknown => {
  if (Array.isArray(value)) {
    return value.map((element) => transform(element, change)).filter((element) => !isHollow(element));
  }
  return isObject(value) ? change(value) : value;
};

type Pick = (entry: readonly [string, unknown]) => readonly (readonly [string, unknown])[];

const rebuild = (object: Json, pick: Pick): Json =>
  Object.fromEntries(
    Object.entries(object)
      .flatMap(pick)
      .filter(([, value]) => !isHollow(value)),
  );

const keepOnly = (object: Json, names: ReadonlyMap<string, unknown>): Json =>
  rebuild(object, ([name, value]) => {
    const inner = names.get(name);
    if (inner === undefined) return [];
    return [[name, inner instanceof Map ? transform(value, (part) => keepOnly(part, inner)) : value]];
  });

const leaveOut = (object: Json, names: ReadonlyMap<string, unknown>): Json =>
  Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      const inner = names.get(name);
      if (inner === true) return [];
      if (!(inner instanceof Map)) return [[name, value]];
      const rest = transform(value, (part) => leaveOut(part, inner));
      return isHollow(rest) ? [] : [[name, rest]];
    }),
  );

/** "schemas" names the schemas of the attributes that are present in this structure (RFC 7643 §3). */
const withPresentSchemas = (resource: Json): Json => {
  const { schemas } = resource;
  if (!Array.isArray(schemas)) return resource;
  const [core, ...extensions] = schemas as readonly string[];
  return { ...resource, schemas: [core, ...extensions.filter((urn) => Object.hasOwn(resource, urn))] };
};

/** Whether the answer shows all that there is. */
export const isWhole = ({ only, without }: Projection): boolean => only === null && without.size === 0;

/** The resource as the answer shows it; the resource itself when nothing is to be left out. */
export const project = (resource: Json, projection: Projection): Json => {
  if (isWhole(projection)) return resource;
  const { only, without } = projection;
  const kept = only === null ? resource : keepOnly(resource, only);
  return withPresentSchemas(without.size === 0 ? kept : leaveOut(kept, without));
};
