import type { Attributes } from '../../src/directory/model.ts';
import { readPatchBody, replaceAttributes } from '../../src/scim/patch/patch.ts';
import { core, enterprise, home, patch, patched, patchOp, refusal, type Sent } from './support.ts';

describe('idp-clients.md decision 1: Entra writes into addresses that are not there', () => {
  it.each<[Sent, Attributes]>([
    [
      { op: 'Add', path: 'emails[type eq "work"].value', value: 'x' },
      { emails: [{ type: 'work', value: 'x' }] },
    ],
    [
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'x' },
      { emails: [{ type: 'work', value: 'x' }] },
    ],
    [
      { op: 'Add', path: 'addresses[type eq "work"].formatted', value: 'x' },
      { addresses: [{ type: 'work', formatted: 'x' }] },
    ],
    [
      { op: 'Replace', path: 'phoneNumbers[type eq "mobile"].value', value: 'x' },
      { phoneNumbers: [{ type: 'mobile', value: 'x' }] },
    ],
    [
      { op: 'Add', path: 'emails[type eq "work" and primary eq true]', value: { value: 'x' } },
      { emails: [{ type: 'work', primary: true, value: 'x' }] },
    ],
  ])('T084 %j creates the element that the filter describes', (operation, expected) => {
    expect(patched({}, operation)).toEqual(expected);
  });

  it('T084 beside the ones that are there', () => {
    const created = patched(
      { emails: [home] },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'x' },
    );
    expect(created).toEqual({ emails: [home, { type: 'work', value: 'x' }] });
  });

  it('T085 validator: three adds to roles[primary eq "True"] make one role', () => {
    const add = (part: string) => ({ op: 'Add', path: `roles[primary eq "True"].${part}`, value: part });
    expect(patched({}, add('display'), add('value'), add('type'))).toEqual({
      roles: [{ primary: true, display: 'display', value: 'value', type: 'type' }],
    });
  });

  it.each([
    'type sw "w"',
    'type eq "work" or type eq "home"',
    'not (type eq "work")',
    'type pr',
    'type eq null',
    'type eq "a" and type eq "b"',
  ])('noTarget where the filter %s does not say what to create', (filter) => {
    const error = refusal(() => patched({}, { op: 'replace', path: `emails[${filter}].value`, value: 'x' }));
    expect([error.scimType, error.message]).toEqual(['noTarget', expect.stringContaining('"emails"')]);
  });

  it('strict: replace wants a target (RFC 7644 §3.5.2.3), add makes one (§3.5.2.1)', () => {
    const path = 'emails[type eq "work"].value';
    expect(refusal(() => patch({}, [{ op: 'replace', path, value: 'x' }], true)).scimType).toBe('noTarget');
    expect(patch({}, [{ op: 'add', path, value: 'x' }], true).rest).toEqual({
      emails: [{ type: 'work', value: 'x' }],
    });
  });
});

