/** What a check works with: the client, names nobody else uses, and people and groups of its own. */
import { randomUUID } from 'node:crypto';
import { CORE_GROUP, CORE_USER, dig, hasStatus, holds, type Json, PATCH_OP } from './expect.ts';
import type { Discovery } from './features.ts';
import type { Ledger } from './ledger.ts';
import type { Answer, Exchange, SentHeaders, Wire } from './wire.ts';

export type Scim = (method: string, path: string, body?: unknown, headers?: SentHeaders) => Promise<Answer>;

/** A person or a group that a check created. */
export interface Resource {
  readonly id: string;
  readonly path: string;
  /** userName or displayName, as sent. */
  readonly name: string;
  /** What was sent. */
  readonly sent: Json;
  readonly answer: Answer;
}

/** The people and the group that checks only read. */
export interface Cast {
  /** Has a title, a department and bob as her manager; an address at work and one at home. */
  readonly ann: Resource;
  /** Has no title; his home address is his alone. */
  readonly bob: Resource;
  /** Is inactive. */
  readonly cyd: Resource;
  /** Ann and bob. Undefined when the server has no groups. */
  readonly group: Resource | undefined;
  readonly work: (person: Resource) => string;
  readonly home: (person: Resource) => string;
  readonly title: string;
  readonly department: string;
}

export interface Context {
  readonly scim: Scim;
  readonly strict: boolean;
  readonly discovery: Discovery;
  /** A name that begins with the prefix of this run and that nobody else has. */
  name(hint?: string): string;
  /** The body of a person as providers send it, without sending it. */
  personBody(extra?: Json): Json;
  groupBody(extra?: Json): Json;
  /** A person with name and work address. Throws Unmet when she cannot be created. */
  person(extra?: Json): Promise<Resource>;
  /** A person with nothing but a userName. */
  bare(): Promise<Resource>;
  group(extra?: Json): Promise<Resource>;
  /** Three people and a group for checks that only read; the same for all of them. */
  cast(): Promise<Cast>;
  /** A person for requests that must be refused: one for all of them, who may be harmed when a server accepts one. */
  target(): Promise<Resource>;
  /** Sees to it that something is removed in the end that no creation showed. */
  claim(path: string): void;
  readonly throttled: () => number;
  /** What requests carry as Authorization, for checks that write it in another way. */
  readonly authorization: string | undefined;
}

interface Making {
  readonly wire: Wire;
  readonly strict: boolean;
  readonly authorization: string | undefined;
  readonly discovery: Discovery;
  readonly name: (hint?: string) => string;
  readonly ledger: Ledger;
  readonly cast: () => Promise<Cast>;
  readonly target: () => Promise<Resource>;
  readonly onExchange: (exchange: Exchange) => void;
}

/** example.com is reserved: no invitation reaches anybody. */
export const addressOf = (name: string): string => `${name}@example.com`;

const personBody = (name: string, extra: Json = {}): Json => ({
  schemas: [CORE_USER],
  userName: addressOf(name),
  externalId: randomUUID(),
  name: { givenName: 'Check', familyName: 'Scim', formatted: 'Check Scim' },
  displayName: `Check Scim ${name}`,
  emails: [{ value: addressOf(name), type: 'work', primary: true }],
  active: true,
  ...extra,
});

const groupBody = (name: string, extra: Json = {}): Json => ({
  schemas: [CORE_GROUP],
  displayName: name,
  ...extra,
});

const asResource = (endpoint: string, answer: Answer, sent: Json): Resource => {
  hasStatus(answer, 201);
  const attribute = endpoint === '/Users' ? 'userName' : 'displayName';
  const name = String(sent[attribute]);
  const id = dig(answer.body, 'id');
  holds(answer, typeof id === 'string' && id !== '', 'the new resource with an id in the answer', id);
  const shown = dig(answer.body, attribute);
  const same = typeof shown === 'string' && shown.toLowerCase() === name.toLowerCase();
  holds(answer, same, `${attribute} "${name}" in the answer`, shown);
  return { id: String(id), path: `${endpoint}/${encodeURIComponent(String(id))}`, name, sent, answer };
};

export const createContext = (making: Making): Context => {
  const { wire, ledger, name, onExchange, ...rest } = making;
  const scim: Scim = async (method, path, body, headers) => {
    const answer = await wire.send({ method, path, body, headers: headers ?? {} });
    onExchange(answer.exchange);
    // Never go on with the id of somebody else: the next request would change her.
    const ours = ledger.note(method, path, answer);
    holds(answer, ours, 'the answer to a creation to show what was created', answer.text);
    return answer;
  };
  const create = async (endpoint: string, sent: Json): Promise<Resource> =>
    asResource(endpoint, await scim('POST', endpoint, sent), sent);
  return {
    ...rest,
    scim,
    name,
    claim: (path) => ledger.claim(path),
    throttled: wire.throttled,
    personBody: (extra) => personBody(name(), extra),
    groupBody: (extra) => groupBody(name(), extra),
    person: (extra) => create('/Users', personBody(name(), extra)),
    bare: () => create('/Users', { schemas: [CORE_USER], userName: addressOf(name()) }),
    group: (extra) => create('/Groups', groupBody(name(), extra)),
  };
};

export const patchBody = (...operations: readonly Json[]): Json => ({
  schemas: [PATCH_OP],
  Operations: operations,
});
