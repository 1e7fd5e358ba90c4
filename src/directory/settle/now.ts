/**
 * Settles one person or group for a caller who waits for it. Several who wait for the same, in this process or another, do
 * not all ask for it: whoever has the lease carries out what all of them have committed by then.
 */
import { AppError } from '../../errors.ts';
import { type Call, type Deps, isoNow } from '../deps.ts';
import type { Unsettled } from '../model.ts';
import { carryOut, lease, type Undo, urgent } from './settle.ts';
import type { Turn } from './turns.ts';

/** How often it is looked whether another process, or the background, has given the lease back. */
const POLL_MS = 25;

type Resource = Pick<Unsettled, 'connectionId' | 'kind' | 'id'>;

interface Waiter {
  readonly resource: Resource;
  readonly turn: Turn;
  readonly undo: Undo;
}

const busy = (): AppError =>
  new AppError(
    'unavailable',
    'directory.settle.busy',
    'Mode is still carrying out an earlier change of the same resource. This one is kept and follows; try again.',
    { retryAfterMs: 2_000 },
  );

/** Throws where the caller's time is over. */
const checkTime = (deps: Deps, { deadline }: Call): void => {
  if (deps.now().getTime() + POLL_MS >= deadline) throw busy();
};

const pause = async (deps: Deps, call: Call): Promise<void> => {
  checkTime(deps, call);
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
};

/** Whether anything is yet to be done; what is only looked at again later is done. */
const isOwed = (deps: Deps, { attempts, lastError, notBefore }: Unsettled): boolean =>
  !(attempts > 0 && lastError === null && notBefore > isoNow(deps));

/** Whether all that was owed at the first look is done, where more has been marked since. */
const isDoneSince = (first: Unsettled, now: Unsettled): boolean =>
  now.createdAt !== first.createdAt ||
  now.revision < first.revision ||
  (now.settledRevision !== null && now.settledRevision >= first.revision);

/** Looks at what is owed: is all of it done that was owed at the first look, and is somebody at work on it? */
const createLook = (deps: Deps, { resource, turn }: Waiter) => {
  let first: { readonly owed: Unsettled; readonly arrived: number } | undefined;
  return async (): Promise<'done' | 'taken' | 'free'> => {
    const arrived = turn.arrived();
    const owed = await deps.store.unsettled.find(resource);
    if (!owed || !isOwed(deps, owed)) {
      turn.done(arrived);
      return 'done';
    }
    first ??= { owed, arrived };
    if (isDoneSince(first.owed, owed)) {
      turn.done(first.arrived);
      return 'done';
    }
    return owed.leaseUntil === null || owed.leaseUntil <= isoNow(deps) ? 'free' : 'taken';
  };
};

const settleInTurn = async (deps: Deps, call: Call, waiter: Waiter): Promise<boolean> => {
  const { resource, turn, undo } = waiter;
  const look = createLook(deps, waiter);
  for (;;) {
    const arrived = turn.arrived();
    const entry = await deps.store.unsettled.claim(resource, lease(deps));
    if (entry) {
      if (await carryOut(deps, urgent(call, entry, 'request'), entry, undo)) turn.done(arrived);
      // Of what was taken back nothing is left to undo: what came of it is no wish of the caller's.
      return entry.undo !== null;
    }
    let seen = await look();
    while (seen === 'taken') {
      await pause(deps, call);
      seen = await look();
    }
    if (seen === 'done') return false;
    checkTime(deps, call);
  }
};

/**
 * Settles one person or group now, for a caller who waits. Returns when Mode and the record agree: true where this very call
 * carried out what was wished for, false where nothing was left to do, or only what is left of a wish that was taken back.
 * Throws what Mode answered; `unavailable` when the caller's time is over first, in which case the work goes on in the
 * background.
 */
export const settleNow = async (
  deps: Deps,
  call: Call,
  kind: Unsettled['kind'],
  id: string,
  undo: Undo = null,
): Promise<boolean> => {
  const resource: Resource = { connectionId: call.connection.id, kind, id };
  const waitMs = Math.max(0, call.deadline - deps.now().getTime());
  const turn = await deps.turns.enter(`${resource.connectionId} ${kind} ${id}`, waitMs);
  if (!turn) throw busy();
  try {
    return !turn.isDone() && (await settleInTurn(deps, call, { resource, turn, undo }));
  } finally {
    turn.leave();
  }
};
