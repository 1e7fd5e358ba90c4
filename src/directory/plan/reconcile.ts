/** After a sync: does about manual changes in Mode what the connection says, unless a guard stops it. */
import type { Call, Deps } from '../deps.ts';
import { isPassing } from '../passing.ts';
import { applyPlan } from './apply.ts';
import { makePlan } from './plan.ts';

/**
 * Makes the plan of the connection and carries it out. What a guard stops, and on a connection that only reports
 * everything, is logged and waits for `plan` and `apply`.
 */
export const reconcile = async (deps: Deps, call: Call): Promise<void> => {
  const connection = await deps.store.connections.find(call.connection.id);
  if (!connection) return;
  const plan = await makePlan(deps, connection);
  const { id: planId, changes, shown, stops } = plan;
  const told = { connectionId: connection.id, planId, changes: changes.length, shown: shown.length };
  if (changes.length + shown.length > 0) deps.log.info('reconcile.differs', told);
  if (changes.length === 0) return;
  if (stops.length > 0) {
    deps.log.warn('reconcile.stopped', { ...told, guards: stops.map(({ guard }) => guard) });
    return;
  }
  try {
    const wish = { planId, reconcile: connection.reconcile, override: [] };
    const { done, waiting, refused } = await applyPlan(deps, { ...call, connection }, wish);
    deps.log.info('reconcile.done', { ...told, done, waiting, refused: refused.length });
  } catch (error) {
    // Somebody changed the record between the two: the next sync looks again.
    const isHarmless = isPassing(error);
    deps.log[isHarmless ? 'info' : 'warn']('reconcile.put-off', { ...told, error });
  }
};
