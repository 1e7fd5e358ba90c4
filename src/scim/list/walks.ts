/**
 * Keeps index paging honest while rows come and go (idp-clients.md T071). A provider asks for 1, 101, 201, …; if somebody
 * on the first page is deleted meanwhile, plain counting would skip whoever moved up. So where a page ended is remembered
 * for the request that follows it, which then goes on from there. Bounded, per process, and only a help: without a memory
 * the page is counted.
 */
import type { Position } from '../../directory/query.ts';

const MOST = 2_000;
const LIFETIME_MS = 10 * 60_000;

interface Remembered {
  readonly position: Position;
  readonly at: number;
}

export interface Walks {
  /** Where the page that begins at `startIndex` goes on; undefined when nobody came that way lately. */
  find(walk: string, startIndex: number, now: number): Position | undefined;
  /** Remembers that the page which begins at `startIndex` goes on after this position. */
  keep(walk: string, startIndex: number, position: Position, now: number): void;
}

export const createWalks = (): Walks => {
  const kept = new Map<string, Remembered>();
  const keyOf = (walk: string, startIndex: number) => `${walk} ${startIndex}`;
  return {
    find: (walk, startIndex, now) => {
      const found = kept.get(keyOf(walk, startIndex));
      return found && now - found.at < LIFETIME_MS ? found.position : undefined;
    },
    keep: (walk, startIndex, position, now) => {
      const key = keyOf(walk, startIndex);
      kept.delete(key); // to the end of the order, which is the order of forgetting
      kept.set(key, { position, at: now });
      const [oldest] = kept.keys();
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
    },
  };
};
