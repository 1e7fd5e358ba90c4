/**
 * References by bulkId inside of the data of Bulk operations (RFC 7644 §3.7.2). Only whole texts count: `bulkId:1` is no
 * part of `bulkId:10`, and prose that mentions a bulkId stays prose. Three places hold such a text: a string value, a
 * quoted literal in the `path` of a PATCH operation, and the end of a `$ref`. Bodies nest 32 levels at most (body.ts),
 * so the recursion here ends.
 */
import { isObject, type JsonObject } from '../compat/coerce.ts';
import { MAX_FILTER_LENGTH } from '../filter/lexer.ts';

/** RFC 7644 §3.7.2: the value "must be prepended with the literal "bulkId:"". */
export const BULK_ID = 'bulkId:';

/** The bulkId that a text stands for; null when it is another text. */
export const bulkIdIn = (text: string): string | null =>
  text.startsWith(BULK_ID) ? text.slice(BULK_ID.length) : null;

type Change = (text: string) => string;

/** A quoted literal; one that is never closed is taken to the end, so that the time stays linear. */
const LITERAL = /"(?:[^"\\]|\\.)*(?:"|\\?$)/gs;

const changeLiteral = (literal: string, change: Change): string => {
  try {
    const text: unknown = JSON.parse(literal);
    if (typeof text !== 'string') return literal;
    const changed = change(text);
    return changed === text ? literal : JSON.stringify(changed);
  } catch {
    return literal; // no valid literal: whoever parses the path says so
  }
};

/** A `path` longer than any filter may be is refused by whoever parses it, so nothing of it is ever kept. */
const changePath = (path: string, change: Change): string =>
  path.length > MAX_FILTER_LENGTH ? path : path.replace(LITERAL, (literal) => changeLiteral(literal, change));

const changeRef = (ref: string, change: Change): string => {
  const at = ref.indexOf(`/${BULK_ID}`) + 1;
  return ref.slice(0, at) + change(ref.slice(at));
};

const changeText = (text: string, key: string, change: Change): string => {
  if (key === 'path') return changePath(text, change);
  return key === '$ref' ? changeRef(text, change) : change(text);
};

/**
 * The data with every whole text changed. Keys stay as they are, also `__proto__`: fromEntries defines properties and
 * sets none.
 */
const rewrite = (value: unknown, change: Change, key = ''): unknown => {
  if (typeof value === 'string') return changeText(value, key, change);
  if (Array.isArray(value)) return value.map((element) => rewrite(element, change, key));
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, rewrite(inner, change, name.toLowerCase())]),
  );
};

/** Every whole text in the data. */
export const textsIn = (data: unknown): ReadonlySet<string> => {
  const texts = new Set<string>();
  rewrite(data, (text) => {
    texts.add(text);
    return text;
  });
  return texts;
};

/** The data with each reference replaced by the id that it stands for. */
export const resolveReferences = (data: unknown, idOf: (bulkId: string) => string): unknown =>
  rewrite(data, (text) => {
    const bulkId = bulkIdIn(text);
    return bulkId === null ? text : idOf(bulkId);
  });

/** The data of a POST in two parts: what it is created with, and the attributes that must wait. */
export interface SetAside {
  readonly now: JsonObject;
  readonly later: JsonObject;
}

type Waits = (value: unknown) => boolean;

const isExtension = (name: string, value: unknown): value is JsonObject =>
  name.toLowerCase().startsWith('urn:') && isObject(value);

const part = (data: JsonObject, waits: Waits, inside: boolean): SetAside => {
  const now: [string, unknown][] = [];
  const later: [string, unknown][] = [];
  for (const [name, value] of Object.entries(data)) {
    if (!waits(value)) now.push([name, value]);
    else if (inside || !isExtension(name, value)) later.push([name, value]);
    else {
      const inner = part(value, waits, true);
      now.push([name, inner.now]);
      later.push([name, inner.later]);
    }
  }
  return { now: Object.fromEntries(now), later: Object.fromEntries(later) };
};

/** Sets aside each attribute, also one of an extension, that refers to a resource which `isLater` says is not there yet. */
export const setAside = (data: JsonObject, isLater: (bulkId: string) => boolean): SetAside =>
  part(
    data,
    (value) => {
      const bulkIds = [...textsIn(value)].map(bulkIdIn);
      return bulkIds.some((bulkId) => bulkId !== null && isLater(bulkId));
    },
    false,
  );
