/**
 * What Mode is owed. A row is leased by one `update` whose condition is the free lease: of several that ask, the engine
 * lets one write and the others find nothing to write, on SQLite as on PostgreSQL.
 */
import { type Selectable, sql } from 'kysely';
import type { Unsettled } from '../directory/model.ts';
import type { UnsettledStore } from '../directory/work-store.ts';
import { insertable } from './bulk.ts';
import { owed } from './owed.ts';
import type { UnsettledTable } from './schema.ts';
import { chunks, type Session } from './session.ts';

type Key = Pick<Unsettled, 'connectionId' | 'kind' | 'id'>;
type Worked = Key & Pick<Unsettled, 'revision'>;
type Lease = Parameters<UnsettledStore['claimDue']>[0];

const NO_LEASE = { lease_owner: null, lease_until: null, lease_revision: null } as const;
const NONE_OPEN = { open_at: null, open_revision: null } as const;

const fromRow = (row: Selectable<UnsettledTable>): Unsettled => ({
  connectionId: row.connection_id,
  kind: row.kind,
  id: row.id,
  undo: row.undo,
  priority: row.priority,
  revision: row.revision,
  attempts: row.attempts,
  open: row.open_at === null ? null : { at: row.open_at, revision: row.open_revision ?? 0 },
  lastError: row.last_error,
  notBefore: row.not_before,
  createdAt: row.created_at,
});

const update = ({ db }: Session, { connectionId, kind, id }: Key) =>
  db
    .updateTable('unsettled')
    .where('connection_id', '=', connectionId)
    .where('kind', '=', kind)
    .where('id', '=', id);

const remove = ({ db }: Session, { connectionId, kind, id }: Key) =>
  db
    .deleteFrom('unsettled')
    .where('connection_id', '=', connectionId)
    .where('kind', '=', kind)
    .where('id', '=', id);

type Mark = Parameters<UnsettledStore['markMany']>[0][number];

const markMany = async (session: Session, entries: readonly Mark[], now: string): Promise<void> => {
  const fresh = {
    revision: 1,
    attempts: 0,
    last_error: null,
    not_before: now,
    created_at: now,
  };
  for (const chunk of chunks(entries)) {
    const { names, select } = insertable(
      session,
      chunk.map(({ connectionId, kind, id, undo, priority }) => ({
        connection_id: connectionId,
        kind,
        id,
        undo,
        priority,
        ...fresh,
      })),
    );
    await session.db
      .insertInto('unsettled')
      .columns(names)
      .expression(select)
      .onConflict((conflict) =>
        conflict.columns(['connection_id', 'kind', 'id']).doUpdateSet({
          // `undo` stays, also when it is null: nothing later than what stands lies before all that Mode has not seen.
          // While somebody is at work, the first newer wish says what to restore once that work is done.
          undo_next: sql`case when unsettled.lease_until > ${now} and unsettled.undo_next is null
            then excluded.undo else unsettled.undo_next end`,
          priority: sql`case when excluded.priority < unsettled.priority then excluded.priority else unsettled.priority end`,
          revision: sql`unsettled.revision + 1`,
          not_before: now,
        }),
      )
      .execute();
  }
};

/** A lease that was not given back is of somebody who died over the work: nobody knows how far it went, or what is open. */
const taken = (lease: Lease) => ({
  lease_owner: lease.owner,
  lease_until: lease.leaseUntil,
  lease_revision: sql<number>`revision`,
  undo_next: null,
  attempts: sql<number>`case when lease_until is null then attempts else attempts + 1 end`,
  open_at: sql<string | null>`case when lease_until is null then open_at else lease_until end`,
  open_revision: sql<number | null>`case when lease_until is null then open_revision else lease_revision end`,
});

/** Done, and looked at again later: only a new mark has anybody wait for it. */
const isWatched = (now: string) =>
  sql<boolean>`(attempts > 0 and last_error is null and not_before > ${now})`;

