import type { Attributes } from '../../src/directory/model.ts';
import { groupSchema, userSchema } from '../../src/directory/schema.ts';
import { applyPatch } from '../../src/scim/patch/patch.ts';
import {
  core,
  enterprise,
  home,
  modeUser,
  patch,
  patched,
  read,
  refusal,
  type Sent,
  work,
} from './support.ts';

describe('RFC 7644 §3.5.2.1 add', () => {
  it.each<[string, Attributes, Sent, Attributes]>([
    ['sets a single value', {}, { op: 'add', path: 'nickName', value: 'Babs' }, { nickName: 'Babs' }],
    [
      'finds externalId by URN',
      {},
      { op: 'add', path: `${core}:externalId`, value: 'x' },
      { externalId: 'x' },
    ],
    [
      'takes externalId at the URN',
      {},
      { op: 'add', path: core, value: { externalId: 'x' } },
      { externalId: 'x' },
    ],
    ['replaces a single value', { title: 'a' }, { op: 'add', path: 'title', value: 'b' }, { title: 'b' }],
    [
      'appends to several values',
      { emails: [home] },
      { op: 'add', path: 'emails', value: [{ value: 'x' }] },
      { emails: [home, { value: 'x' }] },
    ],
    [
      'takes one object for several values',
      {},
      { op: 'add', path: 'emails', value: home },
      { emails: [home] },
    ],
    [
      'merges a complex value',
      { name: { givenName: 'A', familyName: 'B' } },
      { op: 'add', path: 'name', value: { givenName: 'C' } },
      { name: { givenName: 'C', familyName: 'B' } },
    ],
    [
      'merges into the chosen element',
      { emails: [work, home] },
      { op: 'add', path: 'emails[type eq "home"]', value: { display: 'H' } },
      { emails: [work, { ...home, display: 'H' }] },
    ],
    [
      'adds nothing when there is nothing to add',
      { emails: [home] },
      { op: 'add', path: 'emails', value: [] },
      { emails: [home] },
    ],
    [
      'gives a new value to the same (type, value) only once',
      { emails: [home] },
      { op: 'add', path: 'emails', value: { type: 'HOME', value: 'A@home', primary: true } },
      { emails: [{ type: 'HOME', value: 'A@home', primary: true }] },
    ],
    [
      'without a path, as in the example of the RFC',
      { emails: [work] },
      { op: 'add', value: { emails: [home], nickname: 'Babs' } },
      { emails: [work, home], nickName: 'Babs' },
    ],
  ])('%s', (_title, before, operation, expected) => {
    expect(patched(before, operation)).toEqual(expected);
  });
});

