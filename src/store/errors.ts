/**
 * What the drivers throw, in our words: a clash of unique values, an engine that cannot be reached or is too busy, text
 * that it cannot hold. Anything else is a bug and passes unchanged.
 */
import { AppError } from '../errors.ts';

/** The unique indexes whose violation is a caller's business: PostgreSQL names the index, SQLite its columns. */
const UNIQUE_INDEXES = {
  users_user_name: 'users.connection_id, users.user_name_key',
  groups_display_name: 'groups.connection_id, groups.display_name_key',
  connections_name: 'connections.name_key',
  tokens_hash: 'tokens.hash',
} as const;

/** A row that must be the only one is there already. */
class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
  /** The index (PostgreSQL) or its columns (SQLite). */
  readonly subject: string;

  constructor(subject: string, cause: unknown) {
    super(`Not unique: ${subject}`, { cause });
    this.subject = subject;
  }
}

/** Runs the write; a violation of that index becomes the error that `taken` makes. */
export const orTaken = async <T>(
  index: keyof typeof UNIQUE_INDEXES,
  taken: (cause: unknown) => AppError,
  write: () => Promise<T>,
): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    const subjects: readonly string[] = [index, UNIQUE_INDEXES[index]];
    if (error instanceof UniqueViolation && subjects.includes(error.subject)) throw taken(error);
    throw error;
  }
};

const busy = (cause: unknown): AppError =>
  new AppError(
    'unavailable',
    'store.database.busy',
    'The database is busy; nothing was changed. Try again.',
    {
      retryAfterMs: 1_000,
      cause,
    },
  );

const unreachable = (cause: unknown): AppError =>
  new AppError('unavailable', 'store.database.failed', 'The database does not answer. Try again later.', {
    retryAfterMs: 5_000,
    cause,
  });

/** PostgreSQL text cannot hold U+0000; SQLite cuts some functions short at it. Neither gets it. */
export const holdsNul = (cause?: unknown): AppError =>
  new AppError('invalid', 'store.text.nul', 'Text must not contain the character U+0000.', { cause });

/** SQLSTATEs and classes of PostgreSQL, codes of SQLite and of Node's sockets, and what each means to us. */
const MEANINGS: readonly (readonly [RegExp, (error: Error) => Error])[] = [
  [/^(40001|40P01|55P03|57014|25P03)$/u, busy],
  [/^SQLITE_(BUSY|LOCKED)/u, busy],
  [/^22021$/u, holdsNul],
  // Connection lost, wrong password, no such database, too many clients, out of disk, shutting down, read-only standby.
  [/^(08...|28...|3D000|53...|57P..|58...|25006)$/u, unreachable],
  [/^(ECONN|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES)/u, unreachable],
  [/^SQLITE_(FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|PERM|PROTOCOL)/u, unreachable],
];

/** What pg says, without a code, when a connection is gone or cannot be had in time. */
const CONNECTION_GONE =
  /connection terminated|connection error|timeout exceeded when trying to connect|Connection ended/iu;

const uniqueSubject = (code: string, error: Error): string | undefined => {
  if (code === '23505') return String((error as { readonly constraint?: unknown }).constraint);
  if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/u.test(code)) return error.message.split('failed: ')[1] ?? '';
  return undefined;
};

/** Says in our words what a driver threw. */
export const translate = (error: unknown): unknown => {
  if (!(error instanceof Error) || error instanceof AppError) return error;
  const code = String((error as { readonly code?: unknown }).code ?? '');
  const subject = uniqueSubject(code, error);
  if (subject !== undefined) return new UniqueViolation(subject, error);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  if (meaning) return meaning(error);
  return code === '' && CONNECTION_GONE.test(error.message) ? unreachable(error) : error;
};
