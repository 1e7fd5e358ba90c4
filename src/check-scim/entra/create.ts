/** How Entra creates people: its own bodies, with everything in them that is unusual (catalogue §1.3, T037 to T052). */
import { randomUUID } from 'node:crypto';
import { tableOf } from '../check.ts';
import { addressOf } from '../context.ts';
import {
  arrayOf,
  CORE_USER,
  dig,
  ENTERPRISE,
  equals,
  hasStatus,
  holds,
  isAbsent,
  isUnassigned,
  type Json,
  refused,
  show,
} from '../expect.ts';
import { refusedStrictly } from '../strict.ts';
import type { Answer } from '../wire.ts';

/** Example of Microsoft's documentation (E1). */
const documented = (name: string): Json => ({
  schemas: [CORE_USER, ENTERPRISE],
  externalId: randomUUID(),
  userName: addressOf(name),
  active: true,
  emails: [{ primary: true, type: 'work', value: addressOf(name) }],
  meta: { resourceType: 'User' },
  name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
  roles: [],
});

/** Its "Example 2": nulls everywhere, and a URN with a slip of the pen. */
const withNulls = (name: string): Json => ({
  schemas: [CORE_USER, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0User'],
  externalId: name,
  userName: addressOf(name),
  active: true,
  addresses: null,
  displayName: 'Joy Young',
  emails: [{ type: 'work', value: addressOf(name), primary: true }],
  meta: { resourceType: 'User' },
  name: { familyName: 'Young', givenName: 'Joy' },
  phoneNumbers: null,
  preferredLanguage: null,
  title: null,
  department: null,
  manager: null,
});

const keeps = (answer: Answer, sent: Json, ...names: readonly string[]): void => {
  for (const name of names) equals(answer, dig(answer.body, name), sent[name], name);
};

/** Names with null anywhere in a value. */
const nullsIn = (value: unknown, at = ''): readonly string[] => {
  if (value === null) return [at];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => nullsIn(inner, at === '' ? name : `${at}.${name}`));
};

const bodies = tableOf(
  {
    source: 'Microsoft Entra: "Create User" examples (use-scim-to-provision-users-and-groups)',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'Accept the body as Entra sends it: meta, empty arrays and nulls mean nothing, values are kept as they are.',
  },
  [
    {
      id: 'T037',
      title: "Entra's documented body creates a person, and every value comes back unchanged.",
      run: async ({ scim, name }) => {
        const sent = documented(name());
        const answer = await scim('POST', '/Users', sent);
        hasStatus(answer, 201);
        keeps(answer, sent, 'userName', 'externalId', 'active');
        equals(answer, dig(answer.body, 'name', 'givenName'), 'givenName', 'name.givenName');
        equals(answer, dig(answer.body, 'emails', 0, 'value'), sent['userName'], 'emails[0].value');
        equals(answer, dig(answer.body, 'meta', 'resourceType'), 'User', 'meta.resourceType');
        holds(answer, !isUnassigned(dig(answer.body, 'id')), 'an id', answer.body);
      },
    },
    {
      id: 'T038',
      title:
        'Nulls and a mistyped extension URN do not keep Entra from creating a person; no null comes back.',
      run: async ({ scim, name, strict }) => {
        const answer = await scim('POST', '/Users', withNulls(name()));
        if (strict) return refusedStrictly(answer, 'unknown', 'invalidSyntax', 'invalidValue');
        hasStatus(answer, 201);
        equals(answer, nullsIn(answer.body), [], 'the list of attributes that are null');
      },
    },
    {
      id: 'T045',
      title: 'A person created without "active" is active.',
      source: 'Catalogue T045; RFC 7643 §4.1.1',
      run: async ({ scim, personBody }) => {
        const { active: _, ...sent } = personBody();
        const answer = await scim('POST', '/Users', sent);
        hasStatus(answer, 201);
        equals(answer, dig(answer.body, 'active'), true, 'active');
      },
    },
    {
      id: 'T052',
      title: 'Apostrophes and long random words, as the gallery tests send them, are accepted.',
      source: 'Microsoft Entra gallery tests (E14)',
      run: async ({ scim, personBody }) => {
        const displayName = `Test'Group${'x'.repeat(190)}`;
        const answer = await scim('POST', '/Users', personBody({ displayName }));
        hasStatus(answer, 201);
        equals(answer, dig(answer.body, 'displayName'), displayName, 'displayName');
      },
    },
  ],
);

const unknown: Json = {
  noSuchAttribute: 'x',
  'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User': { CustomAttribute: 'x' },
};