describe('RFC 7644 §3.5.2.2 remove', () => {
  it.each<[string, Attributes, Sent, Attributes]>([
    ['a single value', { title: 't' }, { op: 'remove', path: 'title' }, {}],
    [
      'a part of a complex value',
      { name: { givenName: 'A', familyName: 'B' } },
      { op: 'remove', path: 'name.givenName' },
      { name: { familyName: 'B' } },
    ],
    [
      'the last part, and with it the attribute',
      { name: { givenName: 'A' } },
      { op: 'remove', path: 'name.givenName' },
      {},
    ],
    ['all values', { emails: [work, home] }, { op: 'remove', path: 'emails' }, {}],
    [
      'the chosen values',
      { emails: [work, home] },
      { op: 'remove', path: 'emails[type eq "work" and value ew "WORK"]' },
      { emails: [home] },
    ],
    [
      'the last value, and with it the attribute',
      { emails: [work] },
      { op: 'remove', path: 'emails[type eq "work"]' },
      {},
    ],
    [
      'nothing where nothing fits',
      { emails: [work] },
      { op: 'remove', path: 'emails[type eq "other"]' },
      { emails: [work] },
    ],
    ['nothing where there is nothing', {}, { op: 'remove', path: 'emails[type eq "other"].value' }, {}],
    [
      'T088 an attribute of an extension, and with the last one the extension',
      { [enterprise]: { department: 'D' } },
      { op: 'Remove', path: `${enterprise}:department` },
      {},
    ],
    [
      'a whole extension',
      { [enterprise]: { department: 'D', division: 'E' } },
      { op: 'remove', path: enterprise },
      {},
    ],
    [
      'T089 the manager by its bare name',
      { [enterprise]: { manager: { value: 'm' }, division: 'E' } },
      { op: 'Remove', path: 'manager' },
      { [enterprise]: { division: 'E' } },
    ],
    [
      'T091 Entra: the address whose value is taken away',
      { emails: [work, home] },
      { op: 'Remove', path: 'emails[type eq "work"].value', value: 'a@work' },
      { emails: [home] },
    ],
    [
      'T091 but not an address that still has content',
      { addresses: [{ type: 'work', formatted: 'f', country: 'c' }] },
      { op: 'Remove', path: 'addresses[type eq "work"].formatted' },
      { addresses: [{ type: 'work', country: 'c' }] },
    ],
    [
      'decision 6: only the values listed',
      { emails: [work, home] },
      { op: 'Remove', path: 'emails', value: [{ value: 'A@HOME' }] },
      { emails: [work] },
    ],
    [
      'decision 6: listed as text',
      { emails: [work, home] },
      { op: 'Remove', path: 'emails', value: 'a@home' },
      { emails: [work] },
    ],
    [
      'decision 6: of the listed type only',
      { emails: [work, home] },
      { op: 'Remove', path: 'emails', value: [{ value: 'a@home', type: 'work' }] },
      { emails: [work, home] },
    ],
    [
      'decision 6: an empty list removes nothing',
      { emails: [work] },
      { op: 'remove', path: 'emails', value: [] },
      { emails: [work] },
    ],
  ])('%s', (_title, before, operation, expected) => {
    expect(patched(before, operation)).toEqual(expected);
  });

  it('removing active leaves it unassigned; whether she is in or out then stays as it was (directory/users.ts)', () => {
    for (const operation of [
      { op: 'remove', path: 'active' },
      { op: 'replace', path: 'active', value: null },
    ]) {
      expect(patched({ active: false }, operation)).toEqual({});
    }
  });
});

it('a role that still shows something stays when its type goes', () => {
  const roles = [{ type: 't', display: 'Admin' }];
  expect(patched({ roles }, { op: 'remove', path: 'roles[type eq "t"].type' })).toEqual({
    roles: [{ display: 'Admin' }],
  });
  const spent = [{ type: 't', display: 'Admin', value: 'v' }];
  expect(patched({ roles: spent }, { op: 'remove', path: 'roles[type eq "t"].value' })).toEqual({});
});

