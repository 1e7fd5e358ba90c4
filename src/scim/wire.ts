/**
 * How SCIM meets HTTP (RFC 7644 §3.1): a request as the operations want it, an answer as bytes. Plain Node: the short way
 * (direct.ts) and the way through Express (router.ts) both end here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deps } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import type { Sightings } from '../directory/sightings.ts';
import { AuthenticationRefusal } from '../security/authenticate.ts';
import type { BulkReply } from './bulk/bulk.ts';
import type { ScimQuery, ScimReply, ScimRequest } from './context.ts';
import { toScimReply } from './errors.ts';
import { endWith } from './large-answer.ts';
import type { Route } from './routes.ts';

export interface ScimOptions {
  /** Address of the bridge as seen from outside; SCIM stands below it at `/scim/v2`. */
  readonly publicUrl: () => string;
  /** In which format people are written down for that address; undefined until that is known. */
  readonly documentFormat: () => number | undefined;
  readonly bodyLimitBytes: number;
  /** How long a request waits for Mode, in milliseconds. */
  readonly patienceMs: number;
  /** Hears in what the clients deviate from the standard. */
  readonly sightings: Pick<Sightings, 'note'>;
}

export const SCIM_PATH = '/scim/v2';
/** Without a charset: JSON has none, and RFC 7644 §8.1 registers no parameter. */
const SCIM_JSON = 'application/scim+json';

type Reply = ScimReply & Pick<BulkReply, 'retryAfterSeconds'>;

/** What stands in every answer: it holds personal data, and it may come in a smaller form. */
export const beginAnswer = (response: ServerResponse): void => {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Vary', 'Accept-Encoding');
};

/** Writes an answer. */
export const send = (response: ServerResponse, reply: Reply): void => {
  const { status, body, json, location, version, retryAfterSeconds } = reply;
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  if (version !== undefined) response.setHeader('ETag', version);
  if (location !== undefined) response.setHeader('Location', location);
  response.statusCode = status;
  const pieces = json ?? (body === undefined ? undefined : [JSON.stringify(body)]);
  if (pieces === undefined) {
    response.end();
    return;
  }
  response.setHeader('Content-Type', SCIM_JSON);
  endWith(response, pieces);
};

/** Writes what an error comes to, and logs what is our own fault or Mode's. */
export const sendError = (deps: Deps, response: ServerResponse, requestId: string, error: unknown): void => {
  const reply = toScimReply(error, requestId);
  if (reply.status >= 500) deps.log.error('scim.failed', { requestId, status: reply.status, error });
  if (error instanceof AuthenticationRefusal) response.setHeader('WWW-Authenticate', error.challenge);
  send(response, reply);
};

/** Of a parameter that stands twice the first counts. */
export const queryOf = (parsed: Readonly<Record<string, unknown>>): ScimQuery => {
  const query: Record<string, string | undefined> = Object.create(null) as Record<string, string | undefined>;
  for (const [name, value] of Object.entries(parsed)) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    query[name] = typeof first === 'string' ? first : undefined;
  }
  return query;
};

/** What was asked, once it is known who asks. */
export interface Asked extends Pick<ScimRequest, 'query' | 'id' | 'body'> {
  readonly connection: Connection;
  readonly requestId: string;
  readonly headers: IncomingMessage['headers'];
}

/** Carries out an operation and gives its reply; notes what the client deviated in, also when it fails. */
export const perform = async (
  deps: Deps,
  options: ScimOptions,
  operation: Route['operation'],
  { connection, requestId, headers, query, id, body }: Asked,
): Promise<BulkReply> => {
  const seen = new Set<string>();
  const request: ScimRequest = {
    deps,
    call: { connection, deadline: deps.now().getTime() + options.patienceMs },
    dialect: { strict: connection.strict, saw: (name) => seen.add(name) },
    baseUrl: options.publicUrl() + SCIM_PATH,
    documentFormat: options.documentFormat(),
    query,
    id,
    body,
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
  };
  try {
    return await operation(request, requestId);
  } finally {
    if (seen.size > 0) options.sightings.note(connection.id, seen, headers['user-agent'] ?? null);
  }
};
