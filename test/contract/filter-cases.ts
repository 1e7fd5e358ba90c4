/** Filters and the ids that each must find among the people and groups of filter.contract.ts (RFC 7644 §3.4.2.2). */
import type { Comparison, Filter } from '../../src/directory/query.ts';
import {
  entitlementSchema,
  findAttribute,
  groupSchema,
  refOf,
  userSchema,
} from '../../src/directory/schema.ts';
import { at } from './records.ts';

export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const MODE_GROUP = 'urn:ietf:params:scim:schemas:extension:mode:2.0:Group';
export const LONG = 'x'.repeat(2_999);

type Value = string | boolean | null;

const builder = (schema: typeof userSchema) => {
  const ref = (path: string) => {
    const found = findAttribute(schema, path);
    if (!found) throw new Error(`The schema has no ${path}.`);
    return refOf(found);
  };
  return {
    is: (path: string, op: Comparison, value: Value): Filter => ({ op, attribute: ref(path), value }),
    pr: (path: string): Filter => ({ op: 'pr', attribute: ref(path) }),
    one: (path: string, of: Filter): Filter => ({ op: 'element', attribute: ref(path), of }),
  };
};

export const and = (...of: readonly Filter[]): Filter => ({ op: 'and', of });
export const or = (...of: readonly Filter[]): Filter => ({ op: 'or', of });
export const not = (of: Filter): Filter => ({ op: 'not', of });
export const u = builder(userSchema);
export const g = builder(groupSchema);
export const e = builder(entitlementSchema);

export type Case = readonly [title: string, filter: Filter, ids: string];

const TEXT: readonly Case[] = [
  ['userName eq, folded', u.is('userName', 'eq', 'ＡNN@example.com'), 'u1'],
  ['userName ne', u.is('userName', 'ne', 'ann@example.com'), 'u2 u3 u4 u5'],
  ['userName sw', u.is('userName', 'sw', 'B'), 'u2'],
  ['userName co', u.is('userName', 'co', 'EXAMPLE.C'), 'u1 u2'],
  ['userName ew', u.is('userName', 'ew', '.org'), 'u3 u4 u5'],
  ['composed finds decomposed', u.is('name.familyName', 'eq', 'A\u030angström'), 'u1'],
  ['% means itself', u.is('title', 'co', '%'), 'u2'],
  ['_ means itself', u.is('title', 'co', '0_o'), 'u3'],
  ['a quote means itself', u.is('title', 'eq', `o'brien "x"`), 'u4'],
  ['SQL stays text', u.is('title', 'eq', `' or 1=1 --`), ''],
  ['a backslash means itself', u.is('title', 'ew', '\\'), 'u1'],
  ['emoji count as one', u.is('title', 'ew', '👩‍💻'), 'u5'],
  ['emoji, at the start', u.is('title', 'sw', '🚀 '), 'u5'],
  ['longer than the text', u.is('title', 'ew', `${'z'.repeat(50)}\\`), ''],
  ['3,000 characters eq', u.is('nickName', 'eq', `${LONG}a`), 'u1'],
  ['3,000 characters, the last differs', u.is('nickName', 'sw', LONG), 'u1 u2'],
  ['empty text is within every text', u.is('nickName', 'co', ''), 'u1 u2'],
  ['externalId is caseExact', u.is('externalId', 'eq', 'ext-1'), ''],
  ['externalId eq', u.is('externalId', 'eq', 'EXT-1'), 'u1'],
  ['externalId ne on absent', u.is('externalId', 'ne', 'EXT-1'), 'u2 u3 u4 u5'],
  ['id eq', u.is('id', 'eq', 'u3'), 'u3'],
  ['displayName is what was written, not what lists show', u.is('displayName', 'eq', 'ann a'), 'u1'],
  ['extension attribute', u.is(`${ENTERPRISE}:department`, 'eq', 'SALES'), 'u2'],
  ['extension sub-attribute', u.is(`${ENTERPRISE}:manager.value`, 'eq', 'u1'), 'u2'],
];

const ORDER: readonly Case[] = [
  ['gt by code point', u.is('name.familyName', 'gt', 'z'), 'u1 u3'],
  ['le by code point', u.is('name.familyName', 'le', 'b'), 'u2'],
  ['instants gt', u.is('meta.created', 'gt', at(2)), 'u3 u4 u5'],
  ['instants le', u.is('meta.lastModified', 'le', at(2)), 'u1 u2'],
];

const PRESENCE: readonly Case[] = [
  ['pr of text', u.pr('title'), 'u1 u2 u3 u4 u5'],
  ['pr of a complex attribute', u.pr('emails'), 'u1 u2 u3'],
  ['pr of externalId', u.pr('externalId'), 'u1'],
  ['eq null', u.is('emails', 'eq', null), 'u4 u5'],
  ['ne null', u.is('externalId', 'ne', null), 'u1'],
  ['ne on absent', u.is('nickName', 'ne', 'x'), 'u1 u2 u3 u4 u5'],
  ['not eq on absent', not(u.is('nickName', 'sw', 'x')), 'u3 u4 u5'],
  ['not pr', not(u.pr('name.familyName')), 'u4 u5'],
  ['active eq true', u.is('active', 'eq', true), 'u1 u2 u4 u5'],
  ['active ne true', u.is('active', 'ne', true), 'u3'],
];

