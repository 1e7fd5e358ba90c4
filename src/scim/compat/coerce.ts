/**
 * Checks a normalised resource against its schema: types by SCIMMY, from definitions built once out of scim-schemas/;
 * what SCIMMY leaves out (RFC 7643 §2.4 primary and duplicates, §4.1.1 userName, text that no database keeps) by us.
 * What comes out is plain JSON with every value exactly as it was sent (idp-clients.md §1.2 rule 2). The only SCIMMY here.
 */
import { Attribute, SchemaDefinition } from 'scimmy/types';
import type { Attributes } from '../../directory/model.ts';
import {
  type AttributeDefinition,
  groupSchema,
  type ResourceSchema,
  userSchema,
} from '../../directory/schema.ts';
import { ScimRefusal } from '../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object with attributes. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MAX_TEXT_LENGTH = 65_536;
/** Most values of one multi-valued attribute; nobody has so many addresses, and work grows with each. */
export const MAX_VALUES = 1000;

/**
 * The type under which SCIMMY checks a value. Its `reference` demands an absolute URL (or a path that names a resource
 * type), which refuses the random profileUrl of Microsoft's validator and relative photos; its `dateTime` rewrites the
 * value. Both travel as strings (RFC 7643 §2.3.5, §2.3.7) and are kept as sent.
 */
const SCIMMY_TYPE = {
  string: 'string',
  reference: 'string',
  dateTime: 'string',
  boolean: 'boolean',
  binary: 'binary',
  complex: 'complex',
} as const;

// Without canonicalValues: they are suggestions (RFC 7643 §7), and SCIMMY would refuse any other `type` (scimmy.md A23).
const toScimmy = ({
  name,
  type,
  multiValued,
  required,
  subAttributes = [],
}: AttributeDefinition): Attribute =>
  new Attribute(SCIMMY_TYPE[type], name, { multiValued, required }, writable(subAttributes).map(toScimmy));

/** SCIMMY never sees readOnly attributes, nor members: it spends 24 coercions on each (scimmy.md §5). */
const writable = (attributes: readonly AttributeDefinition[]) =>
  attributes.filter(({ name, mutability }) => mutability !== 'readOnly' && name !== 'members');

const build = ({ core, extensions }: ResourceSchema): SchemaDefinition => {
  const definition = new SchemaDefinition(
    core.name,
    core.id,
    core.description,
    writable(core.attributes).map(toScimmy),
  );
  for (const { name, id, description, attributes } of extensions) {
    definition.extend(new SchemaDefinition(name, id, description, writable(attributes).map(toScimmy)));
  }
  return definition;
};

// Held here and never declared to SCIMMY.Schemas, which is shared by the whole process (architecture.md §5.1 row 11).
const definitions = new Map([userSchema, groupSchema].map((schema) => [schema, build(schema)]));

const refuse = (message: string): never => {
  throw new ScimRefusal('invalidValue', message);
};

type Explain = (...parts: readonly string[]) => string;

/** SCIMMY's messages, in words that an admin can act on. */
const EXPLANATIONS: readonly (readonly [RegExp, Explain])[] = [
  [/^Required attribute '(.+)' is missing/, (name) => `"${name}" is required; send a value for it.`],
  [/^Attribute '(.+)' expected to be a collection/, (name) => `"${name}" must be an array of values.`],
  [
    /^Attribute '(.+)' is not multi-valued.*from complex attribute '(.+)'/,
    (name, parent) => `"${parent}.${name}" holds one value; send it without an array.`,
  ],
  [/^Attribute '(.+)' is not multi-valued/, (name) => `"${name}" holds one value; send it without an array.`],
  [
    /^Complex attribute '(.+)' expected complex value but found type '(.+?)'/,
    (name, type) => `"${name}" must be an object with sub-attributes, not of type ${type}.`,
  ],
  [
    /^Attribute '(.+)' expected value type 'binary' to be base64.*from complex attribute '(.+?)'/,
    (name, parent) => `"${parent}.${name}" must be base64 in a string.`,
  ],
  [
    /^Attribute '(.+)' expected value type '(.+)' but found type '(.+?)' from complex attribute '(.+?)'/,
    (name, wanted, type, parent) => `"${parent}.${name}" must be of type ${wanted}, not ${type}.`,
  ],
  [
    /^Attribute '(.+)' expected value type '(.+)' but found type '(.+?)'/,
    (name, wanted, type) => `"${name}" must be of type ${wanted}, not ${type}.`,
  ],
];

