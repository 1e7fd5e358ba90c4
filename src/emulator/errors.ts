/**
 * Mode's error bodies: `{"id": <enum>, "message": <text>}`, both required (CONFIRMED-O, mode-api.md §2).
 * Which status goes with which id is CONFIRMED-O for 400, 401, 403 and 404, INFERRED for the rest.
 */

type ErrorId =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'param_missing'
  | 'payload_too_large'
  | 'rate_limited'
  | 'internal_server_error'
  | 'service_unavailable';

const ID_BY_STATUS: ReadonlyMap<number, readonly [ErrorId, string]> = new Map([
  [400, ['bad_request', 'Bad request']],
  [401, ['unauthorized', 'Unauthorized']],
  [403, ['forbidden', 'Forbidden']],
  [404, ['not_found', 'Not found']],
  [413, ['payload_too_large', 'Payload too large']],
  [429, ['rate_limited', 'Too many API requests']],
  [500, ['internal_server_error', 'Internal server error']],
  [503, ['service_unavailable', 'Service unavailable']],
]);

export interface ErrorBody {
  readonly id: ErrorId;
  readonly message: string;
}

/** Gives the usual error body of a status; statuses that Mode does not name borrow the id of their class. */
export const errorBody = (status: number, message?: string): ErrorBody => {
  const [id, usual] = ID_BY_STATUS.get(status) ??
    ID_BY_STATUS.get(status >= 500 ? 500 : 400) ?? ['bad_request', 'Bad request'];
  return { id, message: message ?? usual };
};

/** A refusal in Mode's words; whatever throws it is answered with its status and body. */
export class ModeError extends Error {
  readonly status: number;
  /** Undefined where the answer has none. */
  readonly body: unknown;

  constructor(status: number, body: unknown, message: string) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** Refuses with a status and a message. */
export const refusal = (status: number, message?: string): ModeError => {
  const body = errorBody(status, message);
  return new ModeError(status, body, body.message);
};

/** Refuses an unwrapped or incomplete body: 400 `param_missing` (id CONFIRMED-O, use REPORTED by SDK). */
export const paramMissing = (name: string): ModeError => {
  const message = `param is missing or the value is empty: ${name}`;
  return new ModeError(400, { id: 'param_missing', message }, message);
};
