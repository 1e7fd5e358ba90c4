/** After a sync: does about manual changes in Mode what the connection says, unless a guard stops it. */
import type { Call, Deps } from '../deps.ts';
import type { Reconcile } from '../model.ts';
import { isPassing } from '../passing.ts';
import type { SettledAll } from '../settle/all.ts';
import { applyPlan } from './apply.ts';
import type { Stop } from './guards.ts';
import { makePlan } from './plan.ts';

/** What was found to differ, and what became of it. */
export interface Reconciled {
  readonly planId: string;
  readonly reconcile: Reconcile;
  readonly changes: number;
  /** Differences that are only shown: somebody must settle them. */
  readonly shown: number;
  /** Guards that stopped all of it. */
  readonly stops: readonly Stop[];
  /** Null where nothing was to be done, or nothing was done. */
  readonly applied: SettledAll | null;
}

/**
 * Makes the plan of the connection and carries it out. What a guard stops, and on a connection that only reports
 * everything, is logged and waits for `plan` and `apply`. Undefined where the connection is gone meanwhile.
 */
export const reconcile = async (deps: Deps, call: Call): Promise<Reconciled | undefined> => {
  const connection = await deps.store.connections.find(call.connection.id);
  if (!connection) return undefined;
  const plan = await makePlan(deps, connection);
  const { id: planId, changes, shown, stops } = plan;
  const counts = { planId, changes: changes.length, shown: shown.length };
  const told = { connectionId: connection.id, ...counts };
  const found = { ...counts, reconcile: plan.reconcile, stops, applied: null };
  if (changes.length + shown.length > 0) deps.log.info('reconcile.differs', told);
  if (changes.length === 0) return found;
  if (stops.length > 0) {
    deps.log.warn('reconcile.stopped', { ...told, guards: stops.map(({ guard }) => guard) });
    return found;
  }
  try {
    const wish = { planId, reconcile: connection.reconcile, override: [] };
    const { done, waiting, refused } = await applyPlan(deps, { ...call, connection }, wish);
    deps.log.info('reconcile.done', { ...told, done, waiting, refused: refused.length });
    return { ...found, applied: { done, waiting, refused } };
  } catch (error) {
    // Somebody changed the record between the two: the next sync looks again.
    const isHarmless = isPassing(error);
    deps.log[isHarmless ? 'info' : 'warn']('reconcile.put-off', { ...told, error });
    return found;
  }
};
