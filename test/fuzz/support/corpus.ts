/** The real requests of test/idp, and more of their kind from test/bridge: what mutations begin with. */
import { join } from 'node:path';
import { clientFolders, readFlows, type Wish } from '../../idp/support/flow.ts';
import { nodesOf, plant, type Tree } from './json-tree.ts';

/** A request below /scim/v2 as a client would send it; `{{U1}}` and the like stand for what the world holds (door.ts). */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

const IDP = join(import.meta.dirname, '../../idp');
const MOST_REPEATS = 12;

const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/(\/Users\/)\{\{[A-Z_0-9{}]+\}\}/g, '$1{{U1}}'],
  [/(\/Groups\/)\{\{[A-Z_0-9{}]+\}\}/g, '$1{{G1}}'],
  [/\{\{(?:OTHER_)?TOKEN\}\}/g, 'token'],
  [/\{\{(?!(?:[UG]\d|BASE)\}\})[A-Z_0-9{}]+\}\}/g, '{{U2}}'],
];

const expand = (text: string): string =>
  MEANINGS.reduce(
    (now, [pattern, meaning]) => now.replace(pattern, meaning),
    text.replace(/\{\{repeat (\d+) ([^}]+)\}\}/g, (_all, count, unit) => String(unit).repeat(Number(count))),
  );

const filled = (value: unknown): unknown => {
  if (typeof value === 'string') return expand(value);
  if (Array.isArray(value)) return value.flatMap(repeated);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [expand(key), filled(inner)]));
};

const repeated = (element: unknown): readonly unknown[] => {
  const { $repeat, of } = (element ?? {}) as { readonly $repeat?: unknown; readonly of?: unknown };
  if (typeof $repeat !== 'number') return [filled(element)];
  return Array.from({ length: Math.min($repeat, MOST_REPEATS) }, () => filled(of));
};

const recorded = ({ method, path, body }: Wish): Recorded => ({
  method,
  path: expand(path),
  ...(body === undefined ? {} : { body: filled(body) }),
});

const fromFlows = (): readonly Recorded[] =>
  clientFolders(IDP)
    .flatMap((folder) => readFlows(join(IDP, folder)))
    .flatMap(({ flow }) => flow.steps)
    .flatMap((step) => ('request' in step ? [recorded(step.request)] : []));

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const user = (bulkId: string, more: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName: `${bulkId}@bulk.example`, active: false, ...more },
});
const group = (bulkId: string, members: readonly string[]) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: `Group ${bulkId}`, members: members.map((value) => ({ value })) },
});
const patch = (path: string, ...Operations: readonly unknown[]) => ({
  method: 'PATCH',
  path,
  data: { schemas: [PATCH], Operations },
});
const bulk = (...Operations: readonly unknown[]): Recorded => ({
  method: 'POST',
  path: '/Bulk',
  body: { schemas: [BULK], failOnErrors: 3, Operations },
});

/** Of test/bridge, whose requests stand in code. */
const FROM_BRIDGE: readonly Recorded[] = [
  bulk(
    user('a'),
    group('g', ['bulkId:a']),
    patch('/Groups/bulkId:g', { op: 'replace', path: 'displayName', value: 'Tour Guides' }),
    patch('/Users/bulkId:a', { op: 'add', path: 'title', value: 'Guide' }),
  ),
  bulk(
    { ...user('a', { [ENTERPRISE]: { manager: { value: 'bulkId:b' } } }) },
    { ...user('b', { [ENTERPRISE]: { manager: { value: 'bulkId:a' } } }) },
  ),
  bulk(
    { method: 'put', path: 'Users/{{U1}}', data: { userName: '{{U1NAME}}', title: 'New' } },
    { method: 'Delete', path: '//users/{{U3}}/' },
    {
      ...patch('{{BASE}}/Users/{{U2}}', { op: 'add', path: 'title', value: 'Far' }),
      version: 'W/"1"',
      bulkId: 'm',
    },
  ),
  bulk(
    patch('/Groups/{{G1}}', {
      op: 'add',
      path: 'members',
      value: [{ value: '{{U1}}' }, { value: '{{U2}}' }],
    }),
  ),
  bulk({ ...user('a'), path: '/Users?attributes=userName' }, group('b', ['bulkId:a', 'bulkId:nobody'])),
  {
    method: 'PATCH',
    path: '/Groups/{{G1}}',
    body: {
      schemas: [PATCH],
      Operations: [
        { op: 'remove', path: 'members[value eq "{{U1}}" or value eq "{{U2}}"]' },
        { op: 'remove', path: 'members[display sw "v" and not (type eq "Group")]' },
        { op: 'add', path: 'members', value: [{ value: '{{U3}}', $ref: '{{BASE}}/Users/{{U3}}' }] },
      ],
    },
  },
  {
    method: 'POST',
    path: '/Users/.search',
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      attributes: ['userName', 'emails.value'],
      filter: 'emails[type eq "work" and value co "@"] and not (active eq false)',
      sortBy: 'name.familyName',
      sortOrder: 'descending',
      startIndex: 1,
      count: 10,
    },
  },
  {
    method: 'POST',
    path: '/Users',
    body: { userName: '{{WNAME}}', emails: [{ value: '{{WMAIL}}', primary: true }] },
  },
  {
    method: 'PUT',
    path: '/Users/{{U1}}',
    body: { userName: '{{U1NAME}}', emails: [{ value: '{{WMAIL}}' }] },
  },
  {
    method: 'PUT',
    path: '/Groups/{{G2}}',
    body: { displayName: '{{WGROUP}}', members: [{ value: '{{U1}}' }] },
  },
];

export const CORPUS: readonly Recorded[] = [...fromFlows(), ...FROM_BRIDGE];

/** Those of the corpus that carry a JSON object. */
export const WITH_BODY = CORPUS.filter(({ body }) => typeof body === 'object' && body !== null);

const LARGEST_DONOR = 60;

/** Parts of all bodies, to be put where they do not belong. */
export const DONORS: readonly Tree[] = WITH_BODY.flatMap(({ body }) => nodesOf(plant(body))).filter(
  (node) => nodesOf(node).length <= LARGEST_DONOR,
);
