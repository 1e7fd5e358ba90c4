/** In the background: carries out what Mode is still owed, most urgent first (directory/settle.ts). */
import { setTimeout } from 'node:timers/promises';
import type { Deps } from '../directory/deps.ts';
import { settleNext } from '../directory/settle.ts';

export interface SettleJob {
  /** Looks for work at once instead of at the next interval. */
  wake(): void;
  /** Takes no new work and waits a little for what is under way; what is cut off goes on at the next start. */
  stop(): Promise<void>;
}

/** Resources that are settled at the same time. */
const WORKERS = 4;
/** How long one resource may keep a worker; below the lease of directory/settle.ts. */
const PATIENCE_MS = 45_000;
/** How long stopping waits. Being killed in the middle is harmless: the lease ends and the work is taken up again. */
const GRACE_MS = 5_000;

/** Starts settling in the background, looking every `intervalMs` for what is due. */
export const startSettleJob = (deps: Deps, intervalMs: number): SettleJob => {
  let stopped = false;
  let running: Promise<void> | undefined;

  const worker = async (): Promise<void> => {
    while (!stopped && (await settleNext(deps, PATIENCE_MS)));
  };
  const run = async (): Promise<void> => {
    try {
      await Promise.all(Array.from({ length: WORKERS }, worker));
    } catch (error) {
      deps.log.error('settle.failed', { error });
    }
  };
  const wake = (): void => {
    if (stopped) return;
    running ??= run().finally(() => {
      running = undefined;
    });
  };
  const timer = setInterval(wake, intervalMs);
  wake();
  return {
    wake,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await Promise.race([running, setTimeout(GRACE_MS, undefined, { ref: false })]);
    },
  };
};
