/**
 * Brings Mode in line with the record, one person or group at a time. A change is first committed together with a mark
 * ("unsettled"); settling looks at what is wanted and what Mode holds and makes the calls that are missing. Because the
 * calls follow from the two states and are not a list of orders, settling again after a crash or a lost answer is
 * harmless, and changes that cancel each other cost nothing.
 */
import { AppError } from '../../errors.ts';
import { type Call, type Deps, isoNow, type ModeCall } from '../deps.ts';
import { type Unsettled, URGENCY, type Urgency } from '../model.ts';
import { isPassing, isRefusal } from '../passing.ts';
import type { Claimed, Lease } from '../store/work.ts';
import type { Priority } from '../upstream.ts';
import { waitToAskAgain } from './ask-again.ts';
import { settleGroup } from './group.ts';
import { openUntil, watchedUntil } from './open-calls.ts';
import { settleUser } from './user.ts';

/** Nobody else touches the same person or group meanwhile. Short, so that the work of a process that died is taken up soon. */
const LEASE_MS = 10_000;
/** How often a lease is prolonged while the work goes on. */
const PROLONG_MS = 2_500;
const LONGEST_WAIT_MS = 5 * 60_000;

const leaseEnd = (deps: Deps): string => new Date(deps.now().getTime() + LEASE_MS).toISOString();

/** For who takes what is owed. */
export const lease = (deps: Deps): Lease => ({
  // Anew for each claim: two requests of one process exclude each other as those of two processes do.
  owner: `${deps.owner}/${deps.newId()}`,
  now: isoNow(deps),
  leaseUntil: leaseEnd(deps),
});

/** Keeps the lease as long as the work takes. */
const holding = async <T>(deps: Deps, entry: Claimed, work: () => Promise<T>): Promise<T> => {
  const prolong = async (): Promise<void> => {
    try {
      await deps.store.unsettled.prolong(entry, leaseEnd(deps));
    } catch (error) {
      deps.log.warn('settle.lease-not-prolonged', { kind: entry.kind, id: entry.id, error });
    }
  };
  const timer = setInterval(() => void prolong(), PROLONG_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};

/**
 * Twice as long each time, but no longer than the change has been owed: a provider that asks again and again must not put off
 * the background's next attempt by it.
 */
const grownWait = ({ firstWaitMs, now }: Deps, { attempts, createdAt }: Unsettled): number =>
  Math.min(firstWaitMs * 2 ** attempts, now().getTime() - Date.parse(createdAt));

/**
 * Who says when to come again is believed: a longer wait would go on after Mode is back. Else it grows, but not beyond the
 * end of what may come by itself.
 */
const waitFor = (deps: Deps, entry: Unsettled, error: unknown): number => {
  const asked = error instanceof AppError ? error.retryAfterMs : undefined;
  const wait = Math.min(LONGEST_WAIT_MS, Math.max(deps.firstWaitMs, asked ?? grownWait(deps, entry)));
  const until = openUntil(deps, entry);
  return until === undefined ? wait : Math.min(wait, Date.parse(until) - deps.now().getTime());
};

/** What Mode no longer knows was changed there by hand: look again, then settle by what is really there. */
const bringInLine = async (deps: Deps, call: ModeCall, entry: Unsettled): Promise<void> => {
  try {
    if (entry.kind === 'user') await settleUser(deps, call, entry);
    else await settleGroup(deps, call, entry);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'unauthorized') throw credentialsRefused(error);
    if (!(error instanceof AppError && error.kind === 'notFound')) throw error;
    if (entry.attempts > 0) throw staleInMode(error);
    await bringInLine(deps, call, { ...entry, attempts: 1 });
  }
};

/** A 401 of Mode concerns the bridge's token, not the provider's, and asking again soon would not help. */
const credentialsRefused = (cause: AppError): AppError =>
  new AppError('unavailable', 'directory.settle.credentials-refused', cause.message, {
    cause,
    retryAfterMs: cause.retryAfterMs ?? LONGEST_WAIT_MS,
  });

/** A 404 of Mode must never look to the provider as if its own person or group were gone (architecture.md §5.1). */
const staleInMode = (cause: unknown): AppError =>
  new AppError(
    'unavailable',
    'directory.settle.gone-in-mode',
    'Mode no longer knows something that this change needs. The change is kept and tried again after the next sync.',
    { cause },
  );

