/**
 * Roles and entitlements for identity governance (idp-clients.md §2.9): what there is in Mode to be given. Both can only be
 * read: Mode offers no way to make a role, and an entitlement is given by membership of its group (`/Groups`).
 */
import { findGroup } from '../directory/group-view.ts';
import { matches } from '../directory/match.ts';
import type { Page, Query } from '../directory/query.ts';
import { entitlementSchema, type ResourceSchema, roleSchema } from '../directory/schema.ts';
import { AppError } from '../errors.ts';
import type { Operation, ScimRequest } from './context.ts';
import { groupPage } from './groups.ts';
import { type ListRequest, listReply, pageOf, readListRequest } from './list/list.ts';
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

const resource = (
  { baseUrl }: ScimRequest,
  { core, resourceType }: ResourceSchema,
  attributes: Resource & { readonly id: string },
): Resource => {
  const endpoint = resourceType === 'Role' ? '/Roles' : '/Entitlements';
  const location = `${baseUrl}${endpoint}/${encodeURIComponent(attributes.id)}`;
  return { schemas: [core.id], ...attributes, meta: { resourceType, location } };
};

const shown = (
  request: ScimRequest,
  schema: ResourceSchema,
  attributes: Resource & { readonly id: string },
) => project(resource(request, schema, attributes), readProjection(request.query, schema));

const rolePage = (request: ScimRequest, { query }: ListRequest): Page<Resource> => {
  const { filter } = query;
  const fitting = ROLES.filter((role) => filter === null || matches(filter, role));
  const rows = fitting.slice(query.offset, query.offset + query.limit);
  return { total: fitting.length, rows: rows.map((role) => shown(request, roleSchema, role)), next: null };
};

const listRoles: Operation = async (request) => {
  const byIndex = { ...request, query: { ...request.query, cursor: undefined } };
  const wish = readListRequest(byIndex, roleSchema);
  return listReply(request, wish, await pageOf(wish, () => Promise.resolve(rolePage(request, wish))));
};

const readRole: Operation = async (request) => {
  const role = ROLES.find(({ id }) => id === request.id);
  const names = ROLES.map(({ id }) => id).join(', ');
  if (!role)
    throw new AppError('notFound', 'scim.governance.role', `There is no such role. There are: ${names}.`);
  return { status: 200, body: shown(request, roleSchema, role) };
};

const asEntitlement = (id: string, displayName: string) => ({ id, displayName, type: 'Group' });

/** Filters name `type`, which every entitlement here shares, and `description`, which none has: settled in advance. */
const entitlementPage = async (request: ScimRequest, query: Query): Promise<Page<Resource>> => {
  const named = { ...request, query: { attributes: 'displayName' } };
  const page = await groupPage(named, query);
  const rows = page.rows.map(({ id, displayName }) =>
    shown(request, entitlementSchema, asEntitlement(String(id), String(displayName))),
  );
  return { ...page, rows };
};

const listEntitlements: Operation = async (request) => {
  const wish = readListRequest(request, entitlementSchema);
  return listReply(request, wish, await pageOf(wish, (query) => entitlementPage(request, query)));
};

const readEntitlement: Operation = async (request) => {
  const { group } = await findGroup(request.deps, request.call, request.id, false);
  const entitlement = asEntitlement(group.id, group.displayName);
  return { status: 200, body: shown(request, entitlementSchema, entitlement) };
};

export const roleOperations = { list: listRoles, read: readRole } as const;
export const entitlementOperations = { list: listEntitlements, read: readEntitlement } as const;
