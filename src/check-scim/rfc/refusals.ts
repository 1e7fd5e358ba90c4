/** What PATCH and PUT must refuse, and with which scimType (RFC 7644 §3.5, §3.12 Table 9; T098, T099, T103, X of the catalogue). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import { addressOf, type Context, patchBody } from '../context.ts';
import { dig, equals, hasStatus, isScimError, type Json, PATCH_OP, refused } from '../expect.ts';
import { find, patch, reread } from '../steps.ts';

/** The operation is refused with 400 and one of these types. */
const refuses =
  (operation: Json, ...scimTypes: readonly string[]) =>
  async (context: Context) =>
    refused(await patch(context, await context.target(), operation), 400, ...scimTypes);

/** The body as a whole is refused. */
const refusesBody = (body: unknown) => async (context: Context) => {
  const { path } = await context.target();
  refused(await context.scim('PATCH', path, body), 400, 'invalidSyntax', 'invalidValue');
};

const operation: Json = { op: 'replace', path: 'displayName', value: 'x' };

const patches = tableOf(
  {
    source: 'RFC 7644 §3.5.2, §3.12 Table 9',
    level: 'must',
    profiles: ['rfc'],
    needs: ['patch'],
    remedy: 'Refuse with 400 and the scimType of Table 9; the text in detail should name what is wrong.',
  },
  [
    {
      id: 'T098-no-path',
      title: 'remove without path is refused as noTarget.',
      source: 'RFC 7644 §3.5.2.2',
      run: refuses({ op: 'remove' }, 'noTarget'),
    },
    {
      id: 'T098-required',
      title: 'remove of userName is refused as mutability.',
      source: 'RFC 7644 §3.5.2.2 (required or readOnly)',
      run: refuses({ op: 'remove', path: 'userName' }, 'mutability', 'invalidValue'),
    },
    {
      id: 'T098-id',
      title: 'replace of id is refused as mutability.',
      run: refuses({ op: 'replace', path: 'id', value: 'x' }, 'mutability'),
    },
    {
      id: 'T098-meta',
      title: 'replace of meta.created is refused as mutability.',
      run: refuses({ op: 'replace', path: 'meta.created', value: '2011-05-13T04:42:34Z' }, 'mutability'),
    },
    {
      id: 'T098-groups',
      title: "replace of a person's groups is refused as mutability.",
      source: 'RFC 7643 §4.1.2 (groups is readOnly)',
      run: refuses({ op: 'replace', path: 'groups', value: [{ value: randomUUID() }] }, 'mutability'),
    },
    {
      id: 'T098-no-target',
      title: 'replace with a filter that is no eq and finds nothing is refused as noTarget.',
      source: 'RFC 7644 §3.5.2.3',
      run: refuses({ op: 'replace', path: 'emails[value co "nobody"].display', value: 'x' }, 'noTarget'),
    },
    {
      id: 'T099-path',
      title: 'A path with an open bracket is refused as invalidPath.',
      run: refuses(
        { op: 'replace', path: 'emails[type eq "work"', value: 'x' },
        'invalidPath',
        'invalidFilter',
      ),
    },
    {
      id: 'T099-value',
      title: 'A value of the wrong type is refused as invalidValue.',
      run: refuses({ op: 'replace', path: 'name', value: 7 }, 'invalidValue', 'invalidSyntax'),
    },
    {
      id: 'T099-op',
      title: 'An unknown op is refused.',
      run: refusesBody(patchBody({ ...operation, op: 'move' })),
    },
    { id: 'T099-empty', title: 'A PATCH without operations is refused.', run: refusesBody(patchBody()) },
    {
      id: 'T099-operations',
      title: 'A PATCH without the member Operations is refused.',
      run: refusesBody({ schemas: [PATCH_OP] }),
    },
    {
      id: 'T099-schemas',
      title: 'A PATCH without the PatchOp schema is refused.',
      level: 'should',
      run: refusesBody({ schemas: ['urn:example:none'], Operations: [operation] }),
    },
    {
      id: 'rfc7644-3.12-patch',
      title: 'A refused PATCH is a SCIM error with the status as text and a detail.',
      source: 'RFC 7644 §3.12',
      run: async (context) =>
        isScimError(await patch(context, await context.target(), { op: 'remove' }), 400),
    },
    {
      id: 'rfc7644-3.5.2-unknown',
      title: 'PATCH of somebody who does not exist is a 404.',
      run: async ({ scim }) =>
        isScimError(await scim('PATCH', `/Users/${randomUUID()}`, patchBody(operation)), 404),
    },
  ],
);

const puts = tableOf(
  {
    source: 'RFC 7644 §3.5.1',
    level: 'must',
    profiles: ['rfc'],
    remedy: 'PUT replaces what exists, ignores what is readOnly, and never creates.',
  },
  [
    {
      id: 'T103',
      title: 'PUT to an id that does not exist is a 404 and creates nobody.',
      run: async (context) => {
        const userName = addressOf(context.name());
        refused(await context.scim('PUT', `/Users/${randomUUID()}`, context.personBody({ userName })), 404);
        const answer = await find(context, '/Users', `userName eq "${userName}"`);
        equals(answer, dig(answer.body, 'totalResults'), 0, 'totalResults');
      },
    },
    {
      id: 'T103-id',
      title: 'PUT with another id in the body does not change the id.',
      run: async (context) => {
        const person = await context.person();
        const answer = await context.scim('PUT', person.path, { ...person.sent, id: randomUUID() });
        if (answer.status === 400) return refused(answer, 400, 'mutability', 'invalidValue');
        hasStatus(answer, 200);
        equals(answer, dig(answer.body, 'id'), person.id, 'id');
      },
    },
    {
      id: 'rfc7644-3.5.1-required',
      title: 'PUT without userName is refused with 400 and changes nothing.',
      run: async (context) => {
        const person = await context.target();
        const { userName, ...sent } = person.sent;
        refused(await context.scim('PUT', person.path, sent), 400, 'invalidValue', 'invalidSyntax');
        const after = await reread(context, person);
        equals(after, dig(after.body, 'userName'), userName, 'userName');
      },
    },
    {
      id: 'rfc7644-3.5.1-replaces',
      title: 'PUT answers 200 with the whole resource, keeps id and created, and clears with null and [].',
      run: async (context) => {
        const person = await context.person({ nickName: 'Nick' });
        const sent = { ...person.sent, nickName: null, emails: [], displayName: 'Put' };
        const answer = await context.scim('PUT', person.path, sent);
        hasStatus(answer, 200);
        equals(answer, dig(answer.body, 'displayName'), 'Put', 'displayName');
        equals(answer, dig(answer.body, 'nickName') ?? null, null, 'nickName');
        equals(answer, dig(answer.body, 'emails') ?? [], [], 'emails');
        equals(
          answer,
          dig(answer.body, 'meta', 'created'),
          dig(person.answer.body, 'meta', 'created'),
          'meta.created',
        );
      },
    },
    {
      id: 'rfc7644-3.5.1-taken',
      title: "PUT with another person's userName is refused with 409.",
      run: async (context) => {
        const [first, second] = [await context.target(), await context.person()];
        const answer = await context.scim('PUT', second.path, { ...second.sent, userName: first.name });
        refused(answer, 409, 'uniqueness');
      },
    },
  ],
);

export const rfcRefusals = [...patches, ...puts];
