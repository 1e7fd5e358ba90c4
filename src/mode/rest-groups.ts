/**
 * Groups over Mode's REST API (mode-api.md §6): only the name can be written, people come and go one call each, and
 * deleting is soft: a deleted group can still be read, so `soft_deleted` counts as gone everywhere here.
 */
import type { ModeGroup, ModeGroupMembership } from '../directory/model.ts';
import type { CallOptions, MembersChange, Upstream } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import type { Call } from './call.ts';
import { allRows, type List, pages } from './hal.ts';
import { isForbidding, isOfKind, unlessOfKind } from './kinds.ts';
import { checkReallyGone, type RestContext } from './rest-context.ts';
import { GroupMembershipSchema, type GroupRow, GroupSchema, readAs } from './types.ts';

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

const GROUPS = '/api/{workspace}/groups';
const GROUP = `${GROUPS}/{group_token}`;
const DELETED = 'soft_deleted';

/** The state of a live group is INFERRED to be "active"; where Mode names none, it is that. */
const modeGroup = (row: GroupRow): ModeGroup => ({
  groupToken: row.token,
  name: row.name,
  state: row.state ?? 'active',
  groupType: row.group_type,
  managed: row.managed,
});

const groupsHidden = (cause: AppError): AppError =>
  new AppError(
    'forbidden',
    'mode.rest.groups-hidden',
    'Mode shows this API token no groups: it shows them to workspace admins alone. Use a Workspace token, or a token of a workspace admin.',
    { cause },
  );

/** Every workspace has groups, so that a 404 hides them, as it does other lists from keys (mode-api.md §4, REPORTED). */
const translateListFailure = async (
  context: RestContext,
  error: unknown,
  options: CallOptions,
): Promise<unknown> => {
  const isHidden = isOfKind(error, 'notFound');
  if (isHidden) await checkReallyGone(context, options);
  if (!isHidden && !isForbidding(error)) return error;
  context.learn('writeGroups', false);
  return groupsHidden(error);
};

async function* liveGroups(context: RestContext, options: CallOptions): AsyncGenerator<ModeGroup> {
  const { http, workspace } = context;
  const list: List<GroupRow> = {
    call: { method: 'GET', route: GROUPS, at: { workspace }, to: 'list the groups' },
    key: 'groups',
    schema: GroupSchema,
    idOf: (row) => row.token,
    isPaged: true,
  };
  try {
    for await (const row of pages(http, list, options)) {
      if (row.state !== DELETED) yield modeGroup(row);
    }
    // "Access to this resource is only available to admins": who may read groups may write them.
    context.learn('writeGroups', true);
  } catch (error) {
    throw await translateListFailure(context, error, options);
  }
}

const writeGroup = async (context: RestContext, call: Call, options: CallOptions): Promise<ModeGroup> => {
  const json = await context.http.request(call, options);
  return modeGroup(readAs(GroupSchema, json, { asked: call }));
};

const createGroup = (context: RestContext, name: string, options: CallOptions): Promise<ModeGroup> =>
  writeGroup(
    context,
    {
      method: 'POST',
      route: GROUPS,
      at: { workspace: context.workspace },
      body: { user_group: { name } },
      to: 'create the group',
    },
    options,
  );

const renameGroup = async (
  context: RestContext,
  change: { readonly groupToken: string; readonly name: string },
  options: CallOptions,
): Promise<ModeGroup> => {
  const at = { workspace: context.workspace, group_token: change.groupToken };
  const body = { user_group: { name: change.name } };
  const call: Call = { method: 'PATCH', route: GROUP, at, body, to: 'rename the group' };
  const group = await writeGroup(context, call, options);
  if (group.state !== DELETED) return group;
  throw new AppError('notFound', 'mode.rest.group-deleted', 'The group was deleted in Mode.');
};

/** Sends a DELETE for which "there is none" is as good as done. */
const remove = async (context: RestContext, call: Call, options: CallOptions): Promise<void> => {
  await unlessOfKind(context.http.request(call, options), ['notFound'], () =>
    checkReallyGone(context, options),
  );
};

const readMemberships = (context: RestContext, groupToken: string, options: CallOptions) => {
  const at = { workspace: context.workspace, group_token: groupToken };
  return allRows(
    context.http,
    {
      call: { method: 'GET', route: `${GROUP}/memberships`, at, to: 'list the members of the group' },
      key: 'group_memberships',
      schema: GroupMembershipSchema.transform((row) => ({
        membershipToken: row.token,
        memberToken: row.member_token,
      })),
      idOf: (row) => row.membershipToken,
      isPaged: false,
    } satisfies List<ModeGroupMembership>,
    options,
  );
};

const addMember = async (
  context: RestContext,
  { groupToken, memberToken }: { readonly groupToken: string; readonly memberToken: string },
  options: CallOptions,
): Promise<ModeGroupMembership> => {
  const call: Call = {
    method: 'POST',
    route: `${GROUP}/memberships`,
    at: { workspace: context.workspace, group_token: groupToken },
    body: { membership: { member_token: memberToken } },
    to: 'add the person to the group',
  };
  const row = readAs(GroupMembershipSchema, await context.http.request(call, options), { asked: call });
  return { membershipToken: row.token, memberToken: row.member_token };
};

const removeMember = (
  context: RestContext,
  { groupToken, membershipToken }: { readonly groupToken: string; readonly membershipToken: string },
  options: CallOptions,
): Promise<void> => {
  const at = {
    workspace: context.workspace,
    group_token: groupToken,
    membership_token: membershipToken,
  };
  const route = `${GROUP}/memberships/{membership_token}`;
  return remove(context, { method: 'DELETE', route, at, to: 'take the person out of the group' }, options);
};

/** "No bulk add/remove" (mode-api.md §6): one call each. */
const changeMembers = async (
  context: RestContext,
  { groupToken, change }: { readonly groupToken: string; readonly change: MembersChange },
  options: CallOptions,
): Promise<readonly ModeGroupMembership[]> => {
  for (const { membershipToken } of change.remove)
    await removeMember(context, { groupToken, membershipToken }, options);
  const added: ModeGroupMembership[] = [];
  for (const memberToken of change.add)
    added.push(await addMember(context, { groupToken, memberToken }, options));
  return added;
};

/** Makes the part of the upstream that is about groups. */
export const createGroups = (context: RestContext): Groups => {
  const at = (groupToken: string) => ({ workspace: context.workspace, group_token: groupToken });
  return {
    groups: (options) => liveGroups(context, options),
    createGroup: (name, options) => createGroup(context, name, options),
    renameGroup: (groupToken, name, options) => renameGroup(context, { groupToken, name }, options),
    deleteGroup: (groupToken, options) =>
      remove(
        context,
        { method: 'DELETE', route: GROUP, at: at(groupToken), to: 'delete the group' },
        options,
      ),
    groupMemberships: (groupToken, options) => readMemberships(context, groupToken, options),
    membersPerCall: 1,
    changeMembers: (groupToken, change, options) => changeMembers(context, { groupToken, change }, options),
  };
};
