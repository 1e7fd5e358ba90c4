/**
 * What each operation of a Bulk request is about, found out before any is run: its address, what it refers to, and
 * whether it can be run at all (RFC 7644 §3.7).
 */
import { fold } from '../../directory/fold.ts';
import { isObject } from '../compat/coerce.ts';
import type { Operation } from '../context.ts';
import { type ScimErrorReply, type ScimType, scimErrorBody, toScimReply } from '../errors.ts';
import { type BulkAddress, type Endpoints, readAddress } from './address.ts';
import { type Circles, findCircles } from './circles.ts';
import type { Orderly } from './order.ts';
import { bulkIdIn, setAside, textsIn } from './references.ts';
import { type BulkOperation, shortened } from './request.ts';

/** The failure of one operation, for a status that no kind of error stands for. */
export const failure = (
  status: number,
  detail: string,
  more: { readonly scimType?: ScimType; readonly retryAfterSeconds?: number | undefined } = {},
): ScimErrorReply => ({
  status,
  body: scimErrorBody(status, detail, more.scimType),
  retryAfterSeconds: more.retryAfterSeconds,
});

export interface Planned extends Orderly {
  readonly operation: BulkOperation;
  readonly address: BulkAddress | null;
  readonly perform: Operation | null;
  /** Why it is not run; the others may be. */
  readonly failure: ScimErrorReply | null;
}

export interface Plan {
  readonly operations: readonly Planned[];
  readonly circles: Circles;
  /** Index of the POST that has a bulkId. */
  readonly posts: ReadonlyMap<string, number>;
}

/** The attribute whose value no two resources share, and without which none is created. */
const NAMES: Readonly<Record<string, string>> = { '/Users': 'userName', '/Groups': 'displayName' };

/**
 * Operations in one lane may run side by side when their keys differ: creating people of different names, or PATCHes and
 * DELETEs of different resources that rename nothing. A name that one operation gives up may be taken by another, so what
 * may rename (PUT, some PATCHes) runs alone.
 */
const laneOf = ({ method, data }: BulkOperation, { endpoint, id }: BulkAddress): Orderly['lane'] => {
  const kind = `${method} ${endpoint.path}`;
  const name = NAMES[endpoint.path];
  if (method === 'DELETE') return { kind, key: id };
  if (name === undefined || !isObject(data)) return null;
  if (method === 'PATCH') {
    return JSON.stringify(data).toLowerCase().includes(name.toLowerCase()) ? null : { kind, key: id };
  }
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  return method === 'POST' && typeof value === 'string' ? { kind, key: fold(value) } : null;
};

const unreachable = (address: BulkAddress | null, method: string): ScimErrorReply => {
  if (!address) {
    const detail =
      'There is nothing at this path. In a bulk operation it is /Users, /Groups, or one of them with an id.';
    return failure(404, detail);
  }
  const { endpoint, id } = address;
  // GET is an operation over HTTP, but none of Bulk: "POST", "PUT", "PATCH", or "DELETE" (RFC 7644 §3.7).
  const possible = [...(id === '' ? endpoint.ofAll : endpoint.ofOne).keys()].filter((one) => one !== 'GET');
  const shown = method.slice(0, 20);
  return failure(
    405,
    `${shown} is not possible at this path in a bulk operation; possible: ${possible.join(', ') || 'nothing'}.`,
  );
};

interface Reading {
  readonly baseUrl: string;
  readonly endpoints: Endpoints;
  readonly posts: ReadonlyMap<string, number>;
}

const findOperation = (address: BulkAddress | null, method: string | undefined): Operation | null => {
  if (!address || method === undefined || method === 'GET') return null;
  return (address.id === '' ? address.endpoint.ofAll : address.endpoint.ofOne).get(method) ?? null;
};

