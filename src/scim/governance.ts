/**
 * Roles and entitlements for identity governance (idp-clients.md §2.9): what there is in Mode to be given. Both can only be
 * read: Mode offers no way to make a role; what a group entitles to is given by membership (`/Groups`), and connections and
 * collections are shown as Mode was last seen to hold them (directory/sync/access.ts).
 */
import { findEntitlement, listEntitlements } from '../directory/entitlements.ts';
import { matches } from '../directory/match.ts';
import type { Entitlement } from '../directory/model.ts';
import type { Page, Query } from '../directory/query.ts';
import { entitlementSchema, type ResourceSchema, roleSchema } from '../directory/schema.ts';
import { AppError } from '../errors.ts';
import type { Operation, ScimRequest } from './context.ts';
import { type ListRequest, listReply, pageOf, readListRequest, withoutCursor } from './list/list.ts';
import { project, readProjection } from './projection.ts';
import type { Resource } from './resource.ts';

/** Mode's two roles (mode-api.md §9); the API knows them as the boolean `admin` alone. */
const ROLES = [
  {
    id: 'admin',
    displayName: 'Admin',
    description: 'Runs the workspace: members, groups, connections and settings.',
  },
  {
    id: 'member',
    displayName: 'Full Member',
    description: 'Works with what her groups and connections open.',
  },
] as const;

type Shown = (attributes: Resource & { readonly id: string }) => Resource;

/** Shows resources of the type with the attributes that the request asks for, which are read once for all of them. */
const showing = ({ baseUrl, query }: ScimRequest, schema: ResourceSchema): Shown => {
  const { core, resourceType } = schema;
  const endpoint = `${baseUrl}${resourceType === 'Role' ? '/Roles' : '/Entitlements'}`;
  const projection = readProjection(query, schema);
  return (attributes) => {
    const location = `${endpoint}/${encodeURIComponent(attributes.id)}`;
    const resource = { schemas: [core.id], ...attributes, meta: { resourceType, location } };
    return project(resource, projection);
  };
};

const rolePage = (request: ScimRequest, { query }: ListRequest): Page<Resource> => {
  const { filter } = query;
  const fitting = ROLES.filter((role) => filter === null || matches(filter, role));
  const rows = fitting.slice(query.offset, query.offset + query.limit);
  return { total: fitting.length, rows: rows.map(showing(request, roleSchema)), next: null };
};

const listRoles: Operation = async (request) => {
  const { byIndex, check } = withoutCursor(request);
  const wish = readListRequest(byIndex, roleSchema);
  const page = await pageOf(wish, () => Promise.resolve(rolePage(request, wish)));
  check(wish, page);
  return listReply(request, wish, page);
};

const readRole: Operation = async (request) => {
  const role = ROLES.find(({ id }) => id === request.id);
  const names = ROLES.map(({ id }) => id).join(', ');
  if (!role)
    throw new AppError('notFound', 'scim.governance.role', `There is no such role. There are: ${names}.`);
  return { status: 200, body: showing(request, roleSchema)(role) };
};

/** Types of entitlement, the `canonicalValues` of scim-schemas/entitlement.json. */
const TYPES: Readonly<Record<Entitlement['kind'], string>> = {
  group: 'Group',
  connection: 'Connection',
  collection: 'Collection',
};

const attributesOf = ({ id, kind, displayName, description }: Entitlement) => ({
  id,
  displayName,
  type: TYPES[kind],
  ...(description === null ? {} : { description }),
});

const entitlementPage = async (request: ScimRequest, query: Query): Promise<Page<Resource>> => {
  const page = await listEntitlements(request.deps, request.call, query);
  return { ...page, rows: page.rows.map(attributesOf).map(showing(request, entitlementSchema)) };
};

const list: Operation = async (request) => {
  const wish = readListRequest(request, entitlementSchema);
  return listReply(request, wish, await pageOf(wish, (query) => entitlementPage(request, query)));
};

const read: Operation = async (request) => {
  const entitlement = await findEntitlement(request.deps, request.call, request.id);
  return { status: 200, body: showing(request, entitlementSchema)(attributesOf(entitlement)) };
};

export const roleOperations = { list: listRoles, read: readRole } as const;
export const entitlementOperations = { list, read } as const;
