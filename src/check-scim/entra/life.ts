/** Leavers, returners and deletions as Entra carries them out (catalogue §1.8; T079, T110 to T112, T129). */
import { tableOf } from '../check.ts';
import type { Context } from '../context.ts';
import { dig, equals, hasStatus, holds, listsExactly, memberIds, refused } from '../expect.ts';
import { find, patch, patchedForSure, reread } from '../steps.ts';
import { refusedStrictly } from '../strict.ts';

const deactivates =
  (op: string, value: unknown) =>
  async (context: Context): Promise<void> => {
    const person = await context.person();
    const operation = { op, path: 'active', value };
    if (context.strict && typeof value === 'string') {
      refusedStrictly(await patch(context, person, operation), 'types', 'invalidValue', 'invalidSyntax');
      return;
    }
    const answer = await patchedForSure(context, person, operation);
    equals(answer, dig(answer.body, 'active'), false, 'active');
  };

const leavers = tableOf(
  {
    source: 'Microsoft Entra: "Disable User" (E1, E2); catalogue decision 3 and §6 rank 1',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'Read "False" in any letter case as false where the schema says boolean. The most frequent fault of all: the leaver stays active.',
  },
  [
    {
      id: 'T079-text',
      title: 'Replace of active with the text "False" deactivates (strict: 400).',
      run: deactivates('Replace', 'False'),
    },
    {
      id: 'T079-add',
      title: 'Add of active with the text "false" deactivates (strict: 400).',
      run: deactivates('Add', 'false'),
    },
    {
      id: 'T110',
      title: 'Whoever is deactivated and brought back has the same id and is still in her groups.',
      source: 'Microsoft Entra: restore does not send memberships again (E4); catalogue §1.8',
      profiles: ['entra', 'okta'],
      needs: ['groups'],
      remedy: 'Keep the memberships of inactive people.',
      run: async (context) => {
        const person = await context.person();
        const group = await context.group({ members: [{ value: person.id }] });
        const gone = await patchedForSure(context, person, { op: 'replace', path: 'active', value: false });
        equals(gone, dig(gone.body, 'active'), false, 'active');
        const back = await patchedForSure(context, person, { op: 'replace', path: 'active', value: true });
        equals(back, dig(back.body, 'active'), true, 'active');
        const after = await reread(context, group);
        equals(after, memberIds(after.body), [person.id], 'the members of her group');
      },
    },
  ],
);

const deletions = tableOf(
  {
    source: 'RFC 7644 §3.6; Microsoft Entra "Delete User"; catalogue decision 10',
    level: 'must',
    profiles: ['entra', 'rfc'],
    remedy: 'DELETE really removes: 204, then 404 for every operation, and no search finds it.',
  },
  [
    {
      id: 'T111',
      title: 'Deletion answers 204; afterwards the person is gone for reading and for searches.',
      run: async (context) => {
        const person = await context.person();
        hasStatus(await context.scim('DELETE', person.path), 204);
        refused(await context.scim('GET', person.path), 404);
        listsExactly(await find(context, '/Users', `userName eq "${person.name}"`));
      },
    },
    {
      id: 'T111-writes',
      title: 'After the deletion PATCH, PUT and a second DELETE are answered 404.',
      run: async (context) => {
        const person = await context.person();
        hasStatus(await context.scim('DELETE', person.path), 204);
        refused(await patch(context, person, { op: 'replace', path: 'displayName', value: 'x' }), 404);
        refused(await context.scim('PUT', person.path, person.sent), 404);
        refused(await context.scim('DELETE', person.path), 404);
      },
    },
    {
      id: 'T112',
      title: 'The userName of somebody deleted can be used again, by somebody with another id.',
      level: 'should',
      source: 'RFC 7644 §3.6 (SHOULD NOT count for uniqueness)',
      run: async (context) => {
        const person = await context.person();
        hasStatus(await context.scim('DELETE', person.path), 204);
        const answer = await context.scim('POST', '/Users', person.sent);
        hasStatus(answer, 201);
        const id = dig(answer.body, 'id');
        holds(answer, id !== person.id, 'another id', id);
      },
    },
    {
      id: 'T129',
      title:
        'A test user and a test group are created, joined, deleted and created again under the same names.',
      source: 'JumpCloud: what it does when the connection is activated (catalogue §3)',
      level: 'client',
      profiles: ['okta', 'rfc'],
      needs: ['groups'],
      remedy: 'Free names at once when something is deleted.',
      run: async (context) => {
        const person = await context.person();
        const group = await context.group();
        const join = { op: 'add', path: 'members', value: [{ value: person.id }] };
        hasStatus(await patch(context, group, join), 200, 204);
        hasStatus(await context.scim('DELETE', group.path), 204);
        hasStatus(await context.scim('DELETE', person.path), 204);
        hasStatus(await context.scim('POST', '/Users', person.sent), 201);
        hasStatus(await context.scim('POST', '/Groups', group.sent), 201);
      },
    },
  ],
);

export const entraLife = [...leavers, ...deletions];
