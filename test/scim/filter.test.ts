import type { Filter } from '../../src/directory/query.ts';
import { groupSchema, type ResourceSchema, userSchema } from '../../src/directory/schema.ts';
import { parseFilter } from '../../src/scim/filter/parse.ts';
import { refusal } from './support.ts';

const parse = (text: string, strict = false, schema: ResourceSchema = userSchema) =>
  parseFilter(text, schema, { strict });

/** The tree in a form short enough for a table. */
const sketch = (filter: Filter): string => {
  switch (filter.op) {
    case 'and':
    case 'or':
      return `(${filter.of.map(sketch).join(` ${filter.op} `)})`;
    case 'not':
      return `not${sketch(filter.of)}`;
    case 'pr':
      return `${filter.attribute.path} pr`;
    case 'element':
      return `${filter.attribute.path}[${sketch(filter.of)}]`;
    default:
      return `${filter.attribute.path} ${filter.op} ${JSON.stringify(filter.value)}`;
  }
};

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('RFC 7644 §3.4.2.2 reads a filter as the standard means it', () => {
  it.each([
    ['userName eq "bjensen"', 'userName eq "bjensen"'],
    [`name.familyName co "O'Malley"`, `name.familyName co "O'Malley"`],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"', 'userName sw "J"'],
    ['title pr', 'title pr'],
    ['title pr and userType eq "Employee"', '(title pr and userType eq "Employee")'],
    ['title pr or userType eq "Intern"', '(title pr or userType eq "Intern")'],
    [`schemas eq "${enterprise}"`, `schemas eq "${enterprise}"`],
    [
      'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
      '(userType eq "Employee" and (emails.value co "example.com" or emails.value co "example.org"))',
    ],
    [
      'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")',
      '(userType ne "Employee" and not(emails.value co "example.com" or emails.value co "example.org"))',
    ],
    [
      'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
      '(emails[(emails.type eq "work" and emails.value co "@example.com")] or ims[(ims.type eq "xmpp" and ims.value co "@foo.com")])',
    ],
    // T060: not before and before or.
    [
      'userName eq "1" or title eq "2" and nickName eq "3"',
      '(userName eq "1" or (title eq "2" and nickName eq "3"))',
    ],
    [
      '(userName eq "1" or title eq "2") and nickName pr',
      '((userName eq "1" or title eq "2") and nickName pr)',
    ],
    ['not (title pr) and nickName pr', '(nottitle pr and nickName pr)'],
    ['not(title pr)', 'nottitle pr'],
    // n-ary, flattened.
    ['(title pr and (nickName pr and locale pr))', '(title pr and nickName pr and locale pr)'],
    // T055: operators and names in any letter case.
    ['USERNAME Eq "x"', 'userName eq "x"'],
    ['userName EQ "x" AND NOT (title PR)', '(userName eq "x" and nottitle pr)'],
    // T061, T064.
    ['active eq true', 'active eq true'],
    ['title eq null', 'title eq null'],
    [`${enterprise.toUpperCase()}:DEPARTMENT eq "HR"`, `${enterprise}:department eq "HR"`],
    [`${enterprise}:manager.value eq "m"`, `${enterprise}:manager.value eq "m"`],
    [
      'emails[not (type eq "work") or primary eq true]',
      'emails[(notemails.type eq "work" or emails.primary eq true)]',
    ],
    ['emails pr', 'emails pr'],
    ['name[givenName eq "Ann"]', 'name.givenName eq "Ann"'],
    ['title ge "a" and title lt "b"', '(title ge "a" and title lt "b")'],
    // RFC 7644 §3.5.2.2 prints `value eq"…"` without a blank.
    ['userName eq"x"', 'userName eq "x"'],
  ])('%s', (text, expected) => {
    expect(sketch(parse(text))).toBe(expected);
  });

  it('T057 Entra: type and value of emails[type eq "work"].value must belong to one address', () => {
    expect(sketch(parse('emails[type eq "work"].value eq "a@b"'))).toBe(
      'emails[(emails.type eq "work" and emails.value eq "a@b")]',
    );
  });

  it('T057, T058, T127 takes a bare emails, manager or members for its value', () => {
    expect(sketch(parse('emails eq "a@b"'))).toBe('emails.value eq "a@b"');
    expect(sketch(parse('id eq "U" and manager eq "M"'))).toBe(
      `(id eq "U" and ${enterprise}:manager.value eq "M")`,
    );
    expect(sketch(parse('members eq "u1"', false, groupSchema))).toBe('members.value eq "u1"');
    expect(sketch(parse('members[value eq "u1"]', false, groupSchema))).toBe(
      'members[members.value eq "u1"]',
    );
  });

  it('carries what is needed to compare: type, letter case, and whether there are several values', () => {
    expect(parse('externalId eq "ABC"')).toMatchObject({
      attribute: { caseExact: true, multiValued: false },
    });
    expect(parse('emails.value eq "A"')).toMatchObject({
      attribute: { caseExact: false, multiValued: true },
    });
    expect(parse('meta.created pr')).toMatchObject({ attribute: { type: 'dateTime' } });
  });

  it.each([
    ['"a\\"b"', 'a"b'],
    ['"a\\\\b"', 'a\\b'],
    ['"\\u00e9"', 'é'],
    ['"é ✓ 例え"', 'é ✓ 例え'],
    [`"'; DROP TABLE users --"`, `'; DROP TABLE users --`],
    ['"100%_"', '100%_'],
    ['"a ) or ] and ( b"', 'a ) or ] and ( b'],
    ['"true"', 'true'],
    ['""', ''],
  ])('T065 takes the literal %s as written', (literal, value) => {
    expect(parse(`displayName eq ${literal}`)).toMatchObject({ value });
  });

  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2015-10-10T14:38:21.8617979-07:00', '2015-10-10T21:38:21.861Z'],
    ['2026-01-01T00:00:00', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T02:00:00 02:00', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
  ])('T061 reads the instant %s', (written, instant) => {
    expect(parse(`meta.lastModified gt "${written}"`)).toMatchObject({ op: 'gt', value: instant });
  });
});

