/** The link between people of the record and members of Mode: made when they are seen there, loosened when they left. */
import { type Deps, isoNow } from './deps.ts';
import type { Link } from './linking.ts';
import type { ModeMember, UserRecord } from './model.ts';
import type { Store } from './store.ts';

/**
 * Links people with the members that a listing asked for at `seenAt` showed them to be; what Mode says of these is for the
 * caller to save. Who has joined gets the groups that waited for her: they are marked, so that her memberships follow. Who
 * is not to be in Mode is marked to be removed, before anything else.
 */
export const linkMembers = async (
  deps: Deps,
  store: Store,
  connectionId: string,
  { links, seenAt }: { readonly links: readonly Link[]; readonly seenAt: string },
): Promise<void> => {
  const joined = new Set(
    links.filter(({ member }) => member.state === 'active').map(({ person }) => person.id),
  );
  const linked = await store.users.linkMany(
    connectionId,
    links.map(({ person, member }) => ({
      id: person.id,
      memberToken: member.memberToken,
      invited: member.state === 'pending',
    })),
    seenAt,
  );
  const unwanted = linked.filter(({ active, deletedAt }) => !active || deletedAt !== null);
  const wanted = linked.filter(({ active, deletedAt }) => active && deletedAt === null);
  const waited = wanted.map(({ id }) => id).filter((id) => joined.has(id));
  const groupIds = await store.memberships.groupsWaitingFor(connectionId, waited);
  const marks = [
    ...unwanted.map(({ id }) => ({ kind: 'user', id, priority: 0 }) as const),
    ...groupIds.map((id) => ({ kind: 'group', id, priority: 1 }) as const),
  ];
  await store.unsettled.markMany(
    marks.map((mark) => ({ connectionId, undo: null, ...mark })),
    isoNow(deps),
  );
};

/** Links one person with the member that was seen at `seenAt`, and saves what Mode says of her. */
export const linkMember = (deps: Deps, user: UserRecord, member: ModeMember, seenAt: string): Promise<void> =>
  deps.store.transaction(async (store) => {
    await store.mode.saveMembers(user.connectionId, [member], seenAt);
    await linkMembers(deps, store, user.connectionId, { links: [{ person: user, member }], seenAt });
  });

/** Records that the person is out of Mode: no invitation stands and none of her group memberships is present. */
export const forgetMember = (deps: Deps, user: UserRecord, member: ModeMember | undefined): Promise<void> =>
  deps.store.transaction(async (store) => {
    const now = isoNow(deps);
    if (member) {
      const former = { ...member, state: 'former', membershipToken: null } as const;
      await store.mode.saveMembers(user.connectionId, [former], now);
    }
    await store.users.link(user.connectionId, user.id, {
      memberToken: member?.memberToken ?? user.memberToken,
      invitedAs: user.invitedAs,
      invitedAt: null,
    });
    await store.memberships.forgetPresence(user.connectionId, [user.id], now);
  });
