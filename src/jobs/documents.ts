/** In the background: writes people down anew after they changed (directory/documents.ts). */
import { setTimeout } from 'node:timers/promises';
import type { Deps } from '../directory/deps.ts';
import { formatOf, type Manner, refreshDocuments } from '../directory/documents.ts';

/** How often it is looked for what changed. Meanwhile it is put together anew for each who asks. */
const INTERVAL_MS = 500;

export interface DocumentsJob {
  /** In which format documents are; undefined until that is known. */
  format(): number | undefined;
  stop(): Promise<void>;
}

/** Works at most half of the time, so that requests get theirs. */
export const startDocumentsJob = (deps: Deps, manner: Manner): DocumentsJob => {
  let format: number | undefined;
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (ms: number): Promise<void> =>
    setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const from = performance.now();
      try {
        format = await formatOf(deps, manner, format);
        const wasOutdated = await refreshDocuments(deps, { format, write: manner.write });
        await pause(wasOutdated ? performance.now() - from : INTERVAL_MS);
      } catch (error) {
        deps.log.warn('documents.not-written', { error });
        await pause(INTERVAL_MS * 10);
      }
    }
  };
  const running = run();
  return {
    format: () => format,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
