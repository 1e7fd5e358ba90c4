import { groupSchema } from '../../src/directory/schema.ts';
import type { MemberDelta } from '../../src/directory/settle/group-wish.ts';
import { type MemberChange, memberDelta } from '../../src/scim/patch/member-delta.ts';
import { readMembers, splitGroupPatch } from '../../src/scim/patch/members.ts';
import { applyPatch, readPatchBody } from '../../src/scim/patch/patch.ts';
import { patchOp, refusal, type Sent } from './support.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const split = (operations: readonly Sent[], strict = false) =>
  splitGroupPatch(readPatchBody({ schemas: [patchOp], Operations: operations }, { strict }), groupSchema, {
    strict,
  });
const changes = (...operations: readonly Sent[]) => split(operations).members;

const neverLoaded = async () => {
  throw new Error('the members were loaded');
};

const ids = (kind: 'add' | 'remove' | 'replace', ...list: readonly string[]): MemberChange => ({
  kind,
  ids: list,
});

describe('requests of known clients become changes of membership', () => {
  it.each<[string, Sent, readonly MemberChange[]]>([
    [
      'T118 Entra adds',
      { op: 'Add', path: 'members', value: [{ $ref: null, value: 'u1' }, { value: 'u2' }] },
      [ids('add', 'u1', 'u2')],
    ],
    [
      'T118 one twice',
      { op: 'Add', path: 'members', value: [{ value: 'u1' }, { value: 'u1' }] },
      [ids('add', 'u1')],
    ],
    ['one object', { op: 'add', path: 'members', value: { value: 'u1' } }, [ids('add', 'u1')]],
    ['one text (SCIMReferenceCode)', { op: 'add', path: 'members', value: 'u1' }, [ids('add', 'u1')]],
    ['texts', { op: 'add', path: 'members', value: ['u1', 'u2'] }, [ids('add', 'u1', 'u2')]],
    [
      'any letter case',
      { op: 'ADD', path: `${core.toUpperCase()}:MEMBERS`, value: [{ Value: 'u1', TYPE: 'user' }] },
      [ids('add', 'u1')],
    ],
    [
      'unknown parts (Postman)',
      { op: 'add', path: 'members', value: [{ displayName: 'x', value: 'u1' }] },
      [ids('add', 'u1')],
    ],
    ['nobody', { op: 'add', path: 'members', value: [] }, []],
    [
      'T119 Entra removes those listed',
      { op: 'Remove', path: 'members', value: [{ $ref: null, value: 'u1' }] },
      [ids('remove', 'u1')],
    ],
    [
      'the SDK of Ping lists those to remove under their own name',
      { op: 'remove', path: 'members', value: { members: [{ value: 'u1' }, { value: 'u2' }] } },
      [ids('remove', 'u1', 'u2')],
    ],
    [
      'T125 authentik removes one',
      { op: 'remove', path: 'members', value: [{ value: 'u1' }] },
      [ids('remove', 'u1')],
    ],
    ['an empty list removes nobody', { op: 'remove', path: 'members', value: [] }, []],
    ['RFC 7644 §3.5.2.2 removes all', { op: 'remove', path: 'members' }, [{ kind: 'removeAll' }]],
    ['T120 Okta removes by filter', { op: 'remove', path: 'members[value eq "u2"]' }, [ids('remove', 'u2')]],
    [
      'several by filter',
      { op: 'remove', path: 'members[value eq "u2" or value eq "u3"]' },
      [ids('remove', 'u2', 'u3')],
    ],
    [
      'the RFC writes it without a blank',
      { op: 'remove', path: 'members[value eq"u2"]' },
      [ids('remove', 'u2')],
    ],
    [
      'injection is text',
      { op: 'remove', path: 'members', value: [{ value: 'x" or value pr or value eq "y' }] },
      [ids('remove', 'x" or value pr or value eq "y')],
    ],
    [
      'T122 Okta replaces',
      { op: 'replace', path: 'members', value: [{ value: 'u1', display: 'U' }] },
      [ids('replace', 'u1')],
    ],
    ['T122 Okta replaces by none', { op: 'replace', path: 'members', value: [] }, [ids('replace')]],
    ['null clears', { op: 'replace', path: 'members', value: null }, [ids('replace')]],
    ['without a path', { op: 'add', value: { members: [{ value: 'u1' }] } }, [ids('add', 'u1')]],
    ['without a path, by URN', { op: 'replace', value: { [`${core}:members`]: [] } }, [ids('replace')]],
    ['at the URN of the schema', { op: 'add', path: core, value: { members: ['u1'] } }, [ids('add', 'u1')]],
    [
      'at the URN of the schema, by URN in another letter case',
      { op: 'replace', path: core.toUpperCase(), value: { [`${core}:MEMBERS`]: ['u1'] } },
      [ids('replace', 'u1')],
    ],
  ])('%s', (_title, operation, expected) => {
    const { attributeOperations, members } = split([operation]);
    expect(members).toEqual(expected);
    expect(attributeOperations).toEqual([]);
  });

  it.each<[string, Sent]>([
    [
      'with the URN as path',
      { op: 'replace', path: core, value: { id: 'g', displayName: 'N', members: ['u1'] } },
    ],
    ['under the URN', { op: 'replace', value: { [core]: { id: 'g', displayName: 'N', members: ['u1'] } } }],
    [
      'partly under the URN, in another letter case',
      { op: 'replace', value: { displayName: 'N', [core.toUpperCase()]: { members: ['u1'] }, id: 'g' } },
    ],
  ])('%s members are taken out, and the rest is applied', (_title, operation) => {
    const { attributeOperations, members, idInValue } = split([operation]);
    expect([members, idInValue]).toEqual([[ids('replace', 'u1')], 'g']);
    const { attributes, ignored } = applyPatch({ displayName: 'G' }, attributeOperations, groupSchema, {
      strict: false,
    });
    expect([attributes, ignored]).toEqual([{ displayName: 'N' }, []]);
  });

  it('all of the schema cannot be removed, nor an id changed in it', () => {
    expect(split([{ op: 'remove', path: core }]).members).toEqual([]);
    expect(split([{ op: 'add', value: { id: 'g', [core]: { members: [] } } }]).idInValue).toBe('g');
    const two = { op: 'add', value: { id: 'g', [core]: { id: 'h' } } };
    expect(refusal(() => split([two])).scimType).toBe('mutability');
  });

  it('T121 Okta: keeps the order of a mixed batch', () => {
    const batch = [
      { op: 'remove', path: 'members[value eq "u1"]' },
      { op: 'add', path: 'members', value: [{ value: 'u2', display: 'test.user@okta.local' }] },
    ];
    expect(changes(...batch)).toEqual([ids('remove', 'u1'), ids('add', 'u2')]);
  });

  it('T123 Okta: takes id, name and members out of one value', () => {
    const outcome = split([
      { op: 'replace', value: { id: 'g', displayName: 'New', members: [{ value: 'u1' }] } },
    ]);
    expect(outcome).toEqual({
      attributeOperations: [{ op: 'replace', path: null, value: { displayName: 'New' } }],
      members: [ids('replace', 'u1')],
      idInValue: 'g',
    });
    const renamed = applyPatch({ displayName: 'Old' }, outcome.attributeOperations, groupSchema, {
      strict: false,
    });
    expect(renamed.attributes).toEqual({ displayName: 'New' });
  });

  it('T123 Okta: a rename leaves the members alone', () => {
    expect(split([{ op: 'replace', value: { id: 'g', displayName: 'New' } }]).members).toEqual([]);
  });

  it('T128 leaves what is about attributes to them', () => {
    const operations = [
      { op: 'Replace', path: 'displayName', value: 'N' },
      { op: 'Replace', path: 'externalId', value: 'e' },
      { op: 'Add', path: 'shoeSize', value: 1 },
      { op: 'remove' },
    ];
    const outcome = split(operations);
    expect(outcome.members).toEqual([]);
    expect(outcome.attributeOperations.map(({ path }) => path)).toEqual([
      'displayName',
      'externalId',
      'shoeSize',
      null,
    ]);
    expect(outcome.idInValue).toBeNull();
  });

  it('T100 names that only the extension of Mode has are unknown without its URN', () => {
    const named = (before: string) =>
      ['type', 'state', 'managed'].map((name) => ({ op: 'replace', path: `${before}${name}`, value: 'x' }));
    const apply = (operations: readonly Sent[]) =>
      applyPatch({ displayName: 'G' }, split(operations).attributeOperations, groupSchema, { strict: false });
    expect(apply([...named(''), { op: 'replace', path: 'displayName', value: 'H' }])).toEqual({
      attributes: { displayName: 'H' },
      ignored: ['type', 'state', 'managed'],
    });
    const urn = 'urn:ietf:params:scim:schemas:extension:mode:2.0:Group';
    expect(refusal(() => apply(named(`${urn}:`))).scimType).toBe('mutability');
  });

  it('prototype pollution: the rest of a value keeps its names as names', () => {
    const { attributeOperations } = split([
      { op: 'add', value: JSON.parse('{"__proto__":{"polluted":1},"members":[]}') },
    ]);
    expect(attributeOperations).toHaveLength(1);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(
      applyPatch({ displayName: 'G' }, attributeOperations, groupSchema, { strict: false }).ignored,
    ).toEqual(['__proto__']);
  });
});

