/** What Mode tells of a credential and its workspace without any effect (mode-api.md §1, §3, §4), for whoever looks into a connection. */
import type { ModeMember } from '../directory/model.ts';
import type { CallOptions, Inspection, WorkspaceFacts } from '../directory/upstream.ts';
import type { Call } from './call.ts';
import type { Clock } from './clock.ts';
import { allRows } from './hal.ts';
import { joinMembers } from './member.ts';
import type { RestContext } from './rest-context.ts';
import { fullList, liteList } from './rest-people.ts';
import { readAs, WorkspaceSchema } from './types.ts';

/** `GET /{workspace}`; answered to anybody, so it checks no credential (mode-api.md §1, REPORTED). */
const readWorkspace = async (
  { http, workspace }: RestContext,
  options: CallOptions,
): Promise<WorkspaceFacts> => {
  const call: Call = {
    method: 'GET',
    route: '/api/{workspace}',
    at: { workspace },
    to: 'see the workspace',
  };
  const row = readAs(WorkspaceSchema, await http.request(call, options), { asked: call });
  return {
    isScimEnabled: row.scim_enabled,
    isFull: row.seat_limit_reached,
    domains: row.authorized_domains,
  };
};

const readList = async (
  { http, workspace }: RestContext,
  list: 'full' | 'lite',
  options: CallOptions,
): Promise<readonly ModeMember[]> =>
  list === 'full'
    ? joinMembers(await allRows(http, fullList(workspace), options), [])
    : joinMembers([], await allRows(http, liteList(workspace), options));

/** Makes the part of the upstream that only looks. */
export const createInspection = (context: RestContext, clock: Pick<Clock, 'aheadMs'>): Inspection => ({
  memberList: (list, options) => readList(context, list, options),
  workspace: (options) => readWorkspace(context, options),
  isScimAlone: false,
  scim: async () => null,
  clockAheadMs: clock.aheadMs,
});
