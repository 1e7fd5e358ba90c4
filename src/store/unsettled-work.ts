/**
 * Work on what Mode is owed. A row is leased by one `update` whose condition is the free lease: of several that ask, the
 * engine lets one write and the others find nothing to write, on SQLite as on PostgreSQL. Whoever lost the lease writes
 * nothing any more.
 */
import { sql } from 'kysely';
import type { Urgency } from '../directory/model.ts';
import type { Claimed, Lease, UnsettledStore } from '../directory/store/work.ts';
import { CONCERNED_SINCE, CONCERNED_TAKEN, namedIn } from './concerned.ts';
import type { Session } from './session.ts';
import { fromRow, type Key, remove, update, type Work } from './unsettled-rows.ts';

const NO_LEASE = { lease_owner: null, lease_until: null, lease_revision: null } as const;

/** The row, as long as it is the worker's. */
const ofWorker = (session: Session, work: Pick<Work, keyof Key | 'owner'>) =>
  update(session, work).where('lease_owner', '=', work.owner);

/** What was not carried out is still to be undone by what lies before it. */
const FIRST_UNDO = { undo: sql<string | null>`coalesce(undo, undo_next)`, undo_next: null };

/** A lease that was not given back is of somebody who died over the work: nobody knows how far it went, or what is open. */
const taken = (lease: Lease) => ({
  lease_owner: lease.owner,
  lease_until: lease.leaseUntil,
  lease_revision: sql<number>`revision`,
  ...FIRST_UNDO,
  ...CONCERNED_TAKEN,
  attempts: sql<number>`case when lease_until is null then attempts else attempts + 1 end`,
  open_at: sql<string | null>`case when lease_until is null then open_at else lease_until end`,
  open_revision: sql<number | null>`case when lease_until is null then open_revision else lease_revision end`,
});

/** Done, and looked at again later: only a new mark has anybody wait for it. */
const isWatched = (now: string) =>
  sql<boolean>`(attempts > 0 and last_error is null and not_before > ${now})`;

const claim = async (session: Session, key: Key, lease: Lease): Promise<Claimed | undefined> => {
  const row = await update(session, key)
    .set(taken(lease))
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', lease.now)]))
    .where((eb) => eb.not(isWatched(lease.now)))
    .returningAll()
    .executeTakeFirst();
  return row && { ...fromRow(row), owner: lease.owner };
};

/** Rows tried before giving up for now: with so many competitors somebody else is at work already. */
const CANDIDATES = 20;

const claimDue = async (session: Session, lease: Lease, least: Urgency): Promise<Claimed | undefined> => {
  const candidates = await session.db
    .selectFrom('unsettled')
    .select(['connection_id', 'kind', 'id'])
    .where('priority', '<=', least)
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
    if (row) return { ...fromRow(row), owner: lease.owner };
  }
  return undefined;
};

/** Takes the row away where it was not marked again. */
const drop = async (session: Session, work: Work): Promise<boolean> => {
  const { numDeletedRows } = await remove(session, work)
    .where('lease_owner', '=', work.owner)
    .where('revision', '=', work.revision)
    .executeTakeFirst();
  return numDeletedRows > 0n;
};

/** A call for the wish that is done may yet undo the next one; else all before it is over. */
const begunAnew = ({ revision }: Work) => {
  const isOpen = sql<boolean>`open_revision = ${revision}`;
  return {
    open_at: sql<string | null>`case when ${isOpen} then open_at end`,
    open_revision: sql<number | null>`case when ${isOpen} then open_revision end`,
    attempts: sql<number>`case when ${isOpen} then attempts else 0 end`,
    last_error: null,
  };
};

const settle = async (session: Session, work: Work): Promise<void> => {
  if (await drop(session, work)) return;
  await ofWorker(session, work)
    .set((eb) => ({
      ...NO_LEASE,
      ...begunAnew(work),
      ...CONCERNED_SINCE,
      settled_revision: work.revision,
      undo: eb.ref('undo_next'),
      undo_next: null,
    }))
    .execute();
};

/** What was marked meanwhile does not wait for what came of this. */
const dueUnlessNewer = ({ revision }: Work, notBefore: string) =>
  sql<string>`case when revision > ${revision} then not_before else ${notBefore} end`;

const watch = async (session: Session, work: Work, notBefore: string): Promise<void> => {
  await ofWorker(session, work)
    .set((eb) => ({
      ...NO_LEASE,
      last_error: null,
      not_before: dueUnlessNewer(work, notBefore),
      undo: eb.ref('undo_next'),
      undo_next: null,
    }))
    .execute();
};

const postpone = async (
  session: Session,
  work: Work,
  { error, notBefore, openedAt }: Parameters<UnsettledStore['postpone']>[1],
): Promise<void> => {
  await ofWorker(session, work)
    .set((eb) => ({
      ...NO_LEASE,
      ...(openedAt === undefined ? {} : { open_at: openedAt, open_revision: work.revision }),
      attempts: eb('attempts', '+', 1),
      last_error: error,
      not_before: dueUnlessNewer(work, notBefore),
      ...FIRST_UNDO,
    }))
    .execute();
};

const keepRest = async (
  session: Session,
  work: Work,
  { undo, isOver = false, now }: Parameters<UnsettledStore['keepRest']>[1],
): Promise<void> => {
  await ofWorker(session, work)
    .set((eb) => ({
      ...NO_LEASE,
      revision: eb('revision', '+', 1),
      attempts: eb('attempts', '+', 1),
      not_before: now,
      undo: isOver ? null : (undo ?? eb.ref('undo_next')),
      undo_next: null,
    }))
    .execute();
};

const concernedSince = async (session: Session, work: Parameters<UnsettledStore['concernedSince']>[0]) => {
  const row = await session.db
    .selectFrom('unsettled')
    .select(CONCERNED_SINCE.concerned.as('since'))
    .where('connection_id', '=', work.connectionId)
    .where('kind', '=', work.kind)
    .where('id', '=', work.id)
    .where('lease_owner', '=', work.owner)
    .executeTakeFirst();
  return namedIn(row?.since ?? '');
};

type Working = Pick<
  UnsettledStore,
  'claim' | 'claimDue' | 'prolong' | 'settle' | 'watch' | 'postpone' | 'drop' | 'keepRest' | 'concernedSince'
>;

/** The part of the store that is about work. */
export const createWork = (session: Session): Working => ({
  claim: (entry, lease) => claim(session, entry, lease),
  claimDue: (lease, least) => claimDue(session, lease, least),
  prolong: async (work, leaseUntil) => {
    await ofWorker(session, work).set({ lease_until: leaseUntil }).execute();
  },
  settle: (work) => settle(session, work),
  watch: (work, notBefore) => watch(session, work, notBefore),
  postpone: (work, outcome) => postpone(session, work, outcome),
  drop: (work) => drop(session, work),
  keepRest: (work, rest) => keepRest(session, work, rest),
  concernedSince: (work) => concernedSince(session, work),
});
