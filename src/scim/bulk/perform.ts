/**
 * Runs one operation of a Bulk request by the function that HTTP runs too (RFC 7644 §3.7): one implementation of each, no
 * request to ourselves.
 */

import { isObject } from '../compat/coerce.ts';
import type { Operation, ScimQuery, ScimReply, ScimRequest } from '../context.ts';
import { toScimReply } from '../errors.ts';
import type { BulkAddress } from './address.ts';

/** What became of an operation. */
export interface Outcome extends ScimReply {
  readonly retryAfterSeconds?: number | undefined;
}

export const isError = ({ status }: Outcome): boolean => status >= 400;

/** Mode, or the time, said "not now": worth sending again. */
export const isPassing = ({ status }: Outcome): boolean => status === 429 || status === 503;

/** The Bulk request as a whole: what its operations have in common. */
export interface Whole {
  readonly request: ScimRequest;
  readonly requestId: string;
}

export interface Wish {
  readonly id: string;
  readonly query: ScimQuery;
  readonly body?: unknown;
  /** Counts as If-Match (RFC 7644 §3.7 "version", §3.14). */
  readonly version?: string | undefined;
}

/** Runs one operation; what it throws becomes its outcome, as it would become the answer over HTTP. */
export const perform = async (
  { request, requestId }: Whole,
  operation: Operation,
  { id, query, body, version }: Wish,
): Promise<Outcome> => {
  try {
    return await operation({ ...request, id, query, body, ifMatch: version, ifNoneMatch: undefined });
  } catch (error) {
    const reply = toScimReply(error, requestId);
    if (reply.status >= 500)
      request.deps.log.error('scim.failed', { requestId, status: reply.status, error });
    return reply;
  }
};

/**
 * The resource is shown only where the path asks for `attributes` or `excludedAttributes` (RFC 7644 §3.7: "the server MAY
 * elect to omit the response body"). Else the id alone is read, so that a group of 10,000 is not loaded for its ETag.
 */
export const asksForResource = (query: ScimQuery): boolean =>
  query['attributes'] !== undefined || query['excludedAttributes'] !== undefined;

/** The query of an operation: what its path asks for, else as little as possible. */
export const queryOf = (address: BulkAddress): ScimQuery =>
  asksForResource(address.query) ? address.query : ID_ALONE;

const ID_ALONE: ScimQuery = { attributes: 'id' };

const idIn = ({ body }: Outcome): string | undefined => {
  const id = isObject(body) ? body['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
};

export interface Created {
  readonly outcome: Outcome;
  /** Undefined when nothing was created. */
  readonly id: string | undefined;
}

/**
 * Creates a resource. When Mode is too busy the record is kept and Mode is told later, though the answer is 503: then its
 * id is good already, and what refers to it need not fail.
 */
export const create = async (
  whole: Whole,
  operation: Operation,
  address: BulkAddress,
  body: unknown,
): Promise<Created> => {
  const { request } = whole;
  let made: string | undefined;
  const newId = (): string => {
    const id = request.deps.newId();
    made ??= id;
    return id;
  };
  const noting = { ...whole, request: { ...request, deps: { ...request.deps, newId } } };
  const outcome = await perform(noting, operation, { id: '', query: queryOf(address), body });
  if (!isError(outcome)) return { outcome, id: idIn(outcome) };
  const read = address.endpoint.ofOne.get('GET');
  if (!isPassing(outcome) || made === undefined || !read) return { outcome, id: undefined };
  const kept = await perform(whole, read, { id: made, query: ID_ALONE });
  return { outcome, id: isError(kept) ? undefined : made };
};
