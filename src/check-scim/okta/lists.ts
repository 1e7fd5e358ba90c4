/** Okta's connection test and import: pages of people and groups (catalogue §2.3; T004, T005, T053, T067, T068). */
import { tableOf } from '../check.ts';
import type { Context } from '../context.ts';
import { dig, equals, hasStatus, holds, isList, listsExactly } from '../expect.ts';
import { find } from '../steps.ts';
import type { Answer } from '../wire.ts';

const idsOf = (answer: Answer): readonly string[] =>
  isList(answer).map((resource) => String(dig(resource, 'id')));

const countsItself = (answer: Answer, startIndex: number): void => {
  const { length } = isList(answer);
  equals(answer, dig(answer.body, 'itemsPerPage'), length, 'itemsPerPage (the resources in this answer)');
  equals(answer, dig(answer.body, 'startIndex'), startIndex, 'startIndex');
};

const MOST_PAGES = 3;

/** Reads the first pages of a list as the import does; nobody may come twice and the total must stay. */
const pagesAreDistinct = async ({ scim, cast }: Context, endpoint: string): Promise<void> => {
  await cast();
  const first = await scim('GET', `${endpoint}?startIndex=1&count=0`);
  isList(first);
  const total = Number(dig(first.body, 'totalResults'));
  const count = Math.max(1, Math.min(100, Math.ceil(total / (MOST_PAGES - 1))));
  const seen = new Set<string>();
  for (let page = 0; page < MOST_PAGES && page * count < total; page += 1) {
    const answer = await scim('GET', `${endpoint}?startIndex=${page * count + 1}&count=${count}`);
    const ids = idsOf(answer);
    equals(answer, dig(answer.body, 'totalResults'), total, 'totalResults, as on the first page,');
    equals(answer, ids.length, Math.min(count, total - page * count), 'the number of resources on this page');
    const twice = ids.filter((id) => seen.has(id));
    holds(answer, twice.length === 0, 'nobody who was on an earlier page', twice.join(', '));
    for (const id of ids) seen.add(id);
  }
};

export const oktaLists = tableOf(
  {
    source: 'Okta: connection test and import (scim-20, "Retrieve Users")',
    level: 'client',
    profiles: ['okta'],
    remedy: 'Send all three counters as JSON integers: itemsPerPage is how many are in this answer.',
  },
  [
    {
      id: 'T004',
      title: "Okta's connection test, two people, is answered with a list whose counters are right.",
      run: async (context) => {
        await context.cast();
        const answer = await context.scim('GET', '/Users?startIndex=1&count=2');
        countsItself(answer, 1);
        holds(answer, isList(answer).length <= 2, 'at most 2 resources', isList(answer).length);
      },
    },
    {
      id: 'T005',
      title: 'The first page of groups is a list whose counters are right.',
      needs: ['groups'],
      run: async ({ scim }) => countsItself(await scim('GET', '/Groups?count=100&startIndex=1'), 1),
    },
    {
      id: 'okta-2.8-one',
      title: 'A page of one counts exactly one (catalogue decision 8).',
      run: async (context) => {
        await context.cast();
        const answer = await context.scim('GET', '/Users?count=1&startIndex=1');
        equals(answer, dig(answer.body, 'itemsPerPage'), 1, 'itemsPerPage');
        equals(answer, isList(answer).length, 1, 'the number of resources');
      },
    },
    {
      id: 'T053',
      title: "Okta's search before it creates finds the person in other letters, on a page of 100.",
      run: async (context) => {
        const { ann } = await context.cast();
        const answer = await find(
          context,
          '/Users',
          `userName eq "${ann.name.toLowerCase()}"`,
          '&startIndex=1&count=100',
        );
        listsExactly(answer, ann.id);
        countsItself(answer, 1);
      },
    },
    {
      id: 'T067-users',
      title: 'The pages of an import hold everybody once; the total stays the same.',
      when: 'alone',
      remedy:
        'Order the list by something that does not change, such as the id, and count everybody, not the page.',
      run: (context) => pagesAreDistinct(context, '/Users'),
    },
    {
      id: 'T067-groups',
      title: 'The pages of a group import hold every group once; the total stays the same.',
      when: 'alone',
      needs: ['groups'],
      remedy:
        'Order the list by something that does not change, such as the id, and count all, not the page.',
      run: (context) => pagesAreDistinct(context, '/Groups'),
    },
    {
      id: 'T068',
      title: 'A page beyond the end is empty, counts 0 and still gives the total.',
      source: 'Okta QA: ory/polis#4054; RFC 7644 §3.4.2.4',
      remedy: 'Beyond the end send "Resources": [] and itemsPerPage 0; do not echo count.',
      run: async (context) => {
        await context.cast();
        const answer = await context.scim('GET', '/Users?startIndex=1000000&count=100');
        equals(answer, isList(answer).length, 0, 'the number of resources');
        equals(answer, dig(answer.body, 'itemsPerPage'), 0, 'itemsPerPage');
        holds(
          answer,
          Number(dig(answer.body, 'totalResults')) > 0,
          'the total',
          dig(answer.body, 'totalResults'),
        );
        holds(
          answer,
          Array.isArray(dig(answer.body, 'Resources')),
          '"Resources": []',
          dig(answer.body, 'Resources'),
        );
      },
    },
    {
      id: 'okta-2.3-empty',
      title: 'A search that finds nobody still has "Resources": [].',
      source: 'Okta support: "No results for users returned"',
      remedy:
        'Send "Resources": [] also when the list is empty; the standard lets you leave it out, Okta does not.',
      run: async (context) => {
        const answer = await find(
          context,
          '/Users',
          `userName eq "${context.name('nobody')}"`,
          '&startIndex=1&count=100',
        );
        equals(answer, dig(answer.body, 'Resources'), [], 'Resources');
      },
    },
    {
      id: 'T033',
      title: 'GET /Roles?count=1&startIndex=1 gives one role with id and displayName and whole counters.',
      source: 'Okta Identity Governance: entitlement test (O4, O10)',
      needs: ['roles'],
      remedy: 'Page /Roles as /Users is paged; each role has id and displayName.',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Roles?count=1&startIndex=1');
        const [role] = isList(answer);
        equals(answer, dig(answer.body, 'itemsPerPage'), 1, 'itemsPerPage');
        holds(answer, typeof dig(role, 'id') === 'string', 'an id', role);
        holds(answer, typeof dig(role, 'displayName') === 'string', 'a displayName', role);
      },
    },
    {
      id: 'T010-scheme',
      title: 'The scheme may be written "bearer" in small letters.',
      source: 'RFC 9110 §11.1: scheme is case-insensitive',
      level: 'must',
      profiles: ['okta', 'rfc'],
      remedy: 'Compare the word Bearer without regard to letter case.',
      run: async ({ scim, authorization }) => {
        const small = authorization?.replace(/^Bearer /, 'bearer ');
        hasStatus(
          await scim('GET', '/Users?count=1', undefined, small === undefined ? {} : { authorization: small }),
          200,
        );
      },
    },
    {
      id: 'T010-raw',
      title: 'The token alone, without "Bearer", is accepted, as Okta\'s header mode sends it.',
      source: 'Okta: "Header" authentication (O8)',
      level: 'should',
      remedy:
        'Accept an Authorization header that is exactly the token; else Okta must be set to send Bearer.',
      run: async ({ scim, authorization }) => {
        const raw = authorization?.replace(/^Bearer /, '');
        hasStatus(
          await scim('GET', '/Users?count=1', undefined, raw === undefined ? {} : { authorization: raw }),
          200,
        );
      },
    },
  ],
);
