/**
 * In the background: reads Mode when that is due and when a webhook says so (directory/sync/run.ts: one at a time, over all
 * processes).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Deps, isoNow } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import type { SyncScope, SyncWish } from '../directory/sync/run.ts';
import { sync } from '../directory/sync/scopes.ts';
import { createRefresh } from './refresh.ts';

export interface SyncJob {
  /** Learns anew who is in the workspace, in the background. */
  refreshMembers(connection: Connection): void;
  /** Starts no new sync and waits a little for those under way; one that is cut off is simply made again. */
  stop(): Promise<void>;
}

interface SyncJobOptions {
  /** How old what was read in full may become; 0 for ever. */
  readonly fullEveryMs: number;
  /** How often Mode's log of changes is read where it may be; 0 never. */
  readonly changesEveryMs: number;
  /** Called after each sync: people who joined may have groups waiting for them, and a first sync is followed by more. */
  readonly afterSync: () => void;
}

/** Longer than any workspace needs; the throttle ends what hangs. */
const PATIENCE_MS = 60 * 60_000;
const GRACE_MS = 5_000;
/** How often it is looked what is due, at most; more often where the intervals are shorter. */
const LOOK_MS = 30_000;
/** After the start, which has enough to do. */
const START_MS = 1_000;
/** After a failure, however short the intervals are. */
const REST_MS = 60_000;

/** One after the other for each connection. */
const createQueue = (deps: Deps, afterSync: () => void) => {
  const last = new Map<string, Promise<boolean>>();
  const restUntil = new Map<string, number>();
  let stopped = false;

  const run = async (wish: SyncWish): Promise<boolean> => {
    const { id } = wish.connection;
    if (stopped) return false;
    try {
      const outcome = await sync(deps, wish, { deadline: deps.now().getTime() + PATIENCE_MS });
      if (outcome && outcome.read !== 'nothing') afterSync();
      return true;
    } catch (error) {
      restUntil.set(id, deps.now().getTime() + REST_MS);
      deps.log.warn('sync.failed', { connectionId: id, scope: wish.scope, error });
      return false;
    }
  };
  return {
    /** Gives whether it was done. */
    ask: (wish: SyncWish): Promise<boolean> => {
      const { id } = wish.connection;
      const done = (last.get(id) ?? Promise.resolve(true))
        .then(() => run(wish))
        .finally(() => last.get(id) === done && last.delete(id));
      last.set(id, done);
      return done;
    },
    isResting: ({ id }: Connection) => (restUntil.get(id) ?? 0) > deps.now().getTime(),
    isRunning: ({ id }: Connection) => last.has(id),
    stop: async () => {
      stopped = true;
      await Promise.all(last.values());
    },
  };
};

const intervalsOf = ({ fullEveryMs, changesEveryMs }: SyncJobOptions): readonly number[] =>
  [fullEveryMs, changesEveryMs].filter((ms) => ms > 0);

/** How often it is looked what is due. */
const lookEveryMs = (options: SyncJobOptions): number => Math.min(LOOK_MS, ...intervalsOf(options));

/**
 * What is older than its interval, widest first: what is read in full needs no look at the log. What nearly
 * is counts as older: a read begins a little after the look that asked for it, and would else be due at each second one.
 */
const dueWishes = (deps: Deps, options: SyncJobOptions) => (connection: Connection) => {
  const early = lookEveryMs(options) / 4;
  const wish = (scope: SyncScope, everyMs: number): readonly SyncWish[] =>
    everyMs === 0
      ? []
      : [{ connection, scope, since: new Date(deps.now().getTime() - everyMs + early).toISOString() }];
  const isLogReadable = deps.upstreamOf(connection).can.has('readChanges');
  return [
    ...wish('full', options.fullEveryMs),
    ...(isLogReadable ? wish('changes', options.changesEveryMs) : []),
  ];
};

/** Reads Mode in the background, first what is due at the start. */
export const startSyncJob = (deps: Deps, options: SyncJobOptions): SyncJob => {
  const queue = createQueue(deps, options.afterSync);
  const dueOf = dueWishes(deps, options);
  const refresh = createRefresh(deps, (connection) =>
    queue.ask({ connection, scope: 'members', since: isoNow(deps) }),
  );
  let stopped = false;

  /** One whose credentials cannot be read is no reason to leave out the others. */
  const askForDueOf = (connection: Connection): void => {
    if (stopped || queue.isRunning(connection) || queue.isResting(connection)) return;
    try {
      for (const wish of dueOf(connection)) void queue.ask(wish);
    } catch (error) {
      deps.log.error('sync.not-started', { connectionId: connection.id, error });
    }
  };
  const askForDue = async (): Promise<void> => {
    try {
      for (const connection of await deps.store.connections.list()) askForDueOf(connection);
    } catch (error) {
      deps.log.error('sync.not-started', { error });
    }
  };

  const look = () => void askForDue();
  const isWanted = intervalsOf(options).length > 0;
  const first = isWanted ? setTimeout(look, START_MS) : undefined;
  const timer = isWanted ? setInterval(look, lookEveryMs(options)) : undefined;
  return {
    refreshMembers: refresh.ask,
    stop: async () => {
      stopped = true;
      clearTimeout(first);
      clearInterval(timer);
      refresh.stop();
      await Promise.race([queue.stop(), sleep(GRACE_MS, undefined, { ref: false })]);
    },
  };
};
