/**
 * Which event of the audit log a change makes: a table of kinds of change, with the names of Mode's help page
 * (H:audit-logs, CONFIRMED-O). The page has no name for somebody who joins, is removed or signs in, for a renamed group
 * or collection, nor for what a deleted group takes with it: such changes leave no event, here as there.
 */
import { permissionOf } from '../access/records.ts';
import type { Change, Permission } from '../model.ts';
import type { State } from '../state.ts';

/** An event before anybody has done it. */
export interface Draft {
  readonly action: string;
  readonly entity: Readonly<Record<'entity_type' | 'entity_id' | 'entity_name', string>>;
  readonly context: Readonly<Record<string, string>>;
}

type Of<K extends Change['kind']> = Extract<Change, { kind: K }>;
type Drafter<K extends Change['kind']> = (
  state: State,
  change: Of<K>,
  batch: readonly Change[],
) => Draft | undefined;

/** `workspace_connection` is the Swagger's example (CONFIRMED-O); the other types are named after it (assumption). */
type EntityType = 'workspace_connection' | 'workspace_collection' | 'workspace_group' | 'workspace_user';

const draft = (
  action: string,
  [type, id, name]: readonly [EntityType, string, string],
  context: Draft['context'] = {},
): Draft => ({
  action,
  entity: { entity_type: type, entity_id: id, entity_name: name },
  context,
});

/** A group can be made and filled in one batch, before the state knows its name. */
const groupName = (state: State, batch: readonly Change[], token: string): string => {
  const made = batch.find((one): one is Of<'group'> => one.kind === 'group' && one.group.token === token);
  return made?.group.name ?? state.groups.get(token)?.group.name ?? '';
};

const person: Drafter<'person'> = (state, { person: after }) => {
  const before = state.people.get(after.memberToken);
  const isHere = before?.state === 'active' && after.state === 'active';
  if (!isHere || before.admin === after.admin) return undefined;
  return draft('org_user_role_changed', ['workspace_user', after.memberToken, after.username], {
    role: after.admin ? 'Admin' : 'Full Member',
  });
};

/** An invitation is first, sent again while it is open, or sent to somebody who was here before. */
const invite: Drafter<'invite'> = (state, { invite: after }) => {
  if (after.acceptedAt !== null) return undefined;
  const before = state.invites.get(after.memberToken);
  const isResent = before !== undefined && before.acceptedAt === null;
  const wasHere = state.people.get(after.memberToken)?.state === 'former';
  const action = isResent
    ? 'org_user_invitation_resent'
    : wasHere
      ? 'org_user_reinvited'
      : 'org_user_invited';
  return draft(action, ['workspace_user', after.memberToken, after.email]);
};

const group: Drafter<'group'> = (state, { group: after }) => {
  const before = state.groups.get(after.token)?.group;
  const entity = ['workspace_group', after.token, after.name] as const;
  if (!before) return draft('group_created', entity);
  return before.state !== after.state ? draft('group_deleted', entity) : undefined;
};

const inGroup = (
  action: string,
  [state, batch]: readonly [State, readonly Change[]],
  groupToken: string,
  memberToken: string,
): Draft =>
  draft(action, ['workspace_group', groupToken, groupName(state, batch, groupToken)], {
    user_id: memberToken,
    username: state.people.get(memberToken)?.username ?? '',
  });

const joinedGroup: Drafter<'joinedGroup'> = (state, { membership }, batch) =>
  inGroup('group_member_added', [state, batch], membership.groupToken, membership.memberToken);

/** What follows from another change of the batch, as when somebody is removed, is no event of its own (assumption). */
const isConsequence = (change: Change, batch: readonly Change[]): boolean => batch[0]?.kind !== change.kind;

const leftGroup: Drafter<'leftGroup'> = (state, change, batch) =>
  isConsequence(change, batch)
    ? undefined
    : inGroup('group_member_removed', [state, batch], change.groupToken, change.memberToken);

