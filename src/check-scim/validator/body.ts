/** The people of Microsoft's SCIM validator: random words everywhere, one role that is primary by text (catalogue §1.12). */
import { randomBytes, randomUUID } from 'node:crypto';
import { addressOf, type Context } from '../context.ts';
import { arrayOf, CORE_USER, dig, ENTERPRISE, equals, type Json, show } from '../expect.ts';
import { lacks } from '../features.ts';
import type { Answer } from '../wire.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Twelve capital letters, as the validator makes them. */
export const word = (): string => [...randomBytes(12)].map((byte) => LETTERS[byte % LETTERS.length]).join('');

/** An attribute as the validator addresses it, and where it stands in a resource. */
export interface Addressed {
  readonly path: string;
  readonly value: unknown;
  readonly read: (body: unknown) => unknown;
}

const simple = (path: string, value: unknown): Addressed => ({
  path,
  value,
  read: (body) => dig(body, ...path.split('.')),
});

const extension = (name: string): Addressed => ({
  path: `${ENTERPRISE}:${name}`,
  value: word(),
  read: (body) => dig(body, ENTERPRISE, name),
});

const element = (attribute: string, type: string, part: string, value: unknown): Addressed => ({
  path: `${attribute}[type eq "${type}"].${part}`,
  value,
  read: (body) =>
    dig(
      arrayOf(dig(body, attribute)).find((one) => dig(one, 'type') === type),
      part,
    ),
});

const role = (part: string): Addressed => ({
  path: `roles[primary eq "True"].${part}`,
  value: word(),
  read: (body) =>
    dig(
      arrayOf(dig(body, 'roles')).find((one) => dig(one, 'primary') === true),
      part,
    ),
});

/** All attributes that the validator tries, with values that are new at each call; 36 of them. */
const allAddressed = (email: string): readonly Addressed[] => [
  simple('active', true),
  ...['displayName', 'title', 'preferredLanguage', 'userType', 'nickName', 'locale'].map((at) =>
    simple(at, word()),
  ),
  simple('timezone', 'America/Guayaquil'),
  simple('profileUrl', word()),
  simple('externalId', randomUUID()),
  ...['givenName', 'familyName', 'formatted', 'middleName', 'honorificPrefix', 'honorificSuffix'].map((at) =>
    simple(`name.${at}`, word()),
  ),
  element('emails', 'work', 'value', email),
  element('emails', 'work', 'primary', true),
  ...['formatted', 'streetAddress', 'locality', 'region', 'postalCode'].map((at) =>
    element('addresses', 'work', at, word()),
  ),
  element('addresses', 'work', 'primary', true),
  element('addresses', 'work', 'country', 'Sierra Leone'),
  ...['work', 'mobile', 'fax'].map((type) => element('phoneNumbers', type, 'value', '10-040-1308')),
  element('phoneNumbers', 'work', 'primary', true),
  ...['employeeNumber', 'department', 'costCenter', 'organization', 'division'].map(extension),
  role('display'),
  role('value'),
];

const isKnown = ({ discovery }: Context, { path }: Addressed): boolean => {
  const inExtension = path.startsWith(ENTERPRISE);
  const name = (inExtension ? path.slice(ENTERPRISE.length + 1) : path).split(/[.[]/)[0] ?? '';
  return (
    name === 'externalId' ||
    lacks(discovery, inExtension ? `enterprise.${name}` : `User.${name}`) === undefined
  );
};

/** Those attributes that /Schemas lists: the validator discovers them there. */
export const addressed = (context: Context): readonly Addressed[] =>
  allAddressed(`${context.name('mail')}@example.com`).filter((one) => isKnown(context, one));

/** Which of them the resource does not have as sent. */
export const keepsAll = (answer: Answer, body: unknown, sent: readonly Addressed[]): void => {
  const wrong = sent.filter(({ read, value }) => read(body) !== value);
  const listed = wrong.map(({ path, read, value }) => `${path}: ${show(value)} → ${show(read(body))}`);
  equals(answer, listed, [], 'the list of attributes that are not as sent');
};

/** The body with which the validator creates the person of every test. */
export const fullPerson = (context: Context): Json => {
  const userName = addressOf(context.name());
  const phone = '10-040-1308';
  const work = { type: 'work', primary: true };
  const words = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, word()]));
  const body: Json = {
    userName,
    active: true,
    ...words('displayName', 'title', 'userType', 'nickName', 'locale', 'profileUrl'),
    externalId: randomUUID(),
    preferredLanguage: 'hi',
    timezone: 'America/Guayaquil',
    emails: [{ ...work, value: userName }],
    name: words('givenName', 'familyName', 'formatted', 'middleName', 'honorificPrefix', 'honorificSuffix'),
    addresses: [
      { ...work, ...words('formatted', 'streetAddress', 'locality', 'region'), country: 'Sierra Leone' },
    ],
    phoneNumbers: [
      { ...work, value: phone },
      { type: 'mobile', value: phone },
      { type: 'fax', value: phone },
    ],
    roles: [{ primary: context.strict ? true : 'True', ...words('display', 'value', 'type') }],
  };
  const known = Object.entries(body).filter(([name]) => isKnown(context, simple(name, null)));
  const enterprise = lacks(context.discovery, 'enterprise.manager') === undefined;
  const core = { schemas: enterprise ? [CORE_USER, ENTERPRISE] : [CORE_USER], ...Object.fromEntries(known) };
  if (!enterprise) return core;
  const extended = words('employeeNumber', 'department', 'costCenter', 'organization', 'division');
  return { ...core, [ENTERPRISE]: { ...extended, manager: { value: word() } } };
};
