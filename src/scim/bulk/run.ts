/**
 * Runs the operations of a Bulk request as planned (RFC 7644 §3.7), within the time of the whole request. A failure stays
 * with its operation and with those that refer to it; the others go on (§3.7.3).
 */

import { isObject, type JsonObject } from '../compat/coerce.ts';
import { create, isError, isPassing, type Outcome, perform, queryOf, type Whole } from './perform.ts';
import { failure, type Plan, type Planned } from './plan.ts';
import { bulkIdIn, resolveReferences, setAside } from './references.ts';
import { shortened } from './request.ts';

export interface Run extends Whole {
  readonly plan: Plan;
  readonly failOnErrors: number;
  /** By index; an operation without one was not processed. */
  readonly outcomes: Map<number, Outcome>;
  /** The ids of what POSTs have created, by their index. */
  readonly ids: Map<number, string>;
}

/** The id of what a bulkId stands for; undefined when that was not created. */
const idOf = ({ plan, ids }: Run, bulkId: string): string | undefined => {
  const index = plan.posts.get(bulkId);
  return index === undefined ? undefined : ids.get(index);
};

/** The id that the path of an operation names. */
export const targetId = (run: Run, { address }: Planned): string | undefined => {
  const bulkId = bulkIdIn(address?.id ?? '');
  return bulkId === null ? address?.id : idOf(run, bulkId);
};

/** The data with ids in the place of bulkIds (RFC 7644 §3.7.2). No bulkId can come through to the database. */
const resolved = (run: Run, data: JsonObject): unknown =>
  resolveReferences(data, (bulkId) => {
    const id = idOf(run, bulkId);
    if (id === undefined) throw new Error('An operation ran before what it refers to.');
    return id;
  });

/** Whether a reference closes a circle, and is added when all of the circle is there (RFC 7644 §3.7.1). */
const waits = ({ plan }: Run, index: number, need: number | undefined): boolean =>
  need !== undefined && plan.circles.waiting.get(index)?.has(need) === true;

/** What an operation is run with now, and what is added later; both with ids. */
const bodyNow = (run: Run, index: number, data: unknown): unknown => {
  if (!isObject(data)) return data;
  return resolved(run, setAside(data, (bulkId) => waits(run, index, run.plan.posts.get(bulkId))).now);
};

/** The attributes that were set aside, to be added when all of the circle is there; null when there are none. */
export const bodyLater = (run: Run, index: number, data: unknown): unknown => {
  if (!isObject(data) || !run.plan.circles.waiting.has(index)) return null;
  return resolved(run, setAside(data, (bulkId) => waits(run, index, run.plan.posts.get(bulkId))).later);
};

/** A POST that this operation cannot do without and that failed, or is bound to. */
const missingFor = (run: Run, index: number, { needs }: Planned): number | undefined => {
  const { operations, circles } = run.plan;
  const circle = circles.circles[circles.circleOf.get(index) ?? -1] ?? [];
  // One of a circle that cannot be created spares the others an attempt that would be taken back.
  const doomed = circle.find((peer) => operations[peer]?.failure);
  return doomed ?? needs.find((need) => !waits(run, index, need) && !run.ids.has(need));
};

/** What refers to a resource that was not created fails too: 409, or 503 where the cause may pass. */
const dependentFailure = (run: Run, index: number, planned: Planned): Outcome | null => {
  const missing = missingFor(run, index, planned);
  if (missing === undefined) return null;
  const post = run.plan.operations[missing];
  const cause: Outcome | null | undefined = run.outcomes.get(missing) ?? post?.failure;
  const name = shortened(post?.operation.bulkId ?? '');
  const detail = `It refers to the bulkId ${name}, whose POST failed with status ${cause?.status}; nothing of this operation was done.`;
  return cause && isPassing(cause)
    ? failure(503, detail, { retryAfterSeconds: cause.retryAfterSeconds })
    : failure(409, detail);
};

const attempt = async (run: Run, index: number, planned: Planned): Promise<Outcome> => {
  const { address, perform: operation } = planned;
  const { method, data, version } = planned.operation;
  if (!address || !operation) return failure(404, 'There is nothing at this path.');
  const body = method === 'DELETE' ? undefined : bodyNow(run, index, data);
  if (method === 'POST') {
    const { outcome, id } = await create(run, operation, address, body);
    if (id !== undefined) run.ids.set(index, id);
    return outcome;
  }
  const id = targetId(run, planned) ?? '';
  return perform(run, operation, { id, query: queryOf(address), body, version });
};

const notStarted = (): Outcome =>
  failure(503, 'The time of the request was over before this operation was started: send it again.', {
    retryAfterSeconds: 1,
  });

/** Runs one operation, unless so many have failed that the client wants no more of them (RFC 7644 §3.7.3). */
export const runOperation = async (run: Run, index: number): Promise<void> => {
  const planned = run.plan.operations[index];
  const errors = [...run.outcomes.values()].filter(isError).length;
  if (!planned || errors >= run.failOnErrors) return;
  const { deps, call } = run.request;
  const late = deps.now().getTime() >= call.deadline ? notStarted() : null;
  const known = planned.failure ?? late ?? dependentFailure(run, index, planned);
  run.outcomes.set(index, known ?? (await attempt(run, index, planned)));
};
