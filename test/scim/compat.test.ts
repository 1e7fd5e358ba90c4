import { groupSchema, type ResourceSchema, userSchema } from '../../src/directory/schema.ts';
import { normalizeResource } from '../../src/scim/compat/compat.ts';
import { keyQuirks, valueQuirks } from '../../src/scim/compat/quirks.ts';
import { core, enterprise, modeUser, refusal } from './support.ts';

const read = (body: unknown, strict = false, schema: ResourceSchema = userSchema) =>
  normalizeResource(body, schema, { strict });
const attributesOf = (body: object) => read({ userName: 'u', ...body }).attributes;

describe('what the documented bodies of known clients come to', () => {
  it('T037 Entra: the create of the documentation, values as sent', () => {
    const { attributes, externalId, active, ignored } = read({
      schemas: [core, enterprise],
      externalId: '0a21f0f2',
      userName: 'Test_User_00aa',
      active: true,
      emails: [{ primary: true, type: 'work', value: 'Test_User@testuser.com' }],
      meta: { resourceType: 'User' },
      name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
      roles: [],
    });
    expect(attributes).toEqual({
      externalId: '0a21f0f2',
      userName: 'Test_User_00aa',
      active: true,
      emails: [{ primary: true, type: 'work', value: 'Test_User@testuser.com' }],
      name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
    });
    expect({ externalId, active, ignored }).toEqual({ externalId: '0a21f0f2', active: true, ignored: [] });
  });

  it('T038 Entra: nulls are no values, and a mistyped URN harms nothing', () => {
    const { attributes, ignored } = read({
      schemas: [core, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0User'],
      externalId: 'jyoung',
      userName: 'jyoung@testuser.com',
      addresses: null,
      emails: [{ type: 'work', value: 'jyoung@Contoso.com', primary: true }],
      phoneNumbers: null,
      title: null,
      department: null,
      manager: null,
    });
    expect(attributes).toEqual({
      externalId: 'jyoung',
      userName: 'jyoung@testuser.com',
      emails: [{ type: 'work', value: 'jyoung@Contoso.com', primary: true }],
    });
    expect(ignored).toEqual([]);
  });

  it('T039 Okta: the password it always sends leaves no trace, not even its name', () => {
    const outcome = read({
      userName: 'u',
      password: '1mz050nq',
      groups: [],
      locale: 'en-US',
      externalId: '00u',
    });
    expect(JSON.stringify(outcome)).not.toMatch(/password|1mz050nq|groups/);
    expect(outcome.attributes).toEqual({ userName: 'u', locale: 'en-US', externalId: '00u' });
  });

  it('T041 validator: "True" becomes true, everything else stays as it came', () => {
    expect(
      attributesOf({
        roles: [{ primary: 'True', display: 'd', value: 'v', type: 't' }],
        addresses: [{ country: 'Belize', type: 'work' }],
        phoneNumbers: [{ value: '56-357-7743', type: 'mobile' }],
        profileUrl: 'QWERTZ',
        photos: [{ value: '/me.png' }],
        [enterprise]: { manager: { value: 'no-such-user' } },
      }),
    ).toEqual({
      userName: 'u',
      roles: [{ primary: true, display: 'd', value: 'v', type: 't' }],
      addresses: [{ country: 'Belize', type: 'work' }],
      phoneNumbers: [{ value: '56-357-7743', type: 'mobile' }],
      profileUrl: 'QWERTZ',
      photos: [{ value: '/me.png' }],
      [enterprise]: { manager: { value: 'no-such-user' } },
    });
  });

  it('T042 OneLogin: schemas of version 1, null id, active as text, managerId', () => {
    const { attributes, active } = read({
      schemas: ['urn:scim:schemas:core:1.0'],
      id: null,
      userName: 'u',
      active: 'true',
      [enterprise]: { manager: { managerId: 'm' } },
    });
    expect(active).toBe(true);
    expect(attributes).toEqual({ userName: 'u', active: true, [enterprise]: { manager: { value: 'm' } } });
  });

  it('T115 Entra: a group with the ADSCIM schema and a meta of its own', () => {
    const body = {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:Group',
        'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
      ],
      externalId: 'g1',
      displayName: 'Sales',
      meta: { resourceType: 'Group' },
      members: [{ value: 'u1' }],
    };
    const outcome = read(body, false, groupSchema);
    expect(outcome.attributes).toEqual({ externalId: 'g1', displayName: 'Sales' });
    expect(outcome.ignored).toEqual([]);
  });
});

