/** PATCH on one attribute (RFC 7644 §3.5.2.1–§3.5.2.3): sets or removes what a path names, on normalised values. */
import type { Attributes } from '../../directory/model.ts';
import { canonicalPath } from '../../directory/schema.ts';
import { isObject } from '../compat/coerce.ts';
import type { Reader } from '../compat/unknown.ts';
import { ScimRefusal } from '../errors.ts';
import type { PatchPath } from '../filter/path.ts';
import { type ElementTarget, removeChosen, setAll, setChosen } from './elements.ts';
import { currentValue, mergeParts, withValue } from './values.ts';
import type { Work } from './work.ts';

export type AttributePath = Extract<PatchPath, { readonly kind: 'attribute' }>;
export type Verb = 'add' | 'replace';

/** What a PATCH is carried out with. */
export interface Patching extends Reader {
  readonly work: Work;
}

/** The values of an attribute as a list. */
export const elementsOf = (value: unknown): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
};

/** What a path aims at among them. */
export const targetOf = ({ found, filter }: AttributePath, patching: Patching): ElementTarget => ({
  found,
  filter,
  dialect: patching,
  work: patching.work,
});

/** Removes what the path names; nothing when there is nothing (RFC 7644 §3.5.2.2). */
export const removeAt = (attributes: Attributes, path: AttributePath, reader: Patching): Attributes => {
  const { found } = path;
  const current = currentValue(attributes, found);
  if (current === undefined) return attributes;
  if (found.attribute.multiValued) {
    return withValue(attributes, found, removeChosen(targetOf(path, reader), elementsOf(current)));
  }
  if (!found.subAttribute) return withValue(attributes, found, null);
  const rest = mergeParts(found.attribute, current, { [found.subAttribute.name]: null });
  // Decision 5: no manager without a value.
  const gone = found.subAttribute.name === 'value';
  return withValue(attributes, found, gone ? null : rest);
};

const setElements = (
  attributes: Attributes,
  verb: Verb,
  path: AttributePath,
  value: unknown,
  reader: Patching,
) => {
  const { found, filter } = path;
  const target = targetOf(path, reader);
  const before = elementsOf(currentValue(attributes, found));
  if (filter === null && found.subAttribute === null)
    return withValue(attributes, found, setAll(target, verb, before, value));
  const parts = found.subAttribute ? { [found.subAttribute.name]: value } : value;
  if (!isObject(parts)) {
    throw new ScimRefusal(
      'invalidValue',
      `"${canonicalPath(found)}" must be set to an object with sub-attributes.`,
    );
  }
  return withValue(attributes, found, setChosen(target, verb, before, parts));
};

/** Sets what the path names to a normalised value; null clears it (RFC 7644 §3.5.2.1, §3.5.2.3). */
export const setAt = (
  attributes: Attributes,
  verb: Verb,
  path: AttributePath,
  value: unknown,
  reader: Patching,
): Attributes => {
  const { attribute, subAttribute } = path.found;
  if (value === null) {
    // Adding nothing to several values adds nothing; everything else that is set to nothing is cleared (T092).
    const nothing = verb === 'add' && attribute.multiValued && path.filter === null && !subAttribute;
    return nothing ? attributes : clearAt(attributes, path, reader);
  }
  if (attribute.multiValued) return setElements(attributes, verb, path, value, reader);
  const parts = subAttribute ? { [subAttribute.name]: value } : value;
  if (attribute.type !== 'complex' || !isObject(parts)) return withValue(attributes, path.found, parts);
  return withValue(
    attributes,
    path.found,
    mergeParts(attribute, currentValue(attributes, path.found), parts),
  );
};

const clearAt = (attributes: Attributes, path: AttributePath, reader: Patching): Attributes => {
  const { attribute, subAttribute } = path.found;
  if (attribute.required && !subAttribute) {
    throw new ScimRefusal('invalidValue', `"${attribute.name}" is required; send a value that is not empty.`);
  }
  return removeAt(attributes, path, reader);
};
