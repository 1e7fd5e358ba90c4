/**
 * PATCH on the elements of a multi-valued attribute (RFC 7644 §3.5.2.1–§3.5.2.3): value paths, and the two places where
 * clients and RFC disagree (idp-clients.md decisions 1 and 6). Works on normalised values; null means "clear".
 */
import { fold } from '../../directory/fold.ts';
import { matchesElement } from '../../directory/match.ts';
import type { Filter } from '../../directory/query.ts';
import { type AttributeDefinition, canonicalPath, type FoundAttribute } from '../../directory/schema.ts';
import { isObject, type JsonObject, MAX_VALUES } from '../compat/coerce.ts';
import { type Dialect, tolerates } from '../compat/dialect.ts';
import { wireQuirks } from '../compat/quirks.ts';
import { ScimRefusal } from '../errors.ts';
import { isSame, mergeParts, withoutNulls } from './values.ts';
import { lengthCost, looksOf, spend, type Work } from './work.ts';

type Elements = readonly unknown[];

/** In comparisons. Some tens of milliseconds: a thousand values that are added one by one, or a thousand value paths into twenty. */
export const newWork = (): Work => ({ left: 500_000 });

/** What an operation aims at among the elements. */
export interface ElementTarget {
  readonly work: Work;
  readonly found: FoundAttribute;
  readonly filter: Filter | null;
  readonly dialect: Dialect;
}

const pathOf = ({ found }: ElementTarget) => canonicalPath({ ...found, subAttribute: null });

const compare = (target: ElementTarget, comparisons: number): void => {
  const refusal = `This PATCH compares too many values of "${pathOf(target)}", or too long ones; send it in several requests.`;
  spend(target.work, comparisons, refusal);
};

/** To look at a text folded costs as much as so many plain comparisons. */
const FOLDED = 25;

const hits = (target: ElementTarget, element: unknown): boolean => {
  const { filter } = target;
  compare(target, filter === null ? 1 : looksOf(filter, element) * FOLDED);
  return filter === null || matchesElement(filter, element, pathOf(target));
};

/** `{type: "work"}` for `type eq "work"`: what a pure conjunction of eq says of an element; null for other filters. */
const factsOf = (filter: Filter): JsonObject | null => {
  const facts = new Map<string, unknown>();
  for (const part of filter.op === 'and' ? filter.of : [filter]) {
    if (part.op !== 'eq' || part.value === null) return null;
    const name = part.attribute.path.slice(part.attribute.path.lastIndexOf('.') + 1);
    if (facts.has(name)) return null;
    facts.set(name, part.value);
  }
  return Object.fromEntries(facts);
};

const noTarget = (target: ElementTarget): never => {
  throw new ScimRefusal(
    'noTarget',
    `No value of "${pathOf(target)}" fits the filter of the path. Name one that exists, or add it without a filter.`,
  );
};

/** "SHALL cause the server to automatically set "primary" to "false" for any other values" (RFC 7644 §3.5.2, T097). */
const settlePrimary = (before: Elements, after: Elements): Elements => {
  const standing = new Set(before);
  const isPrimary = (element: unknown) => isObject(element) && element['primary'] === true;
  const chosen = after.findLast((element) => isPrimary(element) && !standing.has(element));
  if (chosen === undefined) return after;
  return after.map((element) =>
    element !== chosen && isObject(element) && isPrimary(element) ? { ...element, primary: false } : element,
  );
};

/** A text as its sub-attribute compares it (caseExact); anything else as it is. */
const folded = (definition: AttributeDefinition, name: string, value: unknown): unknown => {
  const sub = definition.subAttributes?.find((candidate) => candidate.name === name);
  return typeof value === 'string' && !sub?.caseExact ? fold(value) : value;
};

const foldedElements = new WeakMap<JsonObject, JsonObject>();

/** An element with its texts folded; remembered, because long lists are compared often. */
const foldedElement = (target: ElementTarget, element: JsonObject): JsonObject => {
  const known = foldedElements.get(element);
  if (known) return known;
  const parts = Object.entries(element);
  compare(target, lengthCost(...Object.values(element)) * FOLDED);
  const made = Object.fromEntries(
    parts.map(([name, value]) => [name, folded(target.found.attribute, name, value)]),
  );
  foldedElements.set(element, made);
  return made;
};

/** Whether a part of both is the same, folded. */
const agree = (target: ElementTarget, name: string, a: JsonObject, b: JsonObject): boolean =>
  isSame(foldedElement(target, a)[name], foldedElement(target, b)[name]);