describe('known clients deviate from the grammar', () => {
  it.each([
    ['externalId eq jyoung', 'externalId eq "jyoung"'],
    ["userName eq ann.o'neil@example.com", `userName eq "ann.o'neil@example.com"`],
    ['emails[type eq work].value eq a@b', 'emails[(emails.type eq "work" and emails.value eq "a@b")]'],
    ['meta.Created gt 2015-10-10T14:38:21.8617979-07:00', 'meta.created gt "2015-10-10T21:38:21.861Z"'],
    [
      'name.FamilyName eq Employee and (emails.Value co example.com or emails.Value co example.org)',
      '(name.familyName eq "Employee" and (emails.value co "example.com" or emails.value co "example.org"))',
    ],
  ])('T056 Entra: accepts the unquoted value in %s', (text, expected) => {
    expect(sketch(parse(text))).toBe(expected);
    expect(refusal(() => parse(text, true)).message).toContain('double quotes');
  });

  it.each(['"True"', '"false"', 'True'])('decision 3: accepts %s for a boolean, unless strict', (literal) => {
    const text = `roles[primary eq ${literal}]`;
    expect(parse(text)).toMatchObject({ of: { value: literal.toLowerCase().includes('true') } });
    expect(refusal(() => parse(text, true)).scimType).toBe('invalidFilter');
  });

  it('takes null for "no value" also where the type is boolean', () => {
    expect(parse('active ne null', true)).toMatchObject({ op: 'ne', value: null });
  });
});