const collection: Drafter<'collection'> = (state, { collection: after }) => {
  const before = state.collections.get(after.token)?.collection;
  const entity = ['workspace_collection', after.token, after.name] as const;
  if (!before) return draft('collection_created', entity);
  if (before.state !== after.state) return draft('collection_deleted', entity);
  if (before.defaultAccess === after.defaultAccess) return undefined;
  return draft('workspace_default_access_changed', entity, { role: after.defaultAccess });
};

type Step = 'added' | 'changed' | 'removed';

/**
 * Names of what happens to permissions. The help page is cut off after `connection_group_added_with_role`: the three
 * connection names that it does not show are named by analogy (INFERRED).
 */
const ACCESS_ACTIONS: Readonly<
  Record<'connection' | 'collection', Record<Permission['accessorType'], Record<Step, string>>>
> = {
  connection: {
    Account: {
      added: 'connection_member_added_with_role',
      changed: 'connection_member_role_changed',
      removed: 'connection_member_removed',
    },
    UserGroup: {
      added: 'connection_group_added_with_role',
      changed: 'connection_group_role_changed',
      removed: 'connection_group_removed',
    },
  },
  collection: {
    Account: {
      added: 'collection_member_added',
      changed: 'collection_member_access_changed',
      removed: 'collection_member_removed',
    },
    UserGroup: {
      added: 'collection_group_added',
      changed: 'collection_group_access_changed',
      removed: 'collection_group_removed',
    },
  },
};

/** `group_id`, `group_name` and `role` are the Swagger's examples (CONFIRMED-O); the role is written as in the UI. */
const accessor = (state: State, { accessorType, accessorToken, action }: Permission) => ({
  ...(accessorType === 'UserGroup'
    ? { group_id: accessorToken, group_name: state.groups.get(accessorToken)?.group.name ?? '' }
    : { user_id: accessorToken, username: state.people.get(accessorToken)?.username ?? '' }),
  role: action.charAt(0).toUpperCase() + action.slice(1),
});

const access = (state: State, permission: Permission, step: Step): Draft => {
  const { resourceToken, accessorType } = permission;
  const connection = state.connections.get(resourceToken)?.connection;
  const thing = connection ?? state.collections.get(resourceToken)?.collection;
  const kind = connection ? 'connection' : 'collection';
  return draft(
    ACCESS_ACTIONS[kind][accessorType][step],
    [`workspace_${kind}`, resourceToken, thing?.name ?? ''],
    accessor(state, permission),
  );
};

const held = (state: State, resourceToken: string, accessorToken: string): Permission | undefined => {
  const record = state.connections.get(resourceToken) ?? state.collections.get(resourceToken);
  return record && permissionOf(record, accessorToken);
};

const granted: Drafter<'granted'> = (state, { permission }) => {
  const before = held(state, permission.resourceToken, permission.accessorToken);
  if (before?.action === permission.action) return undefined;
  return access(state, permission, before ? 'changed' : 'added');
};

const revoked: Drafter<'revoked'> = (state, change, batch) => {
  const before = held(state, change.resourceToken, change.accessorToken);
  return before && !isConsequence(change, batch) ? access(state, before, 'removed') : undefined;
};

const DRAFTERS: { readonly [K in Change['kind']]?: Drafter<K> } = {
  person,
  invite,
  group,
  joinedGroup,
  leftGroup,
  collection,
  granted,
  revoked,
};

/** Lists the events that a batch of changes makes, by the state before any of them. */
export const draftEvents = (state: State, batch: readonly Change[]): readonly Draft[] =>
  batch.flatMap((change) => {
    // The table pairs each kind with its own function; TypeScript cannot follow that through an index.
    const drafter = DRAFTERS[change.kind] as Drafter<Change['kind']> | undefined;
    return drafter?.(state, change, batch) ?? [];
  });
