/** Okta's group push: create, link, rename, mixed and whole changes of members, by PATCH and by PUT (catalogue §2.6; T116 to T124). */
import { tableOf } from '../check.ts';
import type { Context } from '../context.ts';
import { dig, equals, hasStatus, type Json, listsExactly, memberIds, refused } from '../expect.ts';
import { find, patch, patched, reread } from '../steps.ts';
import { refusedStrictly } from '../strict.ts';

const asMember = ({ id, name }: { readonly id: string; readonly name: string }): Json => ({
  value: id,
  display: name,
});

const pushing = tableOf(
  {
    source: 'Okta: Group Push (scim-20, "Create Groups", "Update a specific Group name")',
    level: 'client',
    profiles: ['okta'],
    needs: ['groups'],
    remedy:
      'Apply the requests as Okta sends them: id within the value, members with display and without type.',
  },
  [
    {
      id: 'T116',
      title: 'An empty group is created; the same name again is refused with 409.',
      run: async ({ scim, group }) => {
        const { answer, sent } = await group({ members: [] });
        equals(answer, memberIds(answer.body), [], 'the members');
        refused(await scim('POST', '/Groups', sent), 409, 'uniqueness');
      },
    },
    {
      id: 'okta-2.6-link',
      title: 'An existing group is found by its name, to be linked.',
      run: async (context) => {
        const { group } = await context.cast();
        const answer = await find(
          context,
          '/Groups',
          `displayName eq "${group?.name}"`,
          '&startIndex=1&count=100',
        );
        listsExactly(answer, String(group?.id));
      },
    },
    {
      id: 'T123',
      title:
        'A replace without path that holds id and displayName renames and keeps the members (strict: refused).',
      run: async (context) => {
        const { ann } = await context.cast();
        const group = await context.group({ members: [asMember(ann)] });
        const displayName = context.name('renamed');
        const operation = { op: 'replace', value: { id: group.id, displayName } };
        if (context.strict)
          return refusedStrictly(await patch(context, group, operation), 'path', 'invalidSyntax');
        const answer = await patched(context, group, operation);
        equals(answer, dig(answer.body, 'displayName'), displayName, 'displayName');
        equals(answer, memberIds(answer.body), [ann.id], 'the ids of the members');
      },
    },
    {
      id: 'T123-members',
      title: 'A replace without path that holds members sets exactly these members (strict: refused).',
      source: 'Okta: scimgateway#113 (catalogue §2.6)',
      run: async (context) => {
        const { ann, bob } = await context.cast();
        const group = await context.group({ members: [asMember(ann)] });
        const value = { id: group.id, displayName: group.name, members: [asMember(bob)] };
        if (context.strict)
          return refusedStrictly(
            await patch(context, group, { op: 'replace', value }),
            'path',
            'invalidSyntax',
          );
        const answer = await patched(context, group, { op: 'replace', value });
        equals(answer, memberIds(answer.body), [bob.id], 'the ids of the members');
      },
    },
    {
      id: 'T123-other-id',
      title: 'A replace without path that holds another id is refused.',
      level: 'should',
      source: 'RFC 7644 §3.5.2: id is readOnly',
      remedy: 'Refuse an id that is not that of the group with 400 mutability.',
      run: async (context) => {
        const { ann, group } = await context.cast();
        if (group === undefined) return;
        const operation = { op: 'replace', value: { id: ann.id, displayName: group.name } };
        refused(await patch(context, group, operation), 400);
      },
    },
    {
      id: 'T121',
      title: 'A removal and an addition in one request are both applied.',
      run: async (context) => {
        const { ann, bob, cyd } = await context.cast();
        const group = await context.group({ members: [asMember(ann), asMember(bob)] });
        const answer = await patched(
          context,
          group,
          { op: 'remove', path: `members[value eq "${ann.id}"]` },
          { op: 'add', path: 'members', value: [asMember(cyd)] },
        );
        equals(answer, memberIds(answer.body), [bob.id, cyd.id].sort(), 'the ids of the members');
      },
    },
    {
      id: 'T122',
      title: 'A replace of members ("Push Now") sets exactly these members.',
      run: async (context) => {
        const { ann, bob, cyd } = await context.cast();
        const group = await context.group({ members: [asMember(ann), asMember(bob)] });
        const value = [asMember(bob), asMember(cyd)];
        const answer = await patched(context, group, { op: 'replace', path: 'members', value });
        equals(answer, memberIds(answer.body), [bob.id, cyd.id].sort(), 'the ids of the members');
      },
    },
    {
      id: 'T122-empty',
      title: 'A replace of members with an empty array leaves none.',
      source: 'Okta: SCIM-SDK#757 (catalogue §2.6)',
      run: async (context) => {
        const { ann } = await context.cast();
        const group = await context.group({ members: [asMember(ann)] });
        const answer = await patched(context, group, { op: 'replace', path: 'members', value: [] });
        equals(answer, memberIds(answer.body), [], 'the ids of the members');
      },
    },
  ],
);

/** A PUT of a group that held ann, and who is in afterwards. */
const put = async (context: Context, body: (group: { readonly name: string }, bob: Json) => Json) => {
  const { ann, bob } = await context.cast();
  const group = await context.group({ members: [asMember(ann)] });
  const { schemas } = group.sent;
  hasStatus(await context.scim('PUT', group.path, { schemas, ...body(group, asMember(bob)) }), 200, 204);
  return { ann, bob, after: await reread(context, group) };
};

const replacing = tableOf(
  {
    source: 'Okta AIW applications: groups by PUT (catalogue §2.1, §2.6)',
    level: 'client',
    profiles: ['okta'],
    needs: ['groups'],
    remedy: 'Let a PUT of a group set exactly the members it lists; the id may be missing from the body.',
  },
  [
    {
      id: 'T124',
      title: 'PUT of a group without its id sets exactly the members it lists.',
      run: async (context) => {
        const { bob, after } = await put(context, ({ name }, other) => ({
          displayName: name,
          members: [other],
        }));
        equals(after, memberIds(after.body), [bob.id], 'the ids of the members');
      },
    },
    {
      id: 'T124-without',
      title: 'PUT of a group that does not mention members leaves them.',
      level: 'should',
      source: 'Catalogue T124, §6 rank 3: an unrelated PUT empties the group (RFC 7644 §3.5.1 allows both)',
      remedy:
        'Leave members alone when a PUT does not name them; renaming a group must not lock everybody out.',
      run: async (context) => {
        const { ann, after } = await put(context, ({ name }) => ({ displayName: name }));
        equals(after, memberIds(after.body), [ann.id], 'the ids of the members');
      },
    },
    {
      id: 'X06-members',
      title: 'A PUT that lists 5,000 members is not refused for its size.',
      source: 'Okta AIW sends the whole group (catalogue §5.11, X06)',
      remedy: 'Allow bodies of 1 MiB at least.',
      run: async (context) => {
        const { ann } = await context.cast();
        const group = await context.group();
        const members = Array.from({ length: 5000 }, () => asMember(ann));
        const answer = await context.scim('PUT', group.path, { ...group.sent, members });
        hasStatus(answer, 200, 204, 400);
      },
    },
  ],
);

export const oktaGroups = [...pushing, ...replacing];
