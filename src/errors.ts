/**
 * Everything that may go wrong, as a closed list. Code throws AppError; each edge (SCIM, CLI, HTTP) translates the
 * kind once. An error that is not an AppError is a bug: it is logged with its cause and answered as such.
 */

export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'stale'
  | 'tooLarge'
  | 'mediaType'
  | 'rateLimited'
  | 'unsupported'
  | 'unavailable';

interface AppErrorOptions {
  /** How long the caller should wait before it tries again, in milliseconds. */
  readonly retryAfterMs?: number;
  /** What was asked for may have happened, or may happen yet: nobody has answered. */
  readonly mayHappenYet?: boolean;
  /** What lies behind it: for the log, never for the caller. */
  readonly cause?: unknown;
}

/** A failure with a kind that edges translate, a stable code to search for, and a message that names the remedy. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly kind: ErrorKind;
  /** `folder.file.reason`, stable across releases. */
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly mayHappenYet: boolean;

  constructor(kind: ErrorKind, code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.mayHappenYet = options.mayHappenYet ?? false;
  }
}
