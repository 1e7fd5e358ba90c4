/**
 * Errors on the SCIM wire (RFC 7644 §3.12): every failure becomes one SCIM Error body, here and nowhere else. What the
 * caller sees names the remedy and never shows internals; the log has the cause.
 */
import { AppError, type ErrorKind } from '../errors.ts';

/** RFC 7644 §3.12 Table 9, RFC 9865 §2.1. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

/** A request that SCIM itself refuses: 400 with a `scimType`. */
export class ScimRefusal extends AppError {
  readonly scimType: ScimType;

  constructor(scimType: ScimType, message: string) {
    super('invalid', `scim.${scimType}`, message);
    this.scimType = scimType;
  }
}

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  stale: 412,
  tooLarge: 413,
  mediaType: 415,
  rateLimited: 429,
  unsupported: 501,
  unavailable: 503,
};

const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

interface ScimErrorBody {
  readonly schemas: readonly [typeof ERROR_SCHEMA];
  /** "The HTTP status code expressed as a JSON string." */
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

/** Refusals from within that SCIM has a word of its own for. */
const BY_CODE: Readonly<Record<string, ScimType>> = {
  'store.filter.unsupported': 'invalidFilter',
  'store.sort.unsupported': 'invalidPath',
};

const scimTypeOf = (error: AppError): ScimType | undefined => {
  if (error instanceof ScimRefusal) return error.scimType;
  const known = BY_CODE[error.code];
  if (known) return known;
  if (error.kind === 'conflict') return 'uniqueness';
  return error.kind === 'invalid' ? 'invalidValue' : undefined;
};

/** The body of an error with a status that no kind stands for (404 of an unknown address, 405). */
export const scimErrorBody = (status: number, detail: string, scimType?: ScimType): ScimErrorBody => ({
  schemas: [ERROR_SCHEMA],
  status: String(status),
  ...(scimType === undefined ? {} : { scimType }),
  detail,
});

export interface ScimErrorReply {
  readonly status: number;
  readonly body: ScimErrorBody;
  /** Whole seconds, which is the only form that Okta honours (idp-clients.md §2.7). */
  readonly retryAfterSeconds: number | undefined;
}

/** What Express throws for `%E0%A4%A`, which no UTF-8 text encodes to. */
const malformedAddress = (): ScimRefusal =>
  new ScimRefusal('invalidSyntax', 'The address holds a "%" that encodes no character; encode it as UTF-8.');

/** Translates any error into a SCIM reply; what is no AppError is a bug and says nothing but its request id. */
export const toScimReply = (error: unknown, requestId: string): ScimErrorReply => {
  if (error instanceof URIError) return toScimReply(malformedAddress(), requestId);
  if (!(error instanceof AppError)) {
    const detail = `Something went wrong in the bridge. Nothing is lost; the log has the cause under request ${requestId}.`;
    return { status: 500, body: scimErrorBody(500, detail), retryAfterSeconds: undefined };
  }
  const status = STATUS[error.kind];
  const retryAfterSeconds =
    status === 429 || status === 503
      ? Math.max(1, Math.ceil((error.retryAfterMs ?? 5000) / 1000))
      : undefined;
  return { status, body: scimErrorBody(status, error.message, scimTypeOf(error)), retryAfterSeconds };
};
