/**
 * A strict checker of the part of Swagger 2.0 that Mode's definitions use: type, required, properties, $ref, enum, items.
 * Properties that a definition does not name are collected, not refused.
 */

interface Schema {
  readonly $ref?: string;
  readonly type?: 'string' | 'datetime' | 'integer' | 'boolean' | 'array' | 'object';
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly string[];
  readonly items?: Schema;
}

export interface Swagger {
  readonly definitions: Readonly<Record<string, Schema>>;
}

export interface Findings {
  /** Breaches, each with its path. */
  readonly breaches: string[];
  /** Paths of properties beyond the definition. */
  readonly beyond: string[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Record<NonNullable<Schema['type']>, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  datetime: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  array: (value) => Array.isArray(value),
  object: isRecord,
};

const KNOWN = new Set([
  '$ref',
  'type',
  'required',
  'properties',
  'enum',
  'items',
  'default',
  'description',
  'example',
  'format',
]);

const resolve = (swagger: Swagger, schema: Schema): Schema => {
  if (schema.$ref === undefined) return schema;
  const found = swagger.definitions[decodeURIComponent(schema.$ref.replace('#/definitions/', ''))];
  if (!found) throw new Error(`${schema.$ref} leads nowhere`);
  return found;
};

const checkObject = (
  swagger: Swagger,
  schema: Schema,
  value: Record<string, unknown>,
  path: string,
): Findings => {
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  const found: Findings = { breaches: missing.map((name) => `${path}.${name} is missing`), beyond: [] };
  for (const [name, inner] of Object.entries(value)) {
    const property = schema.properties?.[name];
    if (!property) {
      found.beyond.push(`${path}.${name}`);
      continue;
    }
    const below = checkSchema(swagger, property, inner, `${path}.${name}`);
    found.breaches.push(...below.breaches);
    found.beyond.push(...below.beyond);
  }
  return found;
};

const checkArray = (swagger: Swagger, items: Schema, value: readonly unknown[], path: string): Findings => {
  const all = value.map((item, at) => checkSchema(swagger, items, item, `${path}[${at}]`));
  return { breaches: all.flatMap((one) => one.breaches), beyond: all.flatMap((one) => one.beyond) };
};

/** Checks a value against a schema. */
const checkSchema = (swagger: Swagger, given: Schema, value: unknown, path: string): Findings => {
  const schema = resolve(swagger, given);
  const unknown = Object.keys(schema).filter((key) => !KNOWN.has(key));
  if (unknown.length > 0) throw new Error(`The checker does not know ${unknown.join(', ')} at ${path}`);
  const type = schema.type ?? (schema.properties ? 'object' : undefined);
  if (type !== undefined && !TYPES[type](value)) {
    return { breaches: [`${path} is ${JSON.stringify(value)}, not ${type}`], beyond: [] };
  }
  if (schema.enum && !schema.enum.includes(value as string)) {
    return {
      breaches: [`${path} is ${JSON.stringify(value)}, not one of ${schema.enum.join(', ')}`],
      beyond: [],
    };
  }
  if (Array.isArray(value)) return checkArray(swagger, schema.items ?? {}, value, path);
  return isRecord(value) ? checkObject(swagger, schema, value, path) : { breaches: [], beyond: [] };
};

/** Checks a value against a named definition. */
export const checkDefinition = (swagger: Swagger, name: string, value: unknown): Findings =>
  checkSchema(swagger, { $ref: `#/definitions/${name}` }, value, name);
