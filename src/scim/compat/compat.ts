/**
 * What clients send → attributes under canonical names. The quirks of known clients are data in
 * quirks.ts; a strict connection skips them. No object ever gets a key that a client chose: names come
 * from the schema, so `__proto__` and `constructor` are unknown attributes like any other (T047).
 */
import type { Attributes } from '../../directory/model.ts';
import {
  type AttributeDefinition,
  canonicalPath,
  type FoundAttribute,
  findAttribute,
  findSchema,
  type ResourceSchema,
} from '../../directory/schema.ts';
import { ScimRefusal } from '../errors.ts';
import { sentUrns } from '../urns.ts';
import { coerceResource, isObject, type JsonObject } from './coerce.ts';
import { type Dialect, tolerates } from './dialect.ts';
import { hasValuePart, keyQuirks, type ValueQuirk, valueQuirks, wireQuirks } from './quirks.ts';
import { type Reader, recordUnknown } from './unknown.ts';

const adapt = (at: ValueQuirk['at'], definition: AttributeDefinition, value: unknown, dialect: Dialect) =>
  valueQuirks.reduce((now, quirk) => {
    const adapted = quirk.at === at ? quirk.adapt(definition, now) : now;
    return adapted === now || !tolerates(dialect, quirk) ? now : adapted;
  }, value);

/** "Unassigned": null and [] (RFC 7643 §2.5); also "", which clients send to clear (T092). */
const isUnassigned = (value: unknown) =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** An object without the parts that are null; null when nothing is left. */
const compact = (value: JsonObject): JsonObject | null => {
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return kept.length === 0 ? null : Object.fromEntries(kept);
};

const readParts = (
  definition: AttributeDefinition,
  value: JsonObject,
  path: string,
  reader: Reader,
): JsonObject => {
  const parts: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const lower = key.toLowerCase();
    const sub = definition.subAttributes?.find(({ name }) => name.toLowerCase() === lower);
    if (!sub) recordUnknown(`${path}.${key}`, reader);
    else if (sub.mutability !== 'readOnly')
      parts[sub.name] = normalizeValue(sub, inner, `${path}.${sub.name}`, reader);
  }
  return parts;
};

const LABELS = new Set(['type', 'primary', 'display']);

/** One of several values; null when its content was emptied and only labels are left (Okta "push empty values"). */
const readElement = (
  definition: AttributeDefinition,
  raw: unknown,
  path: string,
  reader: Reader,
): unknown => {
  const value = adapt('element', definition, raw, reader);
  if (isUnassigned(value)) return null;
  if (definition.type !== 'complex' || !isObject(value)) return value;
  const parts = readParts(definition, value, path, reader);
  const emptied = Object.values(parts).includes(null);
  const content = Object.entries(parts).some(([name, part]) => part !== null && !LABELS.has(name));
  return emptied && !content ? null : compact(parts);
};

/**
 * A value in the shape that the schema gives it; null when it is unassigned. Parts of a single-valued complex attribute
 * that the client emptied stay as nulls, so that a PATCH can clear them. Wrong types pass: coerce.ts refuses them.
 */
export const normalizeValue = (
  definition: AttributeDefinition,
  raw: unknown,
  path: string,
  reader: Reader,
): unknown => {
  const whole = adapt('whole', definition, raw, reader);
  if (definition.multiValued && Array.isArray(whole)) {
    const elements = whole.map((element) => readElement(definition, element, path, reader));
    const kept = elements.filter((element) => element !== null);
    return kept.length === 0 ? null : kept;
  }
  const value = adapt('element', definition, whole, reader);
  if (isUnassigned(value)) return null;
  if (definition.type !== 'complex' || !isObject(value)) return value;
  const parts = readParts(definition, value, path, reader);
  // Decision 5: `{}` and `{value: ""}` mean that there is no manager.
  const gone = parts['value'] === null || compact(parts) === null;
  // What only the server may say (manager.displayName) says nothing, rather than "no manager".
  const says = Object.keys(parts).length > 0 || Object.keys(value).length === 0;
  return hasValuePart(definition) && gone && says ? null : parts;
};

/** An attribute that a body names, with its normalised value; null clears it. */
export interface Entry {
  readonly found: FoundAttribute;
  readonly value: unknown;
}

const isReadOnly = ({ attribute, subAttribute }: FoundAttribute) =>
  attribute.mutability === 'readOnly' || subAttribute?.mutability === 'readOnly';

const readNamespace = (urn: string, value: unknown, reader: Reader): readonly Entry[] => {
  if (isObject(value)) return readEntries(value, reader, urn);
  if (!isUnassigned(value))
    throw new ScimRefusal('invalidValue', `"${urn}" must be an object with attributes.`);
  const attributes = findSchema(reader.schema, urn)?.attributes ?? [];
  return readEntries(Object.fromEntries(attributes.map(({ name }) => [name, null])), reader, urn);
};

