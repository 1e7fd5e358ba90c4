/** Standing and join of members (mode-api.md §4, §15). */
import { joinMembers, memberState, usernameIn } from '../../src/mode/member.ts';
import { LiteMembershipSchema, MembershipSchema } from '../../src/mode/types.ts';

const WHEN = '2021-11-29T19:32:33.401Z';

it.each([
  ['active', false, WHEN, 'active'],
  ['Active', false, null, 'active'],
  ['active', true, WHEN, 'active'],
  ['active', true, null, 'pending'],
  ['pending', false, WHEN, 'pending'],
  ['invited', true, null, 'pending'],
  ['banned', false, WHEN, 'former'],
  ['banned', true, WHEN, 'former'],
  ['former', false, null, 'former'],
  ['removed', false, null, 'former'],
  ['confirmed', false, WHEN, 'active'],
  ['confirmed', true, WHEN, 'pending'],
  ['awaiting_approval', false, null, 'pending'],
  [null, false, WHEN, 'active'],
  [null, false, null, 'pending'],
])('reads state %j, invited %j, activated_at %j as %s', (state, invited, activatedAt, wanted) => {
  expect(memberState({ state, invited, activatedAt })).toBe(wanted);
});

const full = (row: object) => MembershipSchema.parse({ state: 'active', activated_at: WHEN, ...row });
const lite = (row: object) => LiteMembershipSchema.parse({ state: 'active', ...row });

it('keeps who stands in one list only', () => {
  const members = joinMembers(
    [
      full({
        member_token: 'a',
        member_username: 'ann',
        _links: { self: { href: '/api/acme/memberships/ma?embed[user]=1' } },
      }),
    ],
    [lite({ member_token: 'b', username: 'bob', email: 'bob@acme.example', admin: true })],
  );
  expect(members).toEqual([
    {
      memberToken: 'a',
      membershipToken: 'ma',
      username: 'ann',
      email: null,
      name: null,
      state: 'active',
      admin: false,
      managedByScim: false,
      activatedAt: WHEN,
    },
    {
      memberToken: 'b',
      membershipToken: null,
      username: 'bob',
      email: 'bob@acme.example',
      name: null,
      state: 'active',
      admin: true,
      managedByScim: false,
      activatedAt: null,
    },
  ]);
});

it('joins a number with the same number as text', () => {
  const members = joinMembers(
    [full({ member_token: 12 })],
    [lite({ member_token: '12', username: 'ann', email: 'a@b.example' })],
  );
  expect(members).toEqual([
    expect.objectContaining({ memberToken: '12', username: 'ann', email: 'a@b.example', activatedAt: WHEN }),
  ]);
});

it('finds the username in the link where nothing else names it, and stands in with the token where nothing does', () => {
  const members = joinMembers(
    [full({ member_token: 'a', _links: { user: { href: '/api/ann%20b' } } }), full({ member_token: 'b' })],
    [],
  );
  expect(members.map(({ username }) => username)).toEqual(['ann b', 'b']);
});

it('reads a username from a relative or absolute link, and nothing from nonsense', () => {
  expect(usernameIn('/api/ann')).toBe('ann');
  expect(usernameIn('https://modeanalytics.com/api/ann?x=1')).toBe('ann');
  for (const href of [null, undefined, '', '/api/', '/ann', '/api/%zz']) expect(usernameIn(href)).toBeNull();
});

it('prefers the living membership of somebody who has two', () => {
  const rows = ['banned', 'active', 'pending'].map((state) =>
    full({ member_token: 'a', state, _links: { self: { href: `/api/acme/memberships/${state}` } } }),
  );
  expect(joinMembers(rows, [])).toEqual([
    expect.objectContaining({ membershipToken: 'active', state: 'active' }),
  ]);
});

it('joins 50,000 people in the time of a blink', () => {
  const numbers = Array.from({ length: 50_000 }, (_none, at) => `t${at}`);
  const fulls = numbers.map((member_token) => full({ member_token }));
  const lites = numbers
    .toReversed()
    .map((member_token) => lite({ member_token, email: `${member_token}@acme.example` }));
  const from = performance.now();
  expect(joinMembers(fulls, lites)).toHaveLength(50_000);
  expect(performance.now() - from).toBeLessThan(5000);
});