describe('what Mode or the RFC does not allow is explained', () => {
  it.each<[Sent, string, string]>([
    [
      { op: 'add', path: 'members', value: [{ value: 'g1', type: 'Group' }] },
      'invalidValue',
      'Mode has no nested groups',
    ],
    [{ op: 'add', path: 'members', value: [{ value: '' }] }, 'invalidValue', 'id of a user'],
    [{ op: 'add', path: 'members', value: [{ display: 'x' }] }, 'invalidValue', 'id of a user'],
    [{ op: 'add', path: 'members', value: [' '] }, 'invalidValue', 'id of a user'],
    [{ op: 'add', path: 'members', value: [5] }, 'invalidValue', 'id of a user'],
    [{ op: 'remove', path: 'members', value: '' }, 'invalidValue', 'id of a user'],
    [{ op: 'add', path: 'members', value: [null] }, 'invalidValue', 'id of a user'],
    [
      { op: 'replace', path: 'members[value eq "u1"]', value: { value: 'u2' } },
      'invalidPath',
      'remove the member and add another',
    ],
    [
      { op: 'add', path: 'members[value eq "u1"]', value: { value: 'u2' } },
      'invalidPath',
      'remove the member and add another',
    ],
    [{ op: 'replace', path: 'members[value eq "u1"].value', value: 'u2' }, 'mutability', 'members.value'],
    [{ op: 'replace', path: 'members.display', value: 'x' }, 'mutability', 'members.display'],
    [{ op: 'remove', path: 'members[value eq "u1"].display' }, 'mutability', 'members.display'],
    [{ op: 'remove', path: 'members[' }, 'invalidPath', 'not closed'],
    [{ op: 'remove', path: 'members[size eq "x"]' }, 'invalidFilter', 'size'],
  ])('%j', (operation, scimType, message) => {
    const error = refusal(() => changes(operation));
    expect([error.scimType, error.message]).toEqual([scimType, expect.stringContaining(message)]);
  });
  it('T123 two different ids in one request cannot both be right', () => {
    const rename = (id: string) => ({ op: 'replace', value: { id, displayName: 'x' } });
    expect(split([rename('g'), rename('g')]).idInValue).toBe('g');
    expect(refusal(() => split([rename('g'), rename('h')])).scimType).toBe('mutability');
  });
});

