/** Damages JSON bodies at random places: types swapped, keys doubled and renamed, prototypes, nests, other bodies' parts. */
import { type Change, nodesOf, plant, printTree, raw, rewrite, type Slot, type Tree } from './json-tree.ts';
import { type Damage, damageText } from './text-mutation.ts';
import { NASTY_TEXTS } from './texts.ts';

const NASTY_VALUES: readonly Tree[] = [
  ...[null, true, false, 0, -1, 1.5, '', ' ', [], {}, [[]], [{}], [null], { value: null }, { value: '' }].map(
    plant,
  ),
  ...['1e999', '-1e999', '-0', '123456789012345678901234567890', '1E400', '0.1e-400'].map(raw),
  ...['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '"\\u202e"'].map(raw),
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}'].map(raw),
  ...[
    '{"__proto__":null}',
    '{"toString":1,"valueOf":2,"hasOwnProperty":3}',
    '{"length":5}',
    '{"$ref":"x"}',
  ].map(raw),
  raw(JSON.stringify('x'.repeat(2_100))),
  raw(JSON.stringify('é'.repeat(70_000))),
  raw(`${'['.repeat(40)}1${']'.repeat(40)}`),
  raw(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  raw(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`),
  raw(`[${'0,'.repeat(1_500)}0]`),
];

const KEYS = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    '',
    ' ',
    '.',
    'a.b',
    '$ref',
  ],
  ...[
    'id',
    'meta',
    'schemas',
    'password',
    'groups',
    'members',
    'userName',
    'active',
    'emails',
    'value',
    'primary',
  ],
  ...[
    'name.familyName',
    'emails.value',
    'emails[type eq "work"].value',
    'manager',
    'op',
    'path',
    'Operations',
  ],
  ...['urn:ietf:params:scim:schemas:core:2.0:User:userName', 'urn:ietf:params:scim:schemas:core:2.0:User'],
  ...[
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    'urn:x',
    'k'.repeat(5_000),
    '\u0000',
    '\ud800',
  ],
];

const pick = <T>(list: readonly T[], salt: number, instead: T): T => list[salt % list.length] ?? instead;

const nastyValue = (salt: number): Tree => pick(NASTY_VALUES, salt, raw('null'));

const swapCase = (text: string) => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase());

const textOf = (node: Tree): string | null => {
  if (node.kind !== 'raw' || !node.text.startsWith('"')) return null;
  return JSON.parse(node.text) as string;
};

const damagedText = ({ key, node }: Slot, salt: number): Slot => {
  const text = textOf(node);
  const nasty = NASTY_TEXTS[salt % NASTY_TEXTS.length] ?? '';
  if (text === null) return { key, node: raw(JSON.stringify(nasty)) };
  const damages = [{ how: salt >> 2, where: salt >> 5, salt: salt >> 1 }];
  return { key, node: raw(JSON.stringify(damageText(text, damages))) };
};

const deep = (node: Tree, levels: number): Tree =>
  Array.from({ length: levels }).reduce<Tree>((inner) => ({ kind: 'list', of: [inner] }), node);

const reversed = (node: Tree): Tree => {
  if (node.kind === 'list') return { kind: 'list', of: node.of.toReversed() };
  return node.kind === 'object' ? { kind: 'object', of: node.of.toReversed() } : node;
};

type Mutation = (slot: Slot, salt: number, donors: readonly Tree[]) => readonly Slot[];

const donated = (donors: readonly Tree[], salt: number): Tree => pick(donors, salt, raw('null'));

const MUTATIONS: readonly Mutation[] = [
  () => [],
  (slot) => [slot, slot],
  (slot, salt) => [slot, { key: slot.key, node: nastyValue(salt) }],
  (slot, salt) => [{ key: slot.key, node: nastyValue(salt) }, slot],
  (slot, salt) => [{ key: slot.key, node: nastyValue(salt) }],
  (slot, salt) => [{ key: slot.key, node: nastyValue(salt >> 3) }],
  ({ key, node }) => [{ key, node: { kind: 'list', of: [node] } }],
  ({ key, node }) => [{ key, node: { kind: 'list', of: [node, node] } }],
  ({ key, node }) => [{ key, node: { kind: 'object', of: [['value', node]] } }],
  ({ key, node }, salt) => [{ key, node: deep(node, salt % 45) }],
  ({ node }, salt) => [{ key: pick(KEYS, salt, ''), node }],
  (slot, salt) => [slot, { key: pick(KEYS, salt, ''), node: slot.node }],
  ({ key, node }) => [{ key: swapCase(key ?? ''), node }],
  ({ key, node }) => [{ key: `urn:ietf:params:scim:schemas:core:2.0:User:${key ?? ''}`, node }],
  (slot, salt, donors) => [{ key: slot.key, node: donated(donors, salt) }],
  (slot, salt, donors) => [slot, { key: slot.key, node: donated(donors, salt) }],
  (slot, salt) => Array.from({ length: salt % 50 }, () => slot),
  (slot, salt) => [damagedText(slot, salt)],
  (slot, salt) => [damagedText(slot, salt >> 1)],
  ({ key, node }) => [{ key, node: raw(JSON.stringify(printTree(node))) }],
  ({ key, node }) => [{ key, node: reversed(node) }],
];

const damageOnce = (tree: Tree, { how, where, salt }: Damage, donors: readonly Tree[]): Tree => {
  const mutate = MUTATIONS[how % MUTATIONS.length];
  const change: Change = (slot) => (mutate ? mutate(slot, salt, donors) : [slot]);
  return rewrite(tree, where % nodesOf(tree).length, change);
};

const LONGEST = 600_000;

/** The body after all damages, as text; `donors` are parts of other bodies. */
export const damageJson = (body: unknown, damages: readonly Damage[], donors: readonly Tree[]): string => {
  const damaged = damages.reduce((tree, damage) => damageOnce(tree, damage, donors), plant(body));
  return printTree(damaged).slice(0, LONGEST);
};