describe('decision 5: every spelling of manager', () => {
  it.each([
    ['text', 'm1'],
    ['object', { value: 'm1' }],
    ['array of one', [{ value: 'm1', $ref: null }]],
    ['array of text', ['m1']],
    ['odd letter case', { VALUE: 'm1', DisplayName: 'ignored: the server says it' }],
  ])('%s', (_name, manager) => {
    const expected = { userName: 'u', [enterprise]: { manager: { value: 'm1' } } };
    expect(attributesOf({ manager })).toEqual(expected);
    expect(attributesOf({ [enterprise]: { manager } })).toEqual(expected);
    expect(attributesOf({ [`${enterprise}:manager`]: manager })).toEqual(expected);
  });

  it.each([[''], [null], [[]], [{}], [{ value: '' }], [{ value: null, $ref: 'x' }], [[{ value: '' }]]])(
    'no manager: %j',
    (manager) => {
      expect(attributesOf({ manager })).toEqual({ userName: 'u' });
    },
  );
});

describe('RFC 7643 §2 names and values', () => {
  it('T048 names in any letter case come out as the schema writes them', () => {
    expect(
      read({
        USERNAME: 'u',
        Emails: [{ VALUE: 'a@b', Type: 'work' }],
        NAME: { givenname: 'A' },
        [enterprise.toUpperCase()]: { DEPARTMENT: 'D' },
      }).attributes,
    ).toEqual({
      userName: 'u',
      emails: [{ value: 'a@b', type: 'work' }],
      name: { givenName: 'A' },
      [enterprise]: { department: 'D' },
    });
  });

  it.each([
    ['title', ''],
    ['title', null],
    ['emails', []],
    ['emails', [null]],
    ['emails', [{}]],
    ['emails', [{ value: '', type: 'work', primary: true }]],
    ['name', {}],
    ['name', { givenName: '', familyName: null }],
    [enterprise, {}],
    [enterprise, { department: '' }],
    [enterprise, null],
  ])('§2.5 unassigned: %s %j is no value (Okta C9337 pushes empty values)', (name, value) => {
    expect(attributesOf({ [name]: value })).toEqual({ userName: 'u' });
  });

  it('keeps an element that only has labels when nothing of it was emptied', () => {
    expect(attributesOf({ roles: [{ primary: 'True', display: 'Admin' }] })).toMatchObject({
      roles: [{ primary: true, display: 'Admin' }],
    });
  });

  it('never turns text into a boolean where text is meant', () => {
    expect(attributesOf({ title: 'True', nickName: 'false' })).toMatchObject({
      title: 'True',
      nickName: 'false',
    });
  });

  it('T090 unwraps a single value from its array, also from {value}', () => {
    expect(
      attributesOf({ nickName: [{ $ref: null, value: 'Babs' }], title: ['T'], active: ['True'] }),
    ).toMatchObject({
      nickName: 'Babs',
      title: 'T',
      active: true,
    });
  });

  it('takes one value of many without its array', () => {
    expect(attributesOf({ emails: { value: 'a@b' }, roles: 'admin' })).toMatchObject({
      emails: [{ value: 'a@b' }],
      roles: [{ value: 'admin' }],
    });
  });

  it('joins nested, dotted and URN-qualified names of one attribute', () => {
    expect(
      attributesOf({
        name: { givenName: 'A' },
        'name.familyName': 'B',
        [`${core}:name.middleName`]: 'C',
        'emails.value': 'a@b',
        [`${enterprise}:department`]: 'D',
        [enterprise]: { division: 'E' },
      }),
    ).toMatchObject({
      name: { givenName: 'A', familyName: 'B', middleName: 'C' },
      emails: [{ value: 'a@b' }],
      [enterprise]: { department: 'D', division: 'E' },
    });
  });

  it('T043, T102 drops what only the server may say', () => {
    const { attributes, ignored } = read({
      userName: 'u',
      id: 'someone-else',
      ID: 'someone-else',
      meta: { created: '1970-01-01T00:00:00Z' },
      groups: [{ value: 'admins' }],
      [modeUser]: { admin: true },
      [`${modeUser}:admin`]: true,
      admin: true,
    });
    expect(attributes).toEqual({ userName: 'u' });
    // Without its URN it may be anything.
    expect(ignored).toEqual(['admin']);
  });

  it('T045, T082 says nothing of active when the client does not', () => {
    expect(read({ userName: 'u' }).active).toBeUndefined();
    expect(read({ userName: 'u', active: null }).active).toBeUndefined();
    expect(read({ userName: 'u', active: 'FALSE' }).active).toBe(false);
    expect(read({ userName: 'u' }).externalId).toBeNull();
  });
});

