/** The table of SCIM addresses and what is done there (RFC 7644 §3.2). */
import { type BulkReply, bulkOperation } from './bulk/bulk.ts';
import type { Operation, ScimRequest } from './context.ts';
import { scimErrorBody } from './errors.ts';
import { entitlementOperations, roleOperations } from './governance.ts';
import { groupOperations } from './groups.ts';
import { searchOf } from './list/search.ts';
import { listRoot } from './root.ts';
import { userOperations } from './users.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export interface Route<O = (request: ScimRequest, requestId: string) => Promise<BulkReply>> {
  readonly method: Method;
  readonly path: string;
  readonly operation: O;
}

const readRoutes = (
  endpoint: string,
  operations: { readonly list: Operation; readonly read: Operation },
): readonly Route<Operation>[] => [
  { method: 'get', path: endpoint, operation: operations.list }, // RFC 7644 §3.4.2
  { method: 'post', path: `${endpoint}/.search`, operation: searchOf(operations.list) }, // RFC 7644 §3.4.3
  { method: 'get', path: `${endpoint}/:id`, operation: operations.read }, // RFC 7644 §3.4.1
];

const routesOf = (
  endpoint: string,
  operations: typeof userOperations | typeof groupOperations,
): readonly Route<Operation>[] => [
  ...readRoutes(endpoint, operations),
  { method: 'post', path: endpoint, operation: operations.create }, // RFC 7644 §3.3
  { method: 'put', path: `${endpoint}/:id`, operation: operations.replace }, // RFC 7644 §3.5.1
  { method: 'patch', path: `${endpoint}/:id`, operation: operations.patch }, // RFC 7644 §3.5.2
  { method: 'delete', path: `${endpoint}/:id`, operation: operations.remove }, // RFC 7644 §3.6
];

/** RFC 7644 §3.11: "/Me"; a SCIM token stands for a provider, not for a person. */
const me: Operation = () =>
  Promise.resolve({
    status: 501,
    body: scimErrorBody(501, 'This server has no "/Me": its tokens belong to no user.'),
  });

const SINGLE: readonly Route<Operation>[] = [
  ...routesOf('/Users', userOperations),
  ...routesOf('/Groups', groupOperations),
  ...readRoutes('/Roles', roleOperations),
  ...readRoutes('/Entitlements', entitlementOperations),
  { method: 'get', path: '/', operation: listRoot }, // RFC 7644 §3.4.2.1
  { method: 'post', path: '/.search', operation: searchOf(listRoot) }, // RFC 7644 §3.4.3
  ...(['get', 'post', 'put', 'patch', 'delete'] as const).map((method) => ({
    method,
    path: '/Me',
    operation: me,
  })),
];

export const BULK_PATH = '/Bulk';

/** Bulk runs the others, and never itself. */
export const ROUTES: readonly Route[] = [
  ...SINGLE,
  { method: 'post', path: BULK_PATH, operation: bulkOperation(SINGLE) }, // RFC 7644 §3.7
];

/** Addresses that can only be read, and by whom: anybody (discovery.ts). */
export const READ_ONLY = [
  '/ServiceProviderConfig',
  '/Schemas',
  '/Schemas/:id',
  '/ResourceTypes',
  '/ResourceTypes/:id',
];
