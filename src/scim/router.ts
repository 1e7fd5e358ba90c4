/**
 * The SCIM 2.0 wire over Express (RFC 7644): who calls, the table of addresses, and how an answer is written. Only this
 * file touches requests and responses.
 */
import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from 'express';
import type { Deps } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import type { Sightings } from '../directory/sightings.ts';
import { AuthenticationRefusal, authenticateScim } from '../security/authenticate.ts';
import { readJsonBody } from './body.ts';
import { type BulkReply, bulkOperation } from './bulk/bulk.ts';
import { readBulkBody } from './bulk/limits.ts';
import type { Operation, ScimQuery, ScimReply, ScimRequest } from './context.ts';
import { discoveryRouter } from './discovery.ts';
import { scimErrorBody, toScimReply } from './errors.ts';
import { entitlementOperations, roleOperations } from './governance.ts';
import { groupOperations } from './groups.ts';
import { searchOf } from './list/search.ts';
import { listRoot } from './root.ts';
import { userOperations } from './users.ts';

export interface ScimOptions {
  /** Address of the bridge as seen from outside; SCIM stands below it at `/scim/v2`. */
  readonly publicUrl: () => string;
  readonly bodyLimitBytes: number;
  /** How long a request waits for Mode, in milliseconds. */
  readonly patienceMs: number;
  /** Hears in what the clients deviate from the standard. */
  readonly sightings: Pick<Sightings, 'note'>;
}

export const SCIM_PATH = '/scim/v2';
/** Without a charset: JSON has none, and RFC 7644 §8.1 registers no parameter. */
const SCIM_JSON = 'application/scim+json';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
interface Route<O = (request: ScimRequest, requestId: string) => Promise<BulkReply>> {
  readonly method: Method;
  readonly path: string;
  readonly operation: O;
}

const readRoutes = (
  endpoint: string,
  operations: { readonly list: Operation; readonly read: Operation },
): readonly Route<Operation>[] => [
  { method: 'get', path: endpoint, operation: operations.list }, // RFC 7644 §3.4.2
  { method: 'post', path: `${endpoint}/.search`, operation: searchOf(operations.list) }, // RFC 7644 §3.4.3
  { method: 'get', path: `${endpoint}/:id`, operation: operations.read }, // RFC 7644 §3.4.1
];

const routesOf = (
  endpoint: string,
  operations: typeof userOperations | typeof groupOperations,
): readonly Route<Operation>[] => [
  ...readRoutes(endpoint, operations),
  { method: 'post', path: endpoint, operation: operations.create }, // RFC 7644 §3.3
  { method: 'put', path: `${endpoint}/:id`, operation: operations.replace }, // RFC 7644 §3.5.1
  { method: 'patch', path: `${endpoint}/:id`, operation: operations.patch }, // RFC 7644 §3.5.2
  { method: 'delete', path: `${endpoint}/:id`, operation: operations.remove }, // RFC 7644 §3.6
];

/** RFC 7644 §3.11: "/Me"; a SCIM token stands for a provider, not for a person. */
const me: Operation = () =>
  Promise.resolve({
    status: 501,
    body: scimErrorBody(501, 'This server has no "/Me": its tokens belong to no user.'),
  });

const SINGLE: readonly Route<Operation>[] = [
  ...routesOf('/Users', userOperations),
  ...routesOf('/Groups', groupOperations),
  ...readRoutes('/Roles', roleOperations),
  ...readRoutes('/Entitlements', entitlementOperations),
  { method: 'get', path: '/', operation: listRoot }, // RFC 7644 §3.4.2.1
  { method: 'post', path: '/.search', operation: searchOf(listRoot) }, // RFC 7644 §3.4.3
  ...(['get', 'post', 'put', 'patch', 'delete'] as const).map((method) => ({
    method,
    path: '/Me',
    operation: me,
  })),
];

const BULK_PATH = '/Bulk';

/** Bulk runs the others, and never itself. */
const ROUTES: readonly Route[] = [
  ...SINGLE,
  { method: 'post', path: BULK_PATH, operation: bulkOperation(SINGLE) }, // RFC 7644 §3.7
];

/** Addresses that can only be read, and by whom: anybody (discovery.ts). */
const READ_ONLY = [
  '/ServiceProviderConfig',
  '/Schemas',
  '/Schemas/:id',
  '/ResourceTypes',
  '/ResourceTypes/:id',
];

