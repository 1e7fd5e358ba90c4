/** Groups and memberships by the standard (RFC 7643 §4.1.2, §4.2; T113, T116). */
import { tableOf } from '../check.ts';
import {
  arrayOf,
  CORE_GROUP,
  dig,
  elementsWith,
  equals,
  hasStatus,
  holds,
  memberIds,
  refused,
} from '../expect.ts';
import { patch, patched, reread } from '../steps.ts';

export const rfcGroups = tableOf(
  {
    source: 'RFC 7643 §4.2',
    level: 'must',
    profiles: ['rfc'],
    needs: ['groups'],
    remedy:
      'Keep memberships in one place and show them on both sides: members of the group, groups of the person.',
  },
  [
    {
      id: 'rfc7643-4.2-create',
      title: 'A group is created with its members, 201 with Location, meta.resourceType Group.',
      run: async ({ cast }) => {
        const { ann, bob, group } = await cast();
        if (group === undefined) return;
        const { answer, path } = group;
        equals(answer, memberIds(answer.body), [ann.id, bob.id].sort(), 'the ids of the members');
        equals(answer, dig(answer.body, 'meta', 'resourceType'), 'Group', 'meta.resourceType');
        const location = answer.headers.get('location');
        holds(answer, location?.endsWith(path) ?? false, `a Location that ends in ${path}`, location);
      },
    },
    {
      id: 'rfc7643-4.2-name',
      title: 'A group without displayName is refused with 400.',
      run: async ({ scim, name }) =>
        refused(
          await scim('POST', '/Groups', { schemas: [CORE_GROUP], externalId: name() }),
          400,
          'invalidValue',
          'invalidSyntax',
        ),
    },
    {
      id: 'rfc7643-4.2-members',
      title: 'Members are shown with a $ref that leads to the person.',
      level: 'should',
      run: async (context) => {
        const { ann, group } = await context.cast();
        if (group === undefined) return;
        const answer = await reread(context, group);
        const [member] = elementsWith(dig(answer.body, 'members'), { value: ann.id });
        const reference = dig(member, '$ref');
        holds(
          answer,
          typeof reference === 'string' && reference.endsWith(ann.path),
          `$ref ending in ${ann.path}`,
          reference,
        );
      },
    },
    {
      id: 'rfc7643-4.1.2-groups',
      title: 'A person shows the groups that she is in, without having been told.',
      source: 'RFC 7643 §4.1.2 (groups)',
      level: 'should',
      run: async (context) => {
        const { ann, group } = await context.cast();
        const answer = await reread(context, ann);
        const [own] = elementsWith(dig(answer.body, 'groups'), { value: group?.id });
        holds(answer, own !== undefined, `groups to hold ${group?.id}`, dig(answer.body, 'groups'));
      },
    },
    {
      id: 'T113',
      title: 'Whoever is deleted is in no group any more.',
      source: 'RFC 7644 §3.6; catalogue T113',
      run: async (context) => {
        const { bob } = await context.cast();
        const person = await context.person();
        const group = await context.group({ members: [{ value: person.id }, { value: bob.id }] });
        hasStatus(await context.scim('DELETE', person.path), 204);
        const answer = await reread(context, group);
        equals(answer, memberIds(answer.body), [bob.id], 'the ids of the members');
      },
    },
    {
      id: 'rfc7644-3.5.2-group-atomic',
      title: 'When one operation on a group is wrong, no member is added and the name stays.',
      source: 'RFC 7644 §3.5.2 (atomic)',
      remedy: 'Check all operations before any of them is stored.',
      run: async (context) => {
        const { ann } = await context.cast();
        const group = await context.group();
        const answer = await patch(
          context,
          group,
          { op: 'add', path: 'members', value: [{ value: ann.id }] },
          { op: 'replace', path: 'displayName', value: context.name('half') },
          { op: 'replace', path: 'id', value: 'x' },
        );
        refused(answer, 400);
        const after = await reread(context, group);
        equals(after, memberIds(after.body), [], 'the ids of the members');
        equals(after, dig(after.body, 'displayName'), group.name, 'displayName');
      },
    },
    {
      id: 'rfc7644-3.5.2.2-all-members',
      title: 'remove of members without filter and value removes them all.',
      source: 'RFC 7644 §3.5.2.2',
      run: async (context) => {
        const { ann, bob } = await context.cast();
        const group = await context.group({ members: [{ value: ann.id }, { value: bob.id }] });
        const answer = await patched(context, group, { op: 'remove', path: 'members' });
        equals(answer, arrayOf(dig(answer.body, 'members')).length, 0, 'the number of members');
      },
    },
  ],
);
