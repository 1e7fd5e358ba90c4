/** The link between a person of the record and a member of Mode: made when she is seen there, loosened when she left. */
import { type Deps, isoNow } from './deps.ts';
import type { ModeMember, UserRecord } from './model.ts';
import type { Store } from './store.ts';

/**
 * Links a person with the member that she is and records what Mode says of her. If she has joined, the groups that
 * waited for her are marked, so that her memberships follow.
 */
export const linkMember = async (
  deps: Deps,
  store: Store,
  user: UserRecord,
  member: ModeMember,
): Promise<void> => {
  const now = isoNow(deps);
  await store.mode.saveMembers(user.connectionId, [member], now);
  await store.users.link(user.connectionId, user.id, {
    memberToken: member.memberToken,
    invitedAs: user.invitedAs,
    invitedAt: member.state === 'pending' ? (user.invitedAt ?? now) : null,
  });
  if (!user.active) await markUser(deps, store, user);
  else if (member.state === 'active') await markWaitingGroups(deps, store, user);
};

/** Somebody who is not to be in Mode turned up there: she is removed, before anything else. */
const markUser = (deps: Deps, store: Store, user: UserRecord): Promise<void> => {
  const entry = {
    connectionId: user.connectionId,
    kind: 'user',
    id: user.id,
    undo: null,
    priority: 0,
  } as const;
  return store.unsettled.mark(entry, isoNow(deps));
};

/** Marks the groups in which the person is wanted and not yet present. */
const markWaitingGroups = async (deps: Deps, store: Store, user: UserRecord): Promise<void> => {
  const groupIds = await store.memberships.groupsWaitingFor(user.connectionId, user.id);
  for (const id of groupIds) {
    const entry = { connectionId: user.connectionId, kind: 'group', id, undo: null, priority: 1 } as const;
    await store.unsettled.mark(entry, isoNow(deps));
  }
};

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
    await store.memberships.forgetPresence(user.connectionId, user.id, now);
  });
