/**
 * SCIM filter text → Filter tree (RFC 7644 §3.4.2.2): recursive descent with the RFC's precedence (grouping, not, and,
 * or). Every name is looked up in the schema, so an unknown one is refused and never means "all" or "none".
 */
import type { Comparison, Filter } from '../../directory/query.ts';
import {
  type AttributeDefinition,
  canonicalPath,
  type FoundAttribute,
  findAttribute,
  type ResourceSchema,
  refOf,
} from '../../directory/schema.ts';
import { type Dialect, tolerates } from '../compat/dialect.ts';
import { filterAliases } from '../compat/quirks.ts';
import { excerpt, readLiteral, refuseFilter, type Token, tokenize } from './lexer.ts';

const MAX_DEPTH = 50;
const MAX_TERMS = 500;

interface Cursor {
  readonly tokens: readonly Token[];
  readonly schema: ResourceSchema;
  readonly dialect: Dialect;
  /** The attribute whose value path is being read: names inside are its sub-attributes. */
  readonly parent: FoundAttribute | null;
  next: number;
  depth: number;
  terms: number;
}

const END: Token = { kind: 'end', text: '', at: 0 };
const peek = (cursor: Cursor): Token => cursor.tokens[cursor.next] ?? cursor.tokens.at(-1) ?? END;

const take = (cursor: Cursor): Token => {
  const token = peek(cursor);
  cursor.next += 1;
  return token;
};

/** Operators are case-insensitive (T055 PingOne writes `Eq`). */
const isWord = (token: Token, word: string) => token.kind === 'word' && token.text.toLowerCase() === word;

const describe = (token: Token) => (token.kind === 'end' ? 'the end of the filter' : excerpt(token.text));

const expect = (cursor: Cursor, kind: Token['kind']): Token => {
  const token = take(cursor);
  return token.kind === kind
    ? token
    : refuseFilter(token.at, `"${kind}" is expected, not ${describe(token)}.`);
};

const join = (op: 'and' | 'or', parts: readonly Filter[]): Filter => {
  const of = parts.flatMap((part) =>
    (part.op === 'and' || part.op === 'or') && part.op === op ? part.of : [part],
  );
  const [only] = of;
  return of.length === 1 && only ? only : { op, of };
};

const nested = <T>(cursor: Cursor, at: number, read: () => T): T => {
  cursor.depth += 1;
  if (cursor.depth > MAX_DEPTH) refuseFilter(at, `brackets are nested more than ${MAX_DEPTH} deep.`);
  const result = read();
  cursor.depth -= 1;
  return result;
};

const byAlias = ({ schema, dialect }: Cursor, path: string): FoundAttribute | undefined => {
  const alias = filterAliases.find(({ alias }) => alias === path.toLowerCase());
  return alias && tolerates(dialect, alias) ? findAttribute(schema, alias.means) : undefined;
};

const resolve = (cursor: Cursor, name: string, at: number, parent = cursor.parent): FoundAttribute => {
  const path = parent ? `${canonicalPath(parent)}.${name}` : name;
  const found = findAttribute(cursor.schema, path) ?? byAlias(cursor, path);
  // "returned: never" must not be found out by asking (RFC 7643 §7): as good as unknown.
  const secret = (found?.subAttribute ?? found?.attribute)?.returned === 'never';
  // T063: an unknown attribute is refused, never silently everybody or nobody.
  if (!found || secret) {
    const of = parent ? `${canonicalPath(parent)} has` : `a ${cursor.schema.resourceType} has`;
    return refuseFilter(at, `${of} no attribute ${excerpt(name)} to search by.`);
  }
  return found;
};

const sub = (found: FoundAttribute, name: string): FoundAttribute | null => {
  const subAttribute = found.attribute.subAttributes?.find((candidate) => candidate.name === name);
  return subAttribute ? { ...found, subAttribute } : null;
};

/** `emails eq "x"` and `manager eq "x"` mean their `value` (T057; T058 Entra asks `manager eq "…"`). */
const comparable = (found: FoundAttribute, at: number): FoundAttribute => {
  if ((found.subAttribute ?? found.attribute).type !== 'complex') return found;
  const example = found.attribute.subAttributes?.[0]?.name ?? 'value';
  const path = canonicalPath(found);
  return (
    sub(found, 'value') ?? refuseFilter(at, `${path} has parts; name one of them, as in ${path}.${example}.`)
  );
};

const TEXT_OPERATORS: readonly string[] = ['co', 'sw', 'ew'];
const ORDER_OPERATORS: readonly string[] = ['gt', 'ge', 'lt', 'le'];
const isComparison = (word: string): word is Comparison =>
  word === 'eq' || word === 'ne' || TEXT_OPERATORS.includes(word) || ORDER_OPERATORS.includes(word);

const NOT_FOR: Readonly<Record<AttributeDefinition['type'], readonly string[]>> = {
  string: [],
  reference: [],
  complex: [],
  // "Boolean and Binary attributes SHALL cause a failed response" for gt, ge, lt, le.
  boolean: [...ORDER_OPERATORS, ...TEXT_OPERATORS],
  binary: ORDER_OPERATORS,
  dateTime: TEXT_OPERATORS,
};