describe('requests of known clients', () => {
  it.each([
    { op: 'Replace', path: 'active', value: 'False' },
    { op: 'replace', path: 'active', value: 'false' },
    { op: 'replace', path: 'active', value: false },
    { op: 'Add', path: 'active', value: 'False' },
    { op: 'replace', path: 'active', value: ['False'] },
    { op: 'replace', value: { active: false } },
    { op: 'replace', value: { Active: 'False' } },
    { op: 'add', path: '', value: { active: false } },
    { op: 'replace', path: `${core}:active`, value: false },
  ])('T079, T080 %j deactivates', (operation) => {
    expect(patched({ active: true }, operation)).toEqual({ active: false });
  });

  it('T086 Entra flag: sets four attributes by dotted and URN keys', () => {
    const before = { name: { formatted: 'F', givenName: 'G' } };
    const value = {
      displayName: 'B',
      'name.givenName': 'K',
      'name.familyName': 'U',
      [`${enterprise}:employeeNumber`]: 'A',
    };
    expect(patched(before, { op: 'replace', value })).toEqual({
      displayName: 'B',
      name: { formatted: 'F', givenName: 'K', familyName: 'U' },
      [enterprise]: { employeeNumber: 'A' },
    });
  });

  it('T087 Entra flag: merges the nested form and keeps the other parts', () => {
    const before = { name: { givenName: 'A', familyName: 'B' }, [enterprise]: { division: 'E' } };
    const value = { name: { givenName: 'K' }, [enterprise]: { department: 'D' } };
    expect(patched(before, { op: 'replace', value })).toEqual({
      name: { givenName: 'K', familyName: 'B' },
      [enterprise]: { division: 'E', department: 'D' },
    });
  });

  it.each<[string, Sent, unknown]>([
    [
      'array',
      { op: 'Add', path: 'manager', value: [{ $ref: 'http://x/Users/m', value: 'm' }] },
      { value: 'm', $ref: 'http://x/Users/m' },
    ],
    ['object', { op: 'replace', path: `${enterprise}:manager`, value: { value: 'm' } }, { value: 'm' }],
    ['text', { op: 'add', path: `${enterprise}:manager`, value: 'm' }, { value: 'm' }],
    ['part', { op: 'add', path: `${enterprise}:manager.value`, value: 'm' }, { value: 'm' }],
    ['key', { op: 'add', value: { [`${enterprise}:manager.value`]: 'm' } }, { value: 'm' }],
    ['bare key', { op: 'add', value: { manager: 'm' } }, { value: 'm' }],
  ])('T089 sets the manager: %s', (_form, operation, manager) => {
    expect(patched({}, operation)).toEqual({ [enterprise]: { manager } });
    const former = { [enterprise]: { manager: { value: 'old', $ref: 'http://x/Users/old' }, division: 'E' } };
    expect(patched(former, operation)).toEqual({ [enterprise]: { manager, division: 'E' } });
  });

  it.each<Sent>([
    { op: 'replace', path: `${enterprise}:manager`, value: '' },
    { op: 'remove', path: `${enterprise}:manager`, value: '' },
    { op: 'replace', path: 'manager', value: null },
    { op: 'replace', path: 'manager', value: {} },
    { op: 'replace', path: 'manager', value: { value: '' } },
    { op: 'replace', path: 'manager', value: [] },
    { op: 'replace', path: `${enterprise}:manager.value`, value: '' },
    { op: 'replace', value: { [enterprise]: { manager: '' } } },
    { op: 'remove', path: 'manager.value' },
  ])('T089 %j removes the manager', (operation) => {
    expect(patched({ [enterprise]: { manager: { value: 'm', $ref: 'r' } } }, operation)).toEqual({});
  });

  it('T090 Entra: unwraps a single value', () => {
    expect(patched({}, { op: 'Add', path: 'nickName', value: [{ $ref: null, value: 'Babs' }] })).toEqual({
      nickName: 'Babs',
    });
  });

  it('RFC 7643 §4.3 the displayName of a manager is the server’s to say, and its echo changes nothing', () => {
    const before = { [enterprise]: { manager: { value: 'm' } } };
    for (const value of [{ displayName: 'Boss' }, { value: 'm', displayName: 'Boss' }]) {
      expect(patched(before, { op: 'replace', path: 'manager', value })).toEqual(before);
    }
    expect(patched({}, { op: 'add', path: 'manager', value: { displayName: 'Boss' } })).toEqual({});
  });

  it('T093 replaces userName', () => {
    expect(patch({}, [{ op: 'Replace', path: 'userName', value: 'new' }]).userName).toBe('new');
  });

  it('T101 remove, add and replace of one attribute: the last word counts', () => {
    const path = 'title';
    expect(
      patched(
        { title: 'a' },
        { op: 'remove', path },
        { op: 'add', path, value: 'b' },
        { op: 'replace', path, value: 'c' },
      ),
    ).toEqual({ title: 'c' });
  });

  it('T105 Okta: a password changes nothing and is not even named', () => {
    for (const operation of [
      { op: 'replace', value: { password: 'p' } },
      { op: 'replace', path: 'password', value: 'p' },
    ]) {
      for (const strict of 'path' in operation ? [false, true] : [false]) {
        expect(patch({ title: 't' }, [operation], strict)).toEqual({
          rest: { title: 't' },
          userName: 'ann',
          ignored: [],
          same: true,
        });
      }
    }
  });

  it('Entra: keeps the JSON inside the text of AppRoleAssignmentsComplex as it is', () => {
    const value = '{"id":"1","value":"v","displayName":"d"}';
    expect(patched({}, { op: 'Add', path: 'roles', value: [{ value }] })).toEqual({ roles: [{ value }] });
  });
});