const explain = (message: string): string => {
  for (const [pattern, words] of EXPLANATIONS) {
    const [matched, ...parts] = pattern.exec(message) ?? [];
    if (matched !== undefined) return words(...parts);
  }
  return `${message}.`;
};

const checkTypes = (attributes: Attributes, schema: ResourceSchema): JsonObject => {
  const definition = definitions.get(schema) ?? build(schema);
  try {
    // Through JSON and back: SCIMMY gives frozen objects of getters and proxied arrays.
    return JSON.parse(JSON.stringify(definition.coerce({ ...attributes }, 'in'))) as JsonObject;
  } catch (error) {
    // Only SCIMMY's own judgement is the client's fault; anything else is a bug and stays one (scimmy.md rule 3).
    const message = error instanceof Error ? error.message : '';
    if (!(error instanceof TypeError) || !/\battribute '/i.test(message)) throw error;
    return refuse(explain(message));
  }
};

const loneSurrogate = /\p{Surrogate}/u;

const checkText = (text: string, path: string): void => {
  if (text.length > MAX_TEXT_LENGTH) refuse(`"${path}" is longer than ${MAX_TEXT_LENGTH} characters.`);
  if (text.includes('\0')) refuse(`"${path}" holds a NUL character, which cannot be stored; remove it.`);
  if (loneSurrogate.test(text)) refuse(`"${path}" holds half a surrogate pair, which is no valid text.`);
};

const checkTexts = (value: unknown, path: string, joint: '.' | ':'): void => {
  if (typeof value === 'string') checkText(value, path);
  if (Array.isArray(value)) {
    if (value.length > MAX_VALUES) refuse(`"${path}" has more than ${MAX_VALUES} values.`);
    for (const element of value) checkTexts(element, path, joint);
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) checkTexts(inner, `${path}${joint}${name}`, '.');
  }
};

const checkAllTexts = (attributes: Attributes): void => {
  // Only URNs hold colons: an extension, whose attributes follow after a colon (RFC 7644 §3.10).
  for (const [name, value] of Object.entries(attributes))
    checkTexts(value, name, name.includes(':') ? ':' : '.');
};

/** "The primary attribute value 'true' MUST appear no more than once" (RFC 7643 §2.4, T049). */
const checkPrimary = (values: readonly unknown[], path: string): void => {
  const primaries = values.filter((value) => isObject(value) && value['primary'] === true);
  if (primaries.length > 1)
    refuse(`"${path}" has ${primaries.length} primary values; mark one of them only.`);
};

/** Identical values once: "SHOULD NOT return the same (type, value) combination more than once" (RFC 7643 §2.4). */
const distinct = (values: readonly unknown[]): readonly unknown[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];

const tidyValues = (attributes: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      if (!Array.isArray(value)) return [name, value];
      const values = distinct(value);
      checkPrimary(values, name);
      return [name, values];
    }),
  );

const checkRequired = (attributes: JsonObject, { core }: ResourceSchema): void => {
  for (const { name, required } of core.attributes) {
    const value = attributes[name];
    // T044: absent, empty and blank are all "no value".
    if (
      required &&
      (typeof value !== 'string' ? value === undefined || value === null : value.trim() === '')
    ) {
      refuse(`"${name}" is required; send a value that is not empty.`);
    }
  }
};

/**
 * Checks a normalised resource and gives it back as plain JSON in the order of the schema, with nothing added and no
 * value altered. Throws invalidValue that names the attribute.
 */
export const coerceResource = (attributes: Attributes, schema: ResourceSchema): Attributes => {
  checkRequired(attributes, schema);
  checkAllTexts(attributes);
  // `schemas` and `meta` are additions of SCIMMY.
  const { schemas: _schemas, meta: _meta, ...checked } = checkTypes(attributes, schema);
  return tidyValues(checked);
};
