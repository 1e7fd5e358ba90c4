/**
 * The routes of permissions, the same for connections and collections (mode-api.md §7).
 * Bodies and `{token, action}` CONFIRMED-C (TF); which other fields there are is UNKNOWN: `accessor_type` and
 * `accessor_token` are given back as they were sent (assumption), because who has access could not be told otherwise.
 */
import { link } from '../account-hal.ts';
import { type Call, callerOf, choice, param, type Route, textField, unwrap } from '../call.ts';
import type { AccessorType, Permission } from '../model.ts';
import type { State } from '../state.ts';
import type { Kind, Resource } from './kinds.ts';
import {
  changePermission,
  checkManages,
  grantPermission,
  permissionNamed,
  revokePermissions,
} from './rules.ts';

const ACCESSOR_TYPES: readonly AccessorType[] = ['Account', 'UserGroup'];

const accessorHref = (state: State, { accessorType, accessorToken }: Permission): string =>
  accessorType === 'Account'
    ? `/api/${state.people.get(accessorToken)?.username ?? ''}`
    : `/api/${state.workspace.slug}/groups/${accessorToken}`;

const show = (state: State, { token, kind }: Resource, permission: Permission) => {
  const resource = `/api/${state.workspace.slug}/${kind.linked}/${token}`;
  return {
    token: permission.token,
    action: permission.action,
    accessor_type: permission.accessorType,
    accessor_token: permission.accessorToken,
    created_at: permission.createdAt,
    _links: {
      self: link(`${resource}/permissions/${permission.token}`),
      accessor: link(accessorHref(state, permission)),
      [kind.param]: link(resource),
    },
  };
};

type ResourceHandler = (call: Call, resource: Resource) => unknown;

const named = (call: Call, resource: Resource): Permission =>
  permissionNamed(resource, param(call, 'permission'));

/** All at once, whatever `page` says, as the other lists of administration do (INFERRED from SDK). */
const list: ResourceHandler = ({ world }, resource) => ({
  _links: {
    self: link(`/api/${world.state.workspace.slug}/${resource.kind.linked}/${resource.token}/permissions`),
  },
  _embedded: {
    [resource.kind.embedded]: [...resource.record.permissions.values()].map((one) =>
      show(world.state, resource, one),
    ),
  },
});

const create: ResourceHandler = (call, resource) => {
  const fields = unwrap(call.body, 'permission');
  const made = grantPermission(call.world, resource, {
    action: choice(fields, 'action', resource.kind.actions),
    accessorType: choice(fields, 'accessor_type', ACCESSOR_TYPES),
    accessorToken: textField(fields, 'accessor_token'),
  });
  return show(call.world.state, resource, made);
};

const read: ResourceHandler = (call, resource) => show(call.world.state, resource, named(call, resource));

const update: ResourceHandler = (call, resource) => {
  const permission = named(call, resource);
  const action = choice(unwrap(call.body, 'permission'), 'action', resource.kind.actions);
  return show(call.world.state, resource, changePermission(call.world, permission, action));
};

const remove: ResourceHandler = (call, resource) => {
  const permission = named(call, resource);
  revokePermissions(call.world, [permission]);
  return show(call.world.state, resource, permission);
};

/** Clears all: the form `destroy_entitlements` CONFIRMED-C (DH); the answer is UNKNOWN, here the list of what is left. */
export const removeAll: ResourceHandler = (call, resource) => {
  revokePermissions(call.world, resource.record.permissions.values());
  return list(call, resource);
};

/** Makes the handler of one kind's permissions; whoever may not manage them is refused. */
const managed =
  (kind: Kind, handler: ResourceHandler): Route['handler'] =>
  (call) => {
    const resource = kind.find(call.world, param(call, kind.param));
    checkManages(call.world, callerOf(call), resource);
    return handler(call, resource);
  };

/** Lists the routes of one kind's permissions. */
export const permissionRoutes = (
  kind: Kind,
  more: Readonly<Record<string, ResourceHandler>> = {},
): readonly Route[] => {
  const all = `/api/{workspace}/${kind.segment}/{${kind.param}}/permissions`;
  const one = `${all}/{permission}`;
  const route = (method: string, template: string, handler: ResourceHandler): Route => ({
    method,
    template,
    handler: managed(kind, handler),
  });
  return [
    route('GET', all, list),
    route('POST', all, create),
    ...Object.entries(more).map(([method, handler]) => route(method, all, handler)),
    route('GET', one, read),
    route('PATCH', one, update),
    route('DELETE', one, remove),
  ];
};
