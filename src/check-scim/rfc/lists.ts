/** Pages, order and projection (RFC 7644 §3.4.2.3 to §3.4.2.5, §3.9; T070, T073, T074). */
import { tableOf } from '../check.ts';
import type { Cast, Context } from '../context.ts';
import {
  CORE_USER,
  dig,
  equals,
  hasStatus,
  holds,
  isList,
  isObject,
  listsExactly,
  refused,
} from '../expect.ts';
import { find } from '../steps.ts';
import type { Answer } from '../wire.ts';

const anyOf = ({ ann, bob, cyd }: Cast): string =>
  [ann, bob, cyd].map(({ name }) => `userName eq "${name}"`).join(' or ');

const bounds = (
  id: string,
  title: string,
  query: string,
  judge: (answer: Answer, all: number) => void,
  level: 'must' | 'should' = 'must',
) => ({
  id,
  title,
  level,
  run: async (context: Context) => {
    const cast = await context.cast();
    judge(await find(context, '/Users', anyOf(cast), `&${query}`), 3);
  },
});

const counts = (answer: Answer, total: number, shown: number, startIndex: number): void => {
  equals(answer, isList(answer).length, shown, 'the number of resources');
  equals(answer, dig(answer.body, 'totalResults'), total, 'totalResults');
  if (shown > 0) equals(answer, dig(answer.body, 'startIndex'), startIndex, 'startIndex');
};

const paging = tableOf(
  {
    source: 'RFC 7644 §3.4.2.4',
    level: 'must',
    profiles: ['rfc'],
    needs: ['filter'],
    remedy:
      'startIndex begins at 1, less means 1; a negative count means 0, and 0 gives the total alone; never more than count.',
  },
  [
    bounds('T070-zero', 'startIndex 0 means 1.', 'startIndex=0&count=10', (answer, all) =>
      counts(answer, all, 3, 1),
    ),
    bounds('T070-negative', 'A negative startIndex means 1.', 'startIndex=-3&count=10', (answer, all) =>
      counts(answer, all, 3, 1),
    ),
    bounds('T070-count-zero', 'count 0 gives the total alone.', 'count=0', (answer, all) =>
      counts(answer, all, 0, 1),
    ),
    bounds('T070-count-negative', 'A negative count means 0.', 'count=-1', (answer, all) =>
      counts(answer, all, 0, 1),
    ),
    bounds('T070-count-large', 'A huge count gives what there is.', 'count=100000', (answer, all) =>
      counts(answer, all, 3, 1),
    ),
    bounds(
      'T070-count-text',
      'A count that is no number is refused with 400.',
      'count=abc',
      (answer) => refused(answer, 400, 'invalidValue', 'invalidSyntax', 'invalidCount'),
      'should',
    ),
    {
      id: 'rfc7644-3.4.2.4-pages',
      title: 'Pages of one hold each of three people once.',
      run: async (context) => {
        const cast = await context.cast();
        const pages = [];
        for (const startIndex of [1, 2, 3])
          pages.push(await find(context, '/Users', anyOf(cast), `&count=1&startIndex=${startIndex}`));
        const [last] = pages.slice(-1) as [Answer];
        for (const [index, page] of pages.entries()) counts(page, 3, 1, index + 1);
        const ids = pages.map((page) => String(dig(page.body, 'Resources', 0, 'id')));
        equals(
          last,
          ids.sort(),
          [cast.ann, cast.bob, cast.cyd].map(({ id }) => id).sort(),
          'the ids on the three pages',
        );
      },
    },
  ],
);

type Who = 'ann' | 'bob' | 'cyd';

const byFamilyName = (): readonly Who[] => ['ann', 'bob', 'cyd'];

/** By the address at work, which is the primary one; addresses are compared without regard to letter case. */
const byAddress = ({ work, ...cast }: Cast): readonly Who[] =>
  [...byFamilyName()].sort((a, b) => (work(cast[a]).toLowerCase() < work(cast[b]).toLowerCase() ? -1 : 1));

