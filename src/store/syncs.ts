/**
 * Who reads Mode, and what was read when. As with unsettled.ts, one `update` whose condition is the free lease decides
 * between all that ask.
 */
import type { Lease, LogPosition, SyncState, SyncStore } from '../directory/store/work.ts';
import type { SyncsTable } from './schema.ts';
import type { Session } from './session.ts';

type Columns = Partial<Omit<SyncsTable, 'connection_id'>>;

const write = async ({ db }: Session, connectionId: string, columns: Columns): Promise<void> => {
  await db
    .insertInto('syncs')
    .values({ connection_id: connectionId, ...columns })
    .onConflict((conflict) => conflict.column('connection_id').doUpdateSet(columns))
    .execute();
};

const positionIn = (row: Partial<SyncsTable>): LogPosition | null =>
  row.log_until ? { readUntil: row.log_until, seen: JSON.parse(row.log_seen ?? '[]') as string[] } : null;

const holderIn = (row: Partial<SyncsTable>, now: string): SyncState['holder'] =>
  row.lease_owner && row.lease_since && row.lease_until && row.lease_until > now
    ? { owner: row.lease_owner, since: row.lease_since }
    : null;

const claim = async (session: Session, connectionId: string, lease: Lease): Promise<boolean> => {
  const { owner, now, leaseUntil } = lease;
  const taken = { lease_owner: owner, lease_since: now, lease_until: leaseUntil };
  const row = await session.db
    .insertInto('syncs')
    .values({ connection_id: connectionId, ...taken })
    .onConflict((conflict) =>
      conflict
        .column('connection_id')
        .doUpdateSet(taken)
        .where((eb) => eb.or([eb('syncs.lease_until', 'is', null), eb('syncs.lease_until', '<=', now)])),
    )
    .returning('connection_id')
    .executeTakeFirst();
  return row !== undefined;
};

export const createSyncs = (session: Session): SyncStore => ({
  claim: (connectionId, lease) => claim(session, connectionId, lease),

  state: async (connectionId, now) => {
    const row = await session.db
      .selectFrom('connections')
      .leftJoin('syncs', 'syncs.connection_id', 'connections.id')
      .select(['connections.synced_at', 'connections.access_synced_at'])
      .selectAll('syncs')
      .where('connections.id', '=', connectionId)
      .executeTakeFirst();
    const known: Partial<SyncsTable> = { ...row, connection_id: connectionId };
    return {
      full: row?.synced_at ?? null,
      members: known.members_at ?? null,
      changes: known.changes_at ?? null,
      access: row?.access_synced_at ?? null,
      position: positionIn(known),
      holder: holderIn(known, now),
    };
  },

  renew: async (connectionId, { owner, leaseUntil }) => {
    const { numUpdatedRows } = await session.db
      .updateTable('syncs')
      .set({ lease_until: leaseUntil })
      .where('connection_id', '=', connectionId)
      .where('lease_owner', '=', owner)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },

  release: async (connectionId, owner) => {
    await session.db
      .updateTable('syncs')
      .set({ lease_owner: null, lease_since: null, lease_until: null })
      .where('connection_id', '=', connectionId)
      .where('lease_owner', '=', owner)
      .execute();
  },

  markMembers: (connectionId, at) => write(session, connectionId, { members_at: at }),
  markChanges: (connectionId, at, { readUntil, seen }) =>
    write(session, connectionId, {
      changes_at: at,
      log_until: readUntil,
      log_seen: JSON.stringify(seen),
    }),
});
