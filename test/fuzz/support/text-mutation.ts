/** Damages filters and paths as text: tokens deleted, doubled, swapped, and things put in that do not belong there. */
import fc from 'fast-check';
import { choices } from './filter-print.ts';
import { NASTY_TEXTS } from './texts.ts';

/** One damage: what is done, where, and with what. Plain numbers, so that fast-check can shrink it. */
export interface Damage {
  readonly how: number;
  readonly where: number;
  readonly salt: number;
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  how: fc.nat(99),
  where: fc.nat(9_999),
  salt: fc.nat(9_999),
});

const TOKEN = /"(?:\\.|[^"\\])*"|[()[\]/?&=]|[ ]+|[^\s()[\]"/?&=]+|[\s\S]/gu;

const tokensOf = (text: string): readonly string[] => text.match(TOKEN) ?? [];

const nasty = (salt: number): string => NASTY_TEXTS[salt % NASTY_TEXTS.length] ?? '';

type Mutation = (tokens: readonly string[], at: number, salt: number) => readonly string[];

const NUMBERS = ['1', '-0', '1e999', '9'.repeat(500), '0.1', '00', '+1', '1_000', '٣', 'Infinity'];

const swapCase = (text: string): string =>
  [...text].map((one) => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())).join('');

const inside = (token: string, salt: number): string => {
  const cutAt = token.length === 0 ? 0 : salt % (token.length + 1);
  return token.slice(0, cutAt) + nasty(salt + 7) + token.slice(cutAt);
};

const MUTATIONS: readonly Mutation[] = [
  (tokens, at) => tokens.filter((_, index) => index !== at),
  (tokens, at) => tokens.toSpliced(at, 0, tokens[at] ?? ''),
  (tokens, at, salt) => {
    const other = salt % tokens.length;
    return tokens.with(at, tokens[other] ?? '').with(other, tokens[at] ?? '');
  },
  (tokens, at, salt) => tokens.toSpliced(at, 0, nasty(salt)),
  (tokens, at, salt) => tokens.with(at, nasty(salt)),
  (tokens, at, salt) => tokens.with(at, inside(tokens[at] ?? '', salt)),
  (tokens, at, salt) => tokens.with(at, (tokens[at] ?? '').slice(0, salt % ((tokens[at]?.length ?? 0) + 1))),
  (tokens, at) => tokens.with(at, swapCase(tokens[at] ?? '')),
  (tokens, at, salt) => tokens.with(at, (tokens[at] ?? '').repeat(1 + (salt % 60))),
  (tokens, at, salt) => tokens.with(at, NUMBERS[salt % NUMBERS.length] ?? ''),
  (tokens, at, salt) => tokens.toSpliced(at, 0, String.fromCharCode(salt % 0x21)),
  (tokens, _at, salt) => [...'('.repeat(salt % 70), ...tokens, ...')'.repeat((salt >> 3) % 70)],
  (tokens, _at, salt) => ['not '.repeat(salt % 60), ...tokens],
  (tokens, at) => tokens.slice(at),
  (tokens, at) => tokens.slice(0, at),
  (tokens, _at, salt) => Array.from({ length: 1 + (salt % 120) }, () => [...tokens, ' or ']).flat(),
];

const damageOnce = (text: string, { how, where, salt }: Damage): string => {
  const tokens = tokensOf(text);
  if (tokens.length === 0) return nasty(salt);
  const mutate = MUTATIONS[how % MUTATIONS.length];
  return mutate
    ? mutate(tokens, where % tokens.length, salt)
        .join('')
        .slice(0, 200_000)
    : text;
};

/** The text after all damages, in order. */
export const damageText = (text: string, damages: readonly Damage[]): string =>
  damages.reduce(damageOnce, text);

const WORDS = [
  ...['userName', 'emails', 'emails.value', 'name.familyName', 'active', 'meta.created', 'groups', 'members'],
  ...[
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value',
    'schemas',
    'password',
    'nobody',
  ],
  ...['eq', 'ne', 'co', 'sw', 'ew', 'pr', 'gt', 'ge', 'lt', 'le', 'and', 'or', 'not', 'regex'],
  ...['"x"', '""', 'true', 'False', 'null', '"2026-01-01T00:00:00Z"', '12', "'x'", '"\\u0041"', '"\\x"'],
  ...['(', ')', '[', ']', '].', '.value', '.', ' '],
];

/** Words of the language in no order that means anything. */
export const wordSalad: fc.Arbitrary<string> = fc
  .tuple(fc.array(fc.constantFrom(...WORDS), { maxLength: 24 }), fc.nat())
  .map(([words, seed]) => {
    const choose = choices(seed);
    return words.map((word) => word + (choose(4) === 0 ? '' : ' ')).join('');
  });
