/**
 * Answers one request to the API: count, fault, credential, workspace, body, handler, in this order.
 * Media type `application/hal+json` (CONFIRMED-O); every success is 200 (CONFIRMED-O, CONFIRMED-C).
 */
import express, { type Request, type RequestHandler, type Response } from 'express';
import { BODY_LIMIT_BYTES } from './assumptions.ts';
import { apiActor } from './audit/log.ts';
import { byBasic } from './credentials.ts';
import { errorBody, ModeError, refusal } from './errors.ts';
import { answerUnderFaults } from './fault-answer.ts';
import type { CallCount, Faults } from './faults.ts';
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

interface Asked {
  readonly match: Match;
  readonly req: Request;
  readonly body: Promise<unknown>;
}

const answer = async ({ world }: ApiContext, { match, req, body: reading }: Asked): Promise<unknown> => {
  const { route, params } = match;
  if (!route) throw refusal(404);
  const caller = (route.admit ?? byBasic)(world, req.headers);
  const { slug } = world.state.workspace;
  if ('workspace' in params && params['workspace'] !== slug) throw refusal(404);
  const body = await reading;
  const query = new URLSearchParams(req.originalUrl.split('?').slice(1).join('?'));
  const actor = apiActor(world.state, caller, req.ip ?? '', req.headers['user-agent'] ?? '');
  return route.handler({ world: actingAs(world, actor), params, query, body, caller });
};

const reply = async (context: ApiContext, asked: Asked): Promise<Reply> => {
  const { match } = asked;
  const type = match.route?.type ?? HAL;
  try {
    return { status: 200, type, body: await answer(context, asked) };
  } catch (error) {
    if (error instanceof ModeError) return { status: error.status, type, body: error.body };
    context.world.settings.log('emulator.call.failed', { route: match.key, error: String(error) });
    return { status: 500, type, body: errorBody(500) };
  }
};

/** Makes the handler of everything that is not a control call. */
export const createApi =
  (context: ApiContext): RequestHandler =>
  async (req, res) => {
    const match = findRoute(req.method, req.path, context.world.state.workspace.slug);
    const surface = { key: match.key, type: 'application/hal+json', errorBody };
    // Before a delay that was ordered: who gives up meanwhile has asked all the same, and is heard.
    const body = readBody(req, res);
    body.catch(() => undefined);
    await answerUnderFaults(context, surface, req, res, async () =>
      send(res, await reply(context, { match, req, body })),
    );
  };
