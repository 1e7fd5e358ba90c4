/** Discovery documents (RFC 7644 §4, RFC 7643 §5 to §7, RFC 9865 §4; T027 to T036). */
import { tableOf } from '../check.ts';
import type { Context } from '../context.ts';
import { arrayOf, CORE_GROUP, CORE_USER, dig, equals, hasStatus, holds, isList, refused } from '../expect.ts';
import { find } from '../steps.ts';
import { given } from './documents.ts';

const REQUIRED = ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'];
const readsSame = async ({ scim }: Context, path: string, id: string) => {
  const answer = await scim('GET', `${path}/${encodeURIComponent(id)}`);
  hasStatus(answer, 200);
  equals(answer, dig(answer.body, 'id') ?? dig(answer.body, 'name'), id, 'id');
};

const config = tableOf(
  {
    source: 'RFC 7643 §5; RFC 7644 §4',
    level: 'must',
    profiles: ['rfc'],
    remedy:
      'Serve /ServiceProviderConfig with every member that RFC 7643 §5 requires, and say only what is true.',
  },
  [
    {
      id: 'T027',
      title: '/ServiceProviderConfig says of each feature whether it is supported, and how to authenticate.',
      run: async ({ discovery }) => {
        const answer = given(discovery.config);
        const silent = REQUIRED.filter((name) => typeof dig(answer.body, name, 'supported') !== 'boolean');
        equals(answer, silent, [], 'the list of features about which it says nothing');
        const schemes = arrayOf(dig(answer.body, 'authenticationSchemes'));
        const whole = schemes.filter((one) =>
          ['type', 'name', 'description'].every((at) => typeof dig(one, at) === 'string'),
        );
        holds(
          answer,
          whole.length > 0 && whole.length === schemes.length,
          'authenticationSchemes with type, name, description',
          schemes,
        );
      },
    },
    {
      id: 'T027-anonymous',
      title: '/ServiceProviderConfig can be read without a token.',
      level: 'should',
      source: 'RFC 7643 §5 (SHOULD be accessible without prior authentication)',
      run: async ({ scim }) =>
        hasStatus(await scim('GET', '/ServiceProviderConfig', undefined, { authorization: null }), 200),
    },
    {
      id: 'T036-limits',
      title: 'The limits of bulk and filter are whole numbers.',
      run: async ({ discovery }) => {
        const answer = given(discovery.config);
        const limits = { bulk: ['maxOperations', 'maxPayloadSize'], filter: ['maxResults'] };
        for (const [feature, names] of Object.entries(limits))
          for (const name of names) {
            const value = dig(answer.body, feature, name);
            holds(answer, Number.isInteger(value), `${feature}.${name} to be a whole number`, value);
          }
      },
    },
    {
      id: 'T036-page',
      title: 'No page is longer than the maximum that /ServiceProviderConfig names.',
      source: 'RFC 7643 §5 filter.maxResults; RFC 9865 §4 pagination.maxPageSize',
      run: async ({ scim, discovery }) => {
        const { body } = given(discovery.config);
        const most = Number(dig(body, 'pagination', 'maxPageSize') ?? dig(body, 'filter', 'maxResults'));
        const answer = await scim('GET', `/Users?count=${most + 1}&attributes=userName`);
        const { length } = isList(answer);
        holds(answer, !(length > most), `at most ${most} resources`, length);
      },
    },
  ],
);

const types = tableOf(
  {
    source: 'RFC 7643 §6, §7; RFC 7644 §4',
    level: 'must',
    profiles: ['rfc'],
    remedy: 'Serve /ResourceTypes and /Schemas as lists and one by one; SailPoint reads each alone.',
  },
  [
    {
      id: 'T028',
      title:
        '/ResourceTypes lists User with an endpoint and a schema that /Schemas has, extensions included.',
      run: async ({ discovery }) => {
        const answer = given(discovery.resourceTypes);
        const all = isList(answer);
        holds(
          answer,
          all.some((type) => dig(type, 'schema') === CORE_USER),
          `a type of the schema ${CORE_USER}`,
          all,
        );
        const listed = isList(given(discovery.schemas)).map((schema) => dig(schema, 'id'));
        const used = all.flatMap((type) => [
          dig(type, 'schema'),
          ...arrayOf(dig(type, 'schemaExtensions')).map((extension) => dig(extension, 'schema')),
        ]);
        equals(
          answer,
          used.filter((urn) => !listed.includes(urn)),
          [],
          'the list of schemas that /Schemas lacks',
        );
      },
    },
    {
      id: 'T028-one',
      title: '/ResourceTypes/User can be read alone.',
      run: (context) => readsSame(context, '/ResourceTypes', 'User'),
    },
    {
      id: 'T029',
      title: '/Schemas lists User, and Group where there are groups, without nulls.',
      run: async ({ discovery }) => {
        const answer = given(discovery.schemas);
        const ids = isList(answer).map((schema) => dig(schema, 'id'));
        const grouped = isList(given(discovery.resourceTypes)).some(
          (type) => dig(type, 'schema') === CORE_GROUP,
        );
        const wanted = grouped ? [CORE_USER, CORE_GROUP] : [CORE_USER];
        equals(
          answer,
          wanted.filter((urn) => !ids.includes(urn)),
          [],
          'the list of schemas that are missing',
        );
        holds(answer, !/:\s*null\b/.test(answer.text), 'no null (Entra refuses them)', 'a null');
      },
    },
    {
      id: 'T029-one',
      title: '/Schemas/urn:ietf:params:scim:schemas:core:2.0:User can be read alone.',
      run: (context) => readsSame(context, '/Schemas', CORE_USER),
    },
    {
      id: 'T031',
      title: 'A filter on /Schemas is refused with 403.',
      source: 'RFC 7644 §4 (SHOULD respond with 403)',
      level: 'should',
      remedy:
        'Refuse filters on discovery endpoints: whoever filters might believe that an attribute is missing.',
      run: async (context) => refused(await find(context, '/Schemas', 'id eq "x"'), 403),
    },
    {
      id: 'T031-paging',
      title: 'Paging is ignored on /Schemas.',
      source: 'RFC 7644 §4 (SHALL ignore)',
      run: async ({ scim, discovery }) => {
        const answer = await scim('GET', '/Schemas?count=1&startIndex=1');
        equals(
          answer,
          isList(answer).length,
          isList(given(discovery.schemas)).length,
          'the number of schemas',
        );
      },
    },
  ],
);

export const rfcDiscovery = [...config, ...types];
