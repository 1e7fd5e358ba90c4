/**
 * What was written down of people. Given in one statement with the question whether it is still true: a mark in `outdated`
 * is committed together with the change that it stands for (migrations/0009-documents.ts).
 */
import { type RawBuilder, sql } from 'kysely';
import type { DocumentPage, DocumentStore, Mark, PersonDocument } from '../directory/document-store.ts';
import type { Query } from '../directory/query.ts';
import { tableOf } from './bulk.ts';
import { hot, Slot } from './hot.ts';
import { cutPage } from './page.ts';
import { askedOf, given, pageSql, pages } from './page-ids.ts';
import { atomically, type Session } from './session.ts';

type Sql = RawBuilder<unknown>;

/** Nobody of the connection may be told by documents while a change waits that concerns nobody knows whom. */
const isSpread = (connectionId: Sql): Sql =>
  sql`(select w.id from outdated as w where w.connection_id = ${connectionId} and w.kind > 0 limit 1) is null`;

/** Whether the document `d` is true. With `limit`, not `exists`: PostgreSQL would rather read all marks for a page. */
const isTrue = (format: Sql): Sql => sql`d.format = ${format} and (select o.id from outdated as o
  where o.connection_id = d.connection_id and o.kind = 0 and o.subject = d.user_id limit 1) is null`;

const documentById = hot<'connectionId' | 'id' | 'format'>(
  (slot) => sql`select d.document, d.version from documents as d
    where d.connection_id = ${slot('connectionId')} and d.user_id = ${slot('id')}
    and ${isTrue(slot('format'))} and ${isSpread(slot('connectionId'))}`,
);

const find = async (
  session: Session,
  connectionId: string,
  id: string,
  format: number,
): Promise<PersonDocument | undefined> => {
  const row = await documentById.row(session, { connectionId, id, format });
  return row && { document: String(row[0]), version: String(row[1]) };
};

/** Everybody after `after`, in the order of creation, one text for the whole page. */
const pageOf = (beginning: (slot: (name: 'connectionId' | 'after' | 'offset') => Sql) => Sql) =>
  hot<'connectionId' | 'after' | 'offset' | 'limit' | 'format'>(
    (slot, { dialect }) => sql`select page.documents, page.found, page.ready, page.last_id,
      case when (select n.user_id from documents as n where n.connection_id = ${slot('connectionId')}
        and n.user_id > page.last_id order by n.user_id limit 1) is null then 0 else 1 end as has_more,
      (select cast(coalesce(sum(t.amount), 0) as integer) from tallies as t
        where t.connection_id = ${slot('connectionId')} and t.kind = 'user') as total
      from (select ${dialect.joined(sql`p.document`, sql`p.user_id`)} as documents,
          cast(count(*) as integer) as found, cast(count(p.document) as integer) as ready, max(p.user_id) as last_id
        from (select d.user_id, case when ${isTrue(slot('format'))} then d.document end as document
          from documents as d where d.connection_id = ${slot('connectionId')} and ${beginning(slot)}
          order by d.user_id limit ${slot('limit')}) as p) as page
      where ${isSpread(slot('connectionId'))}`,
  );

const pageAfter = pageOf((slot) => sql`d.user_id > ${slot('after')}`);

/** Skips in the index alone, which is small. */
const pageFurther = pageOf(
  (slot) => sql`d.user_id >= (select f.user_id from documents as f
    where f.connection_id = ${slot('connectionId')} and f.user_id > ${slot('after')}
    order by f.user_id limit 1 offset ${slot('offset')})`,
);

/** One part of a page, in one text. */
const partOf = async (
  session: Session,
  connectionId: string,
  { after, offset, limit, format }: { after: string; offset: number; limit: number; format: number },
) => {
  const statement = offset === 0 ? pageAfter : pageFurther;
  const row = await statement.row(session, { connectionId, after, offset, limit, format });
  const [documents, found, ready, last, hasMore, total] = row ?? [];
  if (found === undefined || found !== ready) return undefined;
  const rows = Number(found);
  const next = hasMore === 1 ? String(last) : null;
  return { documents: rows === 0 ? [] : [String(documents)], rows, total: Number(total), next };
};

type Part = NonNullable<Awaited<ReturnType<typeof partOf>>>;

const joined = (first: Part | undefined, second: Part): Part =>
  first
    ? { ...second, documents: [...first.documents, ...second.documents], rows: first.rows + second.rows }
    : second;

const listAll = async (
  session: Session,
  connectionId: string,
  { after, offset, limit }: Query,
  format: number,
): Promise<DocumentPage | undefined> => {
  let page: Part | undefined;
  do {
    const place = page ? { after: page.next ?? '', offset: 0 } : { after: after?.id ?? '', offset };
    const wanted = Math.min(session.dialect.rowsOfText, limit - (page?.rows ?? 0));
    const part = await partOf(session, connectionId, { ...place, limit: wanted, format });
    if (!part) return undefined;
    page = joined(page, part);
  } while (page.next !== null && page.rows < limit);
  return { ...page, next: page.next === null ? null : { key: null, id: page.next } };
};

const formatSlot = sql`${new Slot<{ readonly format: number }>(({ format }) => format)}`;

/** Those whom the filter fits, one by one. */
const listSome = async (
  session: Session,
  connectionId: string,
  query: Query,
  format: number,
): Promise<DocumentPage | undefined> => {
  const asked = askedOf('users', connectionId, query);
  const values = { ...asked.values, format };
  const build = () => {
    const { helpers, ids, order } = pageSql(session, 'users', query);
    const written = sql`d.user_id = ids.page_id and ${isTrue(formatSlot)} and ${isSpread(given('connectionId'))}`;
    return sql`${helpers} select d.document, ids.page_id, ids.page_key from (${ids}) as ids
      left join documents as d on d.connection_id = ${given('connectionId')} and ${written} ${order}`;
  };
  const read = await pages.rows(session, { key: `documents ${asked.key}`, values, build });
  const { rows, total, next } = await cutPage(session, 'users', { asked, query, read });
  if (rows.some(([document]) => document === null)) return undefined;
  return { documents: rows.map(([document]) => String(document)), rows: rows.length, total, next };
};

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

/** Does the work in a transaction, or, where marks are gone, nothing. */
const unlessGone = async (session: Session, work: (session: Session) => Promise<void>): Promise<void> => {
  try {
    await atomically(session, work);
  } catch (error) {
    if (!(error instanceof MarksGone)) throw error;
  }
};

const spread = (session: Session, wide: readonly Mark[]): Promise<void> =>
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
): Promise<void> =>
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

export const createDocuments = (session: Session): DocumentStore => ({
  find: (connectionId, id, format) => find(session, connectionId, id, format),
  list: async (connectionId, query, format) => {
    if (query.limit === 0) return undefined;
    const list = query.filter === null && query.sort === null ? listAll : listSome;
    return list(session, connectionId, query, format);
  },
  marks: (limit) => marks(session, limit),
  spread: (wide) => spread(session, wide),
  save: (done, documents, format) => save(session, done, documents, format),
  outdateFormats: (before) => outdateFormats(session, before),
  tidyTallies: () => tidyTallies(session),
});