const parseComparison = (cursor: Cursor, target: FoundAttribute): Filter => {
  const token = take(cursor);
  const word = token.text.toLowerCase();
  if (token.kind !== 'word') {
    const path = canonicalPath(target);
    return refuseFilter(token.at, `an operator such as eq must follow ${path}, not ${describe(token)}.`);
  }
  if (word === 'pr') return { op: 'pr', attribute: refOf(target) };
  if (!isComparison(word)) {
    return refuseFilter(token.at, `the operator ${excerpt(token.text)} is not supported.`);
  }
  const attribute = refOf(comparable(target, token.at));
  if (NOT_FOR[attribute.type].includes(word)) {
    refuseFilter(
      token.at,
      `${attribute.path} is of type ${attribute.type} and cannot be compared by ${word}.`,
    );
  }
  return { op: word, attribute, value: readLiteral(take(cursor), attribute, word, cursor.dialect) };
};

/** `emails[…]`, and Entra's `emails[…].value eq "x"`: both conditions hold for one and the same element (T057). */
const parseValuePath = (cursor: Cursor, found: FoundAttribute, at: number): Filter => {
  const open = take(cursor);
  if (cursor.parent) refuseFilter(open.at, 'a value path cannot stand inside another one.');
  if (found.subAttribute || found.attribute.type !== 'complex') {
    refuseFilter(at, `${canonicalPath(found)} has no parts that could stand in brackets.`);
  }
  const inside: Cursor = { ...cursor, parent: found };
  const condition = nested(inside, open.at, () => parseJoined(inside, 'or'));
  const close = expect(inside, ']');
  const parts = [condition];
  const tail = peek(inside);
  if (tail.kind === 'word' && tail.text.startsWith('.') && tail.at === close.at + 1) {
    inside.next += 1;
    parts.push(parseComparison(inside, resolve(inside, tail.text.slice(1), tail.at, found)));
  }
  cursor.next = inside.next;
  cursor.terms = inside.terms;
  const of = join('and', parts);
  return found.attribute.multiValued ? { op: 'element', attribute: refOf(found), of } : of;
};

const parseTerm = (cursor: Cursor): Filter => {
  const name = take(cursor);
  if (name.kind !== 'word') refuseFilter(name.at, `an attribute name is expected, not ${describe(name)}.`);
  cursor.terms += 1;
  if (cursor.terms > MAX_TERMS) refuseFilter(name.at, `there are more than ${MAX_TERMS} comparisons.`);
  const found = resolve(cursor, name.text, name.at);
  if (peek(cursor).kind === '[') return parseValuePath(cursor, found, name.at);
  return parseComparison(cursor, found);
};

const parseGroup = (cursor: Cursor): Filter => {
  const open = expect(cursor, '(');
  const inside = nested(cursor, open.at, () => parseJoined(cursor, 'or'));
  expect(cursor, ')');
  return inside;
};

const parseUnary = (cursor: Cursor): Filter => {
  const token = peek(cursor);
  if (token.kind === '(') return parseGroup(cursor);
  if (!isWord(token, 'not')) return parseTerm(cursor);
  take(cursor);
  return { op: 'not', of: parseGroup(cursor) };
};

/** "not" takes precedence over "and", which takes precedence over "or". */
const parseJoined = (cursor: Cursor, op: 'and' | 'or'): Filter => {
  const part = () => (op === 'or' ? parseJoined(cursor, 'and') : parseUnary(cursor));
  const parts = [part()];
  while (isWord(peek(cursor), op)) {
    cursor.next += 1;
    parts.push(part());
  }
  return join(op, parts);
};

const parseAll = (cursor: Cursor): Filter => {
  const filter = parseJoined(cursor, 'or');
  const rest = peek(cursor);
  if (rest.kind !== 'end') {
    refuseFilter(rest.at, `${describe(rest)} does not belong here; "and", "or" or the end is expected.`);
  }
  return filter;
};

/**
 * Parses a filter (RFC 7644 §3.4.2.2). Not strict, it also takes what known clients send: unquoted values (Entra's
 * documentation, T056) and "True"/"False" for booleans (idp-clients.md decision 3).
 */
export const parseFilter = (text: string, schema: ResourceSchema, dialect: Dialect): Filter =>
  parseAll({ tokens: tokenize(text, dialect), schema, dialect, parent: null, next: 0, depth: 0, terms: 0 });

/** Parses what stands in the brackets of a PATCH path: a filter on the elements of one attribute (RFC 7644 §3.5.2). */
export const parseElementFilter = (
  text: string,
  parent: FoundAttribute,
  schema: ResourceSchema,
  dialect: Dialect,
): Filter =>
  parseAll({ tokens: tokenize(text, dialect), schema, dialect, parent, next: 0, depth: 0, terms: 0 });
