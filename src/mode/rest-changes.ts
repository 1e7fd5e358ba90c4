/**
 * Mode's audit log as a feed of changes (mode-api.md §8.3): `GET /{workspace}/audit_logs`, for Workspace tokens alone. It
 * speaks neither HAL nor Mode's usual errors. It names nobody who joins, leaves or signs in, and no renamed group.
 */
import type { ModeChange } from '../directory/model.ts';
import type { CallOptions, Upstream } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import type { Call } from './call.ts';
import { unlessOfKind } from './kinds.ts';
import type { RestContext } from './rest-context.ts';
import { ChangesSchema, readAs } from './types.ts';

type Changes = Pick<Upstream, 'changes'>;
type Window = Parameters<Upstream['changes']>[0];

/** A page has some tens of events at least (its size is UNKNOWN); an end where the cursor leads in a circle. */
const MOST_PAGES = 1_000;

const logHidden = (cause: AppError): AppError =>
  new AppError(
    'forbidden',
    'mode.rest.changes-hidden',
    'Mode does not show this API token the audit log: only Workspace tokens may read it.',
    { cause },
  );

const readPage = async (
  { http, workspace, userAgent }: RestContext,
  { from, to }: Window,
  next: string | null,
  options: CallOptions,
) => {
  const call: Call = {
    method: 'GET',
    route: '/api/{workspace}/audit_logs',
    at: { workspace },
    query: { start_timestamp: from, end_timestamp: to, ...(next === null ? {} : { next_token: next }) },
    // HAL gets 406 before the token is looked at (REPORTED).
    accept: 'application/json',
    to: 'read the audit log',
  };
  const page = readAs(ChangesSchema, await http.request(call, options), { asked: call });
  const events = page.audit_logs.map(
    ({ id, action, timestamp, actor, entity }): ModeChange => ({
      id,
      action,
      at: timestamp,
      entityToken: entity.entity_id,
      entityName: entity.entity_name,
      isOurs: actor.user_agent === userAgent,
    }),
  );
  return { events, next: page.next_token };
};

const readChanges = async (
  context: RestContext,
  window: Window,
  options: CallOptions,
): Promise<readonly ModeChange[]> => {
  const events: ModeChange[] = [];
  let next: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(context, window, next, options);
    events.push(...page.events);
    // Whether the last page has no token, or the one before it again, is UNKNOWN.
    if (page.next === null || page.next === next) return events;
    next = page.next;
  }
  throw new AppError('unavailable', 'mode.rest.changes-endless', "Mode's audit log does not end.");
};

/** Makes the part of the upstream that is about what happened. */
export const createChanges = (context: RestContext): Changes => ({
  changes: async (window, options) => {
    const asked = readChanges(context, window, options);
    const events = await unlessOfKind(asked, ['forbidden', 'notFound'], (error) => {
      context.learn('readChanges', false);
      throw logHidden(error);
    });
    context.learn('readChanges', true);
    return events;
  },
});
