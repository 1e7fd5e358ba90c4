/**
 * Mode's own SCIM endpoint: the door of this folder. Counts, faults and refuses as the rest of the emulator does, then
 * has scimmy-routers answer. Where it is, how one signs in and what it can do are UNKNOWN (mode-api.md §10).
 * Nothing here names a section of an RFC: docs/conformance.md lists those as what the bridge itself keeps.
 */
import type { Request, RequestHandler, Response } from 'express';
import type { ApiContext } from '../api.ts';
import { apiActor } from '../audit/log.ts';
import { isSame } from '../credentials.ts';
import { answerUnderFaults } from '../fault-answer.ts';
import { actingAs } from '../world.ts';
import type { ScimChoice } from './behaviour.ts';
import { answerByLibrary } from './library.ts';
import { completeAnswer, SCIM_TYPE } from './outgoing.ts';
import { SCIM_CALLER } from './people.ts';
import { scimErrorBody } from './refusal.ts';
import { findScimRoute, SCIM_PATH, type ScimMatch } from './routes.ts';

const SHAPING = ['attributes', 'excludedAttributes'];

type Refusal = readonly [status: number, detail: string];

const isSignedIn = (choice: ScimChoice, header: string | undefined): boolean =>
  isSame(/^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '', choice.token);

/** The description of groups is not there where groups are not. */
const isHidden = (path: string): boolean => /^\/(ResourceTypes|Schemas)\/.*Group$/.test(path);

const refusalOf = (choice: ScimChoice, { route }: ScimMatch, req: Request): Refusal | undefined => {
  const behaviour = choice.read();
  if (!behaviour.enabled) return [behaviour.refusalStatus, 'SCIM is not enabled for this workspace'];
  if (!isSignedIn(choice, req.headers.authorization)) return [401, 'The token is missing or wrong'];
  const isThere = route?.exists(behaviour) === true && (behaviour.groups || !isHidden(req.path));
  if (!isThere) return [404, 'Endpoint not found'];
  if (route?.offered?.(behaviour) === false) return [behaviour.unsupportedStatus, 'This is not supported'];
  return undefined;
};

const refuse = (res: Response, [status, detail]: Refusal): void => {
  if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="Mode"');
  res
    .status(status)
    .type(SCIM_TYPE)
    .send(JSON.stringify(scimErrorBody(status, detail)));
};

/** Leaves scimmy the choice of attributes alone, and only for reads: on PATCH it would delete the others (scimmy.md §1). */
const shorten = (req: Request, query: URLSearchParams): void => {
  const kept = req.method === 'GET' ? [...query].filter(([name]) => SHAPING.includes(name)) : [];
  Object.defineProperty(req, 'query', { value: Object.fromEntries(kept) });
};

const answer = (context: ApiContext, match: ScimMatch, req: Request, res: Response): void => {
  const { scim } = context.world.settings;
  const behaviour = scim.read();
  completeAnswer(req, res, behaviour);
  const refusal = refusalOf(scim, match, req);
  if (refusal) {
    refuse(res, refusal);
    return;
  }
  const all = new URLSearchParams(req.originalUrl.split('?').slice(1).join('?'));
  const text = (name: string): string | undefined => all.get(name) ?? undefined;
  const query = {
    filter: text('filter'),
    startIndex: text('startIndex'),
    count: text('count'),
    cursor: text('cursor'),
  };
  shorten(req, all);
  const actor = apiActor(context.world.state, SCIM_CALLER, req.ip ?? '', req.headers['user-agent'] ?? '');
  answerByLibrary({ world: actingAs(context.world, actor), behaviour, query }, req, res);
};

/** Makes the handler of the SCIM endpoint, to be mounted at `SCIM_PATH`. */
export const createScim =
  (context: ApiContext): RequestHandler =>
  async (req, res) => {
    const isOwnPath = req.baseUrl === SCIM_PATH;
    const match = findScimRoute(req.method, isOwnPath ? req.path.replace(/\/$/, '') : '');
    const surface = { key: match.key, type: SCIM_TYPE, errorBody: (status: number) => scimErrorBody(status) };
    await answerUnderFaults(context, surface, req, res, () => answer(context, match, req, res));
  };
