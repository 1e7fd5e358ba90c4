/** Changes that are bound to the version that somebody read. */
import { AppError } from '../errors.ts';

/** Throws `stale` when a change is bound to another version than the record has. */
export const requireVersion = (record: { readonly version: number }, boundTo: number | undefined): void => {
  if (boundTo === undefined || record.version === boundTo) return;
  throw new AppError(
    'stale',
    'directory.version.stale',
    'The resource changed meanwhile. Read it again and repeat.',
  );
};
