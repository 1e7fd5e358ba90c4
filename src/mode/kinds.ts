/** What came of a call, by the kind of its failure. */
import { AppError, type ErrorKind } from '../errors.ts';

/** Tells whether an error is an AppError of one of these kinds. */
export const isOfKind = (error: unknown, ...kinds: readonly ErrorKind[]): error is AppError =>
  error instanceof AppError && kinds.includes(error.kind);

/** Words REPORTED of endpoints that API keys may not use, with 400 (mode-api.md §2). */
const UNSUPPORTED = /unsupported for use with/i;

/** Tells whether Mode says, in either way, that the credential may not do that. */
export const isForbidding = (error: unknown): error is AppError =>
  isOfKind(error, 'forbidden') || (isOfKind(error, 'invalid') && UNSUPPORTED.test(error.message));

/** Gives the promise's value, or `otherwise` where Mode answers with one of these kinds. */
export const unlessOfKind = async <T, U>(
  asked: Promise<T>,
  kinds: readonly ErrorKind[],
  otherwise: (error: AppError) => U | Promise<U>,
): Promise<T | U> => {
  try {
    return await asked;
  } catch (error) {
    if (isOfKind(error, ...kinds)) return otherwise(error);
    throw error;
  }
};
