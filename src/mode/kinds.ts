/** What came of a call, by the kind of its failure. */
import { AppError, type ErrorKind } from '../errors.ts';

/** Tells whether an error is an AppError of one of these kinds. */
export const isOfKind = (error: unknown, ...kinds: readonly ErrorKind[]): error is AppError =>
  error instanceof AppError && kinds.includes(error.kind);

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
