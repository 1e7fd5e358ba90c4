/**
 * What happens to permissions: give, change, take, and who may do so (mode-api.md §7).
 * No fact says who may; here it is admins and whoever has the strongest role on the thing (assumption).
 */
import { ALREADY_GRANTED_STATUS, NOT_MANAGER_STATUS } from '../assumptions.ts';
import type { Caller } from '../credentials.ts';
import { refusal } from '../errors.ts';
import { eligible, liveGroup } from '../group-rules.ts';
import type { AccessorType, Change, Permission } from '../model.ts';
import type { State } from '../state.ts';
import { freshToken, timestamp, type World } from '../world.ts';
import type { Resource } from './kinds.ts';
import { type Entitled, permissionOf } from './records.ts';

/** Lists what a member may on a thing, by themselves and through groups. */
export const actionsOf = (state: State, record: Entitled, memberToken: string): readonly string[] =>
  [memberToken, ...(state.groupsOf.get(memberToken) ?? [])].flatMap(
    (accessor) => permissionOf(record, accessor)?.action ?? [],
  );

/** Refuses whoever may not see and change the permissions of a thing. */
export const checkManages = (world: World, caller: Caller, { kind, record }: Resource): void => {
  const own = caller.owner ? actionsOf(world.state, record, caller.owner.memberToken) : [];
  if (!caller.admin && !own.includes(kind.actions[0] ?? '')) throw refusal(NOT_MANAGER_STATUS);
};

/** Finds a permission by its own token; after its removal 404 (CONFIRMED-C, TF). */
export const permissionNamed = ({ record }: Resource, token: string): Permission => {
  const permission = record.permissions.get(token);
  if (!permission) throw refusal(404, 'Permission not found');
  return permission;
};

/** "404 is also used when a referenced object is missing" (CONFIRMED-O). */
const CHECK_ACCESSOR: Readonly<Record<AccessorType, (world: World, token: string) => unknown>> = {
  Account: eligible,
  UserGroup: liveGroup,
};

type Wish = Pick<Permission, 'action' | 'accessorType' | 'accessorToken'>;

/** Gives a permission; a second one for the same accessor is refused (UNKNOWN in the facts, see assumptions.ts). */
export const grantPermission = (world: World, resource: Resource, wish: Wish): Permission => {
  CHECK_ACCESSOR[wish.accessorType](world, wish.accessorToken);
  if (permissionOf(resource.record, wish.accessorToken)) {
    throw refusal(ALREADY_GRANTED_STATUS, 'Accessor already has a permission');
  }
  const permission: Permission = {
    ...wish,
    token: freshToken(world),
    resourceToken: resource.token,
    createdAt: timestamp(world),
  };
  world.commit([{ kind: 'granted', permission }]);
  return permission;
};

/** Changes the role of a permission; its token stays (INFERRED: TF reads it anew, but nothing says that it changes). */
export const changePermission = (
  world: World,
  permission: Permission,
  action: Permission['action'],
): Permission => {
  const changed: Permission = { ...permission, action };
  world.commit([{ kind: 'granted', permission: changed }]);
  return changed;
};

/** Lists the changes that take permissions away. */
export const revocations = (permissions: Iterable<Permission>): Change[] =>
  [...permissions].map(({ resourceToken, accessorToken }) => ({
    kind: 'revoked',
    resourceToken,
    accessorToken,
  }));

/** Takes permissions away. */
export const revokePermissions = (world: World, permissions: Iterable<Permission>): void =>
  world.commit(revocations(permissions));