describe('T062, T063 a filter that is not understood is refused with invalidFilter, and says what and where', () => {
  it.each([
    ['userName regex "x"', 'position 10: the operator "regex" is not supported'],
    ['userName eq', 'lacks the value'],
    ['userName eq and title pr', 'lacks the value'],
    ['userName', 'an operator such as eq must follow userName, not the end of the filter'],
    ['userName "x"', 'an operator such as eq must follow userName'],
    ['', 'an attribute name is expected'],
    ['()', 'an attribute name is expected'],
    ['eq "x"', 'no attribute "eq"'],
    ['and', 'no attribute "and"'],
    ['userName eq "x" and', 'an attribute name is expected'],
    ['userName eq "x" or or title pr', 'no attribute "or"'],
    ['userName eq "x" title pr', '"title" does not belong here'],
    ['userName eq x y', '"y" does not belong here'],
    ['userName eq "x")', 'does not belong here'],
    ['(userName eq "x"', '")" is expected, not the end of the filter'],
    ['emails[type eq "work"', '"]" is expected'],
    ['emails[]', 'an attribute name is expected'],
    ['emails[type eq "work"] .value eq "x"', '".value" does not belong here'],
    ['[type eq "x"]', 'an attribute name is expected'],
    ['userName eq "x', 'not closed with a double quote'],
    ['userName eq "\\x"', 'unknown escape'],
    ["userName eq 'ann'", 'double quotes'],
    ['not title pr', '"(" is expected'],
    ['active gt true', 'active is of type boolean and cannot be compared by gt'],
    ['active co "t"', 'active is of type boolean'],
    ['active eq "yes"', 'active is compared with true or false'],
    ['x509Certificates.value gt "a"', 'type binary'],
    ['meta.created sw "2026"', 'type dateTime'],
    ['meta.created gt "yesterday"', 'date and time'],
    ['meta.created gt "2026-02-30T00:00:00Z"', 'date and time'],
    ['meta.created gt "2026-01-01T25:00:00Z"', 'date and time'],
    ['title gt null', 'null can be compared by eq and ne'],
    ['shoeSize eq "42"', 'a User has no attribute "shoeSize"'],
    ['password eq "x"', 'no attribute "password"'],
    ['emails[shoeSize eq 1]', 'emails has no attribute "shoeSize"'],
    ['emails[type eq "work"].size eq "1"', 'no attribute "size"'],
    ['__proto__ pr', 'no attribute "__proto__"'],
    ['constructor.name eq "x"', 'no attribute "constructor.name"'],
    ['name eq "Ann"', 'name has parts; name one of them'],
    ['addresses eq "x"', 'addresses has parts'],
    ['userName[value eq "x"]', 'no parts that could stand in brackets'],
    ['emails.value[value eq "x"]', 'no parts that could stand in brackets'],
    ['emails[type eq "a" and emails[type eq "b"]]', 'no attribute "emails"'],
    ['userName eq "a\0b"', 'control character|NUL'],
    ['userName eq "a\\u0000b"', 'NUL'],
    ['userName eq "\\ud800"', 'surrogate'],
    ['userName\neq "x"', 'control character'],
    ['userName eq "x"\u0000', 'control character'],
  ])('%j', (text, message) => {
    const { scimType, message: said } = refusal(() => parse(text));
    expect(scimType).toBe('invalidFilter');
    expect(said).toMatch(new RegExp(message.replace(/[.()[\]]/g, '\\$&')));
    expect(said).toMatch(/position \d+/);
  });

  it('does not repeat long text of the client', () => {
    expect(refusal(() => parse(`${'x'.repeat(5000)} eq "1"`)).message.length).toBeLessThan(200);
  });
});

describe('T066 a hostile filter costs nothing', () => {
  const terms = (count: number) => Array.from({ length: count }, (_, i) => `title eq "${i}"`).join(' or ');
  it.each([
    ['100 KB of text', `userName eq "${'a'.repeat(100_000)}"`, '8192 characters'],
    ['5,000 parentheses', `${'('.repeat(5000)}title pr${')'.repeat(5000)}`, '8192 characters'],
    ['4,000 parentheses', '('.repeat(4000), 'nested more than 50 deep'],
    ['51 parentheses', `${'('.repeat(51)}title pr${')'.repeat(51)}`, 'nested more than 50 deep'],
    ['51 nots', `${'not('.repeat(51)}title pr${')'.repeat(51)}`, 'nested more than 50 deep'],
    ['10,000 terms', terms(10_000), '8192 characters'],
    [
      '501 short terms',
      Array.from({ length: 501 }, () => 'title pr').join(' or '),
      'more than 500 comparisons',
    ],
    ['8,000 backslashes', `title eq "${'\\'.repeat(8000)}`, 'not closed'],
    ['8,000 newlines', `title eq "${'\n'.repeat(8000)}`, 'not closed'],
    ['8,000 blanks', ' '.repeat(8000), 'an attribute name is expected'],
  ])('%s', (_name, text, message) => {
    const started = performance.now();
    expect(refusal(() => parse(text)).message).toContain(message);
    expect(performance.now() - started).toBeLessThan(250);
  });

  it('reads 500 comparisons and 50 levels', () => {
    const many = parse(Array.from({ length: 500 }, () => 'title pr').join(' or '));
    expect(many).toMatchObject({ op: 'or' });
    expect(sketch(parse(`${'('.repeat(50)}title pr${')'.repeat(50)}`))).toBe('title pr');
  });
});
