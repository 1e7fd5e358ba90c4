/** Reading groups: the record, its members where they are asked for, and what Mode says. */
import { AppError } from '../errors.ts';
import type { Call, Deps } from './deps.ts';
import type { GroupRecord, ModeGroup } from './model.ts';
import type { Page, Query } from './query.ts';
import type { MembershipView } from './store/memberships.ts';
import type { Store } from './store/store.ts';

/** A group as it is shown; members only when they were asked for. */
export interface GroupView {
  readonly group: GroupRecord;
  readonly members: readonly MembershipView[] | null;
  readonly mode: ModeGroup | undefined;
}

const unknown = (id: string): AppError =>
  new AppError('notFound', 'directory.groups.unknown', `There is no group with id "${id}".`);

/** Throws `notFound` for an id that is not a living group of the connection. */
export const requireGroup = async (store: Store, connectionId: string, id: string): Promise<GroupRecord> => {
  const group = await store.groups.find(connectionId, id);
  if (!group) throw unknown(id);
  return group;
};

/** Like requireGroup; nobody else changes the group or its members before the transaction under way has ended. */
export const lockGroup = async (store: Store, connectionId: string, id: string): Promise<GroupRecord> => {
  const group = await store.groups.lock(connectionId, id);
  if (!group || group.deletedAt !== null) throw unknown(id);
  return group;
};

/** Shows groups; `withMembers` false leaves the members untouched in the database. */
const viewGroups = async (
  deps: Deps,
  connectionId: string,
  groups: readonly GroupRecord[],
  withMembers: boolean,
): Promise<readonly GroupView[]> => {
  const tokens = groups.flatMap(({ groupToken }) => (groupToken === null ? [] : [groupToken]));
  const ids = groups.map(({ id }) => id);
  const [seen, memberships] = await Promise.all([
    deps.store.mode.groupsByToken(connectionId, tokens),
    withMembers ? deps.store.memberships.membersOf(connectionId, ids) : [],
  ]);
  const members = new Map<string, MembershipView[]>(ids.map((id) => [id, []]));
  for (const membership of memberships) members.get(membership.groupId)?.push(membership);
  return groups.map((group) => ({
    group,
    members: withMembers ? (members.get(group.id) ?? []) : null,
    mode: group.groupToken === null ? undefined : seen.get(group.groupToken),
  }));
};

/** Throws `notFound` for an id that is not a living group of the connection. */
export const findGroup = async (
  deps: Deps,
  call: Call,
  id: string,
  withMembers: boolean,
): Promise<GroupView> => {
  const group = await requireGroup(deps.store, call.connection.id, id);
  const [view] = await viewGroups(deps, call.connection.id, [group], withMembers);
  return view ?? { group, members: null, mode: undefined };
};

/** Shows a group just made; of one that somebody else has deleted by now what was written, without its members. */
export const viewCreated = async (
  deps: Deps,
  made: GroupRecord,
  withMembers: boolean,
): Promise<GroupView> => {
  const { connectionId, id } = made;
  const group = await deps.store.groups.find(connectionId, id);
  const [view] = group ? await viewGroups(deps, connectionId, [group], withMembers) : [];
  return view ?? { group: made, members: null, mode: undefined };
};

/** Groups in the order of creation. */
export const listGroups = async (
  deps: Deps,
  call: Call,
  query: Query,
  withMembers: boolean,
): Promise<Page<GroupView>> => {
  const page = await deps.store.groups.list(call.connection.id, query);
  return { ...page, rows: await viewGroups(deps, call.connection.id, page.rows, withMembers) };
};
