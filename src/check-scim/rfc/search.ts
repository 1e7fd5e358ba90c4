/** Search by POST, searches in all types, and what a list must look like (RFC 7644 §3.4.2.1, §3.4.3; T075). */
import { tableOf } from '../check.ts';
import { arrayOf, dig, equals, isList, isUnassigned, type Json, listsExactly } from '../expect.ts';
import { find } from '../steps.ts';

const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
const request = (more: Json): Json => ({ schemas: [SEARCH], startIndex: 1, count: 10, ...more });

export const rfcSearch = tableOf(
  {
    source: 'RFC 7644 §3.4.3',
    level: 'must',
    profiles: ['rfc'],
    needs: ['filter'],
    remedy: 'Serve POST …/.search with a SearchRequest as GET is served with the same parameters.',
  },
  [
    {
      id: 'T075-users',
      title: 'POST /Users/.search finds as GET does, and shows what it is asked for.',
      run: async ({ scim, cast }) => {
        const { ann } = await cast();
        const answer = await scim(
          'POST',
          '/Users/.search',
          request({ filter: `userName eq "${ann.name}"`, attributes: ['userName'] }),
        );
        listsExactly(answer, ann.id);
        equals(answer, dig(isList(answer), 0, 'emails'), undefined, 'emails');
      },
    },
    {
      id: 'T075-groups',
      title: 'POST /Groups/.search finds as GET does.',
      needs: ['groups', 'filter'],
      run: async ({ scim, cast }) => {
        const { group } = await cast();
        listsExactly(
          await scim('POST', '/Groups/.search', request({ filter: `displayName eq "${group?.name}"` })),
          String(group?.id),
        );
      },
    },
    {
      id: 'T075-root',
      title: 'POST /.search finds in all types; who lacks the attribute is not found.',
      run: async ({ scim, cast }) => {
        const { ann } = await cast();
        listsExactly(
          await scim('POST', '/.search', request({ filter: `userName eq "${ann.name}"` })),
          ann.id,
        );
      },
    },
    {
      id: 'rfc7644-3.4.2.1-root',
      title: 'GET / with a filter on meta.resourceType finds in all types.',
      source: 'RFC 7644 §3.4.2.1 (MAY)',
      level: 'should',
      run: async (context) => {
        const { ann } = await context.cast();
        listsExactly(
          await find(context, '/', `meta.resourceType eq "User" and userName eq "${ann.name}"`),
          ann.id,
        );
      },
    },
    {
      id: 'rfc7644-3.4.2-empty',
      title: 'A list that is not empty has Resources, and each has id, schemas and meta.',
      source: 'RFC 7644 §3.4.2; RFC 7643 §3.1',
      needs: [],
      run: async (context) => {
        await context.cast();
        const answer = await context.scim('GET', '/Users?count=3');
        const incomplete = isList(answer).filter(
          (resource) =>
            isUnassigned(dig(resource, 'id')) ||
            arrayOf(dig(resource, 'schemas')).length === 0 ||
            isUnassigned(dig(resource, 'meta', 'resourceType')),
        );
        equals(answer, incomplete.length, 0, 'the number of resources that lack one of them');
      },
    },
  ],
);