const tolerance = tableOf(
  {
    source: 'Catalogue decision 4: Entra and Okta send attributes that a server does not know',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'Ignore attributes and URNs that you do not know and note them in the log; refuse them only in a strict mode.',
  },
  [
    {
      id: 'T047',
      title: 'Unknown attributes and extensions are ignored (strict: refused with 400 invalidSyntax).',
      run: async ({ scim, personBody, strict }) => {
        const answer = await scim('POST', '/Users', personBody(unknown));
        if (strict) return refusedStrictly(answer, 'unknown', 'invalidSyntax');
        hasStatus(answer, 201);
      },
    },
    {
      id: 'T047-prototype',
      title: 'Attributes named "__proto__" and "constructor" do no harm and do not come back.',
      source: 'Catalogue §5.13: mass assignment and prototype pollution',
      remedy: 'Copy only attributes that the schema knows; never merge a body into an object as it is.',
      run: async ({ scim, personBody, strict }) => {
        const sent = JSON.stringify(personBody()).replace(
          /\}$/,
          ',"__proto__":{"active":false},"constructor":{"x":1}}',
        );
        const answer = await scim('POST', '/Users', sent);
        if (strict && answer.status === 400) return;
        hasStatus(answer, 201);
        equals(answer, dig(answer.body, 'active'), true, 'active');
        isAbsent(answer, dig(answer.body, 'constructor'), 'attribute "constructor" in the answer');
      },
    },
    {
      id: 'T041',
      title:
        'A role with primary "True" as text and a manager who does not exist are accepted; formats are not judged.',
      source: 'Microsoft SCIM validator: the body of every test; catalogue decision 3 and §1.12',
      needs: ['User.roles'],
      remedy:
        'Read "True" and "False" as booleans where the schema says boolean, look nobody up for manager, and keep countries and numbers as sent.',
      run: async ({ scim, personBody, strict }) => {
        const sent = personBody({
          schemas: [CORE_USER, ENTERPRISE],
          roles: [{ primary: 'True', display: 'RAJB', value: 'OGCI', type: 'IJAQ' }],
          addresses: [{ type: 'work', primary: true, country: 'Belize' }],
          phoneNumbers: [{ type: 'work', value: '56-357-7743', primary: true }],
          [ENTERPRISE]: { manager: { value: 'GZFDHGRKQLCG' } },
        });
        const answer = await scim('POST', '/Users', sent);
        if (strict) return refusedStrictly(answer, 'types', 'invalidValue', 'invalidSyntax');
        hasStatus(answer, 201);
        equals(answer, dig(answer.body, 'roles', 0, 'primary'), true, 'roles[0].primary');
        equals(answer, dig(answer.body, 'phoneNumbers', 0, 'value'), '56-357-7743', 'phoneNumbers[0].value');
        equals(answer, dig(answer.body, 'addresses', 0, 'country'), 'Belize', 'addresses[0].country');
      },
    },
  ],
);

const twins = tableOf(
  {
    source: 'RFC 7644 §3.3; Microsoft Entra and Okta look the other one up after a 409',
    level: 'must',
    profiles: ['entra', 'okta', 'rfc'],
    remedy: 'Refuse a userName that is taken with 409 and scimType "uniqueness", whatever the letter case.',
  },
  [
    {
      id: 'T040',
      title: 'The same userName a second time is refused with 409 uniqueness.',
      run: async ({ scim, target, personBody }) => {
        const { sent } = await target();
        refused(await scim('POST', '/Users', personBody({ userName: sent['userName'] })), 409, 'uniqueness');
      },
    },
    {
      id: 'T040-case',
      title: 'The same userName in other letters is refused with 409 uniqueness.',
      source: 'RFC 7643 §4.1.1: userName is case-insensitive',
      run: async ({ scim, target, personBody }) => {
        const { sent } = await target();
        const userName = String(sent['userName']).replace('check', 'CHECK');
        refused(await scim('POST', '/Users', personBody({ userName })), 409, 'uniqueness');
      },
    },
    {
      id: 'T046',
      title: 'The userName of somebody inactive is refused with 409, and a search finds her, inactive.',
      run: async (context) => {
        const { sent } = (await context.cast()).cyd;
        const { userName } = sent;
        refused(await context.scim('POST', '/Users', context.personBody({ userName })), 409, 'uniqueness');
        const query = `filter=${encodeURIComponent(`userName eq "${String(userName)}"`)}`;
        const answer = await context.scim('GET', `/Users?${query}`);
        const found = arrayOf(dig(answer.body, 'Resources'));
        holds(answer, found.length === 1, 'one person', show(found.length));
        equals(answer, dig(found, 0, 'active'), false, 'active');
      },
    },
  ],
);

export const entraCreate = [...bodies, ...tolerance, ...twins];