describe('RFC 7644 §3.5.2.3 replace', () => {
  it.each<[string, Attributes, Sent, Attributes]>([
    ['a single value', { title: 'a' }, { op: 'replace', path: 'TITLE', value: 'b' }, { title: 'b' }],
    ['an absent value, as add does', {}, { op: 'replace', path: 'title', value: 'b' }, { title: 'b' }],
    ['all values', { emails: [work] }, { op: 'replace', path: 'emails', value: [home] }, { emails: [home] }],
    [
      'all values, without a path too',
      { emails: [work] },
      { op: 'replace', value: { emails: [home] } },
      { emails: [home] },
    ],
    ['all values by none', { emails: [work] }, { op: 'replace', path: 'emails', value: [] }, {}],
    [
      'only the parts of a complex value that are named',
      { name: { givenName: 'A', familyName: 'B' } },
      { op: 'replace', path: 'name', value: { givenName: 'C' } },
      { name: { givenName: 'C', familyName: 'B' } },
    ],
    [
      'a part by nothing',
      { name: { givenName: 'A', familyName: 'B' } },
      { op: 'replace', path: 'name', value: { givenName: '' } },
      { name: { familyName: 'B' } },
    ],
    [
      'nothing by an empty complex value',
      { name: { givenName: 'A' } },
      { op: 'replace', path: 'name', value: {} },
      { name: { givenName: 'A' } },
    ],
    [
      'the chosen record',
      { addresses: [{ type: 'work', locality: 'X', country: 'c' }] },
      { op: 'replace', path: 'addresses[type eq "work"]', value: { locality: 'Y' } },
      { addresses: [{ type: 'work', locality: 'Y' }] },
    ],
    [
      'a part of every record chosen',
      { emails: [work, home] },
      { op: 'replace', path: 'emails[value sw "a"].display', value: 'D' },
      {
        emails: [
          { ...work, display: 'D' },
          { ...home, display: 'D' },
        ],
      },
    ],
    [
      'T083 Entra: the address, keeping type and primary',
      { emails: [work, home] },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'b@work' },
      { emails: [{ ...work, value: 'b@work' }, home] },
    ],
    [
      'in any letter case',
      { emails: [work] },
      { op: 'replace', path: `${core.toUpperCase()}:Emails[Type eq "WORK"].Value`, value: 'b' },
      { emails: [{ ...work, value: 'b' }] },
    ],
    [
      'T094 externalId',
      { externalId: 'a' },
      { op: 'Replace', path: 'externalId', value: 'b' },
      { externalId: 'b' },
    ],
    [
      'an extension by its URN',
      { [enterprise]: { division: 'E' } },
      { op: 'replace', path: enterprise, value: { department: 'D' } },
      { [enterprise]: { division: 'E', department: 'D' } },
    ],
    ['T092 a value by ""', { title: 't' }, { op: 'replace', path: 'title', value: '' }, {}],
    ['T092 a value by null', { title: 't' }, { op: 'replace', path: 'title', value: null }, {}],
    [
      'an address by ""',
      { emails: [work, home] },
      { op: 'replace', path: 'emails[type eq "work"].value', value: '' },
      { emails: [home] },
    ],
    [
      'an address that is not there by ""',
      { emails: [home] },
      { op: 'replace', path: 'emails[type eq "work"].value', value: '' },
      { emails: [home] },
    ],
    [
      'the value of the only address',
      { emails: [home] },
      { op: 'replace', path: 'emails.value', value: 'x' },
      { emails: [{ type: 'home', value: 'x' }] },
    ],
  ])('%s', (_title, before, operation, expected) => {
    expect(patched(before, operation)).toEqual(expected);
  });
});

describe('RFC 7644 §3.5.2: one primary at most', () => {
  const third = { type: 'other', value: 'x', primary: true };
  it.each<[string, Sent]>([
    ['an added value', { op: 'add', path: 'emails', value: [third] }],
    ['a part that is set', { op: 'add', path: 'emails[type eq "other"].primary', value: 'True' }],
  ])('T097 %s takes it from the other', (_title, operation) => {
    const before = { emails: [work, { ...third, primary: false }] };
    const start = operation.path === 'emails' ? { emails: [work] } : before;
    expect(patched(start, operation)).toEqual({ emails: [{ ...work, primary: false }, third] });
  });
  it('the last of several in one operation keeps it', () => {
    const value = [work, third];
    expect(patched({}, { op: 'replace', path: 'emails', value })).toEqual({
      emails: [{ ...work, primary: false }, third],
    });
  });
});

describe('T096 what is there already changes nothing, not even the object', () => {
  it.each<Sent>([
    { op: 'add', path: 'emails', value: [{ ...work }] },
    { op: 'add', path: 'emails', value: { value: 'a@work' } },
    { op: 'replace', path: 'emails', value: [work, home] },
    { op: 'replace', path: 'title', value: 't' },
    { op: 'replace', value: { title: 't', name: { givenName: 'A' } } },
    { op: 'replace', value: {} },
    { op: 'remove', path: 'nickName' },
    { op: 'remove', path: enterprise },
    { op: 'replace', path: 'emails[type eq "work"].value', value: 'a@work' },
    { op: 'replace', path: 'emails[type eq "work"].primary', value: true },
    { op: 'replace', value: { id: 'x', schemas: [], meta: {}, groups: [], [modeUser]: { admin: true } } },
  ])('%j', (operation) => {
    expect(patch({ title: 't', name: { givenName: 'A' }, emails: [work, home] }, [operation]).same).toBe(
      true,
    );
  });
});

