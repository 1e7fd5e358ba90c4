/**
 * Completes what scimmy answers with what its process-wide settings cannot know: the host, and this emulator's choices.
 */
import type { Request, Response } from 'express';
import type { ScimBehaviour } from './behaviour.ts';
import { SCIM_PATH } from './routes.ts';

/** What every answer of the endpoint is. */
export const SCIM_TYPE = 'application/scim+json';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

const REFERENCES: ReadonlySet<string> = new Set(['location', '$ref']);

/** Puts scheme and host before every address of this endpoint (SCIM wants whole URIs). */
const withHost = (value: unknown, origin: string): unknown => {
  if (Array.isArray(value)) return value.map((one) => withHost(one, origin));
  if (!isObject(value)) return value;
  const complete = ([key, inner]: [string, unknown]): [string, unknown] => {
    const isAddress = REFERENCES.has(key) && typeof inner === 'string' && inner.startsWith(SCIM_PATH);
    return [key, isAddress ? origin + inner : withHost(inner, origin)];
  };
  return Object.fromEntries(Object.entries(value).map(complete));
};

const config = (body: Json, { updates, filter, maxResults, paging }: ScimBehaviour): Json => ({
  ...body,
  patch: { supported: updates !== 'put' },
  filter: { supported: filter === 'full' || filter === 'eq', maxResults },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  sort: { supported: false },
  ...(paging === 'cursor' ? { pagination: { cursor: true, index: false } } : {}),
});

const isOfGroups = ({ id }: Json): boolean => typeof id === 'string' && id.endsWith('Group');

const described = (body: Json, { groups }: ScimBehaviour): Json => {
  const listed = body['Resources'] as readonly Json[];
  const shown = groups ? listed : listed.filter((one) => !isOfGroups(one));
  return { ...body, Resources: shown, totalResults: shown.length, itemsPerPage: shown.length };
};

/** What is put right, by the path below the endpoint. */
const CORRECTIONS: Readonly<Record<string, (body: Json, behaviour: ScimBehaviour) => Json>> = {
  '/ServiceProviderConfig': config,
  '/ResourceTypes': described,
  '/Schemas': described,
};

const withoutMembers = ({ members: _members, ...shown }: Json): Json => shown;

/** Hides here who is in groups, and not from scimmy: a PATCH of what it does not see would end it. */
const hideMembers = (body: Json, path: string, { members }: ScimBehaviour): Json => {
  if (members === 'shown' || !path.startsWith('/Groups')) return body;
  const listed = body['Resources'] as readonly Json[] | undefined;
  return listed ? { ...body, Resources: listed.map(withoutMembers) } : withoutMembers(body);
};

const isAnsweredWithNothing = (req: Request, res: Response, { changed }: ScimBehaviour): boolean =>
  changed === 'nothing' && res.statusCode === 200 && (req.method === 'PATCH' || req.method === 'PUT');

const complete = (body: Json, path: string, origin: string, behaviour: ScimBehaviour): Json =>
  withHost(CORRECTIONS[path]?.(body, behaviour) ?? hideMembers(body, path, behaviour), origin) as Json;

const locate = (res: Response, body: Json): void => {
  const { location } = (body['meta'] ?? {}) as { readonly location?: string };
  if (res.statusCode === 201 && location !== undefined) res.location(location);
};

/** Has the one answer of a request completed before it leaves. */
export const completeAnswer = (req: Request, res: Response, behaviour: ScimBehaviour): void => {
  const origin = `${req.protocol}://${req.host}`;
  const path = req.path;
  const send = res.send.bind(res);
  res.send = (answer: unknown) => {
    // Once: `send` of an object comes back through `send`.
    res.send = send;
    if (!isObject(answer)) return send(answer);
    if (isAnsweredWithNothing(req, res, behaviour)) return res.status(204).end();
    const body = complete(JSON.parse(JSON.stringify(answer)) as Json, path, origin, behaviour);
    locate(res, body);
    // What the body parser refuses comes before scimmy-routers has named a type.
    res.type(SCIM_TYPE);
    return send(JSON.stringify(body));
  };
};
