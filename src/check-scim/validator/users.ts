/** Microsoft's SCIM validator, the tests about people, without deletion, under their own names (catalogue §1.12; 12 required, 2 preview). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import { addressOf, type Context, type Resource } from '../context.ts';
import {
  CORE_USER,
  dig,
  ENTERPRISE,
  equals,
  hasStatus,
  isAbsent,
  isList,
  type Json,
  listsExactly,
  refused,
} from '../expect.ts';
import { find, patched, patchedForSure, reread } from '../steps.ts';
import { addressed, fullPerson, keepsAll, word } from './body.ts';

const MANAGER = `${ENTERPRISE}:manager`;

const shared = {
  source: 'Microsoft SCIM validator (scimvalidator.microsoft.com)',
  level: 'client',
  profiles: ['entra-validator'],
} as const;

const create = (context: Context, extra: Json = {}): Promise<Resource> =>
  context.person({ ...fullPerson(context), ...extra });

/** Everything that was sent is in the body, apart from what the server completes. */
const keeps = (context: Context, answer: Parameters<typeof equals>[0], sent: Json): void => {
  for (const [name, value] of Object.entries(sent)) {
    if (typeof value !== 'object') equals(answer, dig(answer.body, name), value, name);
  }
  equals(answer, dig(answer.body, 'name'), sent['name'], 'name');
  if (dig(sent, 'roles') !== undefined)
    equals(answer, dig(answer.body, 'roles', 0, 'primary'), true, 'roles[0].primary');
  if (context.strict) return;
  equals(
    answer,
    dig(answer.body, ENTERPRISE, 'manager', 'value'),
    dig(sent, ENTERPRISE, 'manager', 'value'),
    'manager.value',
  );
};

const reading = tableOf(
  { ...shared, remedy: 'Keep and show every attribute that /Schemas lists, exactly as it was sent.' },
  [
    {
      id: 'entra-validator/create-a-new-user',
      title: 'Create a new User',
      run: async (context) => {
        const person = await create(context);
        keeps(context, await reread(context, person), person.sent);
      },
    },
    {
      id: 'entra-validator/create-a-duplicate-user',
      title: 'Create a duplicate User',
      remedy: 'Answer 409 when the userName is taken.',
      run: async (context) => {
        const { sent } = await create(context);
        refused(await context.scim('POST', '/Users', sent), 409);
      },
    },
    {
      id: 'entra-validator/filter-for-an-existing-user',
      title: 'Filter for an existing user',
      run: async (context) => {
        const { ann } = await context.cast();
        listsExactly(await find(context, '/Users', `userName eq "${ann.name}"`), ann.id);
      },
    },
    {
      id: 'entra-validator/filter-for-a-non-existing-user',
      title: 'Filter for a non-existing user',
      remedy: 'Answer 200 with an empty ListResponse.',
      run: async (context) => listsExactly(await find(context, '/Users', `userName eq "${word()}"`)),
    },
    {
      id: 'entra-validator/filter-for-an-existing-user-with-a-different-case',
      title: 'Filter for an existing user with a different case',
      remedy: 'Compare userName without regard to letter case.',
      run: async (context) => {
        const { ann } = await context.cast();
        listsExactly(await find(context, '/Users', `userName eq "${ann.name.toUpperCase()}"`), ann.id);
      },
    },
  ],
);

/** One operation for each attribute, on somebody; all of it must be there afterwards. */
const verbose = async (context: Context, op: string, person: Resource): Promise<void> => {
  const attributes = addressed(context).filter(({ path }) => !context.strict || !path.includes('"True"'));
  const operations = attributes.map(({ path, value }) => ({ op, path, value }));
  const answer = await patched(context, person, ...operations);
  keepsAll(answer, answer.body, attributes);
};

const setsManager = (op: string) => async (context: Context) => {
  const boss = (await context.cast()).bob;
  const person = await create(context);
  const value = context.strict ? { value: boss.id } : boss.id;
  const answer = await patched(context, person, { op, path: MANAGER, value });
  equals(answer, dig(answer.body, ENTERPRISE, 'manager', 'value'), boss.id, 'manager.value');
};