describe('the members in the body of POST and PUT', () => {
  it.each<[unknown, readonly string[] | null]>([
    [{ members: [{ value: 'u1' }, { value: 'u2' }] }, ['u1', 'u2']],
    [{ MEMBERS: [{ value: 'u1' }] }, ['u1']],
    [{ [`${core}:members`]: ['u1'] }, ['u1']],
    [{ [core]: { displayName: 'G', members: ['u1'] } }, ['u1']],
    [{ [core.toUpperCase()]: { [`${core}:Members`]: null } }, []],
    [{ [core]: { displayName: 'G' } }, null],
    [{ [core]: [{ members: ['u1'] }] }, null],
    [{ members: [] }, []],
    [{ members: null }, []],
    [{ displayName: 'G' }, null],
    [null, null],
  ])('T124 %j', (body, expected) => {
    expect(readMembers(body)).toEqual(expected);
  });
  it('T122, X06 of 10,000 members in no time', () => {
    const members = Array.from({ length: 10_000 }, (_, i) => ({ value: `u${i}`, display: 'd', $ref: null }));
    const started = performance.now();
    expect(readMembers({ members })).toHaveLength(10_000);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('what a sequence of changes comes to', () => {
  it.each<[string, readonly MemberChange[], MemberDelta]>([
    ['nothing', [], { replaceAll: false, add: [], remove: [] }],
    [
      'add and remove of different people',
      [ids('add', 'a'), ids('remove', 'b')],
      { replaceAll: false, add: ['a'], remove: ['b'] },
    ],
    [
      'the last word counts',
      [ids('add', 'a'), ids('remove', 'a')],
      { replaceAll: false, add: [], remove: ['a'] },
    ],
    [
      'in both directions',
      [ids('remove', 'a'), ids('add', 'a')],
      { replaceAll: false, add: ['a'], remove: [] },
    ],
    [
      'the RFC removes all and adds',
      [{ kind: 'removeAll' }, ids('add', 'a', 'b')],
      { replaceAll: true, add: ['a', 'b'], remove: [] },
    ],
    [
      'replace forgets what was before',
      [ids('add', 'a'), ids('remove', 'b'), ids('replace', 'c')],
      { replaceAll: true, add: ['c'], remove: [] },
    ],
    [
      'replace and change of mind',
      [ids('replace', 'a', 'b'), ids('remove', 'a'), ids('add', 'c')],
      { replaceAll: true, add: ['b', 'c'], remove: [] },
    ],
  ])('%s', async (_title, sequence, expected) => {
    expect(await memberDelta(sequence, neverLoaded)).toEqual(expected);
  });

  it('T121 is linear in 10,000 operations', async () => {
    const batch = Array.from({ length: 10_000 }, (_, i) =>
      i % 2 === 0
        ? { op: 'remove', path: `members[value eq "u${i}"]` }
        : { op: 'add', path: 'members', value: [{ value: `u${i}` }] },
    );
    const started = performance.now();
    const delta = await memberDelta(changes(...batch), neverLoaded);
    expect([delta.add.length, delta.remove.length]).toEqual([5000, 5000]);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('removal by a condition', () => {
  const present = [
    { value: 'u1', display: 'Ann', type: 'User' },
    { value: 'u2', display: 'Bob', type: 'User' },
  ];
  const delta = async (...operations: readonly Sent[]) =>
    memberDelta(changes(...operations), async () => present);

  it('looks at who is there, and at who was added in the same request', async () => {
    expect(await delta({ op: 'remove', path: 'members[display sw "a"]' })).toEqual({
      replaceAll: false,
      add: [],
      remove: ['u1'],
    });
    expect(
      await delta(
        { op: 'add', path: 'members', value: 'u3' },
        { op: 'remove', path: 'members[not (value eq "u2")]' },
      ),
    ).toEqual({ replaceAll: false, add: [], remove: ['u3', 'u1'] });
    expect(
      await delta(
        { op: 'replace', path: 'members', value: ['u1', 'u9'] },
        { op: 'remove', path: 'members[value sw "u9"]' },
      ),
    ).toEqual({ replaceAll: true, add: ['u1'], remove: [] });
  });

  it('never loads the members when ids say it all', async () => {
    const plain = changes({ op: 'remove', path: 'members[value eq "u1"]' });
    expect(await memberDelta(plain, neverLoaded)).toEqual({
      replaceAll: false,
      add: [],
      remove: ['u1'],
    });
  });

  describe('asks so many members and no more', () => {
    const crowd = (size: number) => async () =>
      Array.from({ length: size }, (_, i) => ({ value: `u${i}`, display: `Ann ${i}`, type: 'User' }));
    const times = (count: number, path: string) =>
      changes(...Array.from({ length: count }, () => ({ op: 'remove', path })));

    it.each<[string, number, readonly MemberChange[], number]>([
      ['one condition of 100,000', 100_000, times(1, 'members[type eq "user"]'), 100_000],
      ['100 conditions of 1,000', 1_000, times(100, 'members[display sw "Ann 7"]'), 111],
      [
        'several comparisons of 10,000',
        10_000,
        times(3, 'members[not (type pr and value pr and display pr)]'),
        0,
      ],
    ])('%s are let through', async (_title, size, sequence, removed) => {
      expect((await memberDelta(sequence, crowd(size))).remove).toHaveLength(removed);
    });

    it.each<[string, number, readonly MemberChange[]]>([
      ['two conditions of 100,000', 100_000, times(2, 'members[type eq "user"]')],
      ['many long ones of 100', 100, times(4, `members[${'type pr and '.repeat(490)}value eq "x"]`)],
      ['long texts of 1,000', 1_000, times(1, `members[display eq "${'\uff21'.repeat(8_000)}"]`)],
      [
        '90,000 who were added before',
        0,
        [
          { kind: 'add', ids: Array.from({ length: 90_000 }, (_, i) => `u${i}`) },
          ...times(2, 'members[value sw "x"]'),
        ],
      ],
    ])('%s are refused', async (_title, size, sequence) => {
      const refused = memberDelta(sequence, crowd(size));
      await expect(refused).rejects.toMatchObject({ scimType: 'invalidValue' });
      await expect(refused).rejects.toThrow('too many members; name those to remove by id');
    });
  });

  it('is bounded', () => {
    const many = Array.from({ length: 101 }, () => ({ op: 'remove', path: 'members[value sw "u"]' }));
    expect(refusal(() => changes(...many)).message).toContain('at most 100');
  });
});
