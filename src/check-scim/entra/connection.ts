/** How Microsoft Entra ID tests a connection and asks for somebody who is not there (catalogue §1.1 to §1.3, T001 to T014). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import { dig, equals, hasScimType, hasStatus, holds, isList, isScimError, listsExactly } from '../expect.ts';
import { filterQuery, find } from '../steps.ts';

const EMPTY =
  'Answer a search that finds nobody with 200 and an empty ListResponse. Entra takes a 404 for a broken connection and quarantines the job.';

const searches = tableOf(
  {
    source: 'Microsoft Entra: Test Connection with a random GUID; RFC 7644 §3.4.2',
    level: 'client',
    profiles: ['entra'],
    remedy: EMPTY,
  },
  [
    {
      id: 'T001',
      title: 'The connection test, a search for a userName that nobody has, finds nobody with 200.',
      run: async (context) => listsExactly(await find(context, '/Users', `userName eq "${randomUUID()}"`)),
    },
    {
      id: 'T002-externalId',
      title: 'The connection test by externalId finds nobody with 200.',
      run: async (context) => listsExactly(await find(context, '/Users', `externalId eq "${randomUUID()}"`)),
    },
    {
      id: 'T002-email',
      title: 'The connection test by work address finds nobody with 200.',
      run: async (context) =>
        listsExactly(await find(context, '/Users', `emails[type eq "work"].value eq "${randomUUID()}"`)),
    },
    {
      id: 'T003',
      title: 'The connection test for groups, without their members, finds none with 200.',
      needs: ['groups'],
      run: async (context) =>
        listsExactly(
          await find(context, '/Groups', `displayName eq "${randomUUID()}"`, '&excludedAttributes=members'),
        ),
    },
  ],
);

const parameters = tableOf(
  {
    source:
      'Microsoft Entra: feature flags in the Tenant URL; RFC 7644 §3.4.2 (unknown parameters SHOULD be ignored)',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'Ignore query parameters that SCIM does not know; Entra puts its flag aadOptscim062020 into every address.',
  },
  [
    {
      id: 'T014-flag',
      title: 'The flag aadOptscim062020 in the address changes nothing.',
      run: async ({ scim }) =>
        listsExactly(
          await scim('GET', `/Users?aadOptscim062020&${filterQuery(`userName eq "${randomUUID()}"`)}`),
        ),
    },
    {
      id: 'T014-unknown',
      title: 'A query parameter that nobody knows is ignored.',
      run: async (context) =>
        listsExactly(
          await find(context, '/Users', `userName eq "${randomUUID()}"`, '&aadOptscim062020=&foo=bar'),
        ),
    },
  ],
);

const forms = tableOf(
  {
    source: 'Microsoft Entra: "every response application/scim+json"; RFC 7644 §3.8, §8.1',
    level: 'client',
    profiles: ['entra', 'entra-validator'],
    remedy:
      'Send Content-Type: application/scim+json with every body, errors too. The Entra validator stops at application/json.',
  },
  [
    {
      id: 'entra-1.2-media-type-list',
      title: 'A list has the media type application/scim+json.',
      run: async ({ scim }) => hasScimType(await scim('GET', '/Users?count=1')),
    },
    {
      id: 'entra-1.2-media-type-error',
      title: 'An error has the media type application/scim+json.',
      run: async ({ scim }) => {
        const answer = await scim('GET', `/Users/${randomUUID()}`);
        hasStatus(answer, 404);
        hasScimType(answer);
      },
    },
    {
      id: 'entra-1.3-not-found',
      title: 'Somebody who is not there is a 404 with a SCIM error, so that Entra matches her anew.',
      source: 'Microsoft Entra: GET of a deleted user; RFC 7644 §3.12',
      profiles: ['entra'],
      remedy: 'Answer 404 with a SCIM Error body whose "status" is the string "404".',
      run: async ({ scim }) => isScimError(await scim('GET', `/Users/${randomUUID()}`), 404),
    },
  ],
);

const paging = tableOf(
  {
    source: 'Microsoft Entra gallery test User_Pagination (E14); account discovery (E9)',
    level: 'client',
    profiles: ['entra'],
    remedy: 'Echo the startIndex that was asked for, and send no more than count resources.',
  },
  [
    {
      id: 'T069-users',
      title: 'A page of people starts where it was asked to and is no longer than asked.',
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Users?startIndex=6&count=5');
        const { length } = isList(answer);
        equals(answer, dig(answer.body, 'startIndex'), 6, 'startIndex');
        holds(answer, length <= 5, 'at most 5 resources', length);
      },
    },
    {
      id: 'T069-groups',
      title: 'A page of groups starts where it was asked to and is no longer than asked.',
      needs: ['groups'],
      run: async ({ scim }) => {
        const answer = await scim('GET', '/Groups?startIndex=2&count=3');
        const { length } = isList(answer);
        equals(answer, dig(answer.body, 'startIndex'), 2, 'startIndex');
        holds(answer, length <= 3, 'at most 3 resources', length);
      },
    },
    {
      id: 'T020',
      title: 'No request of this run was answered 429: fewer than 25 a second are always served.',
      source: 'Microsoft Entra gallery requirement: 25 requests a second and tenant (E11)',
      when: 'last',
      remedy:
        'Raise the rate limit to 25 requests a second or more for each tenant, or run with a lower --rps.',
      run: async ({ scim, throttled }) => {
        const answer = await scim('GET', '/Users?count=0');
        holds(answer, throttled() === 0, 'no answer 429', `429 ${throttled()} times`);
      },
    },
  ],
);

export const entraConnection = [...searches, ...parameters, ...forms, ...paging];
