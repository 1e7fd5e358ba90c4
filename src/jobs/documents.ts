/** In the background: writes people down anew after they changed (directory/documents.ts). */
import { setTimeout } from 'node:timers/promises';
import type { Deps } from '../directory/deps.ts';
import { formatOf, type Manner, type Refreshed, refreshDocuments } from '../directory/documents.ts';

/** How often it is looked for what changed. Meanwhile it is put together anew for each who asks. */
const INTERVAL_MS = 500;

/**
 * How long to wait after work of so many milliseconds. At most half of the time is for this, so that requests get theirs;
 * what changes all the time is left to come together; and of several processes one does it, which the others leave it to.
 */
const WAITS: Readonly<Record<Refreshed, (tookMs: number) => number>> = {
  nothing: () => INTERVAL_MS,
  all: () => INTERVAL_MS,
  some: (tookMs) => tookMs,
  overtaken: () => INTERVAL_MS * 10,
};

const RESTART =
  'An instance with another PUBLIC_URL began to serve: answers about people are right, and slower here. Start the instances again whose PUBLIC_URL shall count.';

export interface DocumentsJob {
  /** In which format documents are; undefined until that is known. */
  format(): number | undefined;
  stop(): Promise<void>;
}

/** Says once that another address counts, by which this instance answers slower, and once that its own does again. */
const createTeller = ({ log, store }: Deps, { address }: Manner) => {
  let wasOwn = true;
  return async (isOwn: boolean): Promise<void> => {
    if (isOwn === wasOwn) return;
    const writtenFor = isOwn ? address : await store.documents.currentAddress();
    wasOwn = isOwn;
    if (isOwn) log.info('documents.own-address', { address });
    else log.warn('documents.other-address', { address, writtenFor, remedy: RESTART });
  };
};

/** Writes what is outdated, until it is stopped. */
export const startDocumentsJob = (deps: Deps, manner: Manner): DocumentsJob => {
  let format: number | undefined;
  const tell = createTeller(deps, manner);
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (ms: number): Promise<void> =>
    setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const from = performance.now();
      try {
        const found = await formatOf(deps, manner, format);
        format = found.format;
        await tell(found.isOwn);
        const refreshed = await refreshDocuments(deps, { format, write: manner.write });
        await pause(WAITS[refreshed](performance.now() - from));
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
