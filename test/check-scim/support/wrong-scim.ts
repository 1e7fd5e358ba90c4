/**
 * A SCIM server for the tests of the checks: right by default as far as they ask, wrong in one way on request. It keeps
 * people and groups in memory and shares no code with what it tests.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { documentAt } from './wrong-documents.ts';
import { applyPatch, type Operation, Refusal, type Resource } from './wrong-patch.ts';

export const FAULTS = [
  'none',
  '404 for an empty search',
  'counts as text',
  'itemsPerPage echoes count',
  'pages overlap',
  'finds everybody',
  'compares letter by letter',
  'hides the inactive',
  'application/json',
  'no Location',
  'accepts twins',
  'client chooses the id',
  'shows passwords',
  'False stays text',
  'path-less PATCH does nothing',
  'PATCH answers and does nothing',
  'PATCH is not atomic',
  'removing one member removes all',
  'add replaces members',
  'two primaries',
  'PUT creates',
  'PUT merges',
  'DELETE answers 200',
  'DELETE keeps',
  'status as number',
  'no challenge',
  'asks no token',
  'HTML for bad JSON',
  'believes X-Forwarded-Host',
  'promises bulk',
  'redirects',
  'hangs up',
  'never answers',
  'HTML everywhere',
  'sends without end',
  'answers creation with a stranger',
  'throttles',
  'echoes the token',
] as const;
export type Fault = (typeof FAULTS)[number];

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export const TOKEN = 'wrong-scim-token-0001';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

const refuse = (fault: Fault, status: number, scimType?: string): Answer => ({
  status,
  body: {
    schemas: [ERROR],
    status: fault === 'status as number' ? status : String(status),
    scimType,
    detail: 'No.',
  },
});

const emailsOf = (resource: Resource) => (resource['emails'] ?? []) as { type?: string; value?: string }[];

/** One comparison, as Entra and Okta send it; undefined when it is not understood. */
const comparison = (text: string, fault: Fault): ((resource: Resource) => boolean) | undefined => {
  const [, path = '', op = '', value = ''] =
    /^\(?(\S+|emails\[.*\]\.value) (eq|sw) "(.*)"\)?$/i.exec(text) ?? [];
  const fold = (one: unknown) =>
    fault === 'compares letter by letter' ? String(one) : String(one).toLowerCase();
  if (path === 'emails[type eq "work"].value')
    return (resource) => emailsOf(resource).some((email) => email.type === 'work' && email.value === value);
  if (path === 'externalId' || path === 'id') return (resource) => resource[path] === value;
  if (path !== 'userName' && path !== 'displayName') return undefined;
  if (op === 'sw') return (resource) => fold(resource[path]).startsWith(fold(value));
  return (resource) => fold(resource[path]) === fold(value);
};

const createStore = (fault: Fault) => {
  const seeded: Resource = {
    id: 'seeded-1',
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'somebody@example.org',
    name: { givenName: 'Some', familyName: 'Body' },
    emails: [{ value: 'somebody@example.org' }],
    active: true,
    meta: { resourceType: 'User' },
  };
  return { fault, Users: new Map([['seeded-1', seeded]]), Groups: new Map<string, Resource>() };
};

type Store = ReturnType<typeof createStore>;
type Kind = 'Users' | 'Groups';

const shown = ({ fault }: Store, resource: Resource): Resource => {
  const { password, ...rest } = resource;
  return fault === 'shows passwords' ? { ...rest, password } : rest;
};

const selected = (
  { fault, ...store }: Store,
  kind: Kind,
  filter: string | null,
): readonly Resource[] | undefined => {
  const all = [...store[kind].values()];
  if (filter === null || fault === 'finds everybody') return all;
  const terms = filter.split(' or ').map((term) => comparison(term, fault));
  if (terms.includes(undefined)) return undefined;
  const found = all.filter((resource) => terms.some((matches) => matches?.(resource)));
  return fault === 'hides the inactive' ? found.filter((resource) => resource['active'] !== false) : found;
};