const claim = async (session: Session, key: Key, lease: Lease): Promise<Unsettled | undefined> => {
  const row = await update(session, key)
    .set(taken(lease))
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', lease.now)]))
    .where((eb) => eb.not(isWatched(lease.now)))
    .returningAll()
    .executeTakeFirst();
  return row && fromRow(row);
};

/** Rows tried before giving up for now: with so many competitors somebody else is at work already. */
const CANDIDATES = 20;

const claimDue = async (session: Session, lease: Lease): Promise<Unsettled | undefined> => {
  const candidates = await session.db
    .selectFrom('unsettled')
    .select(['connection_id', 'kind', 'id'])
    .where('not_before', '<=', lease.now)
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', lease.now)]))
    .orderBy('priority')
    .orderBy('created_at')
    .orderBy('id')
    .limit(CANDIDATES)
    .execute();
  for (const { connection_id: connectionId, kind, id } of candidates) {
    const row = await update(session, { connectionId, kind, id })
      .set(taken(lease))
      .where('not_before', '<=', lease.now)
      .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', lease.now)]))
      .returningAll()
      .executeTakeFirst();
    if (row) return fromRow(row);
  }
  return undefined;
};

const settle = async (session: Session, entry: Worked): Promise<void> => {
  const { numDeletedRows } = await remove(session, entry)
    .where('revision', '=', entry.revision)
    .executeTakeFirst();
  if (numDeletedRows > 0n) return;
  await update(session, entry)
    .set((eb) => ({ ...NO_LEASE, ...NONE_OPEN, undo: eb.ref('undo_next'), undo_next: null }))
    .where('revision', '>', entry.revision)
    .execute();
};

/** What was marked meanwhile does not wait for what came of this. */
const dueUnlessNewer = ({ revision }: Worked, notBefore: string) =>
  sql<string>`case when revision > ${revision} then not_before else ${notBefore} end`;

const watch = async (session: Session, entry: Worked, notBefore: string): Promise<void> => {
  await update(session, entry)
    .set((eb) => ({
      ...NO_LEASE,
      last_error: null,
      not_before: dueUnlessNewer(entry, notBefore),
      undo: eb.ref('undo_next'),
      undo_next: null,
    }))
    .execute();
};

const postpone = async (
  session: Session,
  entry: Worked,
  { error, notBefore, openedAt }: Parameters<UnsettledStore['postpone']>[1],
): Promise<void> => {
  await update(session, entry)
    .set((eb) => ({
      ...NO_LEASE,
      ...(openedAt === undefined ? {} : { open_at: openedAt, open_revision: entry.revision }),
      attempts: eb('attempts', '+', 1),
      last_error: error,
      not_before: dueUnlessNewer(entry, notBefore),
      undo_next: null,
    }))
    .execute();
};

export const createUnsettled = (session: Session): UnsettledStore => ({
  mark: (entry, now) => markMany(session, [entry], now),
  markMany: (entries, now) => markMany(session, entries, now),
  claim: (entry, lease) => claim(session, entry, lease),
  claimDue: (lease) => claimDue(session, lease),

  prolong: async (entry, { owner, leaseUntil }) => {
    await update(session, entry).set({ lease_until: leaseUntil }).where('lease_owner', '=', owner).execute();
  },

  settle: (entry) => settle(session, entry),

  watch: (entry, notBefore) => watch(session, entry, notBefore),
  postpone: (entry, outcome) => postpone(session, entry, outcome),

  forget: async (entry) => {
    await remove(session, entry).execute();
  },

  find: async ({ connectionId, kind, id }) => {
    const row = await session.db
      .selectFrom('unsettled')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .where('kind', '=', kind)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  owed: (connectionId, now) => owed(session, connectionId, now),

  list: async (connectionId) => {
    const rows = await session.db
      .selectFrom('unsettled')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .orderBy('priority')
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(fromRow);
  },
});
