/**
 * In the background: reads Mode on an interval and when a webhook says so. One sync per connection at a time; what asks
 * for one meanwhile gets another after it, since the running one may already have passed what changed.
 */
import { setTimeout } from 'node:timers/promises';
import type { Call, Deps } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import { fullSync, syncMembers } from '../directory/sync.ts';

export interface SyncJob {
  /** Learns anew who is in the workspace, in the background. */
  refreshMembers(connection: Connection): void;
  /** Starts no new sync and waits a little for those under way; one that is cut off is simply made again. */
  stop(): Promise<void>;
}

interface SyncOptions {
  /** 0 never. */
  readonly intervalMs: number;
  /** Called after each sync: people who joined may have groups waiting for them, and a first sync is followed by more. */
  readonly afterSync: () => void;
}

/** Longer than any workspace needs; the throttle ends what hangs. */
const PATIENCE_MS = 60 * 60_000;

const GRACE_MS = 5_000;

type Sync = (deps: Deps, call: Call) => Promise<unknown>;

export const startSyncJob = (deps: Deps, { intervalMs, afterSync }: SyncOptions): SyncJob => {
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, Sync>();
  let stopped = false;

  const run = async (connection: Connection, sync: Sync): Promise<void> => {
    try {
      await sync(deps, { connection, deadline: deps.now().getTime() + PATIENCE_MS });
    } catch (error) {
      deps.log.warn('sync.failed', { connectionId: connection.id, error });
    }
    afterSync();
  };

  const request = (connection: Connection, sync: Sync): void => {
    if (stopped) return;
    if (running.has(connection.id)) {
      // A full sync that waits is not replaced by a smaller one.
      if (waiting.get(connection.id) !== fullSync) waiting.set(connection.id, sync);
      return;
    }
    const done = run(connection, sync).finally(() => {
      running.delete(connection.id);
      const next = waiting.get(connection.id);
      waiting.delete(connection.id);
      if (next) request(connection, next);
    });
    running.set(connection.id, done);
  };

  const syncAll = async (): Promise<void> => {
    try {
      for (const connection of await deps.store.connections.list()) request(connection, fullSync);
    } catch (error) {
      deps.log.error('sync.not-started', { error });
    }
  };

  const timer = intervalMs > 0 ? setInterval(() => void syncAll(), intervalMs) : undefined;
  return {
    refreshMembers: (connection) => request(connection, syncMembers),
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await Promise.race([Promise.all(running.values()), setTimeout(GRACE_MS, undefined, { ref: false })]);
    },
  };
};
