/** What Entra looks up in /Schemas when a mapping is edited (catalogue §1.2 rule 11, §1.13; T030, T034). */
import { tableOf } from '../check.ts';
import { arrayOf, CORE_USER, dig, ENTERPRISE, equals, hasStatus, holds } from '../expect.ts';
import type { Answer } from '../wire.ts';

/** The default target attributes of Entra, flattened as its gallery test does. */
const MAPPED: readonly (readonly [urn: string, attribute: string, sub?: string, type?: string])[] = [
  [CORE_USER, 'userName'],
  [CORE_USER, 'active'],
  [CORE_USER, 'displayName'],
  [CORE_USER, 'title'],
  [CORE_USER, 'preferredLanguage'],
  [CORE_USER, 'emails', 'value', 'work'],
  [CORE_USER, 'name', 'givenName'],
  [CORE_USER, 'name', 'familyName'],
  [CORE_USER, 'name', 'formatted'],
  [CORE_USER, 'addresses', 'country', 'work'],
  [CORE_USER, 'addresses', 'formatted', 'other'],
  [CORE_USER, 'phoneNumbers', 'value', 'work'],
  [CORE_USER, 'phoneNumbers', 'value', 'mobile'],
  [CORE_USER, 'phoneNumbers', 'value', 'fax'],
  [ENTERPRISE, 'employeeNumber'],
  [ENTERPRISE, 'department'],
  [ENTERPRISE, 'manager', 'value'],
];

const attributesOf = (answer: Answer, urn: string): readonly unknown[] => {
  const schema = arrayOf(dig(answer.body, 'Resources')).find((candidate) => dig(candidate, 'id') === urn);
  return arrayOf(dig(schema, 'attributes'));
};

const named = (list: readonly unknown[], name: string): unknown =>
  list.find((one) => dig(one, 'name') === name);

const lacksMapped = (answer: Answer, [urn, name, sub, type]: (typeof MAPPED)[number]): boolean => {
  const attribute = named(attributesOf(answer, urn), name);
  if (attribute === undefined) return true;
  const parts = arrayOf(dig(attribute, 'subAttributes'));
  if (sub !== undefined && named(parts, sub) === undefined) return true;
  const values = arrayOf(dig(named(parts, 'type'), 'canonicalValues'));
  return type !== undefined && values.length > 0 && !values.includes(type);
};

const schemasOf = (answer: Answer | undefined): Answer => {
  if (answer === undefined) throw new Error('/Schemas gave no answer');
  hasStatus(answer, 200);
  return answer;
};

export const entraMapping = tableOf(
  {
    source: 'Microsoft Entra gallery test Schema_Discoverability (E14); validator "Discover schema"',
    level: 'client',
    profiles: ['entra'],
    remedy:
      'List in /Schemas every attribute that is supported, with its sub-attributes and the usual values of type.',
  },
  [
    {
      id: 'T030',
      title: "Every attribute of Entra's default mapping can be found in /Schemas.",
      run: async ({ discovery }) => {
        const answer = schemasOf(discovery.schemas);
        const missing = MAPPED.filter((row) => lacksMapped(answer, row)).map(([, ...rest]) => rest.join('.'));
        equals(answer, missing, [], 'the list of attributes that are missing');
      },
    },
    {
      id: 'T034',
      title: '/Schemas lists no password and nothing else that can be written but never read.',
      source: 'Microsoft SCIM validator: whatever it discovers must come back (catalogue §1.12)',
      profiles: ['entra', 'entra-validator'],
      level: 'should',
      remedy:
        'Leave write-only attributes out of /Schemas: the validator sends them and misses them in the answer.',
      run: async ({ discovery }) => {
        const answer = schemasOf(discovery.schemas);
        const all = arrayOf(dig(answer.body, 'Resources')).flatMap((schema) =>
          arrayOf(dig(schema, 'attributes')),
        );
        const secret = all.filter(
          (one) => dig(one, 'mutability') === 'writeOnly' || dig(one, 'returned') === 'never',
        );
        const names = secret.map((one) => String(dig(one, 'name')));
        holds(answer, names.length === 0, 'no such attribute', names.join(', '));
      },
    },
  ],
);