const addOne = (target: ElementTarget, elements: Elements, added: unknown): Elements => {
  if (!isObject(added)) return [...elements, added];
  const names = Object.keys(added);
  const says = (element: unknown) =>
    isObject(element) && names.every((name) => isSame(element[name], added[name]));
  // "If the target location already contains the value specified, no changes SHOULD be made" (RFC 7644 §3.5.2.1).
  if (elements.some(says)) return elements;
  if (added['value'] === undefined) return [...elements, added];
  // The same (type, value) does not stand twice (RFC 7643 §2.4): the new parts join the element that is there.
  const alike = elements.find(
    (element) =>
      isObject(element) && agree(target, 'value', element, added) && agree(target, 'type', element, added),
  );
  if (!isObject(alike)) return [...elements, added];
  return elements.map((element) => (element === alike ? { ...alike, ...added } : element));
};

const checkCount = (target: ElementTarget, elements: Elements): Elements => {
  if (elements.length <= MAX_VALUES) return elements;
  throw new ScimRefusal('invalidValue', `"${pathOf(target)}" would have more than ${MAX_VALUES} values.`);
};

/** Adds to the attribute as a whole, or replaces all of it. */
export const setAll = (
  target: ElementTarget,
  op: 'add' | 'replace',
  before: Elements,
  value: unknown,
): Elements => {
  const given: Elements = Array.isArray(value) ? checkCount(target, value) : [value];
  const start: Elements = op === 'add' ? before : [];
  const after = given.reduce<Elements>((elements, element) => {
    compare(target, elements.length);
    return checkCount(target, addOne(target, elements, element));
  }, start);
  return settlePrimary(op === 'add' ? before : [], after);
};

const create = (target: ElementTarget, op: 'add' | 'replace', parts: JsonObject): JsonObject => {
  if (target.filter === null) return withoutNulls(parts);
  const facts = factsOf(target.filter);
  // Decision 1, T084: Entra writes emails[type eq "work"].value for people without one. RFC 7644 §3.5.2.3 wants noTarget.
  if (facts === null || (op === 'replace' && !tolerates(target.dialect, wireQuirks.newElement)))
    return noTarget(target);
  return withoutNulls({ ...facts, ...parts });
};

const change = (
  target: ElementTarget,
  op: 'add' | 'replace',
  element: unknown,
  parts: JsonObject,
): JsonObject => {
  const { attribute, subAttribute } = target.found;
  if (op === 'add' || subAttribute !== null) return mergeParts(attribute, element, parts);
  // "all matching record values SHALL be replaced"; what the filter says of the record stays true of it.
  return withoutNulls({ ...((target.filter && factsOf(target.filter)) ?? {}), ...parts });
};

/** Sets parts of the elements that the path chooses; makes the element when there is none and its filter says how. */
export const setChosen = (
  target: ElementTarget,
  op: 'add' | 'replace',
  before: Elements,
  parts: JsonObject,
): Elements => {
  const chosen = new Set(before.filter((element) => hits(target, element)));
  if (target.filter === null && chosen.size > 1) {
    const example = pathOf(target);
    throw new ScimRefusal(
      'invalidPath',
      `"${example}" has several values; say which one, as in ${example}[type eq "work"].${target.found.subAttribute?.name}.`,
    );
  }
  if (chosen.size === 0)
    return settlePrimary(before, checkCount(target, [...before, create(target, op, parts)]));
  const after = before.map((element) => {
    if (!chosen.has(element)) return element;
    const changed = change(target, op, element, parts);
    return isSame(changed, element) ? element : changed;
  });
  return settlePrimary(before, after);
};

/** Whether an element from which `gone` was taken still says anything: type and primary only label what is lost. */
const isSpent = (rest: JsonObject, gone: string): boolean => {
  const labels = new Set(['type', 'primary', ...(gone === 'value' ? ['display'] : [])]);
  return Object.keys(rest).every((name) => labels.has(name));
};

/** Removes the chosen elements, or one part of each; an element that is left without content goes (T091). */
export const removeChosen = (target: ElementTarget, before: Elements): Elements => {
  const { subAttribute } = target.found;
  return before.flatMap((element) => {
    if (!hits(target, element)) return [element];
    if (!subAttribute || !isObject(element)) return [];
    if (!Object.hasOwn(element, subAttribute.name)) return [element];
    const rest = withoutNulls({ ...element, [subAttribute.name]: null });
    return isSpent(rest, subAttribute.name) ? [] : [rest];
  });
};

const isListed = (target: ElementTarget, element: unknown, listed: unknown): boolean => {
  if (!isObject(element) || !isObject(listed)) return isSame(element, listed);
  const names = listed['value'] === undefined ? Object.keys(listed) : ['value', 'type'];
  return names.every((name) => listed[name] === undefined || agree(target, name, element, listed));
};

/** Decision 6: `remove` with a value takes away only the values listed; RFC 7644 §3.5.2.2 would take all. */
export const removeListed = (target: ElementTarget, before: Elements, listed: Elements): Elements => {
  compare(target, before.length * listed.length);
  return before.filter((element) => !listed.some((item) => isListed(target, element, item)));
};
