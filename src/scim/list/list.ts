/** Lists: which part is asked for (RFC 7644 §3.4.2, RFC 9865) and the message that carries it. */
import type { Filter, Page, Query, Sort } from '../../directory/query.ts';
import { findAttribute, type ResourceSchema, refOf } from '../../directory/schema.ts';
import type { ScimQuery, ScimReply, ScimRequest } from '../context.ts';
import { ScimRefusal } from '../errors.ts';
import { excerpt } from '../filter/lexer.ts';
import { parseFilter } from '../filter/parse.ts';
import { restrict } from '../filter/restrict.ts';
import { questionOf, readCursor, writeCursor } from './cursor.ts';
import { createWalks } from './walks.ts';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const DEFAULT_COUNT = 100;
/** The `filter.maxResults` and `pagination.maxPageSize` of scim-schemas/service-provider-config.json. */
const MAX_COUNT = 1000;

const walks = createWalks();

const wholeNumber = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    throw new ScimRefusal('invalidValue', `"${name}" must be a whole number.`);
  }
  return Number(text);
};

/** RFC 7644 §3.4.2.3; `emails` alone means its value, as in filters. */
const readSort = (query: ScimQuery, schema: ResourceSchema): Sort | null => {
  const path = query['sortBy'];
  if (path === undefined || path.trim() === '') return null;
  const found = findAttribute(schema, path.trim());
  const leaf = found && (found.subAttribute ?? found.attribute);
  const value = leaf?.type === 'complex' ? findAttribute(schema, `${path.trim()}.value`) : found;
  if (!value) {
    const message = `"sortBy" names no attribute that can be sorted by: ${excerpt(path)}.`;
    throw new ScimRefusal('invalidPath', message);
  }
  const order = (query['sortOrder'] ?? 'ascending').toLowerCase();
  if (order !== 'ascending' && order !== 'descending') {
    throw new ScimRefusal('invalidValue', '"sortOrder" must be "ascending" or "descending".');
  }
  return { attribute: refOf(value), descending: order === 'descending' };
};

/** A list request as it was understood. */
export interface ListRequest {
  readonly query: Query;
  /** The filter fits no resource of this type, whatever is stored. */
  readonly nobody: boolean;
  /** 1-based; null when the client walks by cursor. */
  readonly startIndex: number | null;
  /** What is asked, worked out only for who walks on (cursor.ts). */
  readonly question: () => string;
  /** Names a walk by index, for the memory of where its pages ended. */
  readonly walk: () => string;
}

const byIndex = (request: ScimRequest, walk: () => string, limit: number) => {
  // "A value less than 1 SHALL be interpreted as 1" (RFC 7644 §3.4.2.4).
  const startIndex = Math.max(1, wholeNumber('startIndex', request.query['startIndex']) ?? 1);
  const counted = { after: null, offset: startIndex - 1 };
  if (startIndex === 1 || limit === 0) return { startIndex, ...counted };
  const now = request.deps.now().getTime();
  return { startIndex, ...(walks.find(walk(), { startIndex, limit, now }) ?? counted) };
};

const byCursor = (request: ScimRequest, question: () => string, cursor: string) => ({
  startIndex: null,
  after: cursor === '' ? null : readCursor(request, question(), cursor),
  offset: 0,
});

/**
 * Reads filter, order and part of a list request. Refuses only what the RFCs call an error. `settle` says what the filter
 * means for the type of resource.
 */
export const readListRequest = (
  request: ScimRequest,
  schema: ResourceSchema,
  settle: (filter: Filter, schema: ResourceSchema) => Filter | boolean = restrict,
): ListRequest => {
  const { query, call } = request;
  // "A negative value SHALL be interpreted as 0"; "no more than" the maximum.
  const count = Math.max(0, wholeNumber('count', query['count']) ?? DEFAULT_COUNT);
  const limit = Math.min(count, MAX_COUNT);
  const text = query['filter'];
  const parsed = text === undefined || text.trim() === '' ? true : parseFilter(text, schema, request.dialect);
  const filter = parsed === true ? true : settle(parsed, schema);
  const question = () => questionOf(schema.core.id, query);
  const walk = () => `${call.connection.id} ${question()} ${limit}`;
  // RFC 9865 §2: an empty `cursor` asks for the first page; without the parameter, paging is by index.
  const cursor = query['cursor'];
  const part = cursor === undefined ? byIndex(request, walk, limit) : byCursor(request, question, cursor);
  const { startIndex, ...place } = part;
  // "count" of 0 asks for the total alone, also by cursor (RFC 9865 §2).
  const counted = startIndex !== null || limit === 0;
  const kept = typeof filter === 'boolean' ? null : filter;
  const nobody = filter === false;
  return {
    query: { filter: kept, sort: readSort(query, schema), limit, counted, ...place },
    nobody,
    startIndex,
    question,
    walk,
  };
};

