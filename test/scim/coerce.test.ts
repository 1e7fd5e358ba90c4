import type { Attributes } from '../../src/directory/model.ts';
import { groupSchema, userSchema } from '../../src/directory/schema.ts';
import { coerceResource } from '../../src/scim/compat/coerce.ts';
import { enterprise, refusal } from './support.ts';

const coerce = (attributes: Attributes) => coerceResource(attributes, userSchema);

const everything: Attributes = {
  externalId: ' x ',
  userName: 'jürgen+test@例え.jp',
  name: {
    formatted: 'F',
    familyName: 'f',
    givenName: 'g',
    middleName: 'm',
    honorificPrefix: 'p',
    honorificSuffix: 's',
  },
  displayName: '😀 "quoted" \\ back',
  nickName: '',
  profileUrl: 'not a url',
  title: ' T ',
  locale: 'xx',
  active: false,
  emails: [
    { value: 'A@b', type: 'personal', primary: true },
    { value: 'A@b', type: 'work', primary: false },
  ],
  phoneNumbers: [{ value: '55555555555', type: 'work' }],
  ims: [{ value: 'i', type: 'icq' }],
  photos: [{ value: '../relative', type: 'photo' }],
  addresses: [
    {
      formatted: 'a\nb',
      streetAddress: 's',
      locality: 'l',
      region: 'r',
      postalCode: 'p',
      country: 'Belize',
      type: 'work',
    },
  ],
  entitlements: [{ value: '1' }],
  roles: [{ value: '{"id":"…"}', type: 'WindowsAzureActiveDirectoryRole', primary: true }],
  x509Certificates: [{ value: 'MIIB\nx==' }],
  [enterprise]: { employeeNumber: '007', costCenter: 'c', manager: { value: 'm', $ref: '../Users/m' } },
};

it('§1.2 rule 2: every value comes back exactly as it was sent, and nothing is added', () => {
  expect(coerce(everything)).toStrictEqual(everything);
});

it('gives plain, thawed JSON that a store can keep, and leaves its input alone', () => {
  const before = structuredClone(everything);
  const after = coerce(everything) as Record<string, unknown>;
  expect(everything).toStrictEqual(before);
  expect(structuredClone(after)).toStrictEqual(after);
  expect(Object.isFrozen(after['name'])).toBe(false);
  expect(Object.getPrototypeOf(after['emails'])).toBe(Array.prototype);
});

it('SCIMMY is never made to coerce members or what only the server says', () => {
  expect(coerceResource({ displayName: 'G', members: [{ value: 5 }], externalId: 'e' }, groupSchema)).toEqual(
    {
      displayName: 'G',
      externalId: 'e',
    },
  );
});

describe('T044 the required must be there', () => {
  it.each([[{}], [{ userName: '' }], [{ userName: ' \t ' }], [{ userName: null }]])(
    '%j names userName',
    (attributes) => {
      const error = refusal(() => coerce(attributes));
      expect([error.scimType, error.message]).toEqual([
        'invalidValue',
        expect.stringContaining('"userName" is required'),
      ]);
    },
  );
  it('a group needs its displayName', () => {
    expect(refusal(() => coerceResource({ displayName: ' ' }, groupSchema)).message).toContain(
      '"displayName"',
    );
  });
});

describe('a wrong type is refused with the name of the attribute and the type it needs', () => {
  it.each([
    [{ userName: 5 }, '"userName" must be of type string, not number'],
    [{ title: true }, '"title" must be of type string, not boolean'],
    [{ title: ['a'] }, '"title" holds one value; send it without an array'],
    [{ active: 'maybe' }, '"active" must be of type boolean, not string'],
    [{ name: 'Ann' }, '"name" must be an object'],
    [{ name: { givenName: {} } }, '"name.givenName" must be of type string, not complex'],
    [{ name: { givenName: ['a'] } }, '"name.givenName" holds one value'],
    [{ emails: 'a@b' }, '"emails" must be an array'],
    [{ emails: ['a@b'] }, '"emails" must be an object'],
    [{ emails: [{ value: 5 }] }, '"emails.value" must be of type string, not number'],
    [{ emails: [{ primary: 'yes' }] }, '"emails.primary" must be of type boolean, not string'],
    [{ photos: [{ value: 5 }] }, '"photos.value" must be of type string, not number'],
    [{ x509Certificates: [{ value: 5 }] }, '"x509Certificates.value" must be base64'],
    [{ [enterprise]: { department: 5 } }, '"department" must be of type string, not number'],
    [{ [enterprise]: { manager: 'm' } }, '"manager" must be an object'],
    [{ [enterprise]: { manager: { value: 5 } } }, '"manager.value" must be of type string, not number'],
    [{ externalId: 5 }, '"externalId" must be of type string, not number'],
  ])('%j', (attributes, message) => {
    const error = refusal(() => coerce({ userName: 'u', ...attributes }));
    expect(error.scimType).toBe('invalidValue');
    expect(error.message).toContain(message);
  });
});

it('T049 refuses two primary addresses (RFC 7643 §2.4)', () => {
  const emails = [
    { value: 'a', primary: true },
    { value: 'b', primary: true },
  ];
  expect(refusal(() => coerce({ userName: 'u', emails })).message).toContain('"emails" has 2 primary values');
});

it('RFC 7643 §2.4 keeps identical values once, and different ones of one type all', () => {
  const work = { value: 'a', type: 'work' };
  expect(coerce({ userName: 'u', emails: [work, { ...work }, { value: 'b', type: 'work' }] })).toEqual({
    userName: 'u',
    emails: [work, { value: 'b', type: 'work' }],
  });
});

describe('text that no database keeps is refused, naming where it stands', () => {
  it.each([
    [{ userName: 'a\0' }, '"userName" holds a NUL'],
    [{ title: '\ud800' }, '"title" holds half a surrogate pair'],
    [{ name: { givenName: '\udfff' } }, '"name.givenName" holds half'],
    [{ emails: [{ value: 'a\0' }] }, '"emails.value" holds a NUL'],
    [{ [enterprise]: { department: '\0' } }, ':department" holds a NUL'],
    [{ title: 'x'.repeat(65_537) }, '"title" is longer than 65536 characters'],
    [
      { emails: Array.from({ length: 1001 }, (_, i) => ({ value: `${i}` })) },
      '"emails" has more than 1000 values',
    ],
  ])('%#', (attributes, message) => {
    expect(refusal(() => coerce({ userName: 'u', ...attributes })).message).toContain(message);
  });
  it('but keeps 65,536 characters and any emoji', () => {
    expect(coerce({ userName: 'u', title: 'x'.repeat(65_536), nickName: '👩‍👩‍👧' })).toMatchObject({
      nickName: '👩‍👩‍👧',
    });
  });
});

it('a bug in our own code is not reported as the client’s fault', () => {
  const broken = {
    userName: 'u',
    get title(): string {
      throw new TypeError('undefined is not a function');
    },
  };
  expect(() => coerce(broken)).toThrow(TypeError);
});
