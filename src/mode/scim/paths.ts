/** Resources as plain values, changed by the paths of attributes, `displayName` or `name.givenName` (RFC 7644 §3.10). */

export type Json = Readonly<Record<string, unknown>>;

/** Tells an object from what is none. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const withChange = (resource: Json, path: readonly string[], value: unknown): Json => {
  const [name = '', ...rest] = path;
  const { [name]: before, ...others } = resource;
  if (rest.length > 0) return { ...others, [name]: withChange(isObject(before) ? before : {}, rest, value) };
  return value === null ? others : { ...others, [name]: value };
};

/** The resource with these values at these paths; null takes one away. */
export const withChanges = (resource: Json, changes: Json): Json =>
  Object.entries(changes).reduce((so, [path, value]) => withChange(so, path.split('.'), value), resource);
