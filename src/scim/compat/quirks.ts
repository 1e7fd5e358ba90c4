/**
 * The quirks of known clients as data: what they send, who does so, and where idp-clients.md has the evidence. compat.ts
 * applies them on the way in; a strict connection skips them and stays as strict as the RFCs.
 */
import type { AttributeDefinition, FoundAttribute } from '../../directory/schema.ts';
import { isObject } from './coerce.ts';
import type { Deviation } from './dialect.ts';

export interface ValueQuirk extends Deviation {
  /** `whole`: looked for before the value of an attribute is taken apart; `element`: at each single value. */
  readonly at: 'whole' | 'element';
  readonly adapt: (definition: AttributeDefinition, value: unknown) => unknown;
}

/** Whether `{value}` is how the attribute says its one thing, as emails and manager do. */
export const hasValuePart = ({ subAttributes }: AttributeDefinition) =>
  subAttributes?.some(({ name }) => name === 'value') ?? false;

/** Unusual values that known clients send. */
export const valueQuirks: readonly ValueQuirk[] = [
  {
    name: 'single value wrapped in an array',
    client: 'Entra',
    evidence: '§1.4 E, §1.5, decision 5',
    whenStrict: 'refused',
    at: 'whole',
    adapt: ({ multiValued }, value) =>
      !multiValued && Array.isArray(value) && value.length === 1 ? value[0] : value,
  },
  {
    name: 'one value of many without its array',
    client: 'Entra, Okta',
    evidence: '§1.6; RFC 7644 §3.5.2.1',
    whenStrict: 'refused',
    at: 'whole',
    adapt: ({ multiValued }, value) =>
      multiValued && (isObject(value) || (typeof value === 'string' && value !== '')) ? [value] : value,
  },
  {
    name: 'simple value inside of {value}',
    client: 'Entra',
    evidence: '§1.4 E',
    whenStrict: 'refused',
    at: 'element',
    adapt: ({ type }, value) =>
      type !== 'complex' && isObject(value) && Object.hasOwn(value, 'value') ? value['value'] : value,
  },
  {
    name: 'True and False as text',
    client: 'Entra without flag, validator, OneLogin',
    evidence: '§1.4 A, §1.12, §3, decision 3',
    whenStrict: 'refused',
    at: 'element',
    adapt: ({ type }, value) =>
      type === 'boolean' && typeof value === 'string' && /^(?:true|false)$/i.test(value)
        ? value.toLowerCase() === 'true'
        : value,
  },
  {
    name: 'managerId',
    client: 'OneLogin',
    evidence: '§3',
    whenStrict: 'refused',
    at: 'element',
    adapt: ({ name }, value) =>
      name === 'manager' &&
      isObject(value) &&
      Object.hasOwn(value, 'managerId') &&
      value['value'] === undefined
        ? { value: value['managerId'] }
        : value,
  },
  {
    name: 'text instead of {value}',
    client: 'Entra validator (manager)',
    evidence: '§1.5, decision 5',
    whenStrict: 'refused',
    at: 'element',
    adapt: (definition, value) =>
      typeof value === 'string' && value !== '' && hasValuePart(definition) ? { value } : value,
  },
];

interface KeyQuirk extends Deviation {
  readonly recognizes: (found: FoundAttribute, key: string) => boolean;
}

/** Unusual names under which known clients send attributes; strict connections take them for unknown. */
export const keyQuirks: readonly KeyQuirk[] = [
  {
    name: 'attribute of an extension without its URN',
    client: 'Entra',
    evidence: '§1.3 Example 2, §1.5',
    whenStrict: 'refused',
    recognizes: ({ extension }, key) => extension !== null && !key.includes(':'),
  },
  {
    name: 'dotted path as a key',
    client: 'Entra with aadOptscim062020',
    evidence: '§1.4 B',
    whenStrict: 'refused',
    recognizes: ({ subAttribute }) => subAttribute !== null,
  },
];

interface FilterAlias extends Deviation {
  /** As the client writes it, in small letters. */
  readonly alias: string;
  readonly means: string;
}

/** Names in filters that no schema knows but a client's template holds; strict connections refuse them. */
export const filterAliases: readonly FilterAlias[] = [
  {
    name: 'email for emails',
    client: 'PingOne',
    evidence: '§3 (template `email Co "%s"`)',
    whenStrict: 'refused',
    alias: 'email',
    means: 'emails',
  },
];

const deviation = (
  name: string,
  client: string,
  evidence: string,
  whenStrict: Deviation['whenStrict'] = 'refused',
): Deviation => ({ name, client, evidence, whenStrict });

/** Unusual messages, paths and literals that known clients send. */
export const wireQuirks = {
  operationCase: deviation('operation name in capitals', 'Entra', '§1.2 rule 4', 'accepted'),
  memberCase: deviation('member of a message in another letter case', 'Entra', '§1.2 rule 4'),
  noPath: deviation('PATCH without a path', 'Okta, Entra with aadOptscim062020', 'decision 2'),
  emptyPath: deviation('PATCH with an empty path', 'one-off clients', 'decision 2'),
  newElement: deviation('replace of a value that is not there', 'Entra', 'decision 1; RFC 7644 §3.5.2.3'),
  removeListed: deviation('remove that lists values', 'Entra', 'decision 6; RFC 7644 §3.5.2.2', 'accepted'),
  noSchemas: deviation('body without its schema URN', 'authentik', 'decision 4, §3'),
  wrappedResource: deviation('PATCH without a path, its value in an array', 'SCIM-SDK', 'seen by hand'),
  nestedMembers: deviation('remove of members that lists them as {members}', 'Ping SDK', 'seen by hand'),
  strangeSchema: deviation('schema URN that is not supported', 'Entra', 'decision 4'),
  unquoted: deviation('filter value without quotes', 'Entra (documentation)', '§1.3, T056'),
  rawControl: deviation('raw control character in a filter', 'several', 'RFC 7159 §7'),
  looseBoolean: deviation('"True" or "False" in a filter', 'Entra', '§1.7, decision 3'),
  dateOnly: deviation('date without a time in a filter', 'several', 'RFC 7643 §2.3.5'),
} as const;

/** How a name that no schema knows is told in the report. */
export const unknownName = (name: string): string => `unknown attribute "${name}"`;

/** What is known of a deviation by its name; undefined for names that no schema knows. */
export const deviationOf = (name: string): Deviation | undefined =>
  [...valueQuirks, ...keyQuirks, ...filterAliases, ...Object.values(wireQuirks)].find(
    (candidate) => candidate.name === name,
  );