describe('decision 4: what no schema knows', () => {
  it('T047 is dropped and its name noted, never its value', () => {
    const { attributes, ignored } = read({
      userName: 'u',
      shoeSize: 'secret',
      'urn:okta:custom:1.0:user': { badge: 'secret' },
      'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:CustomAttribute': 'secret',
      emails: [{ value: 'a@b', shoeSize: 'secret' }],
      [enterprise]: { badge: 'secret', department: 'D' },
    });
    expect(attributes).toEqual({
      userName: 'u',
      emails: [{ value: 'a@b' }],
      [enterprise]: { department: 'D' },
    });
    expect(ignored).toEqual([
      'shoeSize',
      'urn:okta:custom:1.0:user',
      'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:CustomAttribute',
      'emails.shoeSize',
      `${enterprise}:badge`,
    ]);
  });

  it('T047 prototype pollution: __proto__, constructor and prototype are names like any other', () => {
    const hostile = JSON.parse(
      `{"userName":"u","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":1,
        "name":{"__proto__":{"polluted":1},"givenName":"A"},"emails":[{"__proto__":{"polluted":1},"value":"a"}],
        "${enterprise}":{"__proto__":{"polluted":1},"department":"D","constructor":{"prototype":{"polluted":1}}},
        "__proto__.polluted":1,"name.__proto__":{"polluted":1}}`,
    );
    const { attributes, ignored } = read(hostile);
    expect(attributes).toEqual({
      userName: 'u',
      name: { givenName: 'A' },
      emails: [{ value: 'a' }],
      [enterprise]: { department: 'D' },
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(attributes['name'])).toBe(Object.prototype);
    expect(ignored).toContain('__proto__');
    expect(ignored).toContain('constructor');
  });

  it('notes a hundred names at most, each cut short', () => {
    const body = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x${i}${'y'.repeat(500)}`, 1]));
    const { ignored } = read({ userName: 'u', ...body });
    expect(ignored).toHaveLength(100);
    expect(Math.max(...ignored.map((name) => name.length))).toBe(100);
  });
});

describe('a strict connection gets the RFC', () => {
  const strict = (body: object) => read({ schemas: [core], ...body }, true);
  it('accepts what the RFC describes', () => {
    const body = {
      userName: 'u',
      password: 'p',
      id: 'x',
      groups: [],
      emails: [{ value: 'a' }],
      [enterprise]: { manager: { value: 'm' } },
    };
    expect(strict({ ...body, schemas: [core, enterprise] }).attributes).toEqual({
      userName: 'u',
      emails: [{ value: 'a' }],
      [enterprise]: { manager: { value: 'm' } },
    });
  });
  it.each([
    ['an unknown attribute', { userName: 'u', shoeSize: 1 }, 'invalidSyntax', 'shoeSize'],
    ['an unknown part', { userName: 'u', emails: [{ size: 1 }] }, 'invalidSyntax', 'emails.size'],
    ['__proto__', JSON.parse('{"userName":"u","__proto__":1}'), 'invalidSyntax', '__proto__'],
    ['an unknown extension', { userName: 'u', 'urn:x:y': {} }, 'invalidSyntax', 'urn:x:y'],
    ['an unknown schema', { userName: 'u', schemas: [core, 'urn:x:y'] }, 'invalidSyntax', 'urn:x:y'],
    ['no schemas', { userName: 'u', schemas: undefined }, 'invalidSyntax', 'schemas'],
    ['a bare manager', { userName: 'u', manager: 'm' }, 'invalidSyntax', 'manager'],
    ['a dotted name', { userName: 'u', 'name.givenName': 'A' }, 'invalidSyntax', 'name.givenName'],
    ['active as text', { userName: 'u', active: 'True' }, 'invalidValue', 'active'],
    ['manager as text', { userName: 'u', [enterprise]: { manager: 'm' } }, 'invalidValue', 'manager'],
    ['one address without its array', { userName: 'u', emails: { value: 'a' } }, 'invalidValue', 'emails'],
    ['a single value in an array', { userName: 'u', title: ['T'] }, 'invalidValue', 'title'],
  ])('T047 refuses %s', (_name, body, scimType, named) => {
    const error = refusal(() => strict(body));
    expect(error.scimType).toBe(scimType);
    expect(error.message).toContain(named);
  });
});

describe('bodies that are no resource', () => {
  it.each([[null], [undefined], ['text'], [5], [[{ userName: 'u' }]]])('%j is invalidSyntax', (body) => {
    expect(refusal(() => read(body)).scimType).toBe('invalidSyntax');
  });
  it('an extension that is no object is invalidValue', () => {
    const error = refusal(() => read({ userName: 'u', [enterprise]: 'HR' }));
    expect([error.scimType, error.message]).toEqual(['invalidValue', expect.stringContaining(enterprise)]);
  });
});

it('rule 11: every quirk has a name, a client and its evidence, and the names are unique', () => {
  const quirks = [...valueQuirks, ...keyQuirks];
  for (const quirk of quirks) {
    expect(quirk.client).not.toBe('');
    expect(quirk.evidence).toMatch(/§|decision/);
  }
  expect(new Set(quirks.map(({ name }) => name)).size).toBe(quirks.length);
});
