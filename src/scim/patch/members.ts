/**
 * Members of a group on the wire (RFC 7643 §4.2, RFC 7644 §3.5.2): reads them from a body, and splits a group PATCH into
 * operations on attributes and changes of membership. The present members need not be known, however large the group
 * is, but for removals by a condition on anything else than the id.
 */
import type { Filter } from '../../directory/query.ts';
import {
  canonicalPath,
  type FoundAttribute,
  groupSchema,
  type ResourceSchema,
} from '../../directory/schema.ts';
import { isObject, type JsonObject } from '../compat/coerce.ts';
import { type Dialect, tolerates } from '../compat/dialect.ts';
import { wireQuirks } from '../compat/quirks.ts';
import { ScimRefusal } from '../errors.ts';
import { parsePath } from '../filter/path.ts';
import type { PatchOperation } from './body.ts';
import type { MemberChange } from './member-delta.ts';

const MEMBERS = 'members';
/** Removals by condition look at every member each; ids are what clients send. */
const MAX_CONDITIONS = 100;

const refuse = (
  scimType: 'invalidValue' | 'invalidPath' | 'mutability' | 'noTarget',
  message: string,
): never => {
  throw new ScimRefusal(scimType, message);
};

const part = (object: JsonObject, name: string): unknown => {
  if (Object.hasOwn(object, name)) return object[name];
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
};

const idOf = (member: unknown): string => {
  const id = isObject(member) ? part(member, 'value') : member;
  if (typeof id !== 'string' || id.trim() === '') {
    return refuse('invalidValue', 'Each of "members" needs the id of a user as its "value".');
  }
  const type = isObject(member) ? part(member, 'type') : undefined;
  if (typeof type === 'string' && type.toLowerCase() === 'group') {
    refuse('invalidValue', 'Mode has no nested groups: send users as "members", not groups.');
  }
  return id;
};

/** The ids in a `members` value: an array of objects or strings, one object, or one string; null for null. */
const readIds = (value: unknown): readonly string[] | null => {
  if (value === null || value === undefined) return null;
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(members.map(idOf))];
};

/** In small letters. */
const CORE = groupSchema.core.id.toLowerCase();

const isMembersKey = (key: string): boolean => {
  const lower = key.toLowerCase();
  return lower === MEMBERS || lower === `${CORE}:${MEMBERS}`;
};

/** Whether attributes stand there under the URN of their own schema, which says no more than where it is left out. */
const isCore = (key: string, value: unknown): value is JsonObject =>
  key.toLowerCase() === CORE && isObject(value);

/**
 * The ids of the members in the body of a POST or PUT; null when the body does not say, which leaves them as they are
 * (T124), while null and [] clear (RFC 7643 §2.5).
 */
export const readMembers = (body: unknown): readonly string[] | null => {
  if (!isObject(body)) return null;
  const key = Object.keys(body).find(isMembersKey);
  if (key !== undefined) return readIds(body[key]) ?? [];
  const inner = Object.keys(body).find((name) => isCore(name, body[name]));
  return inner === undefined ? null : readMembers(body[inner]);
};

const set = (op: 'add' | 'replace', value: unknown): readonly MemberChange[] => {
  const ids = readIds(value) ?? [];
  return op === 'add' && ids.length === 0 ? [] : [{ kind: op, ids }];
};

/** The ids of `value eq "x"`, also several joined by `or`; null for any other condition. */
const idsIn = (filter: Filter): readonly string[] | null => {
  const parts = filter.op === 'or' ? filter.of : [filter];
  const ids = parts.flatMap((one) =>
    one.op === 'eq' && one.attribute.path === `${MEMBERS}.value` && typeof one.value === 'string'
      ? [one.value]
      : [],
  );
  return ids.length === parts.length ? ids : null;
};

