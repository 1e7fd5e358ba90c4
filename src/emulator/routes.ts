/**
 * Every address of the emulated REST API: method, template, handler (mode-api.md §13).
 * Parameters are named as in Mode's Swagger; `METHOD template` is the key that calls and faults go by.
 */
import { collectionRoutes } from './access/collection-routes.ts';
import { connectionRoutes } from './access/connection-routes.ts';
import * as account from './account-routes.ts';
import { auditRoutes } from './audit/routes.ts';
import type { Route } from './call.ts';
import { discoveryRoutes } from './discovery/routes.ts';
import * as groups from './group-routes.ts';
import * as members from './member-routes.ts';

const GROUP = '/api/{workspace}/groups/{group_token}';

/** The first row that fits is the one; `/api/{workspace}` fits the workspace's own slug only. */
const ROUTES: readonly Route[] = [
  { method: 'GET', template: '/api/verify', handler: account.verify },
  { method: 'GET', template: '/api/account', handler: account.currentAccount },
  { method: 'GET', template: '/api/{workspace}', handler: account.workspaceRoot, admit: () => undefined },
  { method: 'GET', template: '/api/{username}', handler: account.userRoot },
  { method: 'GET', template: '/api/{workspace}/api_keys/{api_key}', handler: account.apiKey },
  { method: 'GET', template: '/api/{workspace}/memberships', handler: members.listMemberships },
  { method: 'GET', template: '/api/{workspace}/memberships/lite', handler: members.listLite },
  { method: 'GET', template: '/api/{workspace}/memberships/{membership}', handler: members.getMembership },
  {
    method: 'DELETE',
    template: '/api/{workspace}/memberships/{membership}',
    handler: members.deleteMembership,
  },
  { method: 'POST', template: '/api/{workspace}/invites', handler: members.createInvite },
  { method: 'GET', template: '/api/{workspace}/groups', handler: groups.listGroups },
  { method: 'POST', template: '/api/{workspace}/groups', handler: groups.postGroup },
  { method: 'GET', template: GROUP, handler: groups.getGroup },
  { method: 'PATCH', template: GROUP, handler: groups.patchGroup },
  { method: 'DELETE', template: GROUP, handler: groups.removeGroup },
  { method: 'GET', template: `${GROUP}/memberships`, handler: groups.listGroupMemberships },
  { method: 'POST', template: `${GROUP}/memberships`, handler: groups.postGroupMembership },
  { method: 'GET', template: `${GROUP}/memberships/{membership_token}`, handler: groups.getGroupMembership },
  {
    method: 'DELETE',
    template: `${GROUP}/memberships/{membership_token}`,
    handler: groups.deleteGroupMembership,
  },
  ...connectionRoutes,
  ...collectionRoutes,
  ...auditRoutes,
  ...discoveryRoutes,
];

export interface Match {
  readonly key: string;
  readonly route: Route | undefined;
  readonly params: Readonly<Record<string, string>>;
}

/** Names a route as calls and faults do. */
const routeKey = (route: Pick<Route, 'method' | 'template'>): string => `${route.method} ${route.template}`;

/** All route keys. */
export const ROUTE_KEYS: ReadonlySet<string> = new Set(ROUTES.map(routeKey));

const decode = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};

const isPlaceholder = (part: string): boolean => part.startsWith('{');

const paramsOf = (template: string, segments: readonly string[]): Record<string, string> | undefined => {
  const parts = template.split('/').slice(1);
  if (parts.length !== segments.length) return undefined;
  const isFitting = parts.every((part, at) => isPlaceholder(part) || part === segments[at]);
  if (!isFitting) return undefined;
  const params = parts.flatMap((part, at) =>
    isPlaceholder(part) ? [[part.slice(1, -1), segments[at] ?? ''] as const] : [],
  );
  return Object.fromEntries(params);
};

/** `…/collections/…` is another spelling of `…/spaces/…`: both route (CONFIRMED-C, DH), and count as one. */
const respell = (segments: readonly string[]): readonly string[] =>
  segments[0] === 'api' && segments[2] === 'collections'
    ? [...segments.slice(0, 2), 'spaces', ...segments.slice(3)]
    : segments;

const segmentsOf = (path: string): readonly string[] | undefined => {
  const segments = path.replace(/\/$/, '').split('/').slice(1).map(decode);
  return segments.every((segment) => segment !== undefined && segment !== '')
    ? respell(segments as string[])
    : undefined;
};

/** Finds the route of a request; a path or method that Mode does not have gives none, and the key `METHOD unmatched`. */
export const findRoute = (method: string, path: string, slug: string): Match => {
  const segments = segmentsOf(path) ?? [];
  for (const route of ROUTES) {
    const params = route.method === method ? paramsOf(route.template, segments) : undefined;
    if (!params || (route.template === '/api/{workspace}' && params['workspace'] !== slug)) continue;
    return { key: routeKey(route), route, params };
  }
  return { key: `${method} unmatched`, route: undefined, params: {} };
};
