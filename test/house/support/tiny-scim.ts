/**
 * A SCIM server of a hundred lines for the tests of the judge: right by default, wrong in one way on request. It knows
 * no more of SCIM than Okta's specification test asks about.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Person {
  readonly id: string;
  readonly userName: string;
  readonly [attribute: string]: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What the server does wrong. */
export type Fault =
  | 'none'
  | 'counts as text'
  | 'no list schema'
  | 'drops emails'
  | 'drops names'
  | 'forgets what it created'
  | 'accepts twins'
  | 'creates inactive'
  | 'answers 200 to creation'
  | 'finds everybody'
  | 'asks no token'
  | 'plain text 401'
  | 'status as number off by one'
  | 'errors without schema'
  | 'slow groups'
  | 'groups as object'
  | 'refuses upper case'
  | 'hangs up';

const TOKEN = 'tiny-scim-token-0001';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return JSON.parse(text) as Record<string, unknown>;
};

const createPeople = (fault: Fault) => {
  const seeded: Person = {
    id: '1',
    userName: 'ada@example.com',
    schemas: [USER],
    name: { givenName: 'Ada', familyName: 'Byron' },
    emails: [{ value: 'ada@example.com', primary: true }],
    active: true,
  };
  const people = new Map<string, Person>([['1', seeded]]);

  const error = (status: number, detail: string): Answer => {
    const shown = fault === 'status as number off by one' ? status + 1 : status;
    const schemas = fault === 'errors without schema' ? [] : [ERROR];
    return { status, body: { schemas, detail, status: String(shown) } };
  };
  const list = (all: readonly unknown[]): Answer => {
    const total = fault === 'counts as text' ? String(all.length) : all.length;
    const schemas = fault === 'no list schema' ? [] : [LIST];
    return {
      status: 200,
      body: { schemas, totalResults: total, startIndex: 1, itemsPerPage: total, Resources: all },
    };
  };
  const shown = (person: Person): Record<string, unknown> => {
    const { emails, name, ...rest } = person;
    return {
      ...rest,
      ...(fault === 'drops emails' ? {} : { emails }),
      ...(fault === 'drops names' ? {} : { name }),
    };
  };
  const find = (filter: string | null): Answer => {
    const wanted = filter?.match(/^userName eq "(.*)"$/)?.[1];
    if (fault === 'refuses upper case' && wanted !== undefined && wanted === wanted.toUpperCase())
      return error(400, 'Too loud.');
    const all = [...people.values()].filter(
      ({ userName }) =>
        wanted === undefined ||
        fault === 'finds everybody' ||
        userName.toLowerCase() === wanted.toLowerCase(),
    );
    return list(all.map(shown));
  };
  const create = (body: Record<string, unknown>): Answer => {
    const userName = String(body['userName']);
    const taken = [...people.values()].some((person) => person.userName === userName);
    if (taken && fault !== 'accepts twins') return error(409, 'That userName is taken.');
    const person: Person = {
      ...body,
      id: String(people.size + 1),
      userName,
      active: fault !== 'creates inactive',
    };
    if (fault !== 'forgets what it created') people.set(person.id, person);
    return { status: fault === 'answers 200 to creation' ? 200 : 201, body: shown(person) };
  };
  const read = (id: string): Answer => {
    const person = people.get(id);
    return person ? { status: 200, body: shown(person) } : error(404, 'There is nobody with this id.');
  };
  return { error, list, find, create, read };
};

const answerer = (fault: Fault) => {
  const people = createPeople(fault);
  const groups = async (): Promise<Answer> => {
    if (fault === 'slow groups') await sleep(700);
    const { status, body } = people.list([{ id: 'g1' }]);
    return { status, body: fault === 'groups as object' ? { ...Object(body), Resources: {} } : body };
  };
  const refusal = (request: IncomingMessage): Answer | undefined => {
    if (request.headers.authorization === `Bearer ${TOKEN}` || fault === 'asks no token') return undefined;
    if (fault === 'plain text 401') return { status: 401, body: 'Unauthorized' };
    return people.error(401, 'The token is not known.');
  };
  return async (request: IncomingMessage): Promise<Answer> => {
    const url = new URL(request.url ?? '', 'http://tiny');
    const refused = refusal(request);
    if (refused) return refused;
    if (url.pathname === '/Groups') return groups();
    if (url.pathname !== '/Users') return people.read(url.pathname.slice('/Users/'.length));
    return request.method === 'POST'
      ? people.create(await readBody(request))
      : people.find(url.searchParams.get('filter'));
  };
};

const reply = (response: ServerResponse, { status, body }: Answer): void => {
  response.writeHead(status, { 'Content-Type': 'application/scim+json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

export interface TinyScim {
  readonly scimBaseUrl: string;
  readonly scimToken: string;
  readonly close: () => void;
}

/** Starts it on a free port. */
export const startTinyScim = async (fault: Fault): Promise<TinyScim> => {
  const answer = answerer(fault);
  const server = createServer((request, response) => {
    if (fault === 'hangs up') request.socket.destroy();
    else
      answer(request).then(
        (found) => reply(response, found),
        () => request.socket.destroy(),
      );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    scimBaseUrl: `http://127.0.0.1:${port}`,
    scimToken: TOKEN,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