const removal = (filter: Filter | null, sent: unknown, dialect: Dialect): readonly MemberChange[] => {
  if (filter !== null) {
    const ids = idsIn(filter);
    return [ids ? { kind: 'remove', ids } : { kind: 'removeWhere', filter }];
  }
  const nested = isObject(sent) && Object.keys(sent).length === 1 ? sent[MEMBERS] : undefined;
  const value = nested !== undefined && tolerates(dialect, wireQuirks.nestedMembers) ? nested : sent;
  const ids = readIds(value);
  // Decision 6, T119: Entra lists in `value` whom to remove; RFC 7644 §3.5.2.2 "all values" only where it is absent.
  if (ids === null) return [{ kind: 'removeAll' }];
  return ids.length === 0 ? [] : [{ kind: 'remove', ids }];
};

const atPath = (
  found: FoundAttribute,
  filter: Filter | null,
  { op, value }: PatchOperation,
  dialect: Dialect,
) => {
  if (found.subAttribute) {
    // members.value is immutable and members.display readOnly (RFC 7643 §4.2).
    const path = canonicalPath(found);
    return refuse('mutability', `"${path}" cannot be changed; remove the member and add another one.`);
  }
  if (op === 'remove') return removal(filter, value, dialect);
  if (filter === null) return set(op, value);
  return refuse(
    'invalidPath',
    `"${op}" with a filter on members means nothing; remove the member and add another one.`,
  );
};

interface Split {
  readonly attributes: PatchOperation[];
  readonly members: MemberChange[];
  id: string | null;
}

const noteId = (split: Split, id: unknown): void => {
  if (id === undefined || id === null) return;
  const sent = typeof id === 'string' ? id : JSON.stringify(id);
  if (split.id !== null && split.id !== sent) refuse('mutability', 'The "id" of a group cannot be changed.');
  split.id = sent;
};

/** Takes members and id out of a value that names attributes, and gives the rest of it. */
const takeOut = (split: Split, op: 'add' | 'replace', value: JsonObject): JsonObject => {
  const rest: (readonly [string, unknown])[] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (key.toLowerCase() === 'id') noteId(split, inner);
    else if (isMembersKey(key)) split.members.push(...set(op, inner));
    else rest.push([key, isCore(key, inner) ? takeOut(split, op, inner) : inner]);
  }
  return Object.fromEntries(rest);
};

/** Okta sends id, displayName and members in one value without a path (T123); with the URN of the schema as path it is the same. */
const splitValue = (split: Split, operation: PatchOperation): void => {
  const { op, value } = operation;
  if (op === 'remove' || !isObject(value)) {
    split.attributes.push(operation);
    return;
  }
  const rest = takeOut(split, op, value);
  if (Object.keys(rest).length > 0) split.attributes.push({ ...operation, value: rest });
};

const splitOne = (
  split: Split,
  operation: PatchOperation,
  schema: ResourceSchema,
  dialect: Dialect,
): void => {
  const target = operation.path === null ? null : parsePath(operation.path, schema, dialect);
  if (target === null || (target.kind === 'schema' && target.urn === schema.core.id))
    splitValue(split, operation);
  else if (target.kind === 'attribute' && target.found.attribute.name === MEMBERS)
    split.members.push(...atPath(target.found, target.filter, operation, dialect));
  else split.attributes.push(operation);
};

export interface GroupPatch {
  /** For applyPatch. */
  readonly attributeOperations: readonly PatchOperation[];
  readonly members: readonly MemberChange[];
  /** The `id` that stands inside of a value (Okta's rename); the caller compares it. */
  readonly idInValue: string | null;
}

/** Splits the operations of a group PATCH; their order is kept on either side. */
export const splitGroupPatch = (
  operations: readonly PatchOperation[],
  schema: ResourceSchema,
  dialect: Dialect,
): GroupPatch => {
  const split: Split = { attributes: [], members: [], id: null };
  for (const operation of operations) splitOne(split, operation, schema, dialect);
  if (split.members.filter(({ kind }) => kind === 'removeWhere').length > MAX_CONDITIONS) {
    refuse(
      'invalidValue',
      `Send at most ${MAX_CONDITIONS} removals by condition in one PATCH; name members by id.`,
    );
  }
  return { attributeOperations: split.attributes, members: split.members, idInValue: split.id };
};
