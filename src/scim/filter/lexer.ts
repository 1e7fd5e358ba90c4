/**
 * Cuts the text of a SCIM filter (RFC 7644 §3.4.2.2) into tokens and reads the literal of a comparison. One pass, no
 * backtracking: the time grows with the length of the text and with nothing else.
 */
import type { AttributeRef, Comparison } from '../../directory/query.ts';
import { type Dialect, tolerates } from '../compat/dialect.ts';
import { wireQuirks } from '../compat/quirks.ts';
import { ScimRefusal } from '../errors.ts';

/** Longest filter or PATCH path that is looked at, in characters. */
export const MAX_FILTER_LENGTH = 8192;

export interface Token {
  /** A `word` is a name, an operator or an unquoted literal; a `string` carries its decoded text. */
  readonly kind: 'word' | 'string' | '(' | ')' | '[' | ']' | 'end';
  readonly text: string;
  /** Where the token starts, counted from 0. */
  readonly at: number;
}

/** Refuses a filter, saying where and why. */
export const refuseFilter = (at: number, reason: string): never => {
  throw new ScimRefusal('invalidFilter', `The filter is not valid at position ${at + 1}: ${reason}`);
};

/** What the client wrote, short enough for a message. */
export const excerpt = (text: string): string => `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;

const BRACKETS = new Set(['(', ')', '[', ']']);
const QUOTE = '"';
const isControl = (code: number) => code < 0x20 || code === 0x7f;

const loneSurrogate = /\p{Surrogate}/u;

const hex4 = (code: number) => code.toString(16).padStart(4, '0');

/** JSON forbids raw control characters in strings; they are harmless in a literal, so they are escaped here. */
const escapeControls = (raw: string, at: number, dialect: Dialect): string => {
  let escaped = '';
  for (const character of raw) {
    const code = character.charCodeAt(0);
    const mustBeEscaped = code < 0x20; // not 0x7F: RFC 7159 §7
    if (mustBeEscaped && !tolerates(dialect, wireQuirks.rawControl))
      refuseFilter(at, 'a string holds a control character; escape it as in JSON.');
    escaped += mustBeEscaped ? `\\u${hex4(code)}` : character;
  }
  return escaped;
};

const parseJsonString = (inside: string, at: number): string => {
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return refuseFilter(
      at,
      'a string holds an unknown escape; write a backslash as \\\\ and a quote as \\".',
    );
  }
};

const decodeString = (raw: string, at: number, dialect: Dialect): string => {
  const text = parseJsonString(escapeControls(raw, at, dialect), at);
  // Neither can stand in a stored value (RFC 7643 §2.3.1 strings are Unicode text), and databases refuse them.
  if (text.includes('\0')) refuseFilter(at, 'a string holds a NUL character.');
  if (loneSurrogate.test(text)) refuseFilter(at, 'a string holds half a surrogate pair.');
  return text;
};

const endOfString = (text: string, start: number): number => {
  for (let i = start + 1; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === QUOTE) return i;
  }
  return refuseFilter(start, 'a string is not closed with a double quote.');
};

const endsWord = (character: string) =>
  character === ' ' || character === QUOTE || BRACKETS.has(character) || isControl(character.charCodeAt(0));

const endOfWord = (text: string, start: number): number => {
  let end = start;
  while (end < text.length && !endsWord(text.charAt(end))) end += 1;
  return end;
};

const readToken = (text: string, at: number, dialect: Dialect): readonly [Token, number] => {
  const character = text.charAt(at);
  if (BRACKETS.has(character)) return [{ kind: character as Token['kind'], text: character, at }, at + 1];
  if (character === QUOTE) {
    const end = endOfString(text, at);
    return [{ kind: 'string', text: decodeString(text.slice(at + 1, end), at, dialect), at }, end + 1];
  }
  if (isControl(character.charCodeAt(0))) refuseFilter(at, 'a control character stands outside of a string.');
  const end = endOfWord(text, at);
  return [{ kind: 'word', text: text.slice(at, end), at }, end];
};

/** Cuts a filter into tokens, the last of which is always `end`. */
export const tokenize = (text: string, dialect: Dialect): readonly Token[] => {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new ScimRefusal('invalidFilter', `The filter is longer than ${MAX_FILTER_LENGTH} characters.`);
  }
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    const [token, next] = readToken(text, at, dialect);
    tokens.push(token);
    at = next;
  }
  return [...tokens, { kind: 'end', text: '', at }];
};

// xsd:dateTime (RFC 7643 §2.3.5). A blank before the offset is a `+` that a URL decoder ate.
const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(\.\d{1,12})?(Z|[+\- ]\d\d:\d\d)?)?$/i;

/** The instant that a dateTime names, as ISO text in UTC with milliseconds; undefined when it names none. */
const readInstant = (text: string, dialect: Dialect): string | undefined => {
  const [, day = '', time, fraction = '', zone = 'Z'] = DATE_TIME.exec(text) ?? [];
  if (day === '' || (time === undefined && !tolerates(dialect, wireQuirks.dateOnly))) return undefined;
  const midnight = new Date(`${day}T00:00:00Z`);
  // Day 30 of February rolls over to March in Date; here it is no day.
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return undefined;
  const milliseconds = fraction.slice(0, 4);
  const instant = new Date(
    `${day}T${time ?? '00:00:00'}${milliseconds}${zone.toUpperCase().replace(' ', '+')}`,
  );
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
};

const RESERVED = new Set(['and', 'or', 'not']);

const readBoolean = (token: Token, attribute: AttributeRef, dialect: Dialect): boolean => {
  if (token.kind === 'word' && (token.text === 'true' || token.text === 'false'))
    return token.text === 'true';
  // Entra writes `primary eq "True"` (idp-clients.md §1.7, decision 3): any case, quoted or not, unless strict.
  const text = token.text.toLowerCase();
  if ((text !== 'true' && text !== 'false') || !tolerates(dialect, wireQuirks.looseBoolean)) {
    refuseFilter(token.at, `${attribute.path} is compared with true or false.`);
  }
  return text === 'true';
};

const readText = (token: Token, attribute: AttributeRef, dialect: Dialect): string => {
  if (token.kind === 'word' && (token.text.startsWith("'") || !tolerates(dialect, wireQuirks.unquoted))) {
    refuseFilter(token.at, `the value for ${attribute.path} must stand in double quotes.`);
  }
  // T056 Entra's documentation writes `externalId eq jyoung` without quotes (idp-clients.md §1.3).
  return token.text;
};

/** Reads the value that an attribute is compared with, as the type of the attribute asks (RFC 7644 §3.4.2.2). */
export const readLiteral = (
  token: Token,
  attribute: AttributeRef,
  op: Comparison,
  dialect: Dialect,
): string | boolean | null => {
  const isWord = token.kind === 'word';
  if ((!isWord && token.kind !== 'string') || (isWord && RESERVED.has(token.text.toLowerCase()))) {
    refuseFilter(token.at, `"${op}" lacks the value to compare ${attribute.path} with.`);
  }
  if (isWord && token.text === 'null') {
    return op === 'eq' || op === 'ne'
      ? null
      : refuseFilter(token.at, `null can be compared by eq and ne, not by ${op}.`);
  }
  if (attribute.type === 'boolean') return readBoolean(token, attribute, dialect);
  if (attribute.type !== 'dateTime') return readText(token, attribute, dialect);
  return (
    readInstant(readText(token, attribute, dialect), dialect) ??
    refuseFilter(
      token.at,
      `${attribute.path} is compared with a date and time such as "2026-01-31T08:00:00Z".`,
    )
  );
};
