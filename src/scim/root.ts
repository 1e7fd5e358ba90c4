/**
 * Queries at the root: all types at once (RFC 7644 §3.4.2.1, §3.4.3). People come first, then groups; an order is kept
 * within each type. An attribute that a type lacks counts as unassigned there; one that no type has is refused.
 */
import type { Page, Query } from '../directory/query.ts';
import { findAttribute, groupSchema, type ResourceSchema, userSchema } from '../directory/schema.ts';
import type { Operation, ScimRequest } from './context.ts';
import { restrict } from './filter/restrict.ts';
import { groupPage } from './groups.ts';
import { type ListRequest, listReply, readListRequest, withoutCursor } from './list/list.ts';
import type { Resource } from './resource.ts';
import { userPage } from './users.ts';

interface Type {
  readonly schema: ResourceSchema;
  readonly page: (request: ScimRequest, query: Query) => Promise<Page<Resource>>;
}

const TYPES: readonly Type[] = [
  { schema: userSchema, page: userPage },
  { schema: groupSchema, page: groupPage },
];

/** Every attribute of every type under one roof, to read filters and orders with. */
const anySchema: ResourceSchema = {
  ...userSchema,
  core: { ...userSchema.core, attributes: TYPES.flatMap(({ schema }) => schema.core.attributes) },
  extensions: TYPES.flatMap(({ schema }) => schema.extensions),
};

/** The part of the question that concerns one type; null when nothing of it can fit. */
const questionFor = ({ schema }: Type, { query }: ListRequest): Pick<Query, 'filter' | 'sort'> | null => {
  const settled = query.filter === null ? true : restrict(query.filter, schema);
  if (settled === false) return null;
  const { sort } = query;
  const sortable = sort !== null && findAttribute(schema, sort.attribute.path) !== undefined;
  return { filter: settled === true ? null : settled, sort: sortable ? sort : null };
};

/** `GET /` and `POST /.search`. Pages are counted over all types; there is no cursor. */
export const listRoot: Operation = async (request) => {
  const { byIndex, check } = withoutCursor(request);
  const { startIndex, ...read } = readListRequest(byIndex, anySchema, (filter) => filter);
  // Counted, whoever walked through one of the types with the same words.
  const query = { ...read.query, after: null, offset: (startIndex ?? 1) - 1 };
  const wish = { ...read, startIndex, query };
  const rows: Resource[] = [];
  let total = 0;
  for (const type of TYPES) {
    const question = questionFor(type, wish);
    if (!question) continue;
    const offset = Math.max(0, wish.query.offset - total);
    const limit = wish.query.limit - rows.length;
    const page = await type.page(request, { ...question, after: null, offset, limit, counted: true });
    rows.push(...page.rows);
    total += page.total;
  }
  const page = { total, rows, next: null };
  check(wish, page);
  return listReply(request, wish, page);
};
