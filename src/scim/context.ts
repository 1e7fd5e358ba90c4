/** What every SCIM operation gets besides its request, and what it gives back: plain values, no Express. */
import type { Call, Deps } from '../directory/deps.ts';
import type { Dialect } from './compat/dialect.ts';

/** Query parameters; of a parameter that stands twice the first counts. */
export type ScimQuery = Readonly<Record<string, string | undefined>>;

export interface ScimRequest {
  readonly deps: Deps;
  readonly call: Call;
  /** Where SCIM is seen from outside, without a slash at its end: `https://scim.example.com/scim/v2`. */
  readonly baseUrl: string;
  /** In which format people are written down for this address (directory/documents.ts); undefined until that is known. */
  readonly documentFormat?: number | undefined;
  /** How the connection lets its client speak. */
  readonly dialect: Dialect;
  readonly query: ScimQuery;
  /** The id in the address; empty where the address has none. */
  readonly id: string;
  readonly body: unknown;
  /** The headers If-Match and If-None-Match, where they were sent. */
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export interface ScimReply {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of the body, where it was written down before: JSON in pieces. */
  readonly json?: readonly string[];
  readonly location?: string;
  /** The ETag of the resource. */
  readonly version?: string;
}

export type Operation = (request: ScimRequest) => Promise<ScimReply>;
