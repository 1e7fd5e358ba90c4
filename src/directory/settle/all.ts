/** Settles several people and groups with Mode, and counts what came of it. */
import type { Call, Deps } from '../deps.ts';
import { inParallel } from '../in-parallel.ts';
import type { Unsettled } from '../model.ts';
import { isPassing, isRefusal } from '../passing.ts';
import { settleNow } from './now.ts';

/** What came of them. */
export interface SettledAll {
  /** People and groups that Mode has taken. */
  readonly done: number;
  /** Those that Mode has not taken yet; they follow in the background. */
  readonly waiting: number;
  /** What Mode refused, in its words. */
  readonly refused: readonly string[];
}

/** Hears how many of how many are settled. */
export type OnSettled = (settled: number, of: number) => void;

/** People and groups that are settled at the same time. */
const AT_ONCE = 4;

/** Settles these in their order. Throws only what is a bug. */
export const settleAll = async (
  deps: Deps,
  call: Call,
  owed: readonly Pick<Unsettled, 'kind' | 'id'>[],
  onSettled: OnSettled = () => undefined,
): Promise<SettledAll> => {
  const counts = { done: 0, waiting: 0, refused: [] as string[] };
  let settled = 0;
  await inParallel(owed, AT_ONCE, async ({ kind, id }) => {
    try {
      await settleNow(deps, call, kind, id);
      counts.done += 1;
    } catch (error) {
      if (isPassing(error)) counts.waiting += 1;
      else if (isRefusal(error)) counts.refused.push(error.message);
      else throw error;
    }
    settled += 1;
    onSettled(settled, owed.length);
  });
  return counts;
};
