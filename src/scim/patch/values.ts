/** Reads and writes single attributes of a record for PATCH, by copying: nothing that is passed in ever changes. */
import type { Attributes } from '../../directory/model.ts';
import type { AttributeDefinition, FoundAttribute } from '../../directory/schema.ts';
import { isObject, type JsonObject } from '../compat/coerce.ts';

/** Whether two JSON values are the same, whatever the order of their keys. */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => isSame(value, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  );
};

/** The object without what is null. */
export const withoutNulls = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null));

const put = (record: JsonObject, name: string, value: unknown): JsonObject => {
  if (value !== null) return { ...record, [name]: value };
  const { [name]: _gone, ...rest } = record;
  return rest;
};

/** The attribute's value; undefined when it has none. */
export const currentValue = (attributes: Attributes, { extension, attribute }: FoundAttribute): unknown => {
  const holder = extension === null ? attributes : attributes[extension];
  return isObject(holder) ? holder[attribute.name] : undefined;
};

/** The attributes with another value, without it when null; the very same object when nothing changes. */
export const withValue = (
  attributes: Attributes,
  { extension, attribute }: FoundAttribute,
  value: unknown,
): Attributes => {
  const empty =
    (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
  const next = value === undefined || empty ? null : value;
  const holder = extension === null ? attributes : attributes[extension];
  const record = isObject(holder) ? holder : {};
  if (isSame(record[attribute.name] ?? null, next)) return attributes;
  const changed = put(record, attribute.name, next);
  if (extension === null) return changed;
  return put(attributes, extension, Object.keys(changed).length === 0 ? null : changed);
};

/**
 * A complex value with parts set: "Sub-attributes that are not specified in the "value" parameter are left unchanged"
 * (RFC 7644 §3.5.2.3); null parts go. A new `value` is another manager: what was said of the former one goes too.
 */
export const mergeParts = (
  definition: AttributeDefinition,
  current: unknown,
  parts: JsonObject,
): JsonObject => {
  const before = isObject(current) ? current : {};
  const refersElsewhere =
    !definition.multiValued && parts['value'] !== undefined && parts['value'] !== before['value'];
  return withoutNulls(refersElsewhere ? parts : { ...before, ...parts });
};
