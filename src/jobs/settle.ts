/** In the background: carries out what Mode is still owed, most urgent first (directory/settle/settle.ts). */
import { setTimeout } from 'node:timers/promises';
import type { Deps } from '../directory/deps.ts';
import { URGENCY, type Urgency } from '../directory/model.ts';
import { settleNext } from '../directory/settle/settle.ts';

export interface SettleJob {
  /** Looks for work at once instead of at the next interval. */
  wake(): void;
  /** Takes no new work and waits a little for what is under way; what is cut off goes on at the next start. */
  stop(): Promise<void>;
}

/** Resources that are settled at the same time; and who leaves, for whom a large group does not take the last place. */
const CREWS: readonly { readonly least: Urgency; readonly most: number }[] = [
  { least: URGENCY.leaver, most: 1 },
  { least: URGENCY.other, most: 4 },
];
/** How long one resource may keep a worker. */
const PATIENCE_MS = 45_000;
/** How long stopping waits. Being killed in the middle is harmless: the lease ends and the work is taken up again. */
const GRACE_MS = 5_000;

/** Starts settling in the background, looking every `intervalMs` for what is due. */
export const startSettleJob = (deps: Deps, intervalMs: number): SettleJob => {
  let stopped = false;

  /** One worker looks; each who finds work calls another, because there may be more. */
  const startCrew = ({ least, most }: (typeof CREWS)[number]) => {
    const working = new Set<Promise<void>>();
    const work = async (): Promise<void> => {
      try {
        while (!stopped && (await settleNext(deps, { least, patienceMs: PATIENCE_MS, onFound: call })));
      } catch (error) {
        deps.log.error('settle.failed', { error });
      }
    };
    const call = (): void => {
      if (stopped || working.size >= most) return;
      const worker: Promise<void> = work().finally(() => working.delete(worker));
      working.add(worker);
    };
    return { call, done: () => Promise.all(working) };
  };
  const crews = CREWS.map(startCrew);
  const wake = (): void => {
    for (const { call } of crews) call();
  };
  const timer = setInterval(wake, intervalMs);
  wake();
  return {
    wake,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      const done = Promise.all(crews.map((crew) => crew.done()));
      await Promise.race([done, setTimeout(GRACE_MS, undefined, { ref: false })]);
    },
  };
};