describe('decision 4: attributes that nobody knows', () => {
  it('T100 Entra: must not keep a leaver in', () => {
    const operations = [
      { op: 'Add', path: 'shoeSize', value: '42' },
      { op: 'Add', path: 'shoes[size eq 42].color', value: 'red' },
      { op: 'Add', path: 'name.shoeSize', value: '42' },
      { op: 'Replace', value: { hat: 'h', emails: [{ hat: 'h' }] } },
      { op: 'Replace', path: 'active', value: 'False' },
    ];
    const { rest, ignored } = patch({ active: true }, operations);
    expect(rest).toEqual({ active: false });
    expect(ignored).toEqual(['shoeSize', 'shoes', 'name.shoeSize', 'hat', 'emails.hat']);
    expect(JSON.stringify(ignored)).not.toContain('42');
  });
  it('strict: invalidPath by path, invalidSyntax by key', () => {
    expect(refusal(() => patch({}, [{ op: 'add', path: 'shoeSize', value: '42' }], true)).scimType).toBe(
      'invalidPath',
    );
    expect(refusal(() => patch({}, [{ op: 'add', value: { shoeSize: '42' } }], true)).scimType).toBe(
      'invalidSyntax',
    );
  });
  it('prototype pollution: names of an object’s own are names like any other', () => {
    const operations = [
      { op: 'add', path: '__proto__', value: { polluted: 1 } },
      { op: 'add', path: '__proto__.polluted', value: 1 },
      { op: 'add', path: 'constructor.prototype', value: { polluted: 1 } },
      { op: 'add', path: 'name.__proto__', value: { polluted: 1 } },
      {
        op: 'add',
        value: JSON.parse(
          '{"__proto__":{"polluted":1},"name":{"__proto__":{"polluted":1}},"name.constructor":1}',
        ),
      },
      { op: 'add', path: 'emails[type eq "__proto__"].value', value: '__proto__' },
    ];
    expect(patched({}, ...operations)).toEqual({ emails: [{ type: '__proto__', value: '__proto__' }] });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('strict: "schemas" inside of an extension is no attribute, and no error (scim2-tester)', () => {
  it('changes what stands beside it', () => {
    const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const value = { schemas: [urn], department: 'Sales' };
    for (const strict of [false, true])
      expect(patch({}, [{ op: 'add', path: urn, value }], strict).rest).toEqual({
        [urn]: { department: 'Sales' },
      });
  });
});

describe('strict: an operation without a path is refused (decision 2)', () => {
  it('T080', () => {
    const error = refusal(() => patch({ active: true }, [{ op: 'replace', value: { active: false } }], true));
    expect(error.scimType).toBe('invalidSyntax');
    expect(error.message).toContain('"path"');
    const typed = refusal(() => patch({}, [{ op: 'replace', path: 'active', value: 'False' }], true));
    expect(typed.scimType).toBe('invalidValue');
  });
});

describe('T099 the body of a PATCH', () => {
  const op = { op: 'replace', path: 'title', value: 'x' };
  it.each([
    [null, 'invalidSyntax'],
    [[], 'invalidSyntax'],
    [{ schemas: ['urn:x'], Operations: [op] }, 'invalidSyntax'],
    [{ schemas: patchOp, Operations: [op] }, 'invalidSyntax'],
    [{ schemas: [patchOp] }, 'invalidSyntax'],
    [{ schemas: [patchOp], Operations: [] }, 'invalidSyntax'],
    [{ schemas: [patchOp], Operations: op }, 'invalidSyntax'],
    [{ schemas: [patchOp], Operations: ['x'] }, 'invalidSyntax'],
    [{ schemas: [patchOp], Operations: [{ path: 'title' }] }, 'invalidSyntax'],
    [{ schemas: [patchOp], Operations: [{ ...op, op: 'move' }] }, 'invalidSyntax'],
    [{ schemas: [patchOp], Operations: [{ ...op, op: 5 }] }, 'invalidSyntax'],
    [{ schemas: [patchOp], Operations: [{ ...op, path: 5 }] }, 'invalidPath'],
    [{ schemas: [patchOp], Operations: [{ op: 'add', path: 'title' }] }, 'invalidValue'],
    [{ schemas: [patchOp], Operations: Array.from({ length: 10_001 }, () => op) }, 'invalidValue'],
  ])('%# is refused', (body, scimType) => {
    expect(refusal(() => readPatchBody(body, { strict: false })).scimType).toBe(scimType);
  });
  it('without "schemas" is what its address takes it for, unless strict (authentik)', () => {
    expect(readPatchBody({ Operations: [op] }, { strict: false })).toEqual([op]);
    expect(refusal(() => readPatchBody({ Operations: [op] }, { strict: true })).scimType).toBe(
      'invalidSyntax',
    );
  });
  it('may wrap a resource in an array where there is no path, unless strict (SCIM-SDK)', () => {
    const wrapped = (value: unknown) => ({ schemas: [patchOp], Operations: [{ op: 'replace', value }] });
    expect(readPatchBody(wrapped([{ title: 'x' }]), { strict: false })[0]?.value).toEqual({ title: 'x' });
    expect(
      readPatchBody(wrapped([{ title: 'x' }, { title: 'y' }]), { strict: false })[0]?.value,
    ).toHaveLength(2);
  });
  it('is read in any letter case, also with what Postman adds', () => {
    const body = {
      id: 'g',
      SCHEMAS: [patchOp.toUpperCase()],
      operations: [{ name: 'x', Op: 'ADD', Path: 'title', Value: 'v' }],
    };
    expect(readPatchBody(body, { strict: false })).toEqual([{ op: 'add', path: 'title', value: 'v' }]);
    expect(refusal(() => readPatchBody(body, { strict: true })).scimType).toBe('invalidSyntax');
  });
  it('never reads what an object inherits', () => {
    const operation = Object.create({ op: 'remove', path: 'title' });
    expect(
      refusal(() => readPatchBody({ schemas: [patchOp], Operations: [operation] }, { strict: true }))
        .scimType,
    ).toBe('invalidSyntax');
  });
});

describe('RFC 7644 §3.5.1 what a PUT leaves', () => {
  const current = { userName: 'u', nickName: 'n', emails: [home], active: false, externalId: 'e' };
  it('T102 clears what the body omits', () => {
    expect(replaceAttributes(current, { userName: 'u', active: true })).toEqual({
      userName: 'u',
      active: true,
    });
  });
  it('T082 Okta AIW: without active nobody is brought back or locked out', () => {
    expect(replaceAttributes(current, { userName: 'u' })).toEqual({ userName: 'u', active: false });
    expect(replaceAttributes({ ...current, active: true }, { userName: 'u' })).toEqual({
      userName: 'u',
      active: true,
    });
    expect(replaceAttributes({ displayName: 'G' }, { displayName: 'H' })).toEqual({ displayName: 'H' });
  });
  it('T096 gives the very object back when nothing changes', () => {
    expect(replaceAttributes(current, { ...current })).toBe(current);
  });
});
