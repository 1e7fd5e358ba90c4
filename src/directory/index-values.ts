/**
 * Flattens a person's attributes into the texts by which they can be found: one row per value, named by canonical path
 * and by the element of a multi-valued attribute that it belongs to, so that a value path can ask for one element.
 */
import { fold } from './fold.ts';
import type { Attributes } from './model.ts';
import type { AttributeDefinition, ResourceSchema } from './schema.ts';
import type { IndexedValue } from './store.ts';

const textOf = (definition: AttributeDefinition, value: unknown): string | null => {
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '') return null;
  return definition.caseExact ? value : fold(value);
};

const ofAttribute = (definition: AttributeDefinition, path: string, value: unknown): IndexedValue[] => {
  const elements = definition.multiValued && Array.isArray(value) ? value : [value];
  return elements.flatMap((element: unknown, index) => {
    if (definition.type !== 'complex') {
      const text = textOf(definition, element);
      return text === null ? [] : [{ path, element: index, value: text }];
    }
    if (typeof element !== 'object' || element === null) return [];
    const record = element as Readonly<Record<string, unknown>>;
    return (definition.subAttributes ?? []).flatMap((sub) => {
      const text = textOf(sub, record[sub.name]);
      return text === null ? [] : [{ path: `${path}.${sub.name}`, element: index, value: text }];
    });
  });
};

/** All searchable values of a record whose attributes stand under their canonical names. */
export const indexValues = (schema: ResourceSchema, attributes: Attributes): readonly IndexedValue[] => {
  const core = schema.core.attributes.flatMap((definition) =>
    ofAttribute(definition, definition.name, attributes[definition.name]),
  );
  const extensions = schema.extensions.flatMap(({ id, attributes: definitions }) => {
    const values = attributes[id];
    if (typeof values !== 'object' || values === null) return [];
    const record = values as Readonly<Record<string, unknown>>;
    return definitions.flatMap((definition) =>
      ofAttribute(definition, `${id}:${definition.name}`, record[definition.name]),
    );
  });
  return [...core, ...extensions];
};
