/**
 * The SCIM 2.0 wire over Express (RFC 7644): who calls, the table of addresses (routes.ts), and what is answered where
 * there is nothing. How an answer is written is wire.ts.
 */
import { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express';
import type { Deps } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import { authenticateScim } from '../security/authenticate.ts';
import { readJsonBody } from './body.ts';
import { readBulkBody } from './bulk/limits.ts';
import { discoveryRouter } from './discovery.ts';
import { scimErrorBody } from './errors.ts';
import { BULK_PATH, READ_ONLY, ROUTES, type Route } from './routes.ts';
import { beginAnswer, perform, queryOf, SCIM_PATH, type ScimOptions, send, sendError } from './wire.ts';

const connectionOf = (response: Response): Connection =>
  (response.locals as { connection: Connection }).connection;

const requestIdOf = (response: Response): string =>
  (response.locals as { readonly requestId: string }).requestId;

const handle =
  (deps: Deps, options: ScimOptions, operation: Route['operation']): RequestHandler =>
  async (request, response) => {
    const reply = await perform(deps, options, operation, {
      connection: connectionOf(response),
      requestId: requestIdOf(response),
      headers: request.headers,
      query: queryOf(request.query),
      id: String(request.params['id'] ?? ''),
      body: request.body,
    });
    send(response, reply);
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
    if (response.headersSent) next(error);
    else sendError(deps, response, requestIdOf(response), error);
  };

/** Everything under `/scim/v2`. Discovery needs no token (RFC 7643 §5); all else does, before a body is read. */
export const scimRouter = (deps: Deps, options: ScimOptions): Router => {
  const router = Router({ caseSensitive: false });
  router.use((_request, response, next) => {
    beginAnswer(response);
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