const ELEMENTS: readonly Case[] = [
  ['any value fits', u.is('emails.value', 'eq', 'ANN@home.example'), 'u1'],
  ['ne means none equals', u.is('emails.type', 'ne', 'home'), 'u3 u4 u5'],
  [
    'two comparisons, two elements',
    and(u.is('emails.type', 'eq', 'work'), u.is('emails.value', 'ew', 'home.example')),
    'u1 u2',
  ],
  [
    'two comparisons, one element',
    u.one('emails', and(u.is('emails.type', 'eq', 'work'), u.is('emails.value', 'ew', 'home.example'))),
    'u2',
  ],
  ['not within an element', u.one('emails', not(u.is('emails.type', 'eq', 'work'))), 'u1 u2'],
  ['ne within an element', u.one('emails', u.is('emails.type', 'ne', 'work')), 'u1 u2'],
  ['no such element', not(u.one('emails', u.is('emails.type', 'eq', 'work'))), 'u4 u5'],
  [
    'or within an element',
    u.one(
      'emails',
      and(
        or(u.is('emails.type', 'eq', 'home'), u.is('emails.type', 'eq', 'other')),
        u.is('emails.value', 'co', 'ann'),
      ),
    ),
    'u1',
  ],
  [
    'booleans in an element',
    u.one('emails', and(u.is('emails.primary', 'eq', true), u.pr('emails.type'))),
    'u1',
  ],
];

const RELATIONS: readonly Case[] = [
  ['groups.value', u.is('groups.value', 'eq', 'g1'), 'u1 u2'],
  ['groups.display', u.is('groups.display', 'eq', 'SALES'), 'u1 u2'],
  ['groups pr', u.pr('groups'), 'u1 u2'],
  ['not in the group', not(u.is('groups.value', 'eq', 'g1')), 'u3 u4 u5'],
  [
    'one group',
    u.one('groups', and(u.is('groups.value', 'eq', 'g1'), u.is('groups.display', 'sw', 'sa'))),
    'u1 u2',
  ],
  ['Mode state', u.is(`${MODE_USER}:state`, 'eq', 'active'), 'u1'],
  ['Mode state ne, unknown to Mode included', u.is(`${MODE_USER}:state`, 'ne', 'active'), 'u2 u3 u4 u5'],
  ['Mode username', u.is(`${MODE_USER}:username`, 'co', 'nn'), 'u1'],
  ['Mode admin', u.is(`${MODE_USER}:admin`, 'eq', true), 'u2'],
  ['unmanaged', u.is(`${MODE_USER}:managedByScim`, 'eq', false), 'u1 u2'],
  ['known to Mode', u.pr(`${MODE_USER}:state`), 'u1 u2'],
];

const LOGIC: readonly Case[] = [
  ['and', and(u.pr('title'), u.is('active', 'eq', false)), 'u3'],
  [
    'or by several indexes',
    or(u.is('userName', 'eq', 'ann@example.com'), u.is('emails.value', 'eq', 'bob@x.example')),
    'u1 u2',
  ],
  [
    'or within and',
    and(
      u.is('active', 'eq', true),
      or(u.is('id', 'eq', 'u1'), u.is('id', 'eq', 'u3'), u.is('groups.value', 'eq', 'g1')),
    ),
    'u1 u2',
  ],
  ['not of and', not(and(u.is('active', 'eq', true), u.pr('emails'))), 'u3 u4 u5'],
  ['not of not', not(not(u.is('id', 'eq', 'u2'))), 'u2'],
  [
    '1,000 alternatives',
    or(
      ...Array.from({ length: 1_000 }, (_, n) => u.is('emails.value', 'eq', `${n}@x`)),
      u.is('id', 'eq', 'u4'),
    ),
    'u4',
  ],
  [
    '100 alternatives by index',
    or(...Array.from({ length: 100 }, (_, n) => u.is('userName', 'eq', `u${n}@example.org`))),
    'u3 u4 u5',
  ],
  [
    '90 deep',
    Array.from({ length: 45 }).reduce<Filter>(
      (inner) => or(u.is('id', 'eq', 'none'), and(u.pr('title'), not(not(inner)))),
      u.is('id', 'eq', 'u5'),
    ),
    'u5',
  ],
];

export const GROUP_CASES: readonly Case[] = [
  ['displayName eq, folded', g.is('displayName', 'eq', 'SALES'), 'g1'],
  ['displayName ew', g.is('displayName', 'ew', '%'), 'g2'],
  ['externalId', g.is('externalId', 'eq', 'E2'), 'g2'],
  ['members.value', g.is('members.value', 'eq', 'u2'), 'g1'],
  ['members.display', g.is('members.display', 'co', 'NN'), 'g1'],
  ['without members', not(g.pr('members')), 'g2 g3'],
  [
    'one member',
    g.one('members', and(g.is('members.value', 'eq', 'u1'), g.is('members.display', 'sw', 'ann'))),
    'g1',
  ],
  ['Mode type', g.is(`${MODE_GROUP}:type`, 'eq', 'Full'), 'g1'],
  ['Mode type absent', g.is(`${MODE_GROUP}:type`, 'eq', null), 'g2 g3'],
  ['managed', g.is(`${MODE_GROUP}:managed`, 'eq', true), 'g2'],
  ['created', g.is('meta.created', 'ge', at(2)), 'g2'],
];

export const PEOPLE_CASES = { TEXT, ORDER, PRESENCE, ELEMENTS, RELATIONS, LOGIC };