const list = (store: Store, kind: Kind, query: URLSearchParams): Answer => {
  const { fault } = store;
  const found = selected(store, kind, query.get('filter'));
  if (found === undefined) return refuse(fault, 400, 'invalidFilter');
  if (found.length === 0 && fault === '404 for an empty search') return refuse(fault, 404);
  const startIndex = Math.max(1, Number(query.get('startIndex') ?? 1));
  const count = Math.max(0, Number(query.get('count') ?? 100));
  const from = Math.max(0, startIndex - (fault === 'pages overlap' ? 2 : 1));
  const page = found.slice(from, from + count).map((resource) => shown(store, resource));
  const counters = {
    totalResults: found.length,
    startIndex,
    itemsPerPage: fault === 'itemsPerPage echoes count' ? count : page.length,
  };
  const asText = Object.fromEntries(Object.entries(counters).map(([name, value]) => [name, String(value)]));
  const told = fault === 'counts as text' ? asText : counters;
  return { status: 200, body: { schemas: [LIST], ...told, Resources: page } };
};

const isTaken = (store: Store, kind: Kind, body: Resource, own?: string): boolean => {
  const name = kind === 'Users' ? 'userName' : 'displayName';
  const wanted = String(body[name]).toLowerCase();
  return [...store[kind].values()].some(
    (other) => other.id !== own && String(other[name]).toLowerCase() === wanted,
  );
};

const create = (store: Store, kind: Kind, { headers, body }: Call): Answer => {
  const { fault } = store;
  const sent = body as Resource;
  if (typeof sent[kind === 'Users' ? 'userName' : 'displayName'] !== 'string')
    return refuse(fault, 400, 'invalidValue');
  if (isTaken(store, kind, sent) && fault !== 'accepts twins') return refuse(fault, 409, 'uniqueness');
  const id = fault === 'client chooses the id' && sent.id ? sent.id : randomUUID();
  const host =
    fault === 'believes X-Forwarded-Host' ? (headers['x-forwarded-host'] ?? headers.host) : headers.host;
  const location = `http://${String(host)}/${kind}/${id}`;
  const now = new Date().toISOString();
  const meta = { resourceType: kind.slice(0, -1), created: now, lastModified: now, location };
  const resource: Resource = { active: true, ...sent, id, meta };
  store[kind].set(id, resource);
  const stranger = store.Users.get('seeded-1') as Resource;
  if (fault === 'answers creation with a stranger') return { status: 201, body: shown(store, stranger) };
  return {
    status: 201,
    body: shown(store, resource),
    headers: fault === 'no Location' ? {} : { Location: location },
  };
};

const replace = (store: Store, kind: Kind, id: string, body: unknown): Answer => {
  const { fault } = store;
  const before = store[kind].get(id);
  if (!before && fault !== 'PUT creates') return refuse(fault, 404);
  const meta = before?.['meta'];
  const base = fault === 'PUT merges' ? before : { active: before?.['active'] };
  const resource = { ...base, ...(body as object), id, meta };
  store[kind].set(id, resource);
  return { status: 200, body: shown(store, resource) };
};

const patch = (store: Store, kind: Kind, before: Resource, body: unknown): Answer => {
  const { Operations: operations } = body as { Operations: Operation[] };
  if (store.fault === 'PATCH answers and does nothing') return { status: 204 };
  try {
    const after = applyPatch(before, operations, store.fault);
    if (isTaken(store, kind, after, before.id)) return refuse(store.fault, 409, 'uniqueness');
    store[kind].set(before.id, after);
    return kind === 'Users' ? { status: 200, body: shown(store, after) } : { status: 204 };
  } catch (error) {
    if (error instanceof Refusal) return refuse(store.fault, 400, error.message);
    throw error;
  }
};

const remove = (store: Store, kind: Kind, id: string): Answer => {
  if (store.fault !== 'DELETE keeps') store[kind].delete(id);
  return store.fault === 'DELETE answers 200' ? { status: 200, body: {} } : { status: 204 };
};

