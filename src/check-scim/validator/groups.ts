/** Microsoft's SCIM validator, the tests about groups, without deletion, under their own names (catalogue §1.12; 11 required, 1 preview). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import type { Context } from '../context.ts';
import { dig, equals, hasStatus, type Json, listsExactly, memberIds, refused } from '../expect.ts';
import { find, patch, patchedForSure } from '../steps.ts';
import { word } from './body.ts';

const shared = {
  source: 'Microsoft SCIM validator (scimvalidator.microsoft.com)',
  level: 'client',
  profiles: ['entra-validator'],
  needs: ['groups'],
} as const;

const named = async (context: Context) => {
  const { group } = await context.cast();
  if (group === undefined) throw new Error('the group of the cast is missing');
  return group;
};

const reading = tableOf(
  { ...shared, remedy: 'Find groups by displayName in any letter case; leave members out when asked.' },
  [
    {
      id: 'entra-validator/get-group-by-id-excluding-members',
      title: 'Get group by id excluding members',
      run: async (context) => {
        const answer = await context.scim('GET', `${(await named(context)).path}?excludedAttributes=members`);
        hasStatus(answer, 200);
        equals(answer, dig(answer.body, 'members'), undefined, 'members');
      },
    },
    {
      id: 'entra-validator/filter-for-existing-group-excluding-members',
      title: 'Filter for existing group excluding members',
      run: async (context) => {
        const group = await named(context);
        const answer = await find(
          context,
          '/Groups',
          `displayName eq "${group.name}"`,
          '&excludedAttributes=members',
        );
        listsExactly(answer, group.id);
        equals(answer, dig(answer.body, 'Resources', 0, 'members'), undefined, 'members');
      },
    },
    {
      id: 'entra-validator/filter-for-an-existing-group',
      title: 'Filter for an existing group',
      run: async (context) => {
        const group = await named(context);
        listsExactly(await find(context, '/Groups', `displayName eq "${group.name}"`), group.id);
      },
    },
    {
      id: 'entra-validator/filter-for-a-non-existing-group',
      title: 'Filter for a non-existing group',
      run: async (context) => listsExactly(await find(context, '/Groups', `displayName eq "${word()}"`)),
    },
    {
      id: 'entra-validator/filter-for-existing-group-different-case',
      title: 'Filter for existing group different case',
      run: async (context) => {
        const group = await named(context);
        listsExactly(
          await find(context, '/Groups', `displayName eq "${group.name.toUpperCase()}"`),
          group.id,
        );
      },
    },
  ],
);

/** Without flag the validator merges attributes into one replace that has no path; strict servers want a path. */
const replaceOf = ({ strict }: Context, name: string, value: unknown): Json =>
  strict ? { op: 'replace', path: name, value } : { op: 'replace', value: { [name]: value } };

const writing = tableOf(
  { ...shared, remedy: 'Keep displayName and externalId as sent; refuse a name that is taken with 409.' },
  [
    {
      id: 'entra-validator/create-a-new-group',
      title: 'Create a new Group',
      run: async ({ group }) => {
        const externalId = randomUUID();
        const { answer, name } = await group({ externalId });
        equals(answer, dig(answer.body, 'displayName'), name, 'displayName');
        equals(answer, dig(answer.body, 'externalId'), externalId, 'externalId');
      },
    },
    {
      id: 'entra-validator/create-a-duplicate-group',
      title: 'Create a duplicate Group',
      run: async ({ scim, group }) => {
        const { sent } = await group({ externalId: randomUUID() });
        refused(await scim('POST', '/Groups', sent), 409);
      },
    },
    {
      id: 'entra-validator/patch-group-replace-attributes',
      title: 'Patch Group - Replace Attributes',
      run: async (context) => {
        const externalId = randomUUID();
        const answer = await patchedForSure(
          context,
          await context.group(),
          replaceOf(context, 'externalId', externalId),
        );
        equals(answer, dig(answer.body, 'externalId'), externalId, 'externalId');
      },
    },
    {
      id: 'entra-validator/update-group-displayname',
      title: 'Update Group displayName',
      run: async (context) => {
        const name = context.name('renamed');
        const answer = await patchedForSure(
          context,
          await context.group(),
          replaceOf(context, 'displayName', name),
        );
        equals(answer, dig(answer.body, 'displayName'), name, 'displayName');
      },
    },
  ],
);

const joining = tableOf(
  { ...shared, remedy: 'Apply the changes of members in order, to the members that are named.' },
  [
    {
      id: 'entra-validator/patch-group-add-member',
      title: 'Patch Group - Add Member',
      run: async (context) => {
        const { ann } = await context.cast();
        const operation = { op: 'replace', path: 'members', value: [{ value: ann.id }] };
        const answer = await patchedForSure(context, await context.group(), operation);
        equals(answer, memberIds(answer.body), [ann.id], 'the ids of the members');
      },
    },
    {
      id: 'entra-validator/patch-group-remove-member',
      title: 'Patch Group - Remove Member',
      run: async (context) => {
        const { ann, bob } = await context.cast();
        const group = await context.group();
        const both = { op: 'replace', path: 'members', value: [{ value: ann.id }, { value: bob.id }] };
        hasStatus(await patch(context, group, both), 200, 204);
        const answer = await patchedForSure(context, group, {
          op: 'remove',
          path: `members[value eq "${ann.id}"]`,
        });
        equals(answer, memberIds(answer.body), [bob.id], 'the ids of the members');
      },
    },
    {
      id: 'entra-validator/preview-patch-group-multiple-ops-on-same-attribute',
      title: 'Patch Group - Multiple Ops on same attribute (preview)',
      run: async (context) => {
        const { ann } = await context.cast();
        const add = { op: 'add', path: 'members', value: [{ value: ann.id }] };
        const remove = { op: 'remove', path: `members[value eq "${ann.id}"]` };
        const answer = await patchedForSure(context, await context.group(), add, remove);
        equals(answer, memberIds(answer.body), [], 'the ids of the members');
      },
    },
  ],
);

export const validatorGroups = [...reading, ...writing, ...joining];
