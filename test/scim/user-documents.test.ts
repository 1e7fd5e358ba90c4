/** People written down: the text that stays in the database, and what becomes of it in an answer. */
import { createHash } from 'node:crypto';
import type { UserView } from '../../src/directory/user-view.ts';
import { userVersion } from '../../src/scim/etag.ts';
import { userResource } from '../../src/scim/resource.ts';
import { userDocuments } from '../../src/scim/user-documents.ts';
import { member, user } from '../contract/records.ts';
import { core, enterprise, modeUser } from './support.ts';

const BASE = 'https://scim.example.com/scim/v2';

const attributes = {
  userName: 'ann',
  name: { givenName: 'Ann "A"', familyName: 'Ö\u0001$&' },
  emails: [{ value: 'ann@example.com', type: 'work', primary: true }],
  [enterprise]: { department: 'Data', manager: { value: 'u 2', displayName: 'Bo' } },
};
const group = { groupId: 'g1', userId: 'u1', display: 'Data \\ people' };

/** One of each kind of person that resource.ts and mode-extension.ts tell apart. */
const KINDS: readonly Omit<UserView, 'wayIn'>[] = [
  {
    user: user('u1', { attributes, memberToken: 'm1' }),
    groups: [group],
    mode: member('m1', { admin: true }),
  },
  { user: user('u2', { active: false, attributes: { userName: 'bo' } }), groups: [], mode: undefined },
  {
    user: user('u3', { invitedAs: 'cy', invitedAt: '2026-01-01T00:00:00.000Z' }),
    groups: [],
    mode: undefined,
  },
  { user: user('u4', { userName: 'dee', attributes: { userName: 'dee' } }), groups: [], mode: undefined },
  { user: user('u5', { memberToken: 'm5' }), groups: [], mode: member('m5', { state: 'former' }) },
];

const VIEWS = KINDS.flatMap((view): readonly UserView[] => [
  { ...view, wayIn: 'invite' },
  { ...view, wayIn: 'jit' },
]);

const textOf = (base: string, view: UserView): string => userDocuments(base).write(view).document;

test('what is answered from a document is what is put together from the record, at any address', () => {
  for (const base of [BASE, 'http://localhost:8080/scim/v2', 'https://a.example/$&/$1"/scim/v2']) {
    for (const view of VIEWS) {
      expect(JSON.parse(textOf(base, view))).toEqual(JSON.parse(JSON.stringify(userResource(base, view))));
    }
  }
});

test('a document holds the address wherever one stands, and what a client wrote as it is', () => {
  const shown = JSON.parse(textOf(BASE, VIEWS[0] as UserView)) as Record<string, unknown>;
  expect(shown).toMatchObject({
    schemas: [core, enterprise, modeUser],
    name: attributes.name,
    groups: [{ $ref: `${BASE}/Groups/g1` }],
    [enterprise]: { manager: { $ref: `${BASE}/Users/u%202` } },
    meta: { location: `${BASE}/Users/u1`, version: userVersion(VIEWS[0] as UserView) },
  });
});

/**
 * Documents of an older program stay in the database, and are as good as new as long as the layout is the same. So if
 * this fails, people look different from before: give userDocuments the next layout, then put the new digest here.
 */
test('the layout stands for what documents look like', () => {
  const texts = VIEWS.map((view) => textOf(BASE, view));
  const digest = createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16);
  expect({ layout: userDocuments(BASE).layout, digest }).toEqual({ layout: 2, digest: 'a820a982ff7c5543' });
});
