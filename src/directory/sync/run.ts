/**
 * One sync of a connection at a time, over all processes that share the database: whoever syncs holds a lease that it
 * renews; that of a process that died runs out. Who asks meanwhile waits, and is content with what was begun after it
 * asked, because only that is sure to have seen what it asks for. The reading of access-sync.ts takes its turn among them.
 */
import { AppError } from '../../errors.ts';
import { type Call, type Deps, isoNow } from '../deps.ts';
import type { Connection } from '../model.ts';
import type { Lease, SyncState } from '../store/work.ts';

/** What is read: everything, the people alone, or what the log of changes names. */
export type SyncScope = 'full' | 'members' | 'changes';

export interface SyncWish {
  readonly connection: Connection;
  readonly scope: SyncScope;
  /** Nothing needs to be done if it was begun at this instant or later, by whomever. */
  readonly since: string;
}

/** Whatever is read of Mode alone: a sync, or what there is to be given. */
export interface Wish extends Omit<SyncWish, 'scope'> {
  readonly scope: SyncScope | 'access';
}

/** Who reads Mode, as leases name it. */
export type Holder = NonNullable<SyncState['holder']>;

export interface Waiting {
  /** Epoch milliseconds; after it the wish is given up with `unavailable`. */
  readonly deadline: number;
  /** Called whenever somebody else is found at work. */
  readonly onBusy?: (holder: Holder) => void;
}

/** Short, so that the sync of a process that died holds up the next one for seconds only. */
const LEASE_MS = 10_000;
const RENEW_MS = 2_500;
const POLL_MS = 250;

/** When each scope was last begun and done: whatever is read in full is read in part, but for what there is to be given. */
const lastOf = (state: SyncState, scope: Wish['scope']): string => {
  const part = state[scope] ?? '';
  return scope === 'access' ? part : ([state.full ?? '', part].sort().at(-1) ?? '');
};

const leaseOf = (deps: Deps): Lease => {
  const now = deps.now();
  return {
    owner: deps.owner,
    now: now.toISOString(),
    leaseUntil: new Date(now.getTime() + LEASE_MS).toISOString(),
  };
};

/** Holds the lease while the work runs. Should it be lost (the process was stopped for long), the work goes on: an older
 * look never undoes a newer one. */
const holding = async <T>(deps: Deps, connectionId: string, work: () => Promise<T>): Promise<T> => {
  const renew = async (): Promise<void> => {
    try {
      if (await deps.store.syncs.renew(connectionId, leaseOf(deps))) return;
      deps.log.warn('sync.lease-lost', { connectionId });
    } catch (error) {
      deps.log.warn('sync.lease-not-renewed', { connectionId, error });
    }
  };
  const timer = setInterval(() => void renew(), RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await deps.store.syncs.release(connectionId, deps.owner);
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const stillBusy = ({ owner }: Holder): AppError =>
  new AppError(
    'unavailable',
    'directory.sync.busy',
    `Another sync is still running (${owner}). Try again later.`,
    {
      retryAfterMs: 5_000,
    },
  );

/**
 * Runs the work of a wish when nobody else is at it. Undefined when somebody else did it: all of it, for what was read is
 * known before what it asks for is done.
 */
export const runAlone = async <T>(
  deps: Deps,
  wish: Wish,
  { deadline, onBusy }: Waiting,
  work: (call: Call) => Promise<T>,
): Promise<T | undefined> => {
  const { connection, scope, since } = wish;
  const isRead = (state: SyncState): boolean => lastOf(state, scope) >= since;
  for (;;) {
    const state = await deps.store.syncs.state(connection.id, isoNow(deps));
    const { holder } = state;
    if (!holder && isRead(state)) return undefined;
    if (!holder && (await deps.store.syncs.claim(connection.id, leaseOf(deps)))) {
      return holding(deps, connection.id, async () => {
        // Somebody may have done it between the look and the claim.
        const now = await deps.store.syncs.state(connection.id, isoNow(deps));
        return isRead(now) ? undefined : work({ connection, deadline });
      });
    }
    if (holder) {
      onBusy?.(holder);
      if (deps.now().getTime() >= deadline) throw stillBusy(holder);
    }
    await pause(POLL_MS);
  }
};
