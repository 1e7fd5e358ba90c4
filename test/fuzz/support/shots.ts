/** Requests at the front door, at random: real ones with damages, and ones made up from the grammar of each part. */
import fc from 'fast-check';
import { CORPUS, type Recorded, WITH_BODY } from './corpus.ts';
import { groupOperation, userOperation } from './patch-operations.ts';
import { anyBody } from './people.ts';
import { anyDamages, filterText, mostly, nasty, type Shot, shotFrom } from './shot.ts';
import { anyText } from './texts.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';

/** A real request with damages. */
const real: fc.Arbitrary<Shot> = fc
  .record({
    ...anyDamages({ path: 3, body: 1 }),
    of: fc.constantFrom(...CORPUS),
    method: mostly<string | undefined>(undefined, fc.constantFrom(...METHODS), 9),
  })
  .map(({ of, method, ...how }) => shotFrom({ ...of, method: method ?? of.method }, how));

const ADDRESSES = [
  '/Users',
  '/Groups',
  '/Users/{{U1}}',
  '/Groups/{{G1}}',
  '/Bulk',
  '/.search',
  '/Users/.search',
];

/** A body sent to where another one belongs. */
const misdirected: fc.Arbitrary<Shot> = fc
  .record({
    ...anyDamages({ path: 9, body: 2 }),
    to: fc.constantFrom(...ADDRESSES),
    of: fc.constantFrom(...WITH_BODY),
    method: fc.constantFrom('POST', 'PUT', 'PATCH'),
  })
  .map(({ of, to, method, ...how }) => shotFrom({ method, path: to, body: of.body }, how));

const NAMES = [
  ...[
    'userName',
    'emails',
    'emails.value',
    'emails.type',
    'name',
    'name.familyName',
    'id',
    'meta',
    'meta.created',
  ],
  ...[
    'meta.version',
    'active',
    'groups',
    'groups.display',
    'groups.$ref',
    'members',
    'members.value',
    'members.type',
  ],
  ...['schemas', 'displayName', 'password', 'addresses.country', 'emails[type eq "work"].value', 'manager'],
  ...['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', `${USER}:id`, 'externalId', 'type'],
  ...['urn:ietf:params:scim:schemas:extension:mode:2.0:User:state', 'x509Certificates', 'urn:x:y'],
];
const name = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...NAMES) }, nasty, anyText);
const names = fc.array(name, { minLength: 1, maxLength: 4 }).map((list) => list.join(','));

const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '10',
  '100',
  '1000',
  '1001',
  '-1',
  '+1',
  '999999999999999',
  '-999999999999999',
  '',
];
const BAD_NUMBERS = ['1e3', '0x1', ' 1', '9'.repeat(30), 'null', '1.5', '٣', '1,2'];
const number = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 1, arbitrary: fc.constantFrom(...BAD_NUMBERS) },
  { weight: 1, arbitrary: nasty },
);
const order = mostly('descending', fc.oneof(fc.constantFrom('ascending', 'Descending', 'up', ''), nasty), 2);
const cursor = mostly(
  '{{CURSOR}}',
  fc.oneof(fc.constantFrom('', '{{CURSOR}}x', 'a.b', '.', 'e30.e30'), nasty),
  1,
);

const PARAMETERS: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['filter', filterText],
  ['filter', filterText],
  ['sortBy', name],
  ['sortOrder', order],
  ['startIndex', number],
  ['count', number],
  ['cursor', cursor],
  ['attributes', names],
  ['excludedAttributes', names],
  ['aadOptscim062020', fc.constant('')],
  ['__proto__', fc.constant('x')],
];

const parameter = fc
  .constantFrom(...PARAMETERS)
  .chain(([key, value]) => value.map((text) => [key, text] as const));
const parameters = fc.array(parameter, { maxLength: 4 });

const encode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, ''))
    .replaceAll('%7B%7B', '{{')
    .replaceAll('%7D%7D', '}}');

const LISTS = [
  ...['/Users', '/Users', '/Users', '/Groups', '/Groups', '/', '/Roles', '/Entitlements', '/Users/{{U1}}'],
  ...[
    '/Groups/{{G1}}',
    '/Schemas',
    '/ResourceTypes',
    '/ServiceProviderConfig',
    '/Me',
    '/Users/{{W1}}',
    '/Groups/{{WG1}}',
  ],
];

const list: fc.Arbitrary<Shot> = fc
  .record({ ...anyDamages({ path: 8, body: 9 }), of: fc.constantFrom(...LISTS), parameters })
  .map(({ of, parameters: query, ...how }) => {
    const text = query.map(([key, value]) => `${encode(key)}=${encode(value)}`);
    return shotFrom({ method: 'GET', path: `${of}?${text.join('&')}` }, how);
  });

