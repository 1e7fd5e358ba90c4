/** Every address that the bridge serves, in order: the table of contents. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import compression from 'compression';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Deps } from './directory/deps.ts';
import { healthRouter, type Readiness } from './health.ts';
import { type HookOptions, modeHooks } from './hooks/mode.ts';
import { type Compress, directReads } from './scim/direct.ts';
import { scimRouter } from './scim/router.ts';
import { SCIM_PATH, type ScimOptions } from './scim/wire.ts';
import { startPage } from './start-page.ts';

export interface AppOptions extends ScimOptions, HookOptions {
  readonly readiness: Readiness;
}

/** What stands before the path where a client goes through a proxy: "a server MUST accept the absolute-form" (RFC 9112 §3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/** The path and query that are asked for. Clients join paths carelessly: `//Users` means `/Users` (idp-clients.md T015). */
const tidied = (target: string): string => {
  const rest = target.startsWith('/') ? target : target.replace(ORIGIN, '');
  const url = rest === '' || rest.startsWith('?') ? `/${rest}` : rest;
  const cut = url.indexOf('?');
  const path = cut < 0 ? url : url.slice(0, cut);
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') + url.slice(path.length) : url;
};

/** What a log may hold of an address: no secret, and never the query (filters hold names, RFC 7644 §7.5.2). */
const loggedPath = (url: string): string => {
  const path = url.split('?', 1)[0] ?? '';
  return /\/hooks\//i.test(path) ? '/hooks/…' : path;
};

/**
 * Begins every request: gives it an id, for the log and for the person who reads an error, and logs one line when it is
 * answered.
 */
const begin = ({ log, now }: Deps, request: IncomingMessage, response: ServerResponse): string => {
  const requestId = randomUUID();
  const startedAt = now().getTime();
  request.url = tidied(request.url ?? '/');
  const { method, url } = request;
  response.setHeader('X-Request-Id', requestId);
  response.on('finish', () => {
    const ms = now().getTime() - startedAt;
    log.info('request', { requestId, method, path: loggedPath(url), status: response.statusCode, ms });
  });
  return requestId;
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

/** From here on gzip saves more than it costs: a page of 100 people becomes one fifteenth for some 0.1 ms. */
const COMPRESSED = { threshold: 4_096, level: 3 } as const;

const routed = (deps: Deps, options: AppOptions, compress: RequestHandler): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(compress);
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

/** The whole HTTP surface. Starts nothing and listens nowhere. */
export const createApp = (deps: Deps, options: AppOptions): RequestListener => {
  const compress = compression(COMPRESSED);
  const direct = directReads(deps, options, compress as unknown as Compress);
  const app = routed(deps, options, compress);
  return (request, response) => {
    const requestId = begin(deps, request, response);
    if (direct(request, response, requestId)) return;
    // Express keeps what it finds here.
    Object.assign(response, { locals: { requestId } });
    app(request, response);
  };
};
