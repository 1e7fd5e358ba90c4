/** Cursor pagination (RFC 9865), for servers that say they have it (T072). */
import { tableOf } from '../check.ts';
import type { Cast, Context } from '../context.ts';
import { arrayOf, dig, equals, hasStatus, holds, isUnassigned, refused } from '../expect.ts';
import { find } from '../steps.ts';
import type { Answer } from '../wire.ts';

const anyOf = ({ ann, bob, cyd }: Cast): string =>
  [ann, bob, cyd].map(({ name }) => `userName eq "${name}"`).join(' or ');

const nextOf = (answer: Answer): string | undefined => {
  const next = dig(answer.body, 'nextCursor');
  return typeof next === 'string' ? next : undefined;
};

const page = (context: Context, filter: string, cursor: string, count = 2): Promise<Answer> =>
  find(context, '/Users', filter, `&count=${count}&cursor=${encodeURIComponent(cursor)}`);

const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const MOST_PAGES = 5;

/** A page by cursor; totalResults may be left out (RFC 9865 §2). */
const resourcesOf = (answer: Answer): readonly unknown[] => {
  hasStatus(answer, 200);
  const resources = dig(answer.body, 'Resources');
  holds(answer, Array.isArray(resources), 'Resources to be an array', resources);
  equals(answer, dig(answer.body, 'itemsPerPage'), arrayOf(resources).length, 'itemsPerPage');
  return arrayOf(resources);
};

/** From the first page to the one without nextCursor. */
const walk = async (next: (cursor: string) => Promise<Answer>): Promise<readonly Answer[]> => {
  const pages = [await next('')];
  for (let cursor = nextOf(pages[0] as Answer); cursor !== undefined && pages.length < MOST_PAGES; ) {
    const answer = await next(cursor);
    pages.push(answer);
    cursor = nextOf(answer);
  }
  return pages;
};

const isComplete = (pages: readonly Answer[], cast: Cast): void => {
  const [last] = pages.slice(-1) as [Answer];
  const ids = pages.flatMap((answer) => resourcesOf(answer).map((resource) => String(dig(resource, 'id'))));
  const wanted = [cast.ann, cast.bob, cast.cyd].map(({ id }) => id);
  equals(last, ids.sort(), wanted.sort(), 'the ids on all pages');
  equals(last, nextOf(last), undefined, 'nextCursor on the last page');
};

export const rfcCursors = tableOf(
  {
    source: 'RFC 9865 §2',
    level: 'must',
    profiles: ['rfc'],
    needs: ['cursor', 'filter'],
    remedy: 'Do what /ServiceProviderConfig promises, or say pagination.cursor: false.',
  },
  [
    {
      id: 'T072',
      title: 'Walking by nextCursor from an empty cursor gives everybody once and ends.',
      run: async (context) => {
        const cast = await context.cast();
        const pages = await walk((cursor) => page(context, anyOf(cast), cursor));
        isComplete(pages, cast);
        const [first] = pages as [Answer];
        holds(first, resourcesOf(first).length <= 2, 'at most count resources', first.body);
        equals(first, dig(first.body, 'previousCursor'), undefined, 'previousCursor on the first page');
        const next = nextOf(first) ?? '';
        holds(first, /^[\w.~-]+$/.test(next), 'a nextCursor of unreserved characters (RFC 3986)', next);
      },
    },
    {
      id: 'T072-search',
      title: 'POST /Users/.search walks by cursor as GET does.',
      source: 'RFC 9865 §3',
      run: async (context) => {
        const cast = await context.cast();
        const body = { schemas: [SEARCH], filter: anyOf(cast), count: 2 };
        isComplete(await walk((cursor) => context.scim('POST', '/Users/.search', { ...body, cursor })), cast);
      },
    },
    {
      id: 'T072-forged',
      title: 'A cursor that the server never gave is refused as invalidCursor.',
      source: 'RFC 9865 §2.1',
      run: async (context) =>
        refused(
          await page(context, anyOf(await context.cast()), 'VZUTiyhEQJ94IR'),
          400,
          'invalidCursor',
          'expiredCursor',
        ),
    },
    {
      id: 'T072-other-filter',
      title: 'A cursor of another search is refused.',
      source: 'RFC 9865 §2, §5 (all other parameters identical)',
      level: 'should',
      run: async (context) => {
        const cast = await context.cast();
        const first = await page(context, anyOf(cast), '');
        const cursor = nextOf(first);
        holds(first, !isUnassigned(cursor), 'a nextCursor', first.body);
        refused(await page(context, 'active eq true', cursor ?? ''), 400, 'invalidCursor');
      },
    },
    {
      id: 'T072-default',
      title: 'Without startIndex and cursor the method that /ServiceProviderConfig names is used.',
      source: 'RFC 9865 §2.4, §4',
      run: async (context) => {
        const cast = await context.cast();
        const said = dig(context.discovery.config?.body, 'pagination', 'defaultPaginationMethod');
        const answer = await find(context, '/Users', anyOf(cast), '&count=2');
        equals(answer, nextOf(answer) !== undefined, said === 'cursor', 'whether there is a nextCursor');
      },
    },
  ],
);
