/** What is found of one ability, and how a finding is made. */
import type { AppError } from '../../errors.ts';
import { isPassing } from '../passing.ts';

export interface Finding {
  readonly result: 'yes' | 'no' | 'unknown';
  readonly why: string;
  readonly remedy: string | null;
  /** It could be found out, and was not: Mode did not answer, or refuses the token. */
  readonly isFailure: boolean;
}

export const yes = (why: string): Finding => ({ result: 'yes', why, remedy: null, isFailure: false });

export const no = (why: string, remedy: string | null): Finding => ({
  result: 'no',
  why,
  remedy,
  isFailure: false,
});

export const unknown = (why: string, remedy: string | null = null, isFailure = false): Finding => ({
  result: 'unknown',
  why,
  remedy,
  isFailure,
});

/** Which token Mode refuses; what to do about it stands in the remedy. */
export const refusedToken = ({ message }: AppError): string => `${message.split('. ')[0]}.`;

/** What a try that failed says: `no` where Mode said so, `unknown` where time may heal it or nothing could be asked. */
export const failing = (error: AppError, remedy: string | null): Finding => {
  if (error.kind === 'unauthorized') return unknown(`Not tried: ${refusedToken(error)}`, null, true);
  const { message, cause } = error;
  if (!isPassing(error)) return no(message, remedy);
  // Whether it was refused, unknown or too slow is what whoever reads this needs to know.
  const why = cause instanceof Error ? `${message.replace(/\.$/, '')}: ${cause.message}.` : message;
  return unknown(why, null, true);
};

/** The kinds that can be issued (mode-api.md §1, "Token kinds"). */
export type TokenKind = 'Workspace' | 'Member';

const KINDS: Readonly<Record<string, TokenKind>> = { workspace: 'Workspace', member: 'Member' };

/**
 * The kind of a token: as Mode names it (the word for a Workspace token is INFERRED, mode-api.md §1), or known by the
 * audit log, which "Workspace tokens alone" may read (CONFIRMED-O, §8.3). Null where neither tells.
 */
export const knownKind = (scope: string | null, readsAuditLog: boolean): TokenKind | null =>
  KINDS[(scope ?? '').toLowerCase()] ?? (readsAuditLog ? 'Workspace' : null);
