/**
 * Looks at the members when a webhook says so: at once, and for all those that come close behind it once more. The rest
 * between two looks grows with how long one takes, so that a storm of calls, or an address that somebody floods, costs no
 * more than a share of Mode's time. A look that failed is made again: Mode calls once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';

const LEAST_REST_MS = 200;
/** Rest after a look, as a multiple of what it took. */
const REST_TIMES = 4;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;

export interface Refresh {
  /** Asks for a look that begins after now; returns at once. */
  ask(connection: Connection): void;
  stop(): void;
}

/** How long to rest after each look. */
const createRests = () => {
  let failures = 0;
  return (isDone: boolean, tookMs: number): number => {
    failures = isDone ? 0 : failures + 1;
    return isDone
      ? Math.max(LEAST_REST_MS, REST_TIMES * tookMs)
      : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  };
};

/** `look` gives whether it was done. */
export const createRefresh = (
  { now }: Pick<Deps, 'now'>,
  look: (connection: Connection) => Promise<boolean>,
): Refresh => {
  /** Connections that are looked at, or rest after it, and what was asked of them meanwhile. */
  const busy = new Map<string, Connection | undefined>();
  let stopped = false;

  const lookWhileAsked = async (first: Connection): Promise<void> => {
    const { id } = first;
    const restAfter = createRests();
    for (let next: Connection | undefined = first; next && !stopped; next = busy.get(id)) {
      busy.set(id, undefined);
      const from = now().getTime();
      const isDone = await look(next);
      if (!isDone) busy.set(id, busy.get(id) ?? next);
      await sleep(restAfter(isDone, now().getTime() - from), undefined, { ref: false });
    }
    busy.delete(id);
  };
  return {
    ask: (connection) => {
      if (stopped) return;
      if (busy.has(connection.id)) busy.set(connection.id, connection);
      else void lookWhileAsked(connection);
    },
    stop: () => {
      stopped = true;
    },
  };
};
