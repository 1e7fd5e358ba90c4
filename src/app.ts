/** Every address that the bridge serves, in order: the table of contents. */
import { randomUUID } from 'node:crypto';
import compression from 'compression';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Deps } from './directory/deps.ts';
import { healthRouter, type Readiness } from './health.ts';
import { type HookOptions, modeHooks } from './hooks/mode.ts';
import { SCIM_PATH, type ScimOptions, scimRouter } from './scim/router.ts';
import { startPage } from './start-page.ts';

export interface AppOptions extends ScimOptions, HookOptions {
  readonly readiness: Readiness;
}

/** Gives each request an id, for the log and for the person who reads an error. */
const identify: RequestHandler = (_request, response, next) => {
  const requestId = randomUUID();
  response.locals['requestId'] = requestId;
  response.set('X-Request-Id', requestId);
  next();
};

/** Clients join paths carelessly: `//Users` means `/Users` (idp-clients.md T015). */
const tidyPath: RequestHandler = (request, _response, next) => {
  const cut = request.url.indexOf('?');
  const path = cut < 0 ? request.url : request.url.slice(0, cut);
  const query = cut < 0 ? '' : request.url.slice(cut);
  request.url = path.replace(/\/{2,}/g, '/') + query;
  next();
};

/** One line per request. Never the query: filters hold names and addresses (RFC 7644 §7.5.2). */
const logRequests =
  ({ log, now }: Deps): RequestHandler =>
  (request, response, next) => {
    const startedAt = now().getTime();
    const path = request.path.startsWith('/hooks/') ? '/hooks/…' : request.path;
    response.on('finish', () => {
      const { requestId } = response.locals as { readonly requestId: string };
      const ms = now().getTime() - startedAt;
      log.info('request', { requestId, method: request.method, path, status: response.statusCode, ms });
    });
    next();
  };

const notFound: RequestHandler = (_request, response) => {
  response
    .status(404)
    .json({ error: 'not_found', message: `There is nothing here. SCIM is at ${SCIM_PATH}.` });
};

const lastResort =
  ({ log }: Deps): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    const { requestId } = response.locals as { readonly requestId: string };
    log.error('request.failed', { requestId, error });
    if (response.headersSent) next(error);
    else
      response
        .status(500)
        .json({ error: 'internal', message: `Something went wrong; see request ${requestId}.` });
  };

/** The whole HTTP surface. Starts nothing and listens nowhere. */
export const createApp = (deps: Deps, options: AppOptions): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(identify, logRequests(deps), tidyPath, compression());
  app.use(SCIM_PATH, scimRouter(deps, options));
  app.use('/hooks/mode', modeHooks(deps, options));
  app.use(healthRouter(options.readiness));
  app.get(
    '/',
    startPage(() => options.publicUrl() + SCIM_PATH),
  );
  app.use(notFound, lastResort(deps));
  return app;
};