const patching = tableOf(
  {
    ...shared,
    remedy:
      'Apply every operation of the request; paths with a filter that finds nothing create the element.',
  },
  [
    {
      id: 'entra-validator/patch-user-replace-attributes-verbose',
      title: 'Patch User - Replace Attributes Verbose',
      run: async (context) => verbose(context, 'replace', await create(context)),
    },
    {
      id: 'entra-validator/update-user-username',
      title: 'Update User userName',
      run: async (context) => {
        const value = addressOf(context.name('renamed'));
        const answer = await patched(context, await create(context), {
          op: 'replace',
          path: 'userName',
          value,
        });
        equals(answer, dig(answer.body, 'userName'), value, 'userName');
      },
    },
    {
      id: 'entra-validator/patch-user-disable-user',
      title: 'Patch User - Disable User',
      remedy: 'Show "active": false both by id and in a search.',
      run: async (context) => {
        const person = await create(context);
        const answer = await patchedForSure(context, person, { op: 'replace', path: 'active', value: false });
        equals(answer, dig(answer.body, 'active'), false, 'active');
        const found = await find(context, '/Users', `userName eq "${person.name}"`);
        equals(found, dig(isList(found), 0, 'active'), false, 'active in the answer to a filter');
      },
    },
    {
      id: 'entra-validator/patch-user-add-attributes-verbose-request',
      title: 'Patch User - Add Attributes Verbose Request',
      run: async (context) => {
        const userName = addressOf(context.name());
        const sent = { schemas: [CORE_USER], userName };
        const answer = await context.scim('POST', '/Users', sent);
        hasStatus(answer, 201);
        const id = String(dig(answer.body, 'id'));
        await verbose(context, 'add', {
          id,
          path: `/Users/${encodeURIComponent(id)}`,
          name: userName,
          sent,
          answer,
        });
      },
    },
    {
      id: 'entra-validator/patch-user-add-manager',
      title: 'Patch User - Add Manager',
      needs: ['enterprise.manager'],
      run: setsManager('add'),
    },
    {
      id: 'entra-validator/patch-user-replace-manager',
      title: 'Patch User - Replace Manager',
      needs: ['enterprise.manager'],
      run: setsManager('replace'),
    },
    {
      id: 'entra-validator/patch-user-remove-manager',
      profiles: ['entra-validator', 'entra'],
      title: 'Patch User - Remove Manager',
      needs: ['enterprise.manager'],
      remedy: 'Take an empty manager as none.',
      run: async (context) => {
        const operation = { op: 'replace', path: MANAGER, value: { value: '' } };
        const answer = await patched(context, await create(context), operation);
        isAbsent(answer, dig(answer.body, ENTERPRISE, 'manager', 'value'), 'manager');
      },
    },
    {
      id: 'entra-validator/preview-patch-user-multiple-ops-on-different-attributes',
      title: 'Patch User - Multiple Ops on different attributes (preview)',
      run: async (context) => {
        const person = await create(context);
        const [externalId, displayName] = [randomUUID(), word()];
        const answer = await patched(
          context,
          person,
          { op: 'remove', path: 'preferredLanguage' },
          { op: 'add', path: 'externalId', value: externalId },
          { op: 'replace', path: 'displayName', value: displayName },
        );
        isAbsent(answer, dig(answer.body, 'preferredLanguage'), 'preferredLanguage');
        equals(answer, dig(answer.body, 'externalId'), externalId, 'externalId');
        equals(answer, dig(answer.body, 'displayName'), displayName, 'displayName');
      },
    },
    {
      id: 'entra-validator/preview-patch-user-multiple-ops-on-same-attribute',
      title: 'Patch User - Multiple Ops on same attribute (preview)',
      remedy: 'Apply the operations in order; the last one decides.',
      run: async (context) => {
        const [first, last] = [randomUUID(), randomUUID()];
        const path = 'externalId';
        const operations = [
          { op: 'remove', path },
          { op: 'add', path, value: first },
          { op: 'replace', path, value: last },
        ];
        const answer = await patched(context, await create(context), ...operations);
        equals(answer, dig(answer.body, path), last, path);
      },
    },
  ],
);

export const validatorUsers = [...reading, ...patching];
