/** Tells apart what time heals from what Mode refuses. */
import { AppError } from '../errors.ts';

/** Mode may well do it later: worth trying again without anybody's help. */
export const isPassing = (error: unknown): error is AppError =>
  error instanceof AppError && (error.kind === 'rateLimited' || error.kind === 'unavailable');

/** Mode said no, and saying it again would not help: the change is undone and the caller told why. */
export const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && !isPassing(error);
