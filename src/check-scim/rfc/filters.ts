/** The filter language (RFC 7644 §3.4.2.2; T054 to T066): each row is a filter over the cast and who it must find. */
import { tableOf } from '../check.ts';
import type { Cast, Context } from '../context.ts';
import { CORE_USER, ENTERPRISE, hasStatus, listsExactly, refused } from '../expect.ts';
import type { Need } from '../features.ts';
import { filterQuery, find } from '../steps.ts';

type Who = 'ann' | 'bob' | 'cyd';

interface Row {
  readonly id: string;
  readonly title: string;
  readonly filter: (cast: Cast) => string;
  readonly finds: readonly Who[];
  readonly needs?: readonly Need[];
}

const by = ({ name }: { readonly name: string }): string => `userName eq "${name}"`;
const anyOf = ({ ann, bob, cyd }: Cast): string => `(${by(ann)} or ${by(bob)} or ${by(cyd)})`;

const OPERATORS: readonly Row[] = [
  { id: 'T061-eq', title: 'eq finds whom it names.', filter: ({ ann }) => by(ann), finds: ['ann'] },
  {
    id: 'T061-ne',
    title: 'ne finds the others.',
    filter: (cast) => `${anyOf(cast)} and userName ne "${cast.ann.name}"`,
    finds: ['bob', 'cyd'],
  },
  {
    id: 'T061-co',
    title: 'co finds by a part.',
    filter: ({ ann }) => `userName co "${ann.name.slice(6, -6)}"`,
    finds: ['ann'],
  },
  {
    id: 'T061-sw',
    title: 'sw finds by the beginning.',
    filter: ({ bob }) => `userName sw "${bob.name.split('@')[0]}"`,
    finds: ['bob'],
  },
  {
    id: 'T061-ew',
    title: 'ew finds by the end.',
    filter: (cast) => `${anyOf(cast)} and userName ew "${cast.cyd.name.split('-').at(-1)}"`,
    finds: ['cyd'],
  },
  {
    id: 'T061-pr',
    title: 'pr finds who has a value.',
    filter: (cast) => `title pr and ${anyOf(cast)}`,
    finds: ['ann'],
    needs: ['User.title'],
  },
  {
    id: 'T061-boolean',
    title: 'active eq true leaves out who is inactive.',
    filter: (cast) => `active eq true and ${anyOf(cast)}`,
    finds: ['ann', 'bob'],
  },
  {
    id: 'T061-gt',
    title: 'gt compares date-times.',
    filter: (cast) => `meta.lastModified gt "2011-05-13T04:42:34Z" and ${by(cast.ann)}`,
    finds: ['ann'],
  },
  {
    id: 'T061-lt',
    title: 'lt compares date-times.',
    filter: (cast) => `meta.created lt "2011-05-13T04:42:34Z" and ${by(cast.ann)}`,
    finds: [],
  },
  {
    id: 'T061-ge-le',
    title: 'ge and le compare date-times.',
    filter: (cast) =>
      `meta.created ge "2011-05-13T04:42:34Z" and meta.created le "2911-05-13T04:42:34Z" and ${by(cast.bob)}`,
    finds: ['bob'],
  },
  {
    id: 'T055',
    title: 'Operators and names may be written in any letters.',
    filter: ({ ann }) => `USERNAME Eq "${ann.name}"`,
    finds: ['ann'],
  },
  {
    id: 'rfc7644-3.4.2.2-case',
    title: 'userName is compared without regard to letter case.',
    filter: ({ ann }) => `userName eq "${ann.name.toUpperCase()}"`,
    finds: ['ann'],
  },
];

