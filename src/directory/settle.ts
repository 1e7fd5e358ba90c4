/**
 * Brings Mode in line with the record, one person or group at a time. A change is first committed together with a mark
 * ("unsettled"); settling looks at what is wanted and what Mode holds and makes the calls that are missing. Because the
 * calls follow from the two states and are not a list of orders, settling again after a crash or a lost answer is
 * harmless, and changes that cancel each other cost nothing.
 */
import { AppError } from '../errors.ts';
import type { Call, Deps, ModeCall } from './deps.ts';
import type { Unsettled } from './model.ts';
import { isPassing } from './passing.ts';
import { settleGroup } from './settle-group.ts';
import { settleUser } from './settle-user.ts';
import type { Priority } from './upstream.ts';

/** Longer than any caller waits: within it nobody else touches the same person or group. */
const LEASE_MS = 60_000;
const POLL_MS = 25;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 5 * 60_000;

/** The members of a group that a change concerns; null where it is not known. */
type Members = readonly string[] | null;

type Resource = Pick<Unsettled, 'connectionId' | 'kind' | 'id'>;

const lease = (deps: Deps) => {
  const now = deps.now();
  return {
    // Anew for each claim: two requests of one process exclude each other as those of two processes do.
    owner: `${deps.owner}/${deps.newId()}`,
    now: now.toISOString(),
    leaseUntil: new Date(now.getTime() + LEASE_MS).toISOString(),
  };
};

/** Who says when to come again is believed: a longer wait would go on after Mode is back. Else twice as long each time. */
const waitFor = (attempts: number, error: unknown): number => {
  const asked = error instanceof AppError ? error.retryAfterMs : undefined;
  return Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, asked ?? FIRST_WAIT_MS * 2 ** attempts));
};

/** What Mode no longer knows was changed there by hand: look again, then settle by what is really there. */
const bringInLine = async (deps: Deps, call: ModeCall, entry: Unsettled, members: Members): Promise<void> => {
  const settleOne = (owed: Unsettled, some: Members) =>
    owed.kind === 'user' ? settleUser(deps, call, owed) : settleGroup(deps, call, owed, some);
  try {
    await settleOne(entry, members);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'unauthorized') throw credentialsRefused(error);
    if (!(error instanceof AppError && error.kind === 'notFound')) throw error;
    if (entry.attempts > 0) throw staleInMode(error);
    await settleOne({ ...entry, attempts: 1 }, null);
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
const urgent = (call: Call, { kind, priority }: Unsettled, asker: Priority): ModeCall => ({
  ...call,
  priority: kind === 'user' && priority === 0 ? 'deactivation' : asker,
});

const carryOut = async (deps: Deps, call: ModeCall, entry: Unsettled, members: Members): Promise<void> => {
  // Another mark, or a failure, before this one: more may differ than the caller knows.
  const isOurs = entry.revision === 1 && entry.attempts === 0;
  try {
    await bringInLine(deps, call, entry, isOurs ? members : null);
    await deps.store.unsettled.settle(entry);
  } catch (error) {
    const wait = waitFor(entry.attempts, error);
    await deps.store.unsettled.postpone(entry, {
      error: error instanceof AppError ? error.code : 'directory.settle.bug',
      notBefore: new Date(deps.now().getTime() + wait).toISOString(),
    });
    throw error;
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Settles one person or group now, for a caller who waits. Returns when Mode and the record agree. Throws what Mode
 * answered; `unavailable` when the caller's time is over first, in which case the work goes on in the background.
 * `members`: of a group that the caller has just marked, the only ones whose membership it changed.
 */
export const settleNow = async (
  deps: Deps,
  call: Call,
  kind: Unsettled['kind'],
  id: string,
  members: readonly string[] | null = null,
): Promise<void> => {
  const resource: Resource = { connectionId: call.connection.id, kind, id };
  for (;;) {
    const entry = await deps.store.unsettled.claim(resource, lease(deps));
    if (entry) {
      await carryOut(deps, urgent(call, entry, 'request'), entry, members);
      return;
    }
    if (!(await deps.store.unsettled.find(resource))) return;
    if (deps.now().getTime() + POLL_MS >= call.deadline) {
      throw new AppError(
        'unavailable',
        'directory.settle.busy',
        'Mode is still carrying out an earlier change of the same resource. This one is kept and follows; try again.',
        { retryAfterMs: 2_000 },
      );
    }
    await pause(POLL_MS);
  }
};

/**
 * Settles the next person or group that is due, of any connection, for the background. False when nothing is due.
 * Failures are kept for later with a growing wait and logged; they are never thrown.
 */
export const settleNext = async (deps: Deps, patienceMs: number): Promise<boolean> => {
  const entry = await deps.store.unsettled.claimDue(lease(deps));
  if (!entry) return false;
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
