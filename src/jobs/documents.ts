/** In the background: writes people down anew after they changed (directory/documents.ts). */
import { setTimeout } from 'node:timers/promises';
import type { Deps } from '../directory/deps.ts';
import { refreshDocuments, type Writer } from '../directory/documents.ts';

/** How often it is looked for what changed. Meanwhile it is put together anew for each who asks. */
const INTERVAL_MS = 500;

/** Works at most half of the time, so that requests get theirs. */
export const startDocumentsJob = (deps: Deps, writer: Writer): { readonly stop: () => Promise<void> } => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (ms: number): Promise<void> =>
    setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const from = performance.now();
      try {
        const wasOutdated = await refreshDocuments(deps, writer);
        await pause(wasOutdated ? performance.now() - from : INTERVAL_MS);
      } catch (error) {
        deps.log.warn('documents.not-written', { error });
        await pause(INTERVAL_MS * 10);
      }
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