const search: fc.Arbitrary<Shot> = fc
  .record({
    ...anyDamages({ path: 9, body: 3 }),
    of: fc.constantFrom('/Users', '/Groups', '', '/Roles'),
    parameters,
  })
  .map(({ of, parameters: query, ...how }) => {
    const body = { schemas: [`${MESSAGES}:SearchRequest`], ...Object.fromEntries(query) };
    return shotFrom({ method: 'POST', path: `${of}/.search`, body }, how);
  });

const USERS = ['/Users/{{U1}}', '/Users/{{U2}}', '/Users/{{U3}}?attributes=emails'];
const GROUPS = ['/Groups/{{G1}}', '/Groups/{{G2}}', '/Groups/{{G1}}?attributes=members'];

const patchOf = (of: readonly string[], operation: fc.Arbitrary<unknown>): fc.Arbitrary<Shot> =>
  fc
    .record({
      ...anyDamages({ path: 9, body: 3 }),
      of: fc.constantFrom(...of),
      operations: fc.array(operation, { minLength: 1, maxLength: 3 }),
    })
    .map(({ of: path, operations, ...how }) =>
      shotFrom(
        { method: 'PATCH', path, body: { schemas: [`${MESSAGES}:PatchOp`], Operations: operations } },
        how,
      ),
    );

const WRITES: readonly (readonly [string, string])[] = [
  ['POST', '/Users'],
  ['PUT', '/Users/{{U1}}'],
  ['PUT', '/Users/{{U2}}'],
];

const person: fc.Arbitrary<Shot> = fc
  .record({
    ...anyDamages({ path: 9, body: 2 }),
    of: fc.constantFrom(...WRITES),
    attributes: anyBody,
    userName: anyText,
  })
  .map(({ of: [method, path], attributes, userName, ...how }) =>
    shotFrom({ method, path, body: { schemas: [USER], userName: `f${userName}`, ...attributes } }, how),
  );

const MEMBERS: readonly unknown[] = [
  [],
  [{ value: '{{U1}}' }],
  [{ value: '{{U2}}' }, { value: '{{U3}}' }],
  null,
];

const group: fc.Arbitrary<Shot> = fc
  .record({
    ...anyDamages({ path: 9, body: 2 }),
    of: fc.constantFrom(['POST', '/Groups'], ['PUT', '/Groups/{{G1}}'], ['PUT', '/Groups/{{G2}}']),
    displayName: fc.oneof(anyText, fc.constant('{{WGROUP}}')),
    members: fc.constantFrom(...MEMBERS),
  })
  .map(({ of: [method = '', path = ''], displayName, members, ...how }) =>
    shotFrom({ method, path, body: { schemas: [GROUP], displayName: `f${displayName}`, members } }, how),
  );

const asOperation = ({ method, path, body }: Recorded, nth: number) => ({
  method: method === 'GET' ? 'PATCH' : method,
  path,
  bulkId: `b${nth}`,
  data: body,
});

const bulk: fc.Arbitrary<Shot> = fc
  .record({
    ...anyDamages({ path: 30, body: 1 }),
    of: fc.array(fc.constantFrom(...CORPUS), { minLength: 1, maxLength: 5 }),
    failOnErrors: mostly<unknown>(undefined, fc.constantFrom(0, 1, 2, -1, 1.5, '1', null), 3),
  })
  .map(({ of, failOnErrors, ...how }) => {
    const body = { schemas: [`${MESSAGES}:BulkRequest`], failOnErrors, Operations: of.map(asOperation) };
    return shotFrom({ method: 'POST', path: '/Bulk', body: JSON.parse(JSON.stringify(body)) }, how);
  });

const astray: fc.Arbitrary<Shot> = fc
  .record({
    ...anyDamages({ path: 3, body: 3 }),
    method: fc.constantFrom(...METHODS),
    steps: fc.array(fc.oneof(name, nasty, fc.constantFrom('Users', 'Groups', '{{U1}}')), { maxLength: 4 }),
  })
  .map(({ method, steps, ...how }) => shotFrom({ method, path: `/${steps.join('/')}` }, how));

/** Any request that the fuzzing sends. */
const anyShot: fc.Arbitrary<Shot> = fc.oneof(
  { weight: 6, arbitrary: real },
  { weight: 2, arbitrary: misdirected },
  { weight: 5, arbitrary: list },
  { weight: 2, arbitrary: search },
  { weight: 4, arbitrary: patchOf(USERS, userOperation) },
  { weight: 4, arbitrary: patchOf(GROUPS, groupOperation) },
  { weight: 3, arbitrary: person },
  { weight: 1, arbitrary: group },
  { weight: 2, arbitrary: bulk },
  { weight: 1, arbitrary: astray },
);

/** A few requests, one after the other. */
export const anyVolley: fc.Arbitrary<readonly Shot[]> = fc.array(anyShot, {
  minLength: 1,
  maxLength: 10,
  size: 'max',
});
