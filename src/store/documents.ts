/**
 * What was written down of people. Given in one statement with the question whether it is still true: a mark in `outdated`
 * is committed together with the change that it stands for (migrations/0009-documents.ts).
 */
import { type RawBuilder, sql } from 'kysely';
import type { Query } from '../directory/query.ts';
import type { DocumentPage, DocumentStore, PersonDocument } from '../directory/store/documents.ts';
import { documentUpkeep } from './document-upkeep.ts';
import { textOf } from './filter-shape.ts';
import { hot, Slot } from './hot.ts';
import { cutPage } from './page.ts';
import { askedOf, given, pageSql, pages } from './page-ids.ts';
import type { Session } from './session.ts';

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

/**
 * Everybody after a place, in the order of creation, one text for the whole page. Between two places, not with `limit`: then
 * SQLite puts the documents together where it finds them, instead of copying each one out first; and one look at the marks
 * between the two says for all of them whether there is any. The index is walked upwards, hence the order.
 */
const pageOf = (place: (slot: (name: 'connectionId' | 'after' | 'skipped') => Sql) => Sql) =>
  hot<'connectionId' | 'after' | 'skipped' | 'following' | 'format'>((slot, { dialect }) => {
    const mine = (alias: string) => sql`${sql.ref(alias)}.connection_id = ${slot('connectionId')}`;
    const after = sql`(select after_id from place)`;
    const last = sql`(select last_id from part)`;
    return sql`with place as materialized (select ${place(slot)} as after_id),
      part as materialized (select coalesce(
        (select n.user_id from documents as n where ${mine('n')} and n.user_id > ${after}
          order by n.user_id limit 1 offset ${slot('following')}),
        (select m.user_id from documents as m where ${mine('m')} and m.user_id > ${after}
          order by m.user_id desc limit 1)) as last_id)
      select ${dialect.joined(sql`d.document`, sql`d.user_id`)} as documents,
        cast(count(*) as integer) as found,
        cast(count(case when d.format = ${slot('format')} then d.document end) as integer) as ready,
        ${last} as last_id,
        case when (select n.user_id from documents as n where ${mine('n')} and n.user_id > ${last}
          order by n.user_id limit 1) is null then 0 else 1 end as has_more,
        (select cast(coalesce(sum(t.amount), 0) as integer) from tallies as t
          where ${mine('t')} and t.kind = 'user') as total,
        case when ${isSpread(slot('connectionId'))} and (select o.id from outdated as o where ${mine('o')}
          and o.kind = 0 and o.subject > ${after} and o.subject <= ${last} limit 1) is null
          then 1 else 0 end as is_true
      from documents as d where ${mine('d')} and d.user_id > ${after} and d.user_id <= ${last}`;
  });

const pageAfter = pageOf((slot) => sql`cast(${slot('after')} as text)`);

/** Skips in the index alone, which is small. */
const pageFurther = pageOf(
  (slot) => sql`(select f.user_id from documents as f
    where f.connection_id = ${slot('connectionId')} and f.user_id > ${slot('after')}
    order by f.user_id limit 1 offset ${slot('skipped')})`,
);

/** One part of a page, in one text. */
const partOf = async (
  session: Session,
  connectionId: string,
  { after, offset, limit, format }: { after: string; offset: number; limit: number; format: number },
) => {
  const statement = offset === 0 ? pageAfter : pageFurther;
  const places = { after, skipped: offset - 1, following: limit - 1 };
  const row = await statement.row(session, { connectionId, ...places, format });
  const [documents, found, ready, last, hasMore, total, isWhole] = row ?? [];
  if (found !== ready || isWhole !== 1) return undefined;
  const rows = Number(found);
  const next = hasMore === 1 && rows > 0 ? String(last) : null;
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

/** Of one living person: her document, and how many there are of whom the same is true. */
const documentWhere = (isHer: (user: Sql, value: Sql) => Sql, isUnique: boolean) =>
  hot<'connectionId' | 'value' | 'format'>((slot) => {
    const living = (alias: string) => {
      const user = sql.ref(alias);
      return sql`${user}.connection_id = ${slot('connectionId')} and ${isHer(user, sql`cast(${slot('value')} as text)`)}
        and ${user}.living <> 0`;
    };
    const found = isUnique
      ? sql.lit(1)
      : sql`(select cast(count(*) as integer) from users as s where ${living('s')})`;
    return sql`select d.document, ${found} as found from users as u
      left join documents as d on d.connection_id = u.connection_id and d.user_id = u.id
        and ${isTrue(slot('format'))} and ${isSpread(slot('connectionId'))}
      where ${living('u')} limit 1`;
  });

/** What providers ask before all else, each by itself one look-up. Of an externalId the index holds the beginning. */
const LOOKED_UP = new Map([
  ['userName', documentWhere((user, value) => sql`${user}.user_name_key = ${value}`, true)],
  [
    'externalId',
    documentWhere(
      (user, value) =>
        sql`substr(${user}.external_id, 1, 128) = substr(${value}, 1, 128) and ${user}.external_id = ${value}`,
      false,
    ),
  ],
]);

/** The statement for such a question and nothing else. */
const lookUpFor = ({ filter, sort, after, offset }: Query) =>
  filter?.op === 'eq' && filter.value !== null && sort === null && after === null && offset === 0
    ? { statement: LOOKED_UP.get(filter.attribute.path), value: textOf(filter.attribute, filter.value) }
    : undefined;

const list = async (
  session: Session,
  connectionId: string,
  query: Query,
  format: number,
): Promise<DocumentPage | undefined> => {
  if (query.filter === null && query.sort === null) return listAll(session, connectionId, query, format);
  const asked = lookUpFor(query);
  if (!asked?.statement) return listSome(session, connectionId, query, format);
  const row = await asked.statement.row(session, { connectionId, value: asked.value, format });
  if (!row) return { documents: [], rows: 0, total: 0, next: null };
  const [document, found] = row;
  if (found !== 1) return listSome(session, connectionId, query, format);
  return document === null ? undefined : { documents: [String(document)], rows: 1, total: 1, next: null };
};

export const createDocuments = (session: Session): DocumentStore => ({
  find: (connectionId, id, format) => find(session, connectionId, id, format),
  list: async (connectionId, query, format) =>
    query.limit === 0 ? undefined : list(session, connectionId, query, format),
  ...documentUpkeep(session),
});
