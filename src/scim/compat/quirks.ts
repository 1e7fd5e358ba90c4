/**
 * The quirks of known clients as data: what they send, who does so, and where idp-clients.md has the evidence. compat.ts
 * applies them on the way in; a strict connection skips them and stays as strict as the RFCs.
 */
import type { AttributeDefinition, FoundAttribute } from '../../directory/schema.ts';
import { isObject } from './coerce.ts';

interface Quirk {
  readonly name: string;
  readonly client: string;
  readonly evidence: string;
}

export interface ValueQuirk extends Quirk {
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
    at: 'whole',
    adapt: ({ multiValued }, value) =>
      !multiValued && Array.isArray(value) && value.length === 1 ? value[0] : value,
  },
  {
    name: 'one value of many without its array',
    client: 'Entra, Okta',
    evidence: '§1.6; RFC 7644 §3.5.2.1',
    at: 'whole',
    adapt: ({ multiValued }, value) =>
      multiValued && (isObject(value) || (typeof value === 'string' && value !== '')) ? [value] : value,
  },
  {
    name: 'simple value inside of {value}',
    client: 'Entra',
    evidence: '§1.4 E',
    at: 'element',
    adapt: ({ type }, value) =>
      type !== 'complex' && isObject(value) && Object.hasOwn(value, 'value') ? value['value'] : value,
  },
  {
    name: 'True and False as text',
    client: 'Entra without flag, validator, OneLogin',
    evidence: '§1.4 A, §1.12, §3, decision 3',
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
    at: 'element',
    adapt: (definition, value) =>
      typeof value === 'string' && value !== '' && hasValuePart(definition) ? { value } : value,
  },
];

interface KeyQuirk extends Quirk {
  readonly recognizes: (found: FoundAttribute, key: string) => boolean;
}

/** Unusual names under which known clients send attributes; strict connections take them for unknown. */
export const keyQuirks: readonly KeyQuirk[] = [
  {
    name: 'attribute of an extension without its URN',
    client: 'Entra',
    evidence: '§1.3 Example 2, §1.5',
    recognizes: ({ extension }, key) => extension !== null && !key.includes(':'),
  },
  {
    name: 'dotted path as a key',
    client: 'Entra with aadOptscim062020',
    evidence: '§1.4 B',
    recognizes: ({ subAttribute }) => subAttribute !== null,
  },
];

interface FilterAlias extends Quirk {
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
    alias: 'email',
    means: 'emails',
  },
];
