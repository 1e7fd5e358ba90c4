/**
 * POST /Bulk (RFC 7644 §3.7): many operations in one request, each as if it had come alone. Answers 200 with what became
 * of each (§3.7.3), also when all have failed; only a request that is no Bulk request, or too large, fails as a whole.
 */
import { inParallel } from '../../directory/in-parallel.ts';
import type { ScimReply, ScimRequest } from '../context.ts';
import { type BulkRoute, endpointsOf } from './address.ts';
import { closeCircle } from './close.ts';
import { type Step, wavesOf } from './order.ts';
import { asksForResource, isError, isPassing, type Outcome } from './perform.ts';
import { type Planned, planOperations } from './plan.ts';
import { readBulkRequest } from './request.ts';
import { type Run, runOperation, targetId } from './run.ts';

const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

/** How many operations run side by side, where their order cannot matter. */
const AT_ONCE = 8;

export interface BulkReply extends ScimReply {
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * RFC 7644 §3.7.3: "A "location" attribute [...] MUST be returned for all operations except for failed POST operations
 * (which have no location)". Where nothing is at the path, or what it refers to was never created, there is none either.
 */
const locationOf = (run: Run, planned: Planned, outcome: Outcome): string | undefined => {
  const { address, operation } = planned;
  if (operation.method === 'POST') return isError(outcome) ? undefined : outcome.location;
  if (!address || address.id === '') return undefined;
  const id = targetId(run, planned);
  const shown = id === address.id ? address.rawId : id;
  return shown === undefined ? undefined : `${run.request.baseUrl}${address.endpoint.path}/${shown}`;
};

/** One entry of the answer (RFC 7644 §3.7.3); `undefined` is left out by JSON. */
const entryOf = (run: Run, planned: Planned, outcome: Outcome) => {
  const { method, bulkId } = planned.operation;
  const shown = isError(outcome) || (planned.address !== null && asksForResource(planned.address.query));
  return {
    location: locationOf(run, planned, outcome),
    method,
    bulkId,
    version: isError(outcome) ? undefined : outcome.version,
    // As text, as in the examples; the prose of the RFC speaks of an object with a code, which no client reads.
    status: String(outcome.status),
    response: shown ? outcome.body : undefined,
  };
};

/**
 * Retry-After, only when every operation of the answer was put off: then sending all of it again is right, and the longest
 * wait is what each needs. The status stays 200, because that alone makes a client read what became of each operation;
 * Okta sends no Bulk, and Entra's own retry goes by the status of the operations.
 */
const retryAfterOf = (outcomes: readonly Outcome[]): number | undefined => {
  if (outcomes.length === 0 || !outcomes.every(isPassing)) return undefined;
  return Math.max(...outcomes.map(({ retryAfterSeconds }) => retryAfterSeconds ?? 1));
};

const answer = (run: Run): BulkReply => {
  // In the order of the request; what was not processed is not in the answer (RFC 7644 §3.7.3).
  const processed = run.plan.operations.flatMap((planned, index) => {
    const outcome = run.outcomes.get(index);
    return outcome === undefined ? [] : [{ planned, outcome }];
  });
  const entries = processed.map(({ planned, outcome }) => entryOf(run, planned, outcome));
  return {
    status: 200,
    body: { schemas: [BULK_RESPONSE], Operations: entries },
    retryAfterSeconds: retryAfterOf(processed.map(({ outcome }) => outcome)),
  };
};

const runStep = (run: Run, step: Step): Promise<void> =>
  step.kind === 'run' ? runOperation(run, step.index) : closeCircle(run, step.circle);

/**
 * Half of the time may go into asking Mode again: what it keeps failing at must not leave the other operations none in which
 * they are at least recorded.
 */
const sparing = (request: ScimRequest): ScimRequest => {
  const { deps, call } = request;
  return { ...request, call: { ...call, askAgainUntil: (deps.now().getTime() + call.deadline) / 2 } };
};

/** Makes the operation of /Bulk out of the routes whose operations may be run by it. */
export const bulkOperation = (routes: readonly BulkRoute[]) => {
  const endpoints = endpointsOf(routes);
  return async (request: ScimRequest, requestId: string): Promise<BulkReply> => {
    const { failOnErrors, operations } = readBulkRequest(request.body, request.call.connection);
    const plan = planOperations(operations, request.baseUrl, endpoints);
    const run: Run = {
      request: sparing(request),
      requestId,
      plan,
      failOnErrors,
      outcomes: new Map(),
      ids: new Map(),
    };
    // Whoever counts errors wants to know which operations came before them: one after the other.
    const atOnce = Number.isFinite(failOnErrors) ? 1 : AT_ONCE;
    for (const wave of wavesOf(plan.operations, plan.circles)) {
      await inParallel(wave, atOnce, (step) => runStep(run, step));
    }
    return answer(run);
  };
};