/** Whoever asks: a person's access that must end goes first. Groups do not, or emptying one would hold up everybody. */
export const urgent = (call: Call, { priority }: Unsettled, asker: Priority): ModeCall => ({
  ...call,
  priority: priority === URGENCY.leaver ? 'deactivation' : asker,
});

/** The caller is told to come again when it is tried again, where Mode has not said when. */
const comeAgain = (error: unknown, retryAfterMs: number): unknown =>
  isPassing(error) && error.retryAfterMs === undefined
    ? new AppError(error.kind, error.code, error.message, { cause: error, retryAfterMs })
    : error;

/**
 * What came of a refusal: `undone`; `kept` when there is nothing to put back: then what is owed stays owed. Where the refusal
 * is about what others asked for, the caller is answered as done: `done` when her own change was carried out and the rest
 * follows; `others` when the rest is to be tried later, with what undoes it.
 */
export type Restored = 'undone' | 'kept' | 'done' | 'others';

/**
 * Puts the record back because Mode refused, while nobody else is at work on it, and gives the lease back. Null where nobody
 * waits.
 */
export type Undo = ((entry: Claimed, refusal: AppError) => Promise<Restored>) | null;

const putOff = async (deps: Deps, entry: Claimed, error: unknown): Promise<unknown> => {
  const wait = waitFor(deps, entry, error);
  await deps.store.unsettled.postpone(entry, {
    error: error instanceof AppError ? error.code : 'directory.settle.bug',
    notBefore: new Date(deps.now().getTime() + wait).toISOString(),
    openedAt: error instanceof AppError && error.mayHappenYet ? isoNow(deps) : undefined,
  });
  return comeAgain(error, wait);
};

const finish = async (deps: Deps, entry: Claimed): Promise<void> => {
  const until = watchedUntil(deps, entry);
  if (until === undefined) await deps.store.unsettled.settle(entry);
  else await deps.store.unsettled.watch(entry, until);
};

/**
 * Brings Mode in line, again where it failed and somebody waits; the lease is kept meanwhile, so that nobody else takes the
 * change back or over. Gives the refusal, or the failure that is not worth another try now, and the tries before it.
 */
const tryOn = async (deps: Deps, call: ModeCall, entry: Claimed, isAwaited: boolean) => {
  for (let tried = entry; ; tried = { ...tried, attempts: tried.attempts + 1 }) {
    try {
      await bringInLine(deps, call, tried);
      await finish(deps, entry);
      return undefined;
    } catch (error) {
      const isAgain = isAwaited && (await waitToAskAgain(deps, call, error, waitFor(deps, tried, error)));
      if (!isAgain) return { error, tried };
    }
  }
};

/** Does what is owed, which the caller has taken. True when that is all of it. Throws what Mode answered. */
export const carryOut = async (deps: Deps, call: ModeCall, entry: Claimed, undo: Undo): Promise<boolean> => {
  const failed = await holding(deps, entry, () => tryOn(deps, call, entry, undo !== null));
  if (!failed) return true;
  const undone = undo && isRefusal(failed.error) ? await undo(entry, failed.error) : 'kept';
  if (undone === 'done') return false;
  if (undone === 'undone') throw failed.error;
  const postponed = await putOff(deps, failed.tried, failed.error);
  if (undone === 'others') return false;
  throw postponed;
};

/** Who settles in the background. */
interface Worker {
  /** Takes what is at least so urgent. */
  readonly least: Urgency;
  /** How long one person or group may take, in milliseconds. */
  readonly patienceMs: number;
  /** Hears that there was something to do: there may be more. */
  readonly onFound: () => void;
}

/**
 * Settles the next person or group that is due and urgent enough, of any connection, for the background. False when there is
 * none. Failures are kept for later with a growing wait and logged; they are never thrown.
 */
export const settleNext = async (deps: Deps, { least, patienceMs, onFound }: Worker): Promise<boolean> => {
  const entry = await deps.store.unsettled.claimDue(lease(deps), least);
  if (!entry) return false;
  onFound();
  const { kind, id, attempts } = entry;
  try {
    const connection = await deps.store.connections.find(entry.connectionId);
    if (!connection) {
      await deps.store.unsettled.settle(entry);
      return true;
    }
    const deadline = deps.now().getTime() + patienceMs;
    await carryOut(deps, urgent({ connection, deadline }, entry, 'background'), entry, null);
    deps.log.info('settle.done', { kind, id, attempts });
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'directory.settle.bug';
    deps.log[isPassing(error) ? 'info' : 'warn']('settle.postponed', { kind, id, attempts, code, error });
  }
  return true;
};
