/** Texts as people and attackers write them: what folds oddly, what SQL, JSON and filters give a meaning to, long ones. */
import fc from 'fast-check';

const PIECES = [
  ...['a', 'A', 'b', 'z', '0', '9', ' ', '  ', '.', '@', '-', ':', '/'],
  ...['%', '_', '\\', '"', "'", '*', '?', '[', ']', '(', ')', ';', '--', '{', '}', '$', '`', '<'],
  ...['é', 'É', 'e\u0301', 'ß', 'ẞ', 'İ', 'ı', 'Å', 'A\u030a', 'Ａ', 'ﬁ', 'Σ', 'ς', 'σ', '漢', 'ǆ'],
  ...[
    '😀',
    '👩‍💻',
    '\u200d',
    '\ufeff',
    '\ue000',
    '\uffff',
    '\u{10ffff}',
    '\u0001',
    '\n',
    '\t',
    '\u007f',
    '\u0085',
  ],
  ...['null', 'true', 'eq', 'or', 'not', 'work', 'home', 'example.com', '__proto__'],
];

/** Lengths around the bounds of indexes (128) and of names. */
const LENGTHS = [126, 127, 128, 129, 130, 255, 300, 2_100];

const storable = (text: string): string => text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '');

const pieced = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 5 })
  .map((pieces) => storable(pieces.join('')));
const random = fc.string({ unit: 'binary', maxLength: 8 }).map(storable);
const long = fc
  .tuple(
    fc.constantFrom('x', 'é', '😀', 'ﬁ', '\\'),
    fc.constantFrom(...LENGTHS),
    fc.constantFrom('', 'a', 'Z'),
  )
  .map(([unit, count, end]) => unit.repeat(count) + end);

/** Any text that a record can hold: well-formed, without U+0000; often short, so that two of them meet. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: pieced },
  { weight: 2, arbitrary: random },
  { weight: 1, arbitrary: long },
);

/** What does not belong where it is put: whatever has broken a parser before. */
export const NASTY_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  '\u0000x',
  '\n',
  '\r\nX-Injected: 1',
  '\u001b[31m',
  '\ud800',
  '\udfff\ud800',
  '\u202e',
  '\u00a0',
  '"',
  '\\',
  '\\u0000',
  "'",
  '%00',
  '%',
  '%E0%A4%A',
  '%2e%2e%2f',
  '../../etc/passwd',
  ';',
  '`',
  '$' + '{7*7}',
  "' or 1=1 --",
  '"; drop table users; --',
  '[',
  ']',
  '(',
  ')',
  '[]',
  '()',
  'emails[',
  '].value',
  'null',
  'NULL',
  'true',
  'and',
  'or',
  'not',
  'pr',
  'eq',
  '1e400',
  '-1',
  '9'.repeat(400),
  '0x10',
  'NaN',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'x'.repeat(9_000),
  '('.repeat(120),
  'urn:',
  'urn:ietf:params:scim:schemas:core:2.0:User',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:',
  'bulkId:',
  'bulkId:a',
  '.search',
  '*',
  'W/"1"',
];
