/** What the background does for documents: marks are spread and removed, documents written anew, numbers added up. */
import { sql } from 'kysely';
import type { DocumentStore, Mark, PersonDocument } from '../directory/store/documents.ts';
import { tableOf } from './bulk.ts';
import { hot } from './hot.ts';
import { atomically, type Session } from './session.ts';

const KINDS = ['person', 'group', 'member', 'connection'] as const;

const oldestMarks = hot<'limit'>(
  (slot) => sql`select id, connection_id, kind, subject from outdated order by id limit ${slot('limit')}`,
);

const marks = async (session: Session, limit: number): Promise<readonly Mark[]> =>
  (await oldestMarks.rows(session, { limit })).map(([id, connectionId, kind, subject]) => ({
    id: id ?? 0,
    connectionId: String(connectionId),
    kind: KINDS[Number(kind)] ?? 'person',
    subject: String(subject),
  }));

/** Somebody else, who read the same marks, was faster. */
class MarksGone extends Error {}

const removeMarks = async ({ db }: Session, gone: readonly Mark[]): Promise<void> => {
  const ids = gone.map(({ id }) => Number(id));
  const { numDeletedRows } = await db.deleteFrom('outdated').where('id', 'in', ids).executeTakeFirst();
  if (numDeletedRows !== BigInt(ids.length)) throw new MarksGone();
};

/** Does the work in a transaction, or, where marks are gone, nothing; says which. */
const unlessGone = async (session: Session, work: (session: Session) => Promise<void>): Promise<boolean> => {
  try {
    await atomically(session, work);
    return true;
  } catch (error) {
    if (!(error instanceof MarksGone)) throw error;
    return false;
  }
};

const spread = (session: Session, wide: readonly Mark[]): Promise<boolean> =>
  unlessGone(session, async (inner) => {
    const ids = sql.join(wide.map(({ id }) => sql`${Number(id)}`));
    await sql`insert into outdated (connection_id, kind, subject)
      select m.connection_id, 0, m.user_id from outdated as o
        inner join memberships as m on m.connection_id = o.connection_id and m.group_id = o.subject
        where o.kind = 1 and m.wanted <> 0 and o.id in (${ids})
      union all
      select u.connection_id, 0, u.id from outdated as o
        inner join users as u on u.connection_id = o.connection_id and u.member_token = o.subject
        where o.kind = 2 and o.id in (${ids})
      union all
      select d.connection_id, 0, d.user_id from outdated as o
        inner join documents as d on d.connection_id = o.connection_id
        where o.kind = 3 and o.id in (${ids})`.execute(inner.db);
    await removeMarks(inner, wide);
  });

const save = (
  session: Session,
  done: readonly Mark[],
  documents: ReadonlyMap<string, PersonDocument>,
  format: number,
): Promise<boolean> =>
  unlessGone(session, async (inner) => {
    await removeMarks(inner, done);
    const [first] = done;
    if (documents.size === 0 || !first) return;
    const rows = [...documents].map(([id, { document, version }]) => ({ id, version, document }));
    await sql`update documents set format = ${format}, version = given.version, document = given.document
      from ${tableOf(inner, rows).table}
      where documents.connection_id = ${first.connectionId} and documents.user_id = given.id`.execute(
      inner.db,
    );
  });

/** People who are marked at a time because of the format. */
const AT_A_TIME = 100;

const inEarlierFormat = hot<'before' | 'limit'>(
  (slot) => sql`select connection_id, user_id from documents where format < ${slot('before')}
    order by format limit ${slot('limit')}`,
);

const outdateFormats = async (session: Session, before: number): Promise<boolean> => {
  const old = await inEarlierFormat.rows(session, { before, limit: AT_A_TIME });
  if (old.length === 0) return false;
  const rows = old.map(([connectionId, id]) => ({ connection_id: String(connectionId), id: String(id) }));
  await atomically(session, async (inner) => {
    const { table } = tableOf(inner, rows);
    await sql`update documents set format = null from ${table}
      where documents.connection_id = given.connection_id and documents.user_id = given.id`.execute(inner.db);
    await sql`insert into outdated (connection_id, kind, subject)
      select given.connection_id, 0, given.id from ${table}`.execute(inner.db);
  });
  return true;
};

const numberOfAddress = hot<'address'>(
  (slot) => sql`select number from document_address where address = ${slot('address')}`,
);

const addressNumber = async (session: Session, address: string): Promise<number | undefined> => {
  const row = await numberOfAddress.row(session, { address });
  return row && Number(row[0]);
};

const currentAddress = async ({ db }: Session): Promise<string | undefined> =>
  (await sql<{ address: string }>`select address from document_address`.execute(db)).rows[0]?.address;

/** One statement, so that of several that begin at once with the same address all are given the same number. */
const claimAddress = async ({ db }: Session, address: string): Promise<number> => {
  const claimed = await sql<{ number: number }>`insert into document_address as d (id, number, address)
    values (1, 1, ${address}) on conflict (id) do update
    set number = d.number + case when d.address = excluded.address then 0 else 1 end, address = excluded.address
    returning number`.execute(db);
  return Number(claimed.rows[0]?.number);
};

/** Amounts of one kind that may stand side by side before they are added up. */
const MOST_AMOUNTS = 100;

const tidyTallies = async (session: Session): Promise<void> => {
  const many = await session.db
    .selectFrom('tallies')
    .select(['connection_id', 'kind'])
    .groupBy(['connection_id', 'kind'])
    .having((eb) => eb.fn.countAll(), '>', MOST_AMOUNTS)
    .execute();
  for (const { connection_id, kind } of many) {
    await atomically(session, async ({ db }) => {
      const taken = await db
        .deleteFrom('tallies')
        .where('connection_id', '=', connection_id)
        .where('kind', '=', kind)
        .returning('amount')
        .execute();
      const amount = taken.reduce((sum, row) => sum + row.amount, 0);
      await db.insertInto('tallies').values({ connection_id, kind, amount }).execute();
    });
  }
};

/** That part of the store. */
export const documentUpkeep = (session: Session): Omit<DocumentStore, 'find' | 'list'> => ({
  marks: (limit) => marks(session, limit),
  spread: (wide) => spread(session, wide),
  save: (done, documents, format) => save(session, done, documents, format),
  addressNumber: (address) => addressNumber(session, address),
  currentAddress: () => currentAddress(session),
  claimAddress: (address) => claimAddress(session, address),
  outdateFormats: (before) => outdateFormats(session, before),
  tidyTallies: () => tidyTallies(session),
});
