/**
 * Applies PATCH operations to the attributes of a record (RFC 7644 §3.5.2): pure and atomic, the outcome is a new
 * object or an exception. Where clients and RFC disagree the decisions of idp-clients.md section 0 hold; a strict
 * connection gets the RFC. Members of groups are members.ts.
 */
import type { Attributes } from '../../directory/model.ts';
import {
  canonicalPath,
  type FoundAttribute,
  findSchema,
  type ResourceSchema,
} from '../../directory/schema.ts';
import { coerceResource, isObject, type JsonObject } from '../compat/coerce.ts';
import { type Entry, normalizeValue, readEntries } from '../compat/compat.ts';
import { type Dialect, tolerates } from '../compat/dialect.ts';
import { wireQuirks } from '../compat/quirks.ts';
import { recordUnknown } from '../compat/unknown.ts';
import { ScimRefusal } from '../errors.ts';
import { parsePath } from '../filter/path.ts';
import {
  type AttributePath,
  elementsOf,
  type Patching,
  removeAt,
  setAt,
  targetOf,
  type Verb,
} from './attributes.ts';
import type { PatchOperation } from './body.ts';
import { newWork, removeListed } from './elements.ts';
import { currentValue, isSame, withValue } from './values.ts';

export { type PatchOperation, readPatchBody } from './body.ts';

const applyEntries = (
  attributes: Attributes,
  verb: Verb,
  entries: readonly Entry[],
  reader: Patching,
): Attributes =>
  entries.reduce(
    (current, { found, value }) =>
      setAt(current, verb, { kind: 'attribute', found, filter: null }, value, reader),
    attributes,
  );

/** "If the "path" parameter is omitted, the target is assumed to be the resource itself" (T080, T086, T087). */
const applyToResource = (
  attributes: Attributes,
  operation: PatchOperation,
  reader: Patching,
  urn?: string,
) => {
  const { op, value } = operation;
  if (op === 'remove') {
    throw new ScimRefusal('noTarget', 'A "remove" needs a "path" that names what to remove.');
  }
  if (!isObject(value)) {
    const where = urn === undefined ? 'without a "path"' : `with the path "${urn}"`;
    throw new ScimRefusal(
      'invalidValue',
      `A "${op}" ${where} needs an object with attributes as its "value".`,
    );
  }
  return applyEntries(attributes, op, readEntries(value, reader, urn), reader);
};

const refuseChange = (found: FoundAttribute, reason: string): never => {
  throw new ScimRefusal('mutability', `"${canonicalPath(found)}" ${reason}`);
};

const checkMutable = (found: FoundAttribute): void => {
  const { attribute, subAttribute } = found;
  if (attribute.mutability === 'readOnly' || subAttribute?.mutability === 'readOnly') {
    refuseChange(found, 'is set by the server and cannot be changed.');
  }
};

/** A value for a path with brackets and no sub-attribute is one element, not the whole list. */
const readValue = (path: AttributePath, value: unknown, reader: Patching): unknown => {
  const { attribute, subAttribute } = path.found;
  const definition = subAttribute ?? (path.filter ? { ...attribute, multiValued: false } : attribute);
  return normalizeValue(definition, value, canonicalPath(path.found), reader);
};

const applyRemove = (
  attributes: Attributes,
  path: AttributePath,
  value: unknown,
  reader: Patching,
): Attributes => {
  const { found, filter } = path;
  if (found.attribute.required && !found.subAttribute)
    refuseChange(found, 'is required and cannot be removed.');
  const lists = found.attribute.multiValued && filter === null && !found.subAttribute;
  if (!lists || value === undefined || value === null || value === '')
    return removeAt(attributes, path, reader);
  tolerates(reader, wireQuirks.removeListed);
  const listed = elementsOf(normalizeValue(found.attribute, value, canonicalPath(found), reader));
  const before = elementsOf(currentValue(attributes, found));
  return withValue(attributes, found, removeListed(targetOf(path, reader), before, listed));
};

/** A bare URN as path: the extension as a whole. */
const applyToSchema = (
  attributes: Attributes,
  urn: string,
  operation: PatchOperation,
  reader: Patching,
): Attributes => {
  const { core } = reader.schema;
  const definition = findSchema(reader.schema, urn);
  const readOnly = definition?.attributes.every(({ mutability }) => mutability === 'readOnly');
  if (readOnly || (urn === core.id && operation.op === 'remove')) {
    throw new ScimRefusal('mutability', `"${urn}" cannot be changed as a whole; name an attribute.`);
  }
  if (operation.op !== 'remove') return applyToResource(attributes, operation, reader, urn);
  const { [urn]: _gone, ...rest } = attributes;
  return rest;
};

const applyOperation = (attributes: Attributes, operation: PatchOperation, reader: Patching): Attributes => {
  const { op, path, value } = operation;
  if (path === null) return applyToResource(attributes, operation, reader);
  const target = parsePath(path, reader.schema, reader);
  if (target.kind === 'schema') return applyToSchema(attributes, target.urn, operation, reader);
  if (target.kind === 'unknown') {
    // Decision 4, T100: one attribute that we lack must not keep the rest of the request, a leaver's say, from us.
    recordUnknown(target.name, reader, 'invalidPath');
    return attributes;
  }
  checkMutable(target.found);
  if (op === 'remove') return applyRemove(attributes, target, value, reader);
  return setAt(attributes, op, target, readValue(target, value, reader), reader);
};

const numbered = <T>(index: number, count: number, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ScimRefusal) || count === 1) throw error;
    throw new ScimRefusal(error.scimType, `Operation ${index + 1} of ${count}: ${error.message}`);
  }
};

export interface Patched {
  /** The very object that was passed in when nothing changed (T096). */
  readonly attributes: Attributes;
  /** Names, never values, of what no schema knows. */
  readonly ignored: readonly string[];
}

/** Applies the operations in order, all or none. Throws ScimRefusal, and then nothing has changed (T095). */
export const applyPatch = (
  attributes: Attributes,
  operations: readonly PatchOperation[],
  schema: ResourceSchema,
  dialect: Dialect,
): Patched => {
  const reader: Patching = { ...dialect, schema, ignored: new Set(), work: newWork() };
  const outcome = operations.reduce(
    (current, operation, index) =>
      numbered(index, operations.length, () => applyOperation(current, operation, reader)),
    attributes,
  );
  const ignored = [...reader.ignored];
  if (isSame(outcome, attributes)) return { attributes, ignored };
  const checked = coerceResource(outcome, schema);
  return { attributes: isSame(checked, attributes) ? attributes : checked, ignored };
};

/**
 * What a PUT leaves of a record (RFC 7644 §3.5.1): what the body omits is cleared, except that an omitted `active`
 * keeps its value, so that Okta's profile pushes bring nobody back and lock nobody out (T082).
 */
export const replaceAttributes = (current: Attributes, incoming: Attributes): Attributes => {
  const { active } = current;
  const next: JsonObject =
    active === undefined || incoming['active'] !== undefined ? incoming : { ...incoming, active };
  return isSame(next, current) ? current : next;
};
