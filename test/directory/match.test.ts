import { fold } from '../../src/directory/fold.ts';
import { indexValues } from '../../src/directory/index-values.ts';
import { matches, matchesElement } from '../../src/directory/match.ts';
import { userSchema } from '../../src/directory/schema.ts';
import { parseFilter } from '../../src/scim/filter/parse.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const ann = {
  userName: "Ann.O'Neil@Example.com",
  externalId: 'abc',
  active: true,
  title: 'Émigré',
  name: { givenName: 'Ann', familyName: "O'Neil" },
  emails: [
    { value: 'ann@work', type: 'work', primary: true },
    { value: 'ann@home', type: 'home' },
  ],
  [enterprise]: { department: 'HR', manager: { value: 'm1' } },
};

const holds = (text: string, attributes: Readonly<Record<string, unknown>> = ann) =>
  matches(parseFilter(text, userSchema, { strict: false }), attributes);

describe('RFC 7644 §3.4.2.2 decides whether a person fits', () => {
  it.each([
    [`userName eq "ann.o'neil@EXAMPLE.com"`, true],
    ['externalId eq "abc"', true],
    ['externalId eq "ABC"', false],
    ['title eq "E\u0301MIGRE\u0301"', true],
    ['title sw "ém" and title ew "GRÉ" and title co "mig"', true],
    ['title co "%"', false],
    ['active eq true', true],
    ['active eq false', false],
    ['active ne false', true],
    ['nickName pr', false],
    ['nickName eq null', true],
    ['nickName ne null', false],
    ['title ne null', true],
    ['nickName eq "x"', false],
    ['nickName ne "x"', true],
    ['nickName gt "x" or nickName le "x" or nickName co ""', false],
    ['name pr', true],
    ['emails pr', true],
    ['photos pr', false],
    ['emails.type eq "work" and emails.value eq "ann@home"', true],
    ['emails[type eq "work" and value eq "ann@home"]', false],
    ['emails[type eq "WORK" and value eq "ann@work"]', true],
    ['emails[type eq "work"].value eq "ann@home"', false],
    ['emails[not (type eq "work")]', true],
    ['not (emails.type eq "work")', false],
    ['emails ne "ann@work"', false],
    ['emails ne "nobody"', true],
    ['emails[primary eq "True"].value eq "ann@work"', true],
    ['emails[primary eq false]', false],
    [`${enterprise}:department eq "hr"`, true],
    [`${enterprise}:manager.value eq "m1" and manager eq "m1"`, true],
    ['manager eq "m2"', false],
    ['name.givenName ge "ann" and name.givenName le "ANN"', true],
    ['name.givenName gt "ann" or name.givenName lt "ann"', false],
    ['title eq "x" or userName sw "ann" and active eq true', true],
    ['(title eq "x" or userName sw "ann") and active eq false', false],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it('finds in memory whatever the index of the store finds: the same folding', () => {
    const rows = indexValues(userSchema, ann);
    expect(rows.find(({ path }) => path === 'title')?.value).toBe(fold('É' + 'migré'));
    expect(holds('title eq "ÉMIGRÉ"')).toBe(true);
  });

  it('compares by code point as the bytes of UTF-8 do, not by UTF-16 unit', () => {
    // U+FF5E comes before U+1F600, though its UTF-16 unit is the greater one.
    expect(holds('externalId gt "\uff5e"', { externalId: '\u{1f600}' })).toBe(true);
    expect(holds('externalId lt "\u{1f600}"', { externalId: '\uff5e' })).toBe(true);
    expect(Buffer.compare(Buffer.from('\u{1f600}'), Buffer.from('\uff5e'))).toBe(1);
  });

  it('compares instants, not their spelling', () => {
    const record = { meta: { created: '2026-01-01T00:00:00.000Z' } };
    expect(holds('meta.created eq "2026-01-01T01:00:00+01:00"', record)).toBe(true);
    expect(holds('meta.created gt "2025-12-31T23:59:59.999Z"', record)).toBe(true);
    expect(holds('meta.created gt "2026-01-01T00:00:00Z"', record)).toBe(false);
  });

  it('takes the empty for absent', () => {
    const empty = { title: '', emails: [], name: {}, nickName: null };
    for (const attribute of ['title', 'emails', 'name', 'nickName']) {
      expect(holds(`${attribute} pr`, empty)).toBe(false);
    }
  });

  it('judges one element alone, for the paths of PATCH', () => {
    const filter = parseFilter('emails.type eq "work"', userSchema, { strict: true });
    expect(matchesElement(filter, { type: 'Work' }, 'emails')).toBe(true);
    expect(matchesElement(filter, { type: 'home' }, 'emails')).toBe(false);
    expect(matchesElement(filter, 'work', 'emails')).toBe(false);
    expect(matchesElement(filter, { type: 'work' }, 'ims')).toBe(false);
  });

  it('never looks at what an object inherits', () => {
    const filter = parseFilter('title pr', userSchema, { strict: true });
    expect(matches(filter, Object.create({ title: 'inherited' }))).toBe(false);
  });
});

describe('folding', () => {
  const acute = '\u0301';
  const below = '\u0323';
  it.each<[string, string, string]>([
    ['maps width and case and composes', '\uff21\u0301', '\u00e1'],
    [
      'brings 62 marks into order',
      `b${acute.repeat(31)}${below.repeat(31)}`,
      `\u1e05${below.repeat(30)}${acute.repeat(31)}`,
    ],
  ])('%s', (_title, text, expected) => {
    expect(fold(text)).toBe(expected);
    expect(fold(expected)).toBe(expected);
  });

  it.each<[string, string]>([
    ['marks', `B${acute.repeat(32)}${below.repeat(32)}`],
    ['letters that become marks', `B${'\u0323\uff9e'.repeat(32)}`],
    ['both, somewhere', `\uff21${'x'.repeat(100)}${below.repeat(40)}${'\uff9f'.repeat(40)}\uff21`],
  ])(
    'leaves endless %s as they stand: to order them would take the square of their number',
    (_title, text) => {
      expect(fold(text)).toBe(text.toLowerCase());
      expect(fold(fold(text))).toBe(fold(text));
    },
  );
});
