/**
 * How the people of a connection get into Mode, changed later: who waits for her first sign-in by SAML is invited once the
 * connection invites; who was invited already comes either way.
 */
import { AppError } from '../errors.ts';
import { type Deps, isoNow } from './deps.ts';
import { inviteAddress } from './emails.ts';
import type { Connection, WayIn } from './model.ts';
import { probeInviting } from './probe/probe.ts';
import { waitingPeople } from './waiting.ts';

const requireInviting = async (deps: Deps, connection: Connection): Promise<void> => {
  const { result, why, remedy } = await probeInviting(deps, connection);
  if (result !== 'no') return;
  throw new AppError(
    'forbidden',
    'directory.way-in.cannot-invite',
    `Nobody could be invited: ${why} ${remedy}`,
  );
};

/** Marks those who wait, so that they are invited in the background; gives how many. */
const inviteWaiting = async (deps: Deps, connectionId: string): Promise<number> => {
  const ids: string[] = [];
  for await (const { id, attributes } of waitingPeople(deps, connectionId))
    if (inviteAddress(attributes) !== null) ids.push(id);
  const marks = ids.map((id) => ({ connectionId, kind: 'user', id, undo: null, priority: 1 }) as const);
  await deps.store.unsettled.markMany(marks, isoNow(deps));
  return ids.length;
};

/**
 * Changes the way in; gives how many people who waited are invited in the background now. Throws `forbidden` where the
 * token is of a kind that cannot invite.
 */
export const changeWayIn = async (deps: Deps, connection: Connection, wayIn: WayIn): Promise<number> => {
  if (wayIn === connection.wayIn) return 0;
  if (wayIn === 'invite') await requireInviting(deps, connection);
  await deps.store.connections.update({ ...connection, wayIn });
  return wayIn === 'invite' ? inviteWaiting(deps, connection.id) : 0;
};