/** The people that are found must come in this order. */
const ordered = (id: string, title: string, query: string, order: (cast: Cast) => readonly Who[]) => ({
  id,
  title,
  run: async (context: Context) => {
    const cast = await context.cast();
    const answer = await find(context, '/Users', anyOf(cast), `&${query}`);
    const ids = isList(answer).map((resource) => dig(resource, 'id'));
    const wanted = order(cast).map((who) => cast[who].id);
    equals(answer, ids, wanted, 'the ids in order');
  },
});

const sorting = tableOf(
  {
    source: 'RFC 7644 §3.4.2.3',
    level: 'must',
    profiles: ['rfc'],
    needs: ['sort', 'filter'],
    remedy:
      'Sort by the attribute and its rule about letter case; whoever lacks it comes last ascending, first descending.',
  },
  [
    ordered(
      'T073-ascending',
      'sortBy a name orders ascending without sortOrder.',
      'sortBy=name.familyName',
      byFamilyName,
    ),
    ordered(
      'T073-descending',
      'sortOrder=descending turns the order around.',
      'sortBy=name.familyName&sortOrder=descending',
      () => ['cyd', 'bob', 'ann'],
    ),
    ordered('T073-last', 'Who lacks the attribute comes last, ascending.', 'sortBy=title&count=1', () => [
      'ann',
    ]),
    ordered(
      'T073-first',
      'Who lacks the attribute comes first, descending.',
      'sortBy=title&sortOrder=descending&count=1&startIndex=3',
      () => ['ann'],
    ),
    {
      ...ordered(
        'T073-email',
        'A multi-valued attribute is ordered by its primary value.',
        'sortBy=emails.value&sortOrder=descending',
        (cast) => [...byAddress(cast)].reverse(),
      ),
      level: 'should',
    },
  ],
);

const namesOf = (resource: unknown): readonly string[] =>
  isObject(resource) ? Object.keys(resource).sort() : [];

const projected = (
  id: string,
  title: string,
  query: string,
  judge: (answer: Answer, resource: unknown) => void,
) => ({
  id,
  title,
  run: async (context: Context) => {
    const { ann } = await context.cast();
    const answer = await context.scim('GET', `${ann.path}?${query}`);
    hasStatus(answer, 200);
    judge(answer, answer.body);
  },
});

const projection = tableOf(
  {
    source: 'RFC 7644 §3.4.2.5, §3.9',
    level: 'must',
    profiles: ['rfc'],
    remedy:
      'Show what is asked for, and always id and schemas; names may be dotted, and written with their URN.',
  },
  [
    projected(
      'T074-attributes',
      'attributes=userName,emails.value shows these, id and schemas.',
      'attributes=userName,emails.value',
      (answer, body) => {
        const more = namesOf(body).filter(
          (name) => !['emails', 'id', 'meta', 'schemas', 'userName'].includes(name),
        );
        equals(answer, more, [], 'the list of other attributes');
        equals(answer, namesOf(dig(body, 'emails', 0)), ['value'], 'the parts of an address');
      },
    ),
    projected(
      'T074-excluded',
      'excludedAttributes=emails leaves them out and nothing else.',
      'excludedAttributes=emails',
      (answer, body) => {
        equals(answer, dig(body, 'emails'), undefined, 'emails');
        holds(answer, typeof dig(body, 'userName') === 'string', 'userName', body);
      },
    ),
    projected('T074-id', 'id cannot be left out.', 'excludedAttributes=id,userName', (answer, body) => {
      holds(answer, typeof dig(body, 'id') === 'string', 'an id', body);
    }),
    projected(
      'T074-urn',
      'Names with the URN of the schema are understood, in any letters.',
      `attributes=${CORE_USER.toUpperCase()}:USERNAME`,
      (answer, body) => {
        holds(answer, typeof dig(body, 'userName') === 'string', 'userName', body);
        equals(answer, dig(body, 'emails'), undefined, 'emails');
      },
    ),
    {
      id: 'T074-list',
      title: 'attributes applies to lists as well.',
      run: async (context) => {
        const { ann } = await context.cast();
        const answer = await find(context, '/Users', `userName eq "${ann.name}"`, '&attributes=userName');
        listsExactly(answer, ann.id);
        equals(answer, dig(isList(answer), 0, 'emails'), undefined, 'emails');
      },
    },
  ],
);

export const rfcLists = [...paging, ...sorting, ...projection];
