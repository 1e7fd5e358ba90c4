/**
 * Groups over Mode's SCIM endpoint. Who is in one is changed many at a time; changes of one group follow one another,
 * because where there is PUT alone each writes the whole group.
 */
import type { ModeGroup, ModeGroupMembership } from '../../directory/model.ts';
import {
  type CallOptions,
  GROUPS_NOT_OFFERED,
  type MembersChange,
  type Upstream,
} from '../../directory/upstream.ts';
import { AppError } from '../../errors.ts';
import type { Call } from '../call.ts';
import { unlessOfKind } from '../kinds.ts';
import { readAs } from '../types.ts';
import { checkEndpoint, type ScimContext } from './context.ts';
import { rowsOf, type ScimList } from './list.ts';
import { type GroupRow, GroupSchema } from './types.ts';
import { remove, update } from './update.ts';

type Groups = Pick<
  Upstream,
  | 'groups'
  | 'createGroup'
  | 'renameGroup'
  | 'deleteGroup'
  | 'groupMemberships'
  | 'membersPerCall'
  | 'changeMembers'
>;

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
/** Known servers take 100 (AWS) to 1,000 in one PATCH. */
const MEMBERS_PER_CALL = 100;

/** SCIM knows no state of groups; those that it lists are there. */
const modeGroup = (groupToken: string, name: string): ModeGroup => ({
  groupToken,
  name,
  state: 'active',
  groupType: null,
  managed: true,
});

/** Without who is in them: that is asked for group by group, and a page of large groups would be very large. */
const groups: ScimList<GroupRow> = {
  call: {
    method: 'GET',
    route: '/scim/Groups',
    at: {},
    query: { excludedAttributes: 'members' },
    to: 'list the groups',
  },
  schema: GroupSchema,
};

const noGroups = (cause: AppError): AppError =>
  new AppError(
    'forbidden',
    GROUPS_NOT_OFFERED,
    "Mode's SCIM endpoint offers no groups. Give the connection an API token of Mode too, which does: " +
      'mode-scim-bridge connection renew --mode-token.',
    { cause },
  );

/** Takes "there is no such thing" of the groups for what it says, once the endpoint was seen to be there. */
const withoutGroups =
  (context: ScimContext, options: CallOptions) =>
  async (cause: AppError): Promise<never> => {
    await checkEndpoint(context, options);
    context.learn('writeGroups', false);
    throw noGroups(cause);
  };

/** SCIM without groups shows none, which does not say that there are none. */
async function* listGroups(context: ScimContext, options: CallOptions): AsyncGenerator<ModeGroup> {
  const rows = rowsOf(context, groups, options);
  const first = await unlessOfKind(rows.next(), ['notFound', 'unsupported'], withoutGroups(context, options));
  context.learn('writeGroups', true);
  if (first.done !== true) yield modeGroup(first.value.id, first.value.displayName);
  for await (const { id, displayName } of rows) yield modeGroup(id, displayName);
}

const createGroup = async (context: ScimContext, name: string, options: CallOptions): Promise<ModeGroup> => {
  const body = { schemas: [GROUP], displayName: name };
  const call: Call = { method: 'POST', route: '/scim/Groups', at: {}, body, to: 'create the group' };
  const json = await unlessOfKind(
    context.http.request(call, options),
    ['notFound', 'unsupported'],
    withoutGroups(context, options),
  );
  const row = readAs(GroupSchema, json, { asked: call });
  return modeGroup(row.id, row.displayName);
};

const renameGroup = async (
  context: ScimContext,
  { groupToken, name }: { readonly groupToken: string; readonly name: string },
  options: CallOptions,
): Promise<ModeGroup> => {
  const set = { displayName: name };
  await update(context, { endpoint: 'Groups', id: groupToken, to: 'rename the group', set }, options);
  return modeGroup(groupToken, name);
};

/**
 * A group that shows no `members` is empty only where the endpoint was seen to show those of another: a server may leave
 * them out (RFC 7643 §2.2), and who is not shown must not count as taken out by hand.
 */
const readMemberships = async (
  { http, discovery }: ScimContext,
  id: string,
  options: CallOptions,
): Promise<readonly ModeGroupMembership[] | null> => {
  const call: Call = {
    method: 'GET',
    route: '/scim/Groups/{id}',
    at: { id },
    to: 'list the members of the group',
  };
  const { members } = readAs(GroupSchema, await http.request(call, options), { asked: call });
  if (members) discovery.see('show members', true);
  else if (discovery.seen('show members') !== true) return null;
  return (members ?? []).map(({ value }) => ({ membershipToken: value, memberToken: value }));
};

/** Runs the work on one thing in turn, whatever becomes of the work before it. */
const createTurns = () => {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(of: string, work: () => Promise<T>): Promise<T> => {
    const mine = (last.get(of) ?? Promise.resolve()).then(work, work);
    last.set(of, mine);
    try {
      return await mine;
    } finally {
      if (last.get(of) === mine) last.delete(of);
    }
  };
};

const changeMembers = async (
  context: ScimContext,
  { groupToken, change }: { readonly groupToken: string; readonly change: MembersChange },
  options: CallOptions,
): Promise<readonly ModeGroupMembership[]> => {
  const members = { add: change.add, remove: change.remove.map(({ memberToken }) => memberToken) };
  if (members.add.length + members.remove.length === 0) return [];
  const to = 'change who is in the group';
  await update(context, { endpoint: 'Groups', id: groupToken, to, members }, options);
  return change.add.map((memberToken) => ({ membershipToken: memberToken, memberToken }));
};

/** Makes the part of the upstream that is about groups. */
export const createGroups = (context: ScimContext): Groups => {
  const inTurn = createTurns();
  const change = <T>(groupToken: string, work: () => Promise<T>): Promise<T> => inTurn(groupToken, work);
  return {
    groups: (options) => listGroups(context, options),
    createGroup: (name, options) => createGroup(context, name, options),
    renameGroup: (groupToken, name, options) =>
      change(groupToken, () => renameGroup(context, { groupToken, name }, options)),
    deleteGroup: async (groupToken, options) => {
      await remove(context, { endpoint: 'Groups', id: groupToken, to: 'delete the group' }, options);
    },
    groupMemberships: (groupToken, options) => readMemberships(context, groupToken, options),
    membersPerCall: MEMBERS_PER_CALL,
    changeMembers: (groupToken, asked, options) =>
      change(groupToken, () => changeMembers(context, { groupToken, change: asked }, options)),
  };
};
