/**
 * The path of a Bulk operation (RFC 7644 §3.7 "path"), looked up in the table of addresses that HTTP has: one
 * implementation of each operation, no request to ourselves.
 */

import { parse } from 'node:querystring';
import type { Operation, ScimQuery } from '../context.ts';
import { BULK_ID } from './references.ts';

/** A row of the table of addresses. */
export interface BulkRoute {
  readonly method: string;
  /** `/Users` or `/Users/:id`; rows of any other form cannot be reached from Bulk. */
  readonly path: string;
  readonly operation: Operation;
}

type Operations = Map<string, Operation>;

/** The operations of one resource type, by method in upper case. */
export interface Endpoint {
  /** `/Users` */
  readonly path: string;
  readonly ofAll: ReadonlyMap<string, Operation>;
  readonly ofOne: ReadonlyMap<string, Operation>;
}

/** By path in lower case, as HTTP compares them. */
export type Endpoints = ReadonlyMap<string, Endpoint>;

/** Longest path that is taken apart, in characters: HTTP takes no longer address either (main.ts). */
const LONGEST_PATH = 32_768;

const ROUTE = /^(\/[^/:.]+)(\/:id)?$/;

/** The endpoints that the routes make. */
export const endpointsOf = (routes: readonly BulkRoute[]): Endpoints => {
  const endpoints = new Map<string, { path: string; ofAll: Operations; ofOne: Operations }>();
  for (const { method, path, operation } of routes) {
    const [, endpointPath, one] = ROUTE.exec(path) ?? [];
    if (endpointPath === undefined) continue;
    const key = endpointPath.toLowerCase();
    const endpoint = endpoints.get(key) ?? { path: endpointPath, ofAll: new Map(), ofOne: new Map() };
    endpoints.set(key, endpoint);
    (one === undefined ? endpoint.ofAll : endpoint.ofOne).set(method.toUpperCase(), operation);
  }
  return endpoints;
};

export interface BulkAddress {
  readonly endpoint: Endpoint;
  /** Decoded; empty for `/Users`; may be `bulkId:x`. */
  readonly id: string;
  /** The id as the client wrote it, for `location`. */
  readonly rawId: string;
  readonly query: ScimQuery;
}

/** As over HTTP: of a parameter that stands twice the first counts, and of very many only the first are looked at. */
const readQuery = (text: string): ScimQuery => {
  const query: Record<string, string | undefined> = Object.create(null) as Record<string, string | undefined>;
  for (const [name, value] of Object.entries(parse(text)))
    query[name] = Array.isArray(value) ? value[0] : value;
  return query;
};

const decoded = (segment: string): string | null => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
};

/** The path below our base URL: `/Users`, `Users` and `https://…/scim/v2/Users` mean the same. */
const relative = (path: string, baseUrl: string): string => {
  const base = `${baseUrl}/`;
  const isOurs = path.slice(0, base.length).toLowerCase() === base.toLowerCase();
  return (isOurs ? path.slice(base.length) : path).replace(/^\/+/, '');
};

const TO_BULK_ID = /^([^/?]+)\/+(bulkId:.*)$/s;

/**
 * Reads a path; null when nothing of ours is there. A segment is decoded after the path is cut, so that no `%2F` and no
 * `..` leads anywhere else. A bulkId may hold any character: one that `isBulkId` knows is taken as it stands.
 */
export const readAddress = (
  path: string,
  baseUrl: string,
  endpoints: Endpoints,
  isBulkId: (bulkId: string) => boolean,
): BulkAddress | null => {
  const rest = relative(path, baseUrl);
  const [, name, token] = TO_BULK_ID.exec(rest) ?? [];
  const asItStands = endpoints.get(`/${name?.toLowerCase()}`);
  if (asItStands && token !== undefined && isBulkId(token.slice(BULK_ID.length))) {
    return { endpoint: asItStands, id: token, rawId: token, query: readQuery('') };
  }
  if (rest.length > LONGEST_PATH) return null;
  const cut = rest.indexOf('?');
  const segments = (cut < 0 ? rest : rest.slice(0, cut)).split('/').filter((segment) => segment !== '');
  const [first = '', rawId = '', ...more] = segments;
  const endpoint = endpoints.get(`/${decoded(first)?.toLowerCase()}`);
  const id = decoded(rawId);
  if (!endpoint || id === null || more.length > 0) return null;
  return { endpoint, id, rawId, query: readQuery(cut < 0 ? '' : rest.slice(cut + 1)) };
};
