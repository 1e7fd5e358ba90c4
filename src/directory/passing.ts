/** Tells apart what time heals from what Mode refuses. */
import { AppError } from '../errors.ts';

/** Mode may well do it later: worth trying again without anybody's help. */
export const isPassing = (error: unknown): error is AppError =>
  error instanceof AppError && (error.kind === 'rateLimited' || error.kind === 'unavailable');

/** Mode said no, and saying it again would not help: the change is undone and the caller told why. */
export const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && !isPassing(error);

/**
 * Mode may have refused because it holds already what was asked for: a call that got no answer took effect late, or
 * somebody was faster by hand. Worth a look before the change is undone.
 */
export const isAboutState = (error: unknown): error is AppError =>
  error instanceof AppError && (error.kind === 'invalid' || error.kind === 'conflict');

/** Says that Mode has yet to let go of what the provider deleted, and cannot take its successor before. */
export const heldByLeaver = (what: string): AppError =>
  new AppError(
    'unavailable',
    'directory.settle.held-by-leaver',
    `Mode still holds ${what}, and takes this one only when it is gone. Both changes are kept and carried out in turn.`,
  );

/** Says to who waited for what another had asked for too that it was not carried out. */
const refusedToAnother =
  (asked: 'change' | 'deletion') =>
  (what: string): AppError =>
    new AppError(
      'unavailable',
      `directory.settle.${asked}-refused`,
      `Mode refused the same ${asked} of this ${what} to somebody who asked at the same time, and it was taken back. Ask again to hear why.`,
      { retryAfterMs: 1_000 },
    );

export const deletionRefused = refusedToAnother('deletion');
export const changeRefused = refusedToAnother('change');

/**
 * For a look at what came of an earlier attempt: where Mode refuses to be looked at it has not refused the change, which may
 * have happened. Makes that passing, and leaves all else that is thrown as it is.
 */
export const seeing = async <T>(look: Promise<T>): Promise<T> => {
  try {
    return await look;
  } catch (error) {
    if (!(error instanceof AppError && error.kind === 'forbidden')) throw error;
    const message = `Whether an earlier attempt at this change took effect cannot be seen: ${error.message} The change is kept and tried again.`;
    throw new AppError('unavailable', 'directory.settle.unseen', message, { cause: error });
  }
};