const send = (response: Response, reply: ScimReply & Pick<BulkReply, 'retryAfterSeconds'>): void => {
  const { status, body, location, version, retryAfterSeconds } = reply;
  if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
  if (version !== undefined) response.set('ETag', version);
  if (location !== undefined) response.set('Location', location);
  response.status(status);
  if (body === undefined) {
    response.end();
    return;
  }
  // Not `send` or `set`, which would add a charset.
  response.setHeader('Content-Type', SCIM_JSON);
  response.end(JSON.stringify(body));
};

const queryOf = (request: Request): ScimQuery => {
  const query: Record<string, string | undefined> = Object.create(null) as Record<string, string | undefined>;
  for (const [name, value] of Object.entries(request.query)) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    query[name] = typeof first === 'string' ? first : undefined;
  }
  return query;
};

const connectionOf = (response: Response): Connection =>
  (response.locals as { connection: Connection }).connection;

const requestIdOf = (response: Response): string =>
  (response.locals as { readonly requestId: string }).requestId;

const handle =
  (deps: Deps, options: ScimOptions, operation: Route['operation']): RequestHandler =>
  async (request, response) => {
    const deadline = deps.now().getTime() + options.patienceMs;
    const connection = connectionOf(response);
    const seen = new Set<string>();
    const asked: ScimRequest = {
      deps,
      call: { connection, deadline },
      dialect: { strict: connection.strict, saw: (name) => seen.add(name) },
      baseUrl: options.publicUrl() + SCIM_PATH,
      query: queryOf(request),
      id: String(request.params['id'] ?? ''),
      body: request.body,
      ifMatch: request.headers['if-match'],
      ifNoneMatch: request.headers['if-none-match'],
    };
    try {
      send(response, await operation(asked, requestIdOf(response)));
    } finally {
      options.sightings.note(connection.id, seen, request.get('User-Agent') ?? null);
    }
  };

const authenticate =
  (deps: Deps): RequestHandler =>
  async (request, response, next) => {
    response.locals['connection'] = await authenticateScim(deps, request.headers.authorization);
    next();
  };

/** Allowed methods by path, for 405 (RFC 9110 §15.5.6). */
const refuseMethods = (router: Router): void => {
  const paths = new Map<string, string[]>(READ_ONLY.map((path) => [path, ['GET']]));
  for (const { method, path } of ROUTES) {
    const methods = paths.get(path) ?? [];
    methods.push(method.toUpperCase());
    paths.set(path, methods);
  }
  for (const [path, methods] of paths) {
    router.all(path, (request, response) => {
      response.set('Allow', methods.join(', '));
      const detail = `${request.method} is not possible here; possible: ${methods.join(', ')}.`;
      send(response, { status: 405, body: scimErrorBody(405, detail) });
    });
  }
};

const unknownAddress: RequestHandler = (_request, response) => {
  const detail =
    'There is nothing at this address. The base URL ends in /scim/v2; resources are /Users and /Groups.';
  send(response, { status: 404, body: scimErrorBody(404, detail) });
};

const answerError =
  (deps: Deps): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const requestId = requestIdOf(response);
    const reply = toScimReply(error, requestId);
    if (reply.status >= 500) deps.log.error('scim.failed', { requestId, status: reply.status, error });
    if (error instanceof AuthenticationRefusal) response.set('WWW-Authenticate', error.challenge);
    send(response, reply);
  };

/** Everything under `/scim/v2`. Discovery needs no token (RFC 7643 §5); all else does, before a body is read. */
export const scimRouter = (deps: Deps, options: ScimOptions): Router => {
  const router = Router({ caseSensitive: false });
  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  router.use(discoveryRouter(() => options.publicUrl() + SCIM_PATH, options.bodyLimitBytes, send));
  router.use(authenticate(deps));
  for (const step of readBulkBody(options.bodyLimitBytes)) router.use(BULK_PATH, step as RequestHandler);
  for (const step of readJsonBody(options.bodyLimitBytes)) router.use(step as RequestHandler);
  for (const { method, path, operation } of ROUTES) router[method](path, handle(deps, options, operation));
  refuseMethods(router);
  router.use(unknownAddress);
  router.use(answerError(deps));
  return router;
};
