/**
 * Which deviations from the SCIM standard the client of a connection was seen to send, for the admin who asks whether the
 * connection could be strict or why an attribute does not arrive. Counted in memory and written now and then, so that
 * no request waits for it; what a killed process had not written yet is lost, and nothing depends on it.
 */
import type { Deps } from './deps.ts';
import type { Sighting } from './store/sightings.ts';
import type { Store } from './store/store.ts';

export interface Sightings {
  /** Counts what one request showed. */
  note(connectionId: string, names: Iterable<string>, userAgent: string | null): void;
  /** Writes what was counted since the last time; what cannot be written is kept for the next. */
  flush(): Promise<void>;
}

/** Different deviations that wait to be written; a client that makes up names all the time is told enough by these. */
const MOST_WAITING = 500;
const LONGEST_AGENT = 200;

const merge = (known: Sighting | undefined, seen: Sighting): Sighting => ({
  ...seen,
  count: (known?.count ?? 0) + seen.count,
  firstSeen: known?.firstSeen ?? seen.firstSeen,
});

/** Makes the counter of one process. */
export const createSightings = ({
  store,
  now,
}: Pick<Deps, 'now'> & { readonly store: Pick<Store, 'sightings'> }): Sightings => {
  let waiting = new Map<string, Sighting>();
  const add = (seen: Sighting): void => {
    const key = JSON.stringify([seen.connectionId, seen.name]);
    if (waiting.size >= MOST_WAITING && !waiting.has(key)) return;
    waiting.set(key, merge(waiting.get(key), seen));
  };
  return {
    note: (connectionId, names, userAgent) => {
      const at = now().toISOString();
      const agent = userAgent?.slice(0, LONGEST_AGENT) ?? null;
      for (const name of names)
        add({ connectionId, name, count: 1, firstSeen: at, lastSeen: at, userAgent: agent });
    },
    flush: async () => {
      if (waiting.size === 0) return;
      const taken = waiting;
      waiting = new Map();
      try {
        await store.sightings.add([...taken.values()]);
      } catch (error) {
        for (const seen of taken.values()) add(seen);
        throw error;
      }
    },
  };
};
