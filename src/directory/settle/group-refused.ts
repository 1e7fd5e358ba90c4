/** What Mode refuses of a group while it takes the rest: its name, people, or both. */
import { AppError } from '../../errors.ts';
import type { Place } from './group-wish.ts';

export interface RefusedPlace extends Place {
  readonly error: AppError;
}

/** Mode refused this, and all else was done. Says what Mode said of the name, or else of the first person. */
export class GroupRefused extends AppError {
  readonly displayName: string | null;
  readonly places: readonly RefusedPlace[];

  constructor(
    cause: AppError,
    {
      displayName,
      places,
    }: { readonly displayName: string | null; readonly places: readonly RefusedPlace[] },
  ) {
    super(cause.kind, cause.code, cause.message, { cause });
    this.displayName = displayName;
    this.places = places;
  }
}
