/** Reading people: the record, the groups she is in, and what Mode says of her. */
import { AppError } from '../errors.ts';
import type { Call, Deps } from './deps.ts';
import type { ModeMember, UserRecord, WayIn } from './model.ts';
import type { Page, Query } from './query.ts';
import type { MembershipView } from './store/memberships.ts';
import type { Store } from './store/store.ts';

/** A person as she is shown: the record, the groups she is wanted in, and what Mode says of her. */
export interface UserView {
  readonly user: UserRecord;
  readonly groups: readonly MembershipView[];
  readonly mode: ModeMember | undefined;
  /** How the people of her connection get in. */
  readonly wayIn: WayIn;
}

/** Shows people: their groups and what Mode says of them, in two queries for all. */
export const viewUsers = async (
  deps: Deps,
  { connection: { id: connectionId, wayIn } }: Call,
  users: readonly UserRecord[],
): Promise<readonly UserView[]> => {
  const tokens = users.flatMap(({ memberToken }) => (memberToken === null ? [] : [memberToken]));
  const [memberships, members] = await Promise.all([
    deps.store.memberships.groupsOf(
      connectionId,
      users.map(({ id }) => id),
    ),
    deps.store.mode.membersByToken(connectionId, tokens),
  ]);
  const groups = new Map<string, MembershipView[]>();
  for (const membership of memberships) {
    const list = groups.get(membership.userId);
    if (list) list.push(membership);
    else groups.set(membership.userId, [membership]);
  }
  return users.map((user) => ({
    user,
    groups: groups.get(user.id) ?? [],
    mode: user.memberToken === null ? undefined : members.get(user.memberToken),
    wayIn,
  }));
};

/** Shows one person. */
export const viewUser = async (deps: Deps, call: Call, user: UserRecord): Promise<UserView> => {
  const [view] = await viewUsers(deps, call, [user]);
  return view ?? { user, groups: [], mode: undefined, wayIn: call.connection.wayIn };
};

/** Throws `notFound` for an id that is not a living person of the connection. */
export const findUser = async (deps: Deps, call: Call, id: string): Promise<UserView> =>
  viewUser(deps, call, await requireUser(deps.store, call.connection.id, id));

/** Throws `notFound` for an id that is not a living person of the connection. */
export const requireUser = async (store: Store, connectionId: string, id: string): Promise<UserRecord> => {
  const user = await store.users.find(connectionId, id);
  if (!user) throw new AppError('notFound', 'directory.users.unknown', `There is no user with id "${id}".`);
  return user;
};

/** People in the order of creation. */
export const listUsers = async (deps: Deps, call: Call, query: Query): Promise<Page<UserView>> => {
  const page = await deps.store.users.list(call.connection.id, query);
  return { ...page, rows: await viewUsers(deps, call, page.rows) };
};
