/**
 * The target of a PATCH operation (RFC 7644 §3.5.2 "PATH = attrPath / valuePath [subAttr]"), looked up in the schema.
 * What the schema does not know is told apart from what is malformed, because tolerant connections ignore the former.
 */
import type { Filter } from '../../directory/query.ts';
import {
  canonicalPath,
  type FoundAttribute,
  findAttribute,
  findSchema,
  type ResourceSchema,
} from '../../directory/schema.ts';
import type { Dialect } from '../compat/dialect.ts';
import { ScimRefusal } from '../errors.ts';
import { excerpt, MAX_FILTER_LENGTH } from './lexer.ts';
import { parseElementFilter } from './parse.ts';

export type PatchPath =
  | { readonly kind: 'attribute'; readonly found: FoundAttribute; readonly filter: Filter | null }
  /** A bare URN: all attributes of the core schema or of an extension. */
  | { readonly kind: 'schema'; readonly urn: string }
  /** Well-formed, but no schema knows the name. */
  | { readonly kind: 'unknown'; readonly name: string };

const refuse = (text: string, reason: string): never => {
  throw new ScimRefusal('invalidPath', `The path ${excerpt(text)} is not valid: ${reason}`);
};

/** Where the brackets that open at `open` close; a bracket inside of a string closes nothing. */
const closing = (text: string, open: number): number => {
  let quoted = false;
  for (let i = open; i < text.length; i += 1) {
    const character = text[i];
    if (quoted && character === '\\') i += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ']') return i;
  }
  return refuse(text, 'the bracket "[" is not closed.');
};

const NAME = /^[^\s"'()[\]\\]+$/;

const checkName = (text: string, name: string): void => {
  if (!NAME.test(name) || name.includes('..') || /^\.|[.:]$/.test(name)) {
    refuse(text, 'name one attribute, such as name.givenName or emails[type eq "work"].value.');
  }
};

const parsePlain = (text: string, schema: ResourceSchema): PatchPath => {
  checkName(text, text);
  const urn = findSchema(schema, text)?.id;
  if (urn !== undefined) return { kind: 'schema', urn };
  const found = findAttribute(schema, text);
  return found ? { kind: 'attribute', found, filter: null } : { kind: 'unknown', name: text };
};

const parseValuePath = (text: string, open: number, schema: ResourceSchema, dialect: Dialect): PatchPath => {
  const name = text.slice(0, open);
  checkName(text, name);
  const close = closing(text, open);
  const rest = text.slice(close + 1);
  if (rest !== '' && !rest.startsWith('.')) refuse(text, 'only ".name" may follow the bracket "]".');
  if (rest !== '') checkName(text, rest.slice(1));
  const parent = findAttribute(schema, name);
  if (!parent) return { kind: 'unknown', name };
  if (parent.subAttribute || parent.attribute.type !== 'complex' || !parent.attribute.multiValued) {
    refuse(text, `${canonicalPath(parent)} has no several values to choose from; leave out the brackets.`);
  }
  const filter = parseElementFilter(text.slice(open + 1, close), parent, schema, dialect);
  const full = `${canonicalPath(parent)}${rest}`;
  const found = findAttribute(schema, full);
  return found ? { kind: 'attribute', found, filter } : { kind: 'unknown', name: full };
};

/**
 * Parses the path of a PATCH operation. Malformed → invalidPath; a filter that is not valid inside → invalidFilter;
 * a name that no schema knows is told as such.
 */
export const parsePath = (path: string, schema: ResourceSchema, dialect: Dialect): PatchPath => {
  const text = path.trim();
  if (text.length > MAX_FILTER_LENGTH) refuse(text, `it is longer than ${MAX_FILTER_LENGTH} characters.`);
  const open = text.indexOf('[');
  return open < 0 ? parsePlain(text, schema) : parseValuePath(text, open, schema, dialect);
};
