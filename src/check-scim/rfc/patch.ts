/** What add, remove and replace do (RFC 7644 §3.5.2.1 to §3.5.2.3; T096, T097). */
import { tableOf } from '../check.ts';
import type { Context, Resource } from '../context.ts';
import { arrayOf, CORE_USER, dig, elementsWith, equals, isAbsent } from '../expect.ts';
import { patched } from '../steps.ts';

const withTwoAddresses = (context: Context): Promise<Resource> => {
  const [work, home] = [context.name('work'), context.name('home')].map((name) => `${name}@example.com`);
  return context.person({
    emails: [
      { type: 'work', value: work, primary: true },
      { type: 'home', value: home },
    ],
  });
};

const valueAt = (resource: Resource, index: number): unknown => dig(resource.sent, 'emails', index, 'value');

const shared = {
  level: 'must',
  profiles: ['rfc'],
  needs: ['patch'],
} as const;

const adding = tableOf(
  {
    ...shared,
    source: 'RFC 7644 §3.5.2.1',
    remedy: 'add keeps what is there: it appends to many values and merges into a complex one.',
  },
  [
    {
      id: 'rfc7644-3.5.2.1-append',
      title: 'add to a multi-valued attribute keeps the values that are there.',
      run: async (context) => {
        const person = await context.person();
        const value = [{ type: 'home', value: `${context.name('added')}@example.com` }];
        const answer = await patched(context, person, { op: 'add', path: 'emails', value });
        equals(answer, arrayOf(dig(answer.body, 'emails')).length, 2, 'the number of emails');
      },
    },
    {
      id: 'rfc7644-3.5.2.1-merge',
      title: 'add to a complex attribute sets the parts that are named and keeps the others.',
      run: async (context) => {
        const person = await context.person();
        const answer = await patched(context, person, {
          op: 'add',
          path: 'name',
          value: { givenName: 'Added' },
        });
        equals(answer, dig(answer.body, 'name', 'givenName'), 'Added', 'name.givenName');
        equals(answer, dig(answer.body, 'name', 'familyName'), 'Scim', 'name.familyName');
      },
    },
    {
      id: 'T096',
      title: 'add of a value that is there already changes nothing, lastModified included.',
      run: async (context) => {
        const person = await withTwoAddresses(context);
        const { emails } = person.sent;
        const answer = await patched(context, person, { op: 'add', path: 'emails', value: [dig(emails, 0)] });
        equals(answer, arrayOf(dig(answer.body, 'emails')).length, 2, 'the number of emails');
        equals(
          answer,
          dig(answer.body, 'meta', 'lastModified'),
          dig(person.answer.body, 'meta', 'lastModified'),
          'meta.lastModified',
        );
      },
    },
    {
      id: 'T097',
      title: 'A new primary value takes the mark from the old one.',
      source: 'RFC 7644 §3.5.2 (primary)',
      remedy: 'When a value is set with "primary": true, set all others to false.',
      run: async (context) => {
        const person = await context.person();
        const value = `${context.name('added')}@example.com`;
        const operation = { op: 'add', path: 'emails', value: [{ type: 'home', value, primary: true }] };
        const answer = await patched(context, person, operation);
        const primary = elementsWith(dig(answer.body, 'emails'), { primary: true });
        equals(
          answer,
          primary.map((email) => dig(email, 'value')),
          [value],
          'the primary address',
        );
      },
    },
  ],
);

const removing = tableOf(
  { ...shared, source: 'RFC 7644 §3.5.2.2', remedy: 'remove takes away exactly what the path selects.' },
  [
    {
      id: 'rfc7644-3.5.2.2-value-path',
      title: 'remove with a filter takes away the value that matches and no other.',
      run: async (context) => {
        const person = await withTwoAddresses(context);
        const answer = await patched(context, person, { op: 'remove', path: 'emails[type eq "home"]' });
        const left = arrayOf(dig(answer.body, 'emails')).map((email) => dig(email, 'value'));
        equals(answer, left, [valueAt(person, 0)], 'the addresses that are left');
      },
    },
    {
      id: 'rfc7644-3.5.2.2-attribute',
      title: 'remove of an attribute leaves it unassigned.',
      run: async (context) => {
        const person = await context.person();
        const answer = await patched(context, person, { op: 'remove', path: 'displayName' });
        isAbsent(answer, dig(answer.body, 'displayName'), 'displayName');
      },
    },
    {
      id: 'rfc7644-3.5.2.2-sub-attribute',
      title: 'remove of a sub-attribute keeps the others.',
      run: async (context) => {
        const person = await context.person();
        const answer = await patched(context, person, { op: 'remove', path: 'name.givenName' });
        isAbsent(answer, dig(answer.body, 'name', 'givenName'), 'name.givenName');
        equals(answer, dig(answer.body, 'name', 'familyName'), 'Scim', 'name.familyName');
      },
    },
  ],
);

const replacing = tableOf(
  {
    ...shared,
    source: 'RFC 7644 §3.5.2.3',
    remedy:
      'replace changes exactly what the path selects; of a complex value only the parts that are named.',
  },
  [
    {
      id: 'rfc7644-3.5.2.3-list',
      title: 'replace of a multi-valued attribute sets exactly the new values.',
      run: async (context) => {
        const person = await withTwoAddresses(context);
        const value = `${context.name('only')}@example.com`;
        const answer = await patched(context, person, {
          op: 'replace',
          path: 'emails',
          value: [{ type: 'other', value }],
        });
        equals(
          answer,
          arrayOf(dig(answer.body, 'emails')).map((email) => dig(email, 'value')),
          [value],
          'the addresses',
        );
      },
    },
    {
      id: 'rfc7644-3.5.2.3-value-path',
      title: 'replace of a part of the value that a filter selects changes that one alone.',
      run: async (context) => {
        const person = await withTwoAddresses(context);
        const value = `${context.name('new')}@example.com`;
        const answer = await patched(context, person, {
          op: 'replace',
          path: 'emails[type eq "home"].value',
          value,
        });
        const addresses = arrayOf(dig(answer.body, 'emails')).map((email) => String(dig(email, 'value')));
        equals(answer, addresses.sort(), [String(valueAt(person, 0)), value].sort(), 'the addresses');
      },
    },
    {
      id: 'rfc7644-3.5.2.3-complex',
      title: 'replace of a complex attribute keeps the parts that are not named.',
      run: async (context) => {
        const person = await context.person();
        const answer = await patched(context, person, {
          op: 'replace',
          path: 'name',
          value: { givenName: 'New' },
        });
        equals(answer, dig(answer.body, 'name', 'familyName'), 'Scim', 'name.familyName');
      },
    },
    {
      id: 'rfc7644-3.5.2.3-absent',
      title: 'replace of an attribute that has no value adds it.',
      run: async (context) => {
        const person = await context.bare();
        const answer = await patched(context, person, { op: 'replace', path: 'displayName', value: 'Now' });
        equals(answer, dig(answer.body, 'displayName'), 'Now', 'displayName');
      },
    },
    {
      id: 'rfc7644-3.10-urn',
      title: 'A path may be written with the URN of the core schema, in any letters.',
      source: 'RFC 7644 §3.10; RFC 7643 §2.1',
      run: async (context) => {
        const person = await context.person();
        const path = `${CORE_USER.toUpperCase()}:NAME.givenname`;
        const answer = await patched(context, person, { op: 'replace', path, value: 'Named' });
        equals(answer, dig(answer.body, 'name', 'givenName'), 'Named', 'name.givenName');
      },
    },
  ],
);

export const rfcPatch = [...adding, ...removing, ...replacing];
