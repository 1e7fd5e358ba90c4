/** Groups as Entra keeps them: created empty, members by PATCH, with and without its flag (catalogue §1.6; T115 to T130). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import type { Cast, Context } from '../context.ts';
import {
  CORE_GROUP,
  dig,
  equals,
  hasStatus,
  holds,
  isList,
  type Json,
  listsExactly,
  memberIds,
  refused,
} from '../expect.ts';
import { find, patch, patched, reread } from '../steps.ts';
import { refusedStrictly } from '../strict.ts';

const ADSCIM = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';

/** Members by PATCH, and who is in afterwards. Everybody is taken from the cast. */
const joining =
  (
    before: readonly (keyof Cast)[],
    operations: (cast: Cast) => readonly Json[],
    after: readonly (keyof Cast)[],
  ) =>
  async (context: Context): Promise<void> => {
    const cast = await context.cast();
    const idOf = (who: keyof Cast) => String(dig(cast[who], 'id'));
    const group = await context.group({ members: before.map((who) => ({ value: idOf(who) })) });
    const answer = await patched(context, group, ...operations(cast));
    equals(answer, memberIds(answer.body), after.map(idOf).sort(), 'the ids of the members');
  };

const shared = {
  source: 'Microsoft Entra: "Group operations" (E1, E2)',
  level: 'client',
  profiles: ['entra'],
  needs: ['groups'],
} as const;

const members = tableOf(
  {
    ...shared,
    remedy:
      'Apply what the operation lists and nothing else: no other member may go, none may be there twice.',
  },
  [
    {
      id: 'T118',
      profiles: ['entra', 'rfc'],
      title:
        'Add of several members, one of whom is in already, adds the other once and keeps who is not named.',
      run: joining(
        ['ann', 'bob'],
        ({ bob, cyd }) => [
          { op: 'Add', path: 'members', value: [bob, cyd].map(({ id }) => ({ $ref: null, value: id })) },
        ],
        ['ann', 'bob', 'cyd'],
      ),
    },
    {
      id: 'T119',
      title: 'Remove of members with a value removes that member alone (catalogue decision 6).',
      source: 'Microsoft Entra: "Remove members" (E1); RFC 7644 §3.5.2.2 would remove all',
      remedy:
        'When a remove of members carries a value, remove only those listed; else every removal empties the group.',
      run: joining(
        ['ann', 'bob', 'cyd'],
        ({ ann }) => [{ op: 'Remove', path: 'members', value: [{ $ref: null, value: ann.id }] }],
        ['bob', 'cyd'],
      ),
    },
    {
      id: 'T120',
      title: 'Remove of members[value eq …] removes that member alone.',
      profiles: ['entra', 'okta', 'rfc'],
      run: joining(
        ['ann', 'bob', 'cyd'],
        ({ bob }) => [{ op: 'remove', path: `members[value eq "${bob.id}"]` }],
        ['ann', 'cyd'],
      ),
    },
    {
      id: 'T120-nobody',
      title: 'Remove of somebody who is no member changes nothing and is no error.',
      level: 'should',
      run: joining(['ann'], ({ bob }) => [{ op: 'remove', path: `members[value eq "${bob.id}"]` }], ['ann']),
    },
    {
      id: 'T125',
      title: 'One operation for each member, many in one request, are applied.',
      source: 'authentik sends one operation a member; IPSIE asks for 50 in a PATCH',
      run: joining(
        ['ann', 'bob', 'cyd'],
        ({ ann, bob }) => [
          ...Array.from({ length: 49 }, () => ({
            op: 'remove',
            path: 'members',
            value: [{ value: ann.id }],
          })),
          { op: 'remove', path: 'members', value: [{ value: bob.id }] },
        ],
        ['cyd'],
      ),
    },
    {
      id: 'T126',
      title: 'A member who does not exist is refused with 400, and nobody of that request is added.',
      level: 'should',
      source: 'Catalogue §6 rank 4: unknown members silently skipped',
      remedy: 'Refuse an unknown member by name; a group that silently lacks people is noticed by nobody.',
      run: async (context) => {
        const { ann } = await context.cast();
        const group = await context.group();
        const value = [{ value: ann.id }, { value: randomUUID() }];
        refused(await patch(context, group, { op: 'add', path: 'members', value }), [400, 404]);
        const after = await reread(context, group);
        equals(after, memberIds(after.body), [], 'the ids of the members');
      },
    },
  ],
);

