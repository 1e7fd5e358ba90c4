/**
 * Completes a circle of references (RFC 7644 §3.7.1): each of its resources was created without what closes the circle;
 * now that all are there, the rest is added. Because each needs each, they stand or fall together: when one fails, those
 * that were created are taken back. Runs also after the time is over, so that nothing stays half made.
 */
import { isObject } from '../compat/coerce.ts';
import { isError, isPassing, type Outcome, perform, queryOf } from './perform.ts';
import { failure } from './plan.ts';
import { shortened } from './request.ts';
import { bodyLater, type Run } from './run.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Adds what was set aside. False when that is refused for good. */
const complete = async (run: Run, index: number, id: string): Promise<boolean> => {
  const { address, operation } = run.plan.operations[index] ?? {};
  const value = bodyLater(run, index, operation?.data);
  const patch = address?.endpoint.ofOne.get('PATCH');
  if (!isObject(value) || !address || !patch) return true;
  const added = Object.entries(value).map(([path, part]) => ({ op: 'add', path, value: part }));
  const body = { schemas: [PATCH_OP], Operations: added };
  const outcome = await perform(run, patch, { id, query: queryOf(address), body });
  const created = run.outcomes.get(index);
  if (isError(outcome)) {
    // "Not now" means that the change is kept and follows: reported, but not taken back.
    run.outcomes.set(index, outcome);
    return isPassing(outcome);
  }
  // Reported as one operation: created, in the version that it has now. One that Mode has put off stays put off.
  if (created && !isError(created)) run.outcomes.set(index, { ...outcome, status: created.status });
  return true;
};

/** Why a circle came to nothing. */
const brokenBy = (run: Run, broken: number, cause: Outcome | undefined): Outcome => {
  const name = shortened(run.plan.operations[broken]?.operation.bulkId ?? '');
  const what = cause === undefined ? 'was not run' : `failed with status ${cause.status}`;
  const detail = `It is in a circle of references with the bulkId ${name}, whose POST ${what}; so this one was taken back.`;
  return cause && isPassing(cause)
    ? failure(503, detail, { retryAfterSeconds: cause.retryAfterSeconds })
    : failure(409, detail);
};

/** Deletes what was created. What Mode cannot do now it does later; only a refusal leaves the resource where it is. */
const takeBack = async (run: Run, index: number, id: string): Promise<void> => {
  const remove = run.plan.operations[index]?.address?.endpoint.ofOne.get('DELETE');
  if (!remove) return;
  const outcome = await perform(run, remove, { id, query: {} });
  if (isError(outcome) && !isPassing(outcome)) {
    run.request.deps.log.warn('scim.bulk.not-taken-back', { requestId: run.requestId, id });
  }
};

const findBroken = async (run: Run, circle: readonly number[]): Promise<number | undefined> => {
  const missing = circle.find((index) => !run.ids.has(index));
  if (missing !== undefined) return missing;
  for (const index of circle) {
    const completed = await complete(run, index, run.ids.get(index) ?? '');
    if (!completed) return index;
  }
  return undefined;
};

/** Completes the circle, or takes back what there is of it. */
export const closeCircle = async (run: Run, circle: readonly number[]): Promise<void> => {
  const created = circle.flatMap((index) => {
    const id = run.ids.get(index);
    return id === undefined ? [] : [{ index, id }];
  });
  if (created.length === 0) return;
  const broken = await findBroken(run, circle);
  if (broken === undefined) return;
  const cause = run.outcomes.get(broken);
  for (const { index, id } of created) {
    await takeBack(run, index, id);
    run.ids.delete(index);
    if (index !== broken) run.outcomes.set(index, brokenBy(run, broken, cause));
  }
};
