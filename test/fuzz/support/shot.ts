/** One request, and how any request may be damaged on its way: in its path, its headers, its JSON and its bytes. */
import fc from 'fast-check';
import { DONORS, type Recorded } from './corpus.ts';
import { anyFilter, filterFrom } from './filter-plans.ts';
import { printFilter } from './filter-print.ts';
import { damageJson } from './json-mutation.ts';
import { anyDamage, type Damage, damageText, wordSalad } from './text-mutation.ts';
import { anyText, NASTY_TEXTS } from './texts.ts';

/** One request. `{{U1}}` and the like are filled in when it is sent (door.ts). */
export interface Shot {
  readonly strict: boolean;
  readonly method: string;
  /** Below /scim/v2. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export const nasty: fc.Arbitrary<string> = fc.constantFrom(...NASTY_TEXTS);

/** Mostly the one, sometimes the other: `weight` to one. */
export const mostly = <T>(usual: T, arbitrary: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });

/** Up to so many damages, none at all `whole` times of `whole + 1`. */
export const damages = (most: number, whole: number): fc.Arbitrary<readonly Damage[]> =>
  mostly<readonly Damage[]>([], fc.array(anyDamage, { minLength: 1, maxLength: most }), whole);

const header = (...values: readonly string[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: nasty }, anyText);

const HEADERS: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['If-Match', header('*', 'W/"1"', '"1"', 'W/"2", W/"3"', 'W/', '"', '', 'W/"1', ',')],
  ['If-None-Match', header('*', 'W/"1"', '"1"', 'W/"2", W/"3"', '')],
  [
    'Content-Type',
    header('application/scim+json', 'application/json', 'text/plain', 'application/xml', 'a/b/c'),
  ],
  [
    'Content-Type',
    header('application/json; charset=utf-16', 'application/scim+json; charset=x', 'application/*'),
  ],
  ['Accept', header('*/*', 'application/xml', 'text/html')],
  ['Content-Encoding', header('gzip', 'deflate', 'br', 'identity', 'x')],
  ['Expect', fc.constant('100-continue')],
  ['X-HTTP-Method-Override', fc.constantFrom('DELETE', 'PUT')],
  ['X-Forwarded-Host', header('evil.example')],
  ['Range', fc.constant('bytes=0-1')],
];

const oneHeader = fc
  .constantFrom(...HEADERS)
  .chain(([name, value]) => value.map((text): Record<string, string> => ({ [name]: text })));

export interface Damages {
  readonly strict: boolean;
  readonly headers: Record<string, string>;
  readonly path: readonly Damage[];
  readonly body: readonly Damage[];
  readonly text: readonly Damage[];
}

/** How a request is damaged; `body` and `path` say how often they stay whole, for each time that they do not. */
export const anyDamages = (whole: { readonly path: number; readonly body: number }) => ({
  strict: fc.boolean(),
  headers: mostly<Record<string, string>>({}, oneHeader, 8),
  path: damages(2, whole.path),
  body: damages(5, whole.body),
  text: damages(1, 40),
});

/** The request with the damages. */
export const shotFrom = ({ method, path, body }: Recorded, how: Damages): Shot => {
  const text = body === undefined || typeof body === 'string' ? body : damageJson(body, how.body, DONORS);
  return {
    strict: how.strict,
    method,
    path: damageText(path, how.path),
    headers: how.headers,
    body: text === undefined ? undefined : damageText(text, how.text),
  };
};

/** A filter as text, more often right than wrong. */
export const filterText: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .tuple(anyFilter, fc.nat())
          .map(([plan, seed]) => printFilter(filterFrom(plan, []), seed)),
      },
      { weight: 1, arbitrary: wordSalad },
    ),
    damages(3, 2),
  )
  .map(([text, damage]) => damageText(text, damage));