const readEntry = (key: string, raw: unknown, reader: Reader, urn: string | undefined): readonly Entry[] => {
  const { schema } = reader;
  const path = urn === undefined ? key : `${urn}:${key}`;
  const found = findAttribute(schema, path);
  const quirk = found && keyQuirks.find(({ recognizes }) => recognizes(found, path));
  if (!found || (quirk && !tolerates(reader, quirk))) {
    const namespace = urn === undefined ? findSchema(schema, key) : undefined;
    if (namespace) return readNamespace(namespace.id, raw, reader);
    recordUnknown(path, reader);
    return [];
  }
  // "readOnly SHALL be ignored" (RFC 7644 §3.3, §3.5.1); members are read by patch/members.ts.
  if (isReadOnly(found) || found.attribute.name === 'members') return [];
  const value = normalizeValue(found.subAttribute ?? found.attribute, raw, canonicalPath(found), reader);
  return [{ found, value }];
};

/** All attributes that a JSON object names: plain, under an extension, dotted, or by full URN (T086, T087). */
export const readEntries = (body: JsonObject, reader: Reader, urn?: string): readonly Entry[] =>
  // Clients repeat `schemas` inside of an extension too (scim2-tester); what it holds the server says.
  Object.keys(body).flatMap((name) =>
    name.toLowerCase() === 'schemas' ? [] : readEntry(name, body[name], reader, urn),
  );

/** A value with one of its parts set, as dotted names say it (`name.givenName`, `emails.value`). */
const withPart = (before: unknown, name: string, value: unknown): JsonObject => ({
  ...(isObject(before) ? before : {}),
  [name]: value,
});

const assign = (target: Record<string, unknown>, { found, value }: Entry): void => {
  const { attribute, subAttribute } = found;
  const before = target[attribute.name];
  if (subAttribute && attribute.multiValued) {
    const [first, ...rest] = Array.isArray(before) ? before : [];
    target[attribute.name] = [withPart(first, subAttribute.name, value), ...rest];
  } else if (subAttribute) {
    target[attribute.name] = withPart(before, subAttribute.name, value);
  } else {
    const joins = !attribute.multiValued && isObject(value) && isObject(before);
    target[attribute.name] = joins ? { ...before, ...value } : value;
  }
};

/** Attributes without anything unassigned: null, emptied parts, extensions without data. */
const withoutUnassigned = (attributes: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => {
      const kept = isObject(value) ? compact(withoutUnassigned(value)) : value;
      return isUnassigned(kept) ? [] : [[name, kept]];
    }),
  );

const gather = (entries: readonly Entry[]): JsonObject => {
  const core: Record<string, unknown> = {};
  const extensions = new Map<string, Record<string, unknown>>();
  for (const entry of entries) {
    const { extension } = entry.found;
    if (extension === null) assign(core, entry);
    else {
      const target = extensions.get(extension) ?? {};
      extensions.set(extension, target);
      assign(target, entry);
    }
  }
  return withoutUnassigned({ ...core, ...Object.fromEntries(extensions) });
};

/** Tolerant servers echo what they support, whatever `schemas` says (T038, T042, T115); strict ones insist on it. */
const checkSchemas = (body: JsonObject, { core, extensions }: ResourceSchema, dialect: Dialect): void => {
  const urns = body['schemas'];
  const known = new Set([core, ...extensions].map(({ id }) => id.toLowerCase()));
  const sent = sentUrns(urns);
  if (!sent.includes(core.id.toLowerCase()) && !tolerates(dialect, wireQuirks.noSchemas)) {
    throw new ScimRefusal('invalidSyntax', `"schemas" must be an array that holds "${core.id}".`);
  }
  const stranger = sent.find((urn) => !known.has(urn));
  if (stranger !== undefined && !tolerates(dialect, wireQuirks.strangeSchema)) {
    throw new ScimRefusal(
      'invalidSyntax',
      `"schemas" holds "${stranger.slice(0, 200)}", which is not supported.`,
    );
  }
};

export interface NormalizedResource {
  readonly attributes: Attributes;
  readonly externalId: string | null;
  readonly active: boolean | undefined;
  /** Names, never values, of what no schema knows. */
  readonly ignored: readonly string[];
}

/**
 * Reads the body of a POST or PUT (RFC 7644 §3.3, §3.5.1): canonical names, nothing unassigned, every value checked.
 * `active` is undefined when the client does not say.
 */
export const normalizeResource = (
  body: unknown,
  schema: ResourceSchema,
  dialect: Dialect,
): NormalizedResource => {
  if (!isObject(body)) throw new ScimRefusal('invalidSyntax', 'The request must carry one JSON object.');
  checkSchemas(body, schema, dialect);
  const reader: Reader = { ...dialect, schema, ignored: new Set() };
  const attributes = coerceResource(gather(readEntries(body, reader)), schema);
  const { externalId, active } = attributes;
  return {
    attributes,
    externalId: typeof externalId === 'string' ? externalId : null,
    active: typeof active === 'boolean' ? active : undefined,
    ignored: [...reader.ignored],
  };
};
