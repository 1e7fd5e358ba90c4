/** Bulk (RFC 7644 §3.7), for servers that say they have it (X01). */
import { tableOf } from '../check.ts';
import { type Context, patchBody } from '../context.ts';
import { arrayOf, dig, equals, hasStatus, holds, type Json, memberIds, refused } from '../expect.ts';
import type { Answer } from '../wire.ts';

const REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

/** Sends operations and sees to it that whatever they create is removed in the end. */
const bulk = async (context: Context, operations: readonly Json[], more: Json = {}): Promise<Answer> => {
  const answer = await context.scim('POST', '/Bulk', { schemas: [REQUEST], ...more, Operations: operations });
  for (const location of arrayOf(dig(answer.body, 'Operations')).map((one) => dig(one, 'location'))) {
    const path = typeof location === 'string' ? /\/(Users|Groups)\/[^/]+$/.exec(location)?.[0] : undefined;
    if (path !== undefined) context.claim(path);
  }
  return answer;
};

const outcomes = (answer: Answer): readonly unknown[] => {
  hasStatus(answer, 200);
  holds(
    answer,
    arrayOf(dig(answer.body, 'schemas')).includes(RESPONSE),
    `schemas to hold ${RESPONSE}`,
    dig(answer.body, 'schemas'),
  );
  return arrayOf(dig(answer.body, 'Operations'));
};

const statuses = (answer: Answer): readonly string[] =>
  outcomes(answer).map((one) => String(dig(one, 'status', 'code') ?? dig(one, 'status')));

const post = (path: string, bulkId: string, data: Json): Json => ({ method: 'POST', path, bulkId, data });

const idOf = (one: unknown): string => String(dig(one, 'location')).split('/').at(-1) ?? '';

export const rfcBulk = tableOf(
  {
    source: 'RFC 7644 §3.7',
    level: 'must',
    profiles: ['rfc'],
    needs: ['bulk'],
    remedy: 'Do what /ServiceProviderConfig promises, or say bulk.supported: false.',
  },
  [
    {
      id: 'X01',
      title: 'A person and a group that refers to her by bulkId are created in one request.',
      source: 'RFC 7644 §3.7.2',
      needs: ['bulk', 'groups'],
      run: async (context) => {
        const group = context.groupBody({ members: [{ type: 'User', value: 'bulkId:ann' }] });
        const answer = await bulk(context, [
          post('/Users', 'ann', context.personBody()),
          post('/Groups', 'group', group),
        ]);
        equals(answer, statuses(answer), ['201', '201'], 'the status of each operation (as text)');
        const [person, made] = outcomes(answer).map(idOf);
        const after = await context.scim('GET', `/Groups/${made}`);
        equals(after, memberIds(after.body), [person], 'the ids of the members');
      },
    },
    {
      id: 'X01-forward',
      title: 'A bulkId may be used before the operation that creates it.',
      source: 'RFC 7644 §3.7.2',
      needs: ['bulk', 'groups'],
      run: async (context) => {
        const group = context.groupBody({ members: [{ type: 'User', value: 'bulkId:bob' }] });
        const answer = await bulk(context, [
          post('/Groups', 'group', group),
          post('/Users', 'bob', context.personBody()),
        ]);
        equals(answer, [...statuses(answer)].sort(), ['201', '201'], 'the status of each operation');
      },
    },
    {
      id: 'X01-path',
      title: 'A path may refer to a bulkId.',
      source: 'RFC 7644 §3.7.2',
      run: async (context) => {
        const data = patchBody({ op: 'replace', path: 'displayName', value: 'Patched' });
        const change = { method: 'PATCH', path: '/Users/bulkId:ann', data };
        const answer = await bulk(context, [post('/Users', 'ann', context.personBody()), change]);
        const [created, patched] = statuses(answer);
        equals(
          answer,
          [created, patched === '204' ? '200' : patched],
          ['201', '200'],
          'the status of each operation',
        );
      },
    },
    {
      id: 'X01-continues',
      title: 'After an operation that fails the others are carried out; the failure says why.',
      source: 'RFC 7644 §3.7.3',
      run: async (context) => {
        const wrong = post('/Users', 'wrong', { schemas: [] });
        const answer = await bulk(context, [wrong, post('/Users', 'right', context.personBody())]);
        equals(answer, statuses(answer), ['400', '201'], 'the status of each operation');
        const detail = dig(outcomes(answer), 0, 'response', 'detail');
        holds(
          answer,
          typeof detail === 'string',
          'a response with detail for the failed operation',
          outcomes(answer)[0],
        );
      },
    },
    {
      id: 'X01-fail-on-errors',
      title: 'With failOnErrors 1 nothing is carried out after the first failure.',
      source: 'RFC 7644 §3.7',
      run: async (context) => {
        const wrong = post('/Users', 'wrong', { schemas: [] });
        const answer = await bulk(context, [wrong, post('/Users', 'right', context.personBody())], {
          failOnErrors: 1,
        });
        equals(
          answer,
          statuses(answer).includes('201'),
          false,
          'whether the second operation was carried out',
        );
      },
    },
    {
      id: 'X01-limit',
      title: 'More operations than maxOperations are refused with 413.',
      source: 'RFC 7644 §3.7.4',
      run: async (context) => {
        const most = Number(dig(context.discovery.config?.body, 'bulk', 'maxOperations'));
        if (!(most < 10_000)) return;
        const operations = Array.from({ length: most + 1 }, () => ({
          method: 'DELETE',
          path: '/Users/check-scim-nobody',
        }));
        refused(await bulk(context, operations), 413);
      },
    },
  ],
);
