/**
 * How the people of a connection get into Mode, changed later: who waits for her first sign-in by SAML is invited once the
 * connection invites; who was invited already comes either way.
 */
import { AppError } from '../../errors.ts';
import { type Deps, isoNow } from '../deps.ts';
import { inviteAddress } from '../linking/emails.ts';
import { waitingPeople } from '../linking/waiting.ts';
import { type Connection, URGENCY, type WayIn } from '../model.ts';
import { probeInviting } from '../probe/probe.ts';
import { CHECK_PATIENCE_MS } from './connections.ts';

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
  const marks = ids.map(
    (id) => ({ connectionId, kind: 'user', id, undo: null, members: null, priority: URGENCY.other }) as const,
  );
  await deps.store.unsettled.markMany(marks, isoNow(deps));
  return ids.length;
};

/** Whether the credentials are there that the way wants, and Mode takes them (1 or 2 calls). */
const requireCredentials = async (deps: Deps, connection: Connection): Promise<void> => {
  const deadline = deps.now().getTime() + CHECK_PATIENCE_MS;
  await deps.upstreamOf(connection).verify({ deadline, priority: 'request' });
};

/**
 * Changes the way in; gives how many people who waited are invited in the background now. Throws `forbidden` where the
 * token is of a kind that cannot invite, `invalid` where the connection lacks the credentials for it.
 */
export const changeWayIn = async (deps: Deps, connection: Connection, wayIn: WayIn): Promise<number> => {
  if (wayIn === connection.wayIn) return 0;
  const changed = { ...connection, wayIn };
  if (wayIn === 'invite') await requireInviting(deps, changed);
  else if (wayIn === 'scim' || connection.wayIn === 'scim') await requireCredentials(deps, changed);
  await deps.store.connections.update(changed);
  return wayIn === 'jit' ? 0 : inviteWaiting(deps, connection.id);
};
