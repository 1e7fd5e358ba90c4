/**
 * Flattens a person's attributes into the texts by which they can be found: one row per value, named by canonical path
 * and by the element of a multi-valued attribute that it belongs to, so that a value path can ask for one element.
 */
import { fold } from './fold.ts';
import type { Attributes } from './model.ts';
import type { AttributeDefinition, ResourceSchema } from './schema.ts';
import type { IndexedValue } from './store/store.ts';

/** A definition with its path, and those of its sub-attributes, which are put together once and not for each person. */
interface Indexed {
  readonly definition: AttributeDefinition;
  readonly path: string;
  readonly parts: readonly Indexed[];
}

interface IndexedSchema {
  readonly core: readonly Indexed[];
  readonly extensions: readonly { readonly id: string; readonly attributes: readonly Indexed[] }[];
}

const indexed =
  (prefix: string) =>
  (definition: AttributeDefinition): Indexed => {
    const path = prefix + definition.name;
    return { definition, path, parts: (definition.subAttributes ?? []).map(indexed(`${path}.`)) };
  };

const schemas = new WeakMap<ResourceSchema, IndexedSchema>();

const indexedSchema = (schema: ResourceSchema): IndexedSchema => {
  const made = schemas.get(schema) ?? {
    core: schema.core.attributes.map(indexed('')),
    extensions: schema.extensions.map(({ id, attributes }) => ({
      id,
      attributes: attributes.map(indexed(`${id}:`)),
    })),
  };
  schemas.set(schema, made);
  return made;
};

const textOf = ({ caseExact }: AttributeDefinition, value: unknown): string | null => {
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '') return null;
  return caseExact ? value : fold(value);
};

const addElement = (
  rows: IndexedValue[],
  { definition, path, parts }: Indexed,
  [element, value]: [number, unknown],
) => {
  if (definition.type !== 'complex') {
    const text = textOf(definition, value);
    if (text !== null) rows.push({ path, element, value: text });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const part of parts) {
    const text = textOf(part.definition, (value as Readonly<Record<string, unknown>>)[part.definition.name]);
    if (text !== null) rows.push({ path: part.path, element, value: text });
  }
};

const addAll = (rows: IndexedValue[], definitions: readonly Indexed[], values: Attributes): void => {
  for (const one of definitions) {
    const value = values[one.definition.name];
    // Most attributes of most people.
    if (value === undefined) continue;
    if (!one.definition.multiValued || !Array.isArray(value)) addElement(rows, one, [0, value]);
    else for (const [element, each] of value.entries()) addElement(rows, one, [element, each]);
  }
};

/** All searchable values of a record whose attributes stand under their canonical names. */
export const indexValues = (schema: ResourceSchema, attributes: Attributes): readonly IndexedValue[] => {
  const { core, extensions } = indexedSchema(schema);
  const rows: IndexedValue[] = [];
  addAll(rows, core, attributes);
  for (const extension of extensions) {
    const values = attributes[extension.id];
    if (typeof values === 'object' && values !== null)
      addAll(rows, extension.attributes, values as Attributes);
  }
  return rows;
};
