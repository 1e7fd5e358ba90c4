/**
 * What a call that Mode never answered means for what may be done next (docs/decisions/011-lost-answers.md). For a while it
 * may take effect yet: what it would make must not be asked for again, and where the wish has changed since, what is done
 * now may be undone by it.
 */
import { AppError } from '../../errors.ts';
import type { Deps } from '../deps.ts';
import type { Unsettled } from '../model.ts';

/** Until when a call of an earlier attempt may take effect; undefined where none may. */
export const openUntil = ({ now, lateMs }: Deps, { open }: Pick<Unsettled, 'open'>): string | undefined => {
  if (open === null) return undefined;
  const until = Date.parse(open.at) + lateMs;
  return until > now().getTime() ? new Date(until).toISOString() : undefined;
};

/** Until when the open call of another wish may undo what is done now; undefined where nothing may. */
export const watchedUntil = (deps: Deps, entry: Pick<Unsettled, 'open' | 'revision'>): string | undefined =>
  entry.open?.revision === entry.revision ? undefined : openUntil(deps, entry);

/** Says that what is wanted may come by a call that is open, and is not asked for again before that is over. */
export const yetToCome = (what: string): AppError =>
  new AppError(
    'unavailable',
    'directory.settle.yet-to-come',
    `Mode did not answer when it was asked for ${what}, and may be at it still. It is looked for until that is sure, ` +
      'and asked for again only then.',
  );
