/**
 * Whoever waits is not told of a failure of Mode that passes: it is asked again, as long as her time allows (product.md
 * section 4, "No change is lost").
 */
import type { AppError } from '../../errors.ts';
import type { Call, Deps } from '../deps.ts';
import { isPassing } from '../passing.ts';

/** A try needs so long, with the look before it: cut off by the deadline, its change would be open for a minute. */
const TRY_MS = 2_000;

/**
 * Mode failed, or was not there, or rests because it did: where its rest ends within the time that there is, all is well
 * again soon; one that has been down for long rests longer than anybody waits. A call that may take effect yet is not
 * repeated, and what waits for another change (directory.*) has no end that could be foreseen.
 */
const isWorthwhile = (error: unknown): error is AppError =>
  isPassing(error) && !error.mayHappenYet && /^mode\.(http|circuit)\./.test(error.code);

/** Waits until it is time to ask again; gives false at once where that is no use, or too late for the caller. */
export const waitToAskAgain = async (
  deps: Deps,
  { deadline, askAgainUntil = deadline }: Call,
  error: unknown,
  waitMs: number,
): Promise<boolean> => {
  if (!isWorthwhile(error) || deps.now().getTime() + waitMs + TRY_MS > askAgainUntil) return false;
  deps.log.info('settle.again', { code: error.code, waitMs });
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  return true;
};
