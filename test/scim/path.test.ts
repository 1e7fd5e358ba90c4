import { canonicalPath, userSchema } from '../../src/directory/schema.ts';
import { ScimRefusal } from '../../src/scim/errors.ts';
import { parsePath } from '../../src/scim/filter/path.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const parse = (path: string, strict = false) => parsePath(path, userSchema, { strict });

describe('RFC 7644 §3.5.2 reads the path of an operation', () => {
  it.each([
    ['userName', 'userName'],
    ['USERNAME', 'userName'],
    [' title ', 'title'],
    ['name.familyName', 'name.familyName'],
    ['urn:ietf:params:scim:schemas:core:2.0:user:name.GivenName', 'name.givenName'],
    [`${enterprise}:department`, `${enterprise}:department`],
    [`${enterprise}:manager.value`, `${enterprise}:manager.value`],
    ['manager', `${enterprise}:manager`],
    ['externalId', 'externalId'],
    ['meta.created', 'meta.created'],
    ['emails', 'emails'],
  ])('%s', (path, expected) => {
    const target = parse(path);
    if (target.kind !== 'attribute') throw new Error(`${path} was taken for ${target.kind}`);
    expect(canonicalPath(target.found)).toBe(expected);
    expect(target.filter).toBeNull();
  });

  it.each([
    ['addresses[type eq "work"]', 'addresses', 'addresses.type'],
    ['Emails[Type EQ "work"].Value', 'emails.value', 'emails.type'],
    ['emails[type eq work].value', 'emails.value', 'emails.type'],
    ['roles[primary eq "True"].display', 'roles.display', 'roles.primary'],
    [
      'urn:ietf:params:scim:schemas:core:2.0:User:emails[value eq "a]b\\"].x"].type',
      'emails.type',
      'emails.value',
    ],
  ])('%s', (path, attribute, condition) => {
    const target = parse(path);
    if (target.kind !== 'attribute') throw new Error(`${path} was taken for ${target.kind}`);
    expect(canonicalPath(target.found)).toBe(attribute);
    expect(target.filter).toMatchObject({ op: 'eq', attribute: { path: condition } });
  });

  it('tells a bare URN from an attribute', () => {
    expect(parse(enterprise.toUpperCase())).toEqual({ kind: 'schema', urn: enterprise });
  });

  it.each([
    'shoeSize',
    'name.shoeSize',
    'emails[type eq "work"].shoeSize',
    'shoes[size eq 42].color',
    'urn:ietf:params:scim:schemas:extension:Custom:2.0:User:Badge',
    `${enterprise}.manager`,
    '__proto__',
    'constructor',
    'userName.length',
    'password',
  ])('T100 tells %s as unknown, so that the rest of the request can be carried out', (path) => {
    expect(parse(path)).toMatchObject({ kind: 'unknown' });
    expect(parse(path, true)).toMatchObject({ kind: 'unknown' });
  });
});

describe('T099 refuses a malformed path with invalidPath', () => {
  it.each([
    ['emails[', 'not closed'],
    ['emails[type eq "work"', 'not closed'],
    ['emails[type eq "work]', 'not closed'],
    ['emails[type eq "work"]value', 'only ".name" may follow'],
    ['emails[type eq "work"].', 'name one attribute'],
    ['emails[a[b eq "c"]]', 'only ".name" may follow'],
    ['emails[type eq "work"].value.x y', 'name one attribute'],
    ['[type eq "work"]', 'name one attribute'],
    ['name.', 'name one attribute'],
    ['.name', 'name one attribute'],
    ['name..givenName', 'name one attribute'],
    ['user name', 'name one attribute'],
    ['user"name', 'name one attribute'],
    ['emails]', 'name one attribute'],
    [`${enterprise}:`, 'name one attribute'],
    [' ', 'name one attribute'],
    ['title[value eq "x"]', 'leave out the brackets'],
    ['emails.value[type eq "x"]', 'leave out the brackets'],
    ['manager[value eq "x"]', 'leave out the brackets'],
    ['x'.repeat(9000), 'longer than'],
  ])('%s', (path, message) => {
    let error: unknown;
    try {
      parse(path);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ScimRefusal);
    expect(error).toMatchObject({ scimType: 'invalidPath' });
    expect(String(error)).toContain(message);
    expect(String(error).length).toBeLessThan(250);
  });

  it.each(['emails[]', 'emails[type]', 'emails[size eq "1"]', 'emails[type gt]'])(
    'and a bad filter in %s with invalidFilter',
    (path) => {
      expect(() => parse(path)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }));
    },
  );

  it('in no time, however hostile', () => {
    const started = performance.now();
    for (const path of ['['.repeat(8000), `emails[${'"'.repeat(8001)}`, `emails[${'('.repeat(8000)}]`]) {
      expect(() => parse(path)).toThrow(ScimRefusal);
    }
    expect(performance.now() - started).toBeLessThan(250);
  });
});
