/**
 * In the background: reads what there is to be given in Mode, once after the first full sync of a connection and then on
 * a slow interval. When it was done is in the store, so that a restart repeats nothing, and of several processes one reads.
 */
import { setTimeout } from 'node:timers/promises';
import type { Deps } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import { accessSync, isAccessSyncDue } from '../directory/sync/access.ts';
import { runAlone } from '../directory/sync/run.ts';

export interface AccessSyncJob {
  /** Looks at once whether a connection is due; resolves when what was due has been read, or could not be. */
  look(): Promise<void>;
  /** Starts nothing new and waits a little for what is under way; what is cut off is simply made again. */
  stop(): Promise<void>;
}

/** How often the job looks by itself, and how long a connection that failed is left alone. */
const LOOK_MS = 15 * 60_000;
/** Longer than any workspace needs; the throttle ends what hangs. */
const PATIENCE_MS = 10 * 60_000;
const GRACE_MS = 5_000;

/** Starts reading in the background; an interval of 0 never reads. */
export const startAccessSyncJob = (deps: Deps, intervalMs: number): AccessSyncJob => {
  const failedAt = new Map<string, number>();
  let stopped = intervalMs === 0;
  let running = Promise.resolve();
  let waiting = false;

  const isToRead = (connection: Connection): boolean =>
    !stopped &&
    isAccessSyncDue(deps, connection, intervalMs) &&
    (failedAt.get(connection.id) ?? -LOOK_MS) + LOOK_MS <= deps.now().getTime();

  const read = async (connection: Connection): Promise<void> => {
    const now = deps.now().getTime();
    // As old as the interval is due.
    const since = new Date(now - intervalMs + 1).toISOString();
    try {
      await runAlone(deps, { connection, scope: 'access', since }, { deadline: now + PATIENCE_MS }, (call) =>
        accessSync(deps, call),
      );
      failedAt.delete(connection.id);
    } catch (error) {
      failedAt.set(connection.id, deps.now().getTime());
      deps.log.warn('access.failed', { connectionId: connection.id, error });
    }
  };

  const readDue = async (): Promise<void> => {
    waiting = false;
    try {
      const connections = await deps.store.connections.list();
      await Promise.all(connections.filter(isToRead).map(read));
    } catch (error) {
      deps.log.error('access.not-started', { error });
    }
  };

  // One look after the other: what a look under way may have missed is seen by the one that waits.
  const look = (): Promise<void> => {
    if (stopped || waiting) return running;
    waiting = true;
    running = running.then(readDue);
    return running;
  };
  const timer = stopped ? undefined : setInterval(() => void look(), Math.min(intervalMs, LOOK_MS));
  void look();
  return {
    look,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await Promise.race([running, setTimeout(GRACE_MS, undefined, { ref: false })]);
    },
  };
};
