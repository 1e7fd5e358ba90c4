/**
 * Keeps index paging honest while rows come and go (idp-clients.md T071). A provider asks for 1, 101, 201, …; if somebody
 * on the first page is deleted meanwhile, plain counting would skip whoever moved up. So where a page ended is remembered
 * for the request that follows it, which then goes on from there; who asks for several pages at once is still under way
 * with the one before, and goes on from one a little further back. So the last page of many costs what the first costs.
 * Bounded, per process, and only a help: without a memory the page is counted.
 */
import type { Position } from '../../directory/query.ts';

const MOST = 2_000;
/** How many pages back to look: as many as a provider may ask for at once. */
const PAGES_BACK = 16;
const LIFETIME_MS = 10 * 60_000;

interface Remembered {
  readonly position: Position;
  readonly at: number;
}

/** Where to begin reading: behind this position, and past so many rows more. */
export interface Place {
  readonly after: Position;
  readonly offset: number;
}

export interface Walks {
  /** Where the page of `limit` rows that begins at `startIndex` goes on; undefined when nobody came that way lately. */
  find(walk: string, asked: { startIndex: number; limit: number; now: number }): Place | undefined;
  /** Remembers that the page which begins at `startIndex` goes on after this position. */
  keep(walk: string, startIndex: number, position: Position, now: number): void;
}

export const createWalks = (): Walks => {
  const kept = new Map<string, Remembered>();
  const keyOf = (walk: string, startIndex: number) => `${walk} ${startIndex}`;
  return {
    find: (walk, { startIndex, limit, now }) => {
      for (let offset = 0; offset <= PAGES_BACK * limit && offset < startIndex - 1; offset += limit) {
        const found = kept.get(keyOf(walk, startIndex - offset));
        if (found && now - found.at < LIFETIME_MS) return { after: found.position, offset };
      }
      return undefined;
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
