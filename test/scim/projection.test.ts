import { groupSchema, type ResourceSchema, userSchema } from '../../src/directory/schema.ts';
import { ScimRefusal } from '../../src/scim/errors.ts';
import { project, readProjection } from '../../src/scim/projection.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const core = 'urn:ietf:params:scim:schemas:core:2.0:User';

const ann = {
  schemas: [core, enterprise],
  id: 'u1',
  userName: 'ann',
  name: { givenName: 'Ann', familyName: 'O' },
  emails: [
    { value: 'a@w', type: 'work' },
    { value: 'a@h', type: 'home' },
  ],
  groups: [{ value: 'g1' }],
  [enterprise]: { department: 'HR', manager: { value: 'm', displayName: 'M' } },
  meta: { resourceType: 'User', location: 'https://x/Users/u1' },
};

const asked = (attributes: string) => project(ann, readProjection({ attributes }, userSchema));
const without = (excludedAttributes: string) =>
  project(ann, readProjection({ excludedAttributes }, userSchema));

describe('RFC 7644 §3.9 attributes: the minimum and what was asked for', () => {
  const minimum = { schemas: [core], id: 'u1' };
  it.each([
    ['userName', { ...minimum, userName: 'ann' }],
    ['USERNAME , Name.GIVENNAME', { ...minimum, userName: 'ann', name: { givenName: 'Ann' } }],
    ['name.givenName,name', { ...minimum, name: ann.name }],
    ['name,name.givenName', { ...minimum, name: ann.name }],
    ['emails.value', { ...minimum, emails: [{ value: 'a@w' }, { value: 'a@h' }] }],
    ['emails.display', minimum],
    [`${core}:userName`, { ...minimum, userName: 'ann' }],
    [
      `${enterprise}:department`,
      { ...minimum, schemas: [core, enterprise], [enterprise]: { department: 'HR' } },
    ],
    [
      `${enterprise.toUpperCase()}:MANAGER.value`,
      { ...minimum, schemas: [core, enterprise], [enterprise]: { manager: { value: 'm' } } },
    ],
    [enterprise, { ...minimum, schemas: [core, enterprise], [enterprise]: ann[enterprise] }],
    ['department', { ...minimum, schemas: [core, enterprise], [enterprise]: { department: 'HR' } }],
    ['meta.location', { ...minimum, meta: { location: 'https://x/Users/u1' } }],
    ['shoeSize,__proto__,,constructor', minimum],
    ['id', minimum],
  ])('T074 %s', (names, expected) => {
    expect(asked(names)).toEqual(expected);
  });
});

describe('RFC 7644 §3.9 excludedAttributes: everything but these', () => {
  const { emails: _e, ...noEmails } = ann;
  const { groups: _g, ...noGroups } = ann;
  const { [enterprise]: _x, ...noExtension } = ann;
  it.each([
    ['emails', noEmails],
    ['id,schemas,EMAILS', noEmails],
    ['groups', noGroups],
    ['emails.type', { ...ann, emails: [{ value: 'a@w' }, { value: 'a@h' }] }],
    ['emails.type,emails.value', noEmails],
    [enterprise, { ...noExtension, schemas: [core] }],
    [`${enterprise}:department,${enterprise}:manager`, { ...noExtension, schemas: [core] }],
    [
      `${enterprise}:manager.displayName`,
      { ...ann, [enterprise]: { department: 'HR', manager: { value: 'm' } } },
    ],
    ['shoeSize', ann],
  ])('T074 %s', (names, expected) => {
    expect(without(names)).toEqual(expected);
  });
});

it('gives the very resource back when nothing is asked', () => {
  expect(project(ann, readProjection({}, userSchema))).toBe(ann);
  expect(project(ann, readProjection({ attributes: '', excludedAttributes: ' ' }, userSchema))).toBe(ann);
});

it('never changes the resource', () => {
  const before = structuredClone(ann);
  asked('emails.value');
  without('emails.value,name.givenName');
  expect(ann).toEqual(before);
});

it('T074 refuses both lists at once, because they are mutually exclusive', () => {
  expect(() => readProjection({ attributes: 'userName', excludedAttributes: 'emails' }, userSchema)).toThrow(
    ScimRefusal,
  );
});

it('T003, T117 says whether members or groups must be loaded at all, in any letter case', () => {
  const wants = (query: Parameters<typeof readProjection>[0], name: string) =>
    readProjection(query, groupSchema).wants(name);
  expect(wants({}, 'members')).toBe(true);
  expect(wants({ excludedAttributes: 'Members' }, 'members')).toBe(false);
  expect(
    wants({ excludedAttributes: 'urn:ietf:params:scim:schemas:core:2.0:Group:members' }, 'members'),
  ).toBe(false);
  expect(wants({ excludedAttributes: 'members.display' }, 'members')).toBe(true);
  expect(wants({ attributes: 'displayName' }, 'members')).toBe(false);
  expect(wants({ attributes: 'members.value' }, 'members')).toBe(true);
  expect(wants({ attributes: 'displayName' }, 'id')).toBe(true);
});

it('RFC 7643 §7 "returned": request only on demand, never never', () => {
  const [first, second, ...rest] = userSchema.core.attributes;
  if (!first || !second) throw new Error('the schema is empty');
  const schema: ResourceSchema = {
    ...userSchema,
    core: {
      ...userSchema.core,
      attributes: [
        first,
        { ...second, returned: 'request' },
        { ...first, name: 'secret', returned: 'never' },
        ...rest,
      ],
    },
  };
  const resource = { ...ann, secret: 'x' };
  expect(project(resource, readProjection({}, schema))).not.toHaveProperty('name');
  expect(project(resource, readProjection({}, schema))).not.toHaveProperty('secret');
  expect(project(resource, readProjection({ attributes: 'name,secret' }, schema))).toHaveProperty('name');
  expect(project(resource, readProjection({ attributes: 'name,secret' }, schema))).not.toHaveProperty(
    'secret',
  );
  expect(readProjection({}, schema).wants('name')).toBe(false);
});