const onOne = (store: Store, kind: Kind, id: string, { method, body }: Call): Answer => {
  if (method === 'PUT') return replace(store, kind, id, body);
  const resource = store[kind].get(id);
  if (!resource) return refuse(store.fault, 404);
  if (method === 'PATCH') return patch(store, kind, resource, body);
  if (method === 'DELETE') return remove(store, kind, id);
  return { status: 200, body: shown(store, resource) };
};

const answerTo = (store: Store, call: Call): Answer => {
  const { url, headers, method } = call;
  const { fault } = store;
  const error = headers.authorization === undefined ? '' : ', error="invalid_token"';
  const challenge = fault === 'no challenge' ? {} : { 'WWW-Authenticate': `Bearer realm="scim"${error}` };
  if (headers.authorization !== `Bearer ${TOKEN}` && fault !== 'asks no token')
    return fault === 'echoes the token'
      ? {
          status: 401,
          body: {
            detail: `${headers.authorization} is not known`,
            url: encodeURIComponent(String(headers.authorization)),
          },
        }
      : { ...refuse(fault, 401), headers: challenge };
  const document = documentAt(url.pathname, fault === 'promises bulk');
  if (document) return { status: 200, body: document };
  const [, kind, id] = url.pathname.split('/');
  if (kind !== 'Users' && kind !== 'Groups') return refuse(fault, 404);
  if (id !== undefined) return onOne(store, kind, decodeURIComponent(id), call);
  return method === 'POST' ? create(store, kind, call) : list(store, kind, url.searchParams);
};

const HTML = '<!doctype html><title>Oops</title><h1>502</h1>';

/** Faults that need no SCIM at all; gives whether the request has been dealt with. */
const misbehave = (fault: Fault, request: IncomingMessage, response: ServerResponse): boolean => {
  if (fault === 'hangs up') request.socket.destroy();
  else if (fault === 'redirects') response.writeHead(302, { Location: 'https://evil.example/login' }).end();
  else if (fault === 'HTML everywhere') response.writeHead(200, { 'Content-Type': 'text/html' }).end(HTML);
  else if (fault === 'sends without end') {
    const megabyte = Buffer.alloc(1024 * 1024, ' ');
    const pour = (): void => {
      while (!response.destroyed && response.write(megabyte));
    };
    response.on('drain', pour).on('error', () => undefined);
    pour();
  } else return fault === 'never answers';
  return true;
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
};

const serve = async (store: Store, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const text = await readBody(request);
  const { method = 'GET', headers } = request;
  const url = new URL(request.url ?? '', 'http://wrong');
  const { fault } = store;
  let answer: Answer;
  try {
    answer = answerTo(store, { method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
  } catch {
    if (fault === 'HTML for bad JSON')
      return void response.writeHead(500, { 'Content-Type': 'text/html' }).end(HTML);
    answer = refuse(fault, 400, 'invalidSyntax');
  }
  const type = fault === 'application/json' ? 'application/json' : 'application/scim+json';
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(answer.body === undefined ? {} : { 'Content-Type': type }),
  });
  response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
};

export interface WrongScim {
  readonly url: string;
  /** Names of whom it holds now. */
  readonly people: () => readonly unknown[];
  readonly groups: () => readonly unknown[];
  /** Method and path of every request. */
  readonly requests: readonly string[];
  readonly close: () => void;
}

/** Starts it on a free port. */
export const startWrongScim = async (fault: Fault): Promise<WrongScim> => {
  const store = createStore(fault);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (fault === 'throttles' && requests.length % 7 === 0)
      response.writeHead(429, { 'Retry-After': '0' }).end();
    else if (!misbehave(fault, request, response)) void serve(store, request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    people: () => [...store.Users.values()].map(({ userName }) => userName),
    groups: () => [...store.Groups.values()].map(({ displayName }) => displayName),
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
