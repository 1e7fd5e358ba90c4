/**
 * The short way: people and groups read by id or as a list, which is nearly all that providers ask. The same operations
 * and the same answers as through Express, whose routing and wrapping would cost more than the answer; whatever looks the
 * least unusual takes the long way (docs/decisions/012-fast-reads.md).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { Deps } from '../directory/deps.ts';
import { authenticateScim } from '../security/authenticate.ts';
import type { Operation } from './context.ts';
import { groupOperations } from './groups.ts';
import { userOperations } from './users.ts';
import { beginAnswer, perform, queryOf, type ScimOptions, send, sendError } from './wire.ts';

interface Reads {
  readonly list: Operation;
  readonly read: Operation;
}

const READS: Readonly<Record<string, Reads>> = { Users: userOperations, Groups: groupOperations };

/** Ids are UUIDs: nothing in them is encoded. */
const ADDRESS = /^\/scim\/v2\/(Users|Groups)(?:\/([\w-]+))?(?:\?([^#]*))?$/;

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** What makes answers smaller for who accepts that. */
export type Compress = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Answers the request if it can go the short way; false leaves it untouched. */
export type Direct = (request: IncomingMessage, response: ServerResponse, requestId: string) => boolean;

/** Makes the short way. */
export const directReads = (deps: Deps, options: ScimOptions, compress: Compress): Direct => {
  const answer = async (
    [, type = '', id = '', search = '']: RegExpExecArray,
    { headers }: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> => {
    beginAnswer(response);
    try {
      const connection = await authenticateScim(deps, headers.authorization);
      const operation = READS[type]?.[id === '' ? 'list' : 'read'] as Operation;
      const asked = { connection, requestId, headers, query: queryOf(parse(search)), id, body: undefined };
      send(response, await perform(deps, options, operation, asked));
    } catch (error) {
      sendError(deps, response, requestId, error);
    }
  };
  return (request, response, requestId) => {
    const found = request.method === 'GET' && !hasBody(request) ? ADDRESS.exec(request.url ?? '') : null;
    if (!found) return false;
    const go = () => void answer(found, request, response, requestId);
    if (request.headers['accept-encoding'] === undefined) go();
    else compress(request, response, go);
    return true;
  };
};