describe('what cannot be changed', () => {
  it.each<[Sent, string, string]>([
    [{ op: 'remove' }, 'noTarget', 'path'],
    [{ op: 'remove', path: 'userName' }, 'mutability', 'userName'],
    [{ op: 'replace', path: 'id', value: 'x' }, 'mutability', 'id'],
    [{ op: 'replace', path: `${core}:id`, value: 'x' }, 'mutability', 'id'],
    [{ op: 'replace', path: 'meta.created', value: 'x' }, 'mutability', 'meta.created'],
    [{ op: 'add', path: 'groups', value: [{ value: 'g' }] }, 'mutability', 'groups'],
    [{ op: 'remove', path: 'groups[value eq "g"]' }, 'mutability', 'groups'],
    [{ op: 'replace', path: 'schemas', value: [] }, 'mutability', 'schemas'],
    [{ op: 'add', path: `${modeUser}:admin`, value: true }, 'mutability', 'admin'],
    [{ op: 'replace', path: modeUser, value: { admin: true } }, 'mutability', modeUser],
    [{ op: 'remove', path: core }, 'mutability', core],
    [
      { op: 'replace', path: `${enterprise}:manager.displayName`, value: 'x' },
      'mutability',
      'manager.displayName',
    ],
    [{ op: 'replace', path: 'userName', value: '' }, 'invalidValue', 'userName'],
    [{ op: 'replace', path: 'userName', value: ' ' }, 'invalidValue', 'userName'],
    [{ op: 'replace', value: { userName: null } }, 'invalidValue', 'userName'],
    [{ op: 'replace', path: 'active', value: 'maybe' }, 'invalidValue', '"active" must be of type boolean'],
    [{ op: 'replace', path: 'title', value: 5 }, 'invalidValue', '"title" must be of type string'],
    [{ op: 'replace', path: 'title', value: ['a', 'b'] }, 'invalidValue', '"title" holds one value'],
    [{ op: 'replace', path: 'name', value: 'Ann' }, 'invalidValue', '"name" must be an object'],
    [{ op: 'replace', path: 'emails', value: [5] }, 'invalidValue', '"emails" must be an object'],
    [
      { op: 'replace', path: 'emails[type eq "work"]', value: 5 },
      'invalidValue',
      '"emails" must be set to an object',
    ],
    [
      { op: 'replace', path: 'emails[type eq "work"].value', value: 5 },
      'invalidValue',
      '"emails.value" must be of type string',
    ],
    [{ op: 'replace', path: 'title', value: 'a\0' }, 'invalidValue', '"title" holds a NUL'],
    [{ op: 'replace', value: 'x' }, 'invalidValue', 'without a "path"'],
    [{ op: 'add', value: null }, 'invalidValue', 'without a "path"'],
    [{ op: 'add', path: enterprise, value: 'x' }, 'invalidValue', enterprise],
    [{ op: 'replace', path: 'emails.value', value: 'x' }, 'invalidPath', 'emails[type eq "work"].value'],
    [{ op: 'replace', path: 'emails[', value: 'x' }, 'invalidPath', 'not closed'],
    [{ op: 'replace', path: 'emails[size eq 1].value', value: 'x' }, 'invalidFilter', 'size'],
  ])('T098, T099 %j is refused', (operation, scimType, named) => {
    const error = refusal(() => patched({ emails: [work, home], active: true }, operation));
    expect([error.scimType, error.message]).toEqual([scimType, expect.stringContaining(named)]);
  });

  it('a group cannot lose its displayName', () => {
    const run = (sent: Sent) => () =>
      applyPatch({ displayName: 'G' }, read([sent]), groupSchema, { strict: false });
    expect(refusal(run({ op: 'remove', path: 'displayName' })).scimType).toBe('mutability');
    expect(refusal(run({ op: 'replace', path: 'displayName', value: '' })).scimType).toBe('invalidValue');
  });
});

it('T095 is atomic, and says which operation it was', () => {
  const start: Attributes = { userName: 'ann', title: 'a', emails: [home] };
  const frozen = structuredClone(start);
  const operations = read([
    { op: 'replace', path: 'title', value: 'b' },
    { op: 'add', path: 'emails', value: work },
    { op: 'replace', path: 'id', value: 'x' },
  ]);
  const error = refusal(() => applyPatch(start, operations, userSchema, { strict: false }));
  expect(error.message).toMatch(/^Operation 3 of 3: "id"/);
  expect(start).toEqual(frozen);
});