const NOBODY: Page<never> = { total: 0, rows: [], next: null };

/** Asks for the page, unless the filter says in advance that there is none. */
export const pageOf = <T>(list: ListRequest, read: (query: Query) => Promise<Page<T>>): Promise<Page<T>> =>
  list.nobody ? Promise.resolve(NOBODY) : read(list.query);

/** A page whose resources are JSON already: texts of one or several, with commas between them. */
export interface TextPage extends Pick<Page<never>, 'total' | 'next'> {
  readonly rows: number;
  readonly json: readonly string[];
}

interface Part extends Pick<Page<never>, 'total' | 'next'> {
  readonly rows: number;
}

/**
 * What `totalResults` says. A walk that goes on from where its last page ended may have got out of step with the count,
 * because people came and went before it: then it is told enough that it comes to the end, and there the exact number.
 */
const totalOf = ({ query }: ListRequest, startIndex: number, { rows, total, next }: Part): number => {
  if (query.after === null || rows === 0) return total;
  const shown = startIndex - 1 + rows;
  return next === null ? shown : Math.max(total, shown + 1);
};

/**
 * The head of a ListResponse. `itemsPerPage` is the number of resources in this answer (idp-clients.md decision 8). By
 * cursor `totalResults` is left out where there are rows (RFC 9865 §2 allows it): counting would cost more than the page.
 */
const headOf = (request: ScimRequest, list: ListRequest, part: Part): object => {
  const { startIndex, walk, question } = list;
  const { rows, next } = part;
  const schemas = [LIST_SCHEMA];
  if (startIndex === null) {
    const further = next ? { nextCursor: writeCursor(request, question(), next) } : {};
    const total = list.query.limit === 0 ? { totalResults: part.total } : {};
    return { schemas, ...total, ...further, itemsPerPage: rows };
  }
  if (next) walks.keep(walk(), startIndex + rows, next, request.deps.now().getTime());
  return { schemas, totalResults: totalOf(list, startIndex, part), startIndex, itemsPerPage: rows };
};

/**
 * The request as one that counts, for lists that have no cursor; `check` refuses a page that is not all there is, because
 * without a `nextCursor` it would say so (RFC 9865 §2).
 */
export const withoutCursor = (request: ScimRequest) => {
  const { cursor } = request.query;
  const check = ({ query }: ListRequest, { total, rows }: Page<object>): void => {
    const isAll = query.limit === 0 || total <= rows.length;
    if (cursor === undefined || (cursor === '' && isAll)) return;
    throw new ScimRefusal('invalidCursor', 'This list has no cursor; ask for its pages by "startIndex".');
  };
  return { byIndex: { ...request, query: { ...request.query, cursor: undefined } }, check };
};

/** A ListResponse. `Resources` stands there also when empty, because Okta insists. */
export const listReply = (request: ScimRequest, list: ListRequest, page: Page<object>): ScimReply => {
  const head = headOf(request, list, { ...page, rows: page.rows.length });
  return { status: 200, body: { ...head, Resources: page.rows } };
};

/** The same of resources that are JSON already. */
export const textListReply = (request: ScimRequest, list: ListRequest, page: TextPage): ScimReply => {
  const head = JSON.stringify(headOf(request, list, page)).slice(0, -1);
  const texts = page.json.flatMap((text, index) => (index === 0 ? [text] : [',', text]));
  return { status: 200, json: [`${head},"Resources":[`, ...texts, ']}'] };
};
