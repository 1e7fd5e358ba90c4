/**
 * Answers one request to the API: count, fault, credential, workspace, body, handler, in this order.
 * Media type `application/hal+json` (CONFIRMED-O); every success is 200 (CONFIRMED-O, CONFIRMED-C).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { BODY_LIMIT_BYTES } from './assumptions.ts';
import { apiActor } from './audit/log.ts';
import { byBasic } from './credentials.ts';
import { errorBody, ModeError, refusal } from './errors.ts';
import type { CallCount, Fault, Faults } from './faults.ts';
import { findRoute, type Match } from './routes.ts';
import { actingAs, type World } from './world.ts';

export interface ApiContext {
  readonly world: World;
  readonly calls: CallCount;
  readonly faults: Faults;
  /** Ends delays that are under way when the emulator closes. */
  readonly closing: AbortSignal;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

const HAL = 'application/hal+json';

const send = (res: Response, { status, type, body }: Reply): void => {
  if (status === 401) res.set('WWW-Authenticate', 'Basic realm="Mode"');
  if (body === undefined) res.status(status).end();
  else res.status(status).type(type).send(JSON.stringify(body));
};

const parseJson = express.json({ limit: BODY_LIMIT_BYTES, type: ['application/json', 'application/*+json'] });

const readBody = (req: Request, res: Response): Promise<unknown> =>
  new Promise((resolve, reject) => {
    void parseJson(req, res, (error?: unknown) => {
      if (!error) return resolve(req.body);
      const isTooLarge = (error as { status?: number }).status === 413;
      reject(isTooLarge ? refusal(413) : refusal(400, 'Request body is not valid JSON'));
    });
  });

const answer = async (context: ApiContext, match: Match, req: Request, res: Response): Promise<unknown> => {
  const { world } = context;
  const { route, params } = match;
  if (!route) throw refusal(404);
  const caller = (route.admit ?? byBasic)(world, req.headers);
  const { slug } = world.state.workspace;
  if ('workspace' in params && params['workspace'] !== slug) throw refusal(404);
  const body = await readBody(req, res);
  const query = new URLSearchParams(req.originalUrl.split('?').slice(1).join('?'));
  const actor = apiActor(world.state, caller, req.ip ?? '', req.headers['user-agent'] ?? '');
  return route.handler({ world: actingAs(world, actor), params, query, body, caller });
};

const reply = async (context: ApiContext, match: Match, req: Request, res: Response): Promise<Reply> => {
  const type = match.route?.type ?? HAL;
  try {
    return { status: 200, type, body: await answer(context, match, req, res) };
  } catch (error) {
    if (error instanceof ModeError) return { status: error.status, type, body: error.body };
    context.world.settings.log('emulator.call.failed', { route: match.key, error: String(error) });
    return { status: 500, type, body: errorBody(500) };
  }
};

const delay = async (ms: number, signal: AbortSignal): Promise<void> => {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
};

const sendFault = (res: Response, status: number, fault: Fault): void => {
  const isText = typeof fault.body === 'string';
  const body = fault.body ?? (status >= 400 ? errorBody(status) : {});
  res.status(status).type(isText ? 'text/plain' : 'application/hal+json');
  res.set(fault.headers ?? {});
  res.send(isText ? fault.body : JSON.stringify(body));
};

/** Makes the handler of everything that is not a control call. */
export const createApi =
  (context: ApiContext): RequestHandler =>
  async (req, res) => {
    const match = findRoute(req.method, req.path, context.world.state.workspace.slug);
    context.calls.add(match.key);
    const fault = context.faults.take(match.key);
    if (fault) await delay(fault.delayMs, context.closing);
    if (fault?.drop === true) {
      req.socket.destroy();
    } else if (fault?.status !== undefined) {
      sendFault(res, fault.status, fault);
    } else {
      const given = await reply(context, match, req, res);
      if (fault?.dropAfter === true) req.socket.destroy();
      else send(res, given);
    }
  };