const groups = tableOf(
  {
    ...shared,
    remedy:
      'Take groups as Entra sends them, without members, and show them without members when it asks so.',
  },
  [
    {
      id: 'T115',
      title: "A group with Microsoft's own schema in it is created, empty.",
      run: async ({ scim, groupBody, strict }) => {
        const sent = groupBody({
          schemas: [CORE_GROUP, ADSCIM],
          externalId: randomUUID(),
          meta: { resourceType: 'Group' },
        });
        const answer = await scim('POST', '/Groups', sent);
        if (strict) return refusedStrictly(answer, 'unknown', 'invalidSyntax');
        hasStatus(answer, 201);
        equals(answer, memberIds(answer.body), [], 'the members');
        equals(answer, dig(answer.body, 'displayName'), sent['displayName'], 'displayName');
      },
    },
    {
      id: 'T117',
      title: 'A group read with excludedAttributes=members has no members in the answer.',
      run: async ({ scim, cast }) => {
        const { group } = await cast();
        const answer = await scim('GET', `${group?.path ?? '/Groups'}?excludedAttributes=members`);
        hasStatus(answer, 200);
        equals(answer, dig(answer.body, 'members'), undefined, 'members');
      },
    },
    {
      id: 'T117-filter',
      title: 'A group is found by its name in any letter case, without its members.',
      run: async (context) => {
        const { group } = await context.cast();
        const filter = `displayName eq "${group?.name.toUpperCase()}"`;
        const answer = await find(context, '/Groups', filter, '&excludedAttributes=members');
        listsExactly(answer, String(group?.id));
        equals(answer, dig(answer.body, 'Resources', 0, 'members'), undefined, 'members');
      },
    },
    ...(['members[value eq "A"]', 'members.value eq "A"'] as const).map((filter, index) => ({
      id: ['T127-value-path', 'T127-dotted'][index] ?? '',
      title: `The filter ${filter} finds the groups that A is in, and no other.`,
      run: async (context: Context) => {
        const { ann, group } = await context.cast();
        const answer = await find(context, '/Groups', filter.replace('A', ann.id), '&count=100');
        const found = isList(answer);
        const ids = found.map((resource) => dig(resource, 'id'));
        holds(answer, ids.includes(group?.id), `the group ${group?.id}`, ids);
        const strangers = found.filter((resource) => !memberIds(resource).includes(ann.id));
        equals(answer, strangers.length, 0, 'the number of groups in the answer that she is not in');
      },
    })),
    ...(['id eq "G" and members eq "A"', 'externalId eq "X"'] as const).map((filter, index) => ({
      id: ['T127-id', 'T127-externalId'][index] ?? '',
      title: `The filter ${filter} finds the one group.`,
      run: async (context: Context) => {
        const { ann, group } = await context.cast();
        const named: Json = { A: ann.id, G: group?.id, X: group?.sent['externalId'] };
        const text = filter.replaceAll(/"([AGX])"/g, (_, letter: string) => `"${String(named[letter])}"`);
        listsExactly(await find(context, '/Groups', text), String(group?.id));
      },
    })),
    {
      id: 'T128',
      title: 'Replace of displayName and of externalId change the group and keep its members.',
      run: async (context) => {
        const { ann } = await context.cast();
        const group = await context.group({ members: [{ value: ann.id }] });
        const [name, externalId] = [context.name('renamed'), randomUUID()];
        const rename = { op: 'Replace', path: 'displayName', value: name };
        const answer = await patched(context, group, rename, {
          op: 'Replace',
          path: 'externalId',
          value: externalId,
        });
        equals(answer, dig(answer.body, 'displayName'), name, 'displayName');
        equals(answer, dig(answer.body, 'externalId'), externalId, 'externalId');
        equals(answer, memberIds(answer.body), [ann.id], 'the ids of the members');
      },
    },
    {
      id: 'T128-taken',
      title: "Another group's displayName is refused with 409.",
      level: 'should',
      source: 'Microsoft Entra: displayName of groups must be unique in the application (E1)',
      run: async (context) => {
        const { group } = await context.cast();
        const own = await context.group();
        refused(
          await patch(context, own, { op: 'Replace', path: 'displayName', value: group?.name }),
          409,
          'uniqueness',
        );
      },
    },
    {
      id: 'T130',
      title: 'A deleted group is gone, its members are not.',
      profiles: ['entra', 'okta', 'rfc'],
      level: 'must',
      source: 'RFC 7644 §3.6; Entra and Okta "Delete Group"',
      run: async (context) => {
        const { ann } = await context.cast();
        const group = await context.group({ members: [{ value: ann.id }] });
        hasStatus(await context.scim('DELETE', group.path), 204);
        refused(await context.scim('DELETE', group.path), 404);
        await reread(context, ann);
      },
    },
  ],
);

export const entraGroups = [...members, ...groups];
