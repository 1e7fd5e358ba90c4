/** Lists: which part is asked for (RFC 7644 §3.4.2.4) and the message that carries it (§3.4.2). */
import type { Page, Query } from '../directory/query.ts';
import type { ResourceSchema } from '../directory/schema.ts';
import type { ScimReply, ScimRequest } from './context.ts';
import { ScimRefusal } from './errors.ts';
import { parseFilter } from './filter.ts';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const DEFAULT_COUNT = 100;
/** The `filter.maxResults` and `pagination.maxPageSize` of scim-schemas/service-provider-config.json. */
const MAX_COUNT = 1000;

const wholeNumber = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    throw new ScimRefusal('invalidValue', `"${name}" must be a whole number.`);
  }
  return Number(text);
};

export interface ListRequest extends Query {
  readonly startIndex: number;
}

/** Reads filter and paging of a list request. Refuses only what the RFC calls an error. */
export const readListRequest = (request: ScimRequest, schema: ResourceSchema): ListRequest => {
  // "A value less than 1 SHALL be interpreted as 1"; "a negative value SHALL be interpreted as 0".
  const startIndex = Math.max(1, wholeNumber('startIndex', request.query['startIndex']) ?? 1);
  const count = Math.max(0, wholeNumber('count', request.query['count']) ?? DEFAULT_COUNT);
  const text = request.query['filter'];
  const { strict } = request.call.connection;
  const filter = text === undefined || text.trim() === '' ? null : parseFilter(text, schema, { strict });
  return { filter, startIndex, offset: startIndex - 1, limit: Math.min(count, MAX_COUNT) };
};

/**
 * A ListResponse. `itemsPerPage` is the number of resources in this answer (idp-clients.md decision 8), and `Resources`
 * stands there also when empty, because Okta insists.
 */
export const listReply = (list: ListRequest, page: Page<object>): ScimReply => ({
  status: 200,
  body: {
    schemas: [LIST_SCHEMA],
    totalResults: page.total,
    startIndex: list.startIndex,
    itemsPerPage: page.rows.length,
    Resources: page.rows,
  },
});