/** What an operation refers to, by its path and in its data; a body that is no object is refused by whoever reads it. */
const referencesOf = ({ method, data }: BulkOperation, address: BulkAddress | null) => {
  const texts = method !== 'DELETE' && isObject(data) ? textsIn(data) : new Set<string>();
  const bulkIds = [address?.id ?? '', ...texts].map(bulkIdIn).filter((bulkId) => bulkId !== null);
  return { texts, bulkIds };
};

type Draft = Omit<Planned, 'mentions'> & { readonly texts: ReadonlySet<string> };

const draft = (operation: BulkOperation, { baseUrl, endpoints, posts }: Reading): Draft => {
  const address = readAddress(operation.path, baseUrl, endpoints, (bulkId) => posts.has(bulkId));
  const perform = findOperation(address, operation.method);
  const { texts, bulkIds } = referencesOf(operation, address);
  const unknown = bulkIds.find((bulkId) => !posts.has(bulkId));
  const refused = (): ScimErrorReply | null => {
    if (operation.fault) return toScimReply(operation.fault, '');
    if (!perform) return unreachable(address, operation.method ?? '');
    if (unknown === undefined) return null;
    const detail = `It refers to the bulkId ${shortened(unknown)}, which no POST of this request has.`;
    return failure(400, detail, { scimType: 'invalidValue' });
  };
  return {
    operation,
    address,
    perform,
    needs: [...new Set(bulkIds.flatMap((bulkId) => posts.get(bulkId) ?? []))],
    target: address && address.id !== '' ? address.id : null,
    lane: address ? laneOf(operation, address) : null,
    texts,
    failure: refused(),
  };
};

/** RFC 7644 §3.7.1: what of a circle cannot be created first and completed afterwards; null when it can. */
const impossible = (
  planned: Planned,
  index: number,
  { circleOf, waiting }: Circles,
  plan: Omit<Plan, 'circles'>,
) => {
  const { operation, address, needs } = planned;
  const peers = needs.filter((need) => circleOf.get(need) === circleOf.get(index));
  const isGroup = (one: Planned | undefined) => one?.address?.endpoint.path === '/Groups';
  if (isGroup(planned) && peers.some((peer) => isGroup(plan.operations[peer]))) {
    return 'These groups refer to each other in a circle, and Mode has no nested groups: only users can be members.';
  }
  const isLater = (bulkId: string) => waiting.get(index)?.has(plan.posts.get(bulkId) ?? -1) === true;
  const { later } = setAside(isObject(operation.data) ? operation.data : {}, isLater);
  const required = ['schemas', NAMES[address?.endpoint.path ?? '']?.toLowerCase()];
  const name = Object.keys(later).find((key) => required.includes(key.split(':').at(-1)?.toLowerCase()));
  return name === undefined
    ? null
    : `Its ${JSON.stringify(name)} refers in a circle to a resource that cannot be created before it.`;
};

const withCircles = (operations: readonly Planned[], posts: Plan['posts']): Plan => {
  const circles = findCircles(operations.map(({ needs }) => needs));
  const judged = operations.map((planned, index) => {
    if (planned.failure || !circles.circleOf.has(index)) return planned;
    const detail = impossible(planned, index, circles, { operations, posts });
    return detail === null ? planned : { ...planned, failure: failure(409, detail) };
  });
  return { operations: judged, circles, posts };
};

/** Makes the plan. Nothing has been done yet, and nothing is thrown: what cannot be run is marked so. */
export const planOperations = (
  operations: readonly BulkOperation[],
  baseUrl: string,
  endpoints: Endpoints,
): Plan => {
  const posts = new Map(
    operations.flatMap(({ method, bulkId }, index) =>
      method === 'POST' && bulkId ? [[bulkId, index] as const] : [],
    ),
  );
  const drafts = operations.map((operation) => draft(operation, { baseUrl, endpoints, posts }));
  const targets = new Set(drafts.map(({ target }) => target));
  const planned = drafts.map(({ texts, ...rest }): Planned => {
    const mentions = new Set([...texts].filter((text) => text !== rest.target && targets.has(text)));
    return { ...rest, mentions };
  });
  return withCircles(planned, posts);
};