const GRAMMAR: readonly Row[] = [
  {
    id: 'T060-precedence',
    title: '"and" binds tighter than "or".',
    filter: ({ ann, bob }) => `${by(ann)} or ${by(bob)} and name.familyName eq "nobody"`,
    finds: ['ann'],
  },
  {
    id: 'T060-parentheses',
    title: 'Parentheses group.',
    filter: ({ ann, bob }) => `(${by(ann)} or ${by(bob)}) and name.familyName eq "Birch"`,
    finds: ['bob'],
  },
  {
    id: 'T060-not',
    title: 'not (…) turns a filter around.',
    filter: (cast) => `${anyOf(cast)} and not (name.familyName eq "Ashe")`,
    finds: ['bob', 'cyd'],
  },
  {
    id: 'T064-core',
    title: 'A name may be written with the URN of the core schema.',
    filter: ({ ann }) => `${CORE_USER}:userName eq "${ann.name}"`,
    finds: ['ann'],
  },
  {
    id: 'T064-extension',
    title: 'An attribute of an extension is named with its URN.',
    filter: ({ department }) => `${ENTERPRISE}:department eq "${department}"`,
    finds: ['ann'],
    needs: ['enterprise.department'],
  },
  {
    id: 'T059',
    title: 'externalId is compared letter by letter.',
    filter: ({ ann }) => `externalId eq "${String(ann.sent['externalId']).toUpperCase()}"`,
    finds: [],
  },
  {
    id: 'T065-wildcards',
    title: '% and _ are letters like any others.',
    filter: (cast) => `${anyOf(cast)} and (userName co "%" or userName co "c_e_k")`,
    finds: [],
  },
  {
    id: 'T065-quote',
    title: 'An apostrophe, a quote and a backslash in a value do no harm.',
    filter: () => `userName eq "'; DROP TABLE users; -- \\"x\\" \\\\"`,
    finds: [],
  },
  {
    id: 'T065-unicode',
    title: 'A \\u escape in a value is the letter that it stands for.',
    filter: ({ ann }) => `userName eq "${ann.name.replace('c', '\\u0063')}"`,
    finds: ['ann'],
  },
];

const asCheck = ({ id, title, filter, finds, needs = [] }: Row) => ({
  id,
  title: `Filter: ${title}`,
  needs,
  run: async (context: Context) => {
    const cast = await context.cast();
    listsExactly(await find(context, '/Users', filter(cast)), ...finds.map((who) => cast[who].id));
  },
});

const wrong = (id: string, filter: string, what: string) => ({
  id,
  title: `A filter with ${what} is refused as invalidFilter.`,
  run: async (context: Context) => refused(await find(context, '/Users', filter), 400, 'invalidFilter'),
});

const LONG = {
  source: 'Catalogue §5.11, T066: limits on length, depth and terms',
  level: 'should',
  remedy: 'Bound filters and refuse what is beyond with 400 invalidFilter, quickly.',
} as const;

/** Served or refused, but not a crash. */
const survives = (filter: string) => async (context: Context) => {
  const answer = await find(context, '/Users', filter);
  hasStatus(answer, 200, 400, 413, 414, 431);
};

export const rfcFilters = tableOf(
  {
    source: 'RFC 7644 §3.4.2.2',
    level: 'must',
    profiles: ['rfc'],
    needs: ['filter'],
    remedy:
      'Parse the filter by the grammar of RFC 7644 Figure 1 and evaluate what it says; refuse the rest with 400 invalidFilter.',
  },
  [
    ...[...OPERATORS, ...GRAMMAR].map(asCheck),
    wrong('T062-operator', 'userName regex "x"', 'an unknown operator'),
    wrong('T062-incomplete', 'userName eq', 'no value'),
    wrong('T062-bracket', 'emails[type eq "work"', 'an open bracket'),
    wrong('T062-boolean', 'active gt true', 'gt on a boolean'),
    {
      id: 'T054',
      title: 'A plus in the query is a space, %2B is a plus, and a trailing & does no harm.',
      source: 'OneLogin: logs of goauthentik/authentik#11249 (catalogue §3)',
      level: 'should',
      run: async ({ scim, cast }) => {
        const { ann } = await cast();
        const query = filterQuery(by(ann)).replaceAll('%20', '+');
        listsExactly(await scim('GET', `/Users?${query}&`), ann.id);
      },
    },
    {
      ...LONG,
      id: 'T066-depth',
      title: 'A filter with 2,000 parentheses is served or refused, and does not crash the server.',
      run: survives(`${'('.repeat(1000)}userName eq "x"${')'.repeat(1000)}`),
    },
    {
      ...LONG,
      id: 'T066-length',
      title: 'A filter of 100 kB is served or refused, and does not crash the server.',
      run: survives(`userName eq "${'x'.repeat(100_000)}"`),
    },
  ],
);
