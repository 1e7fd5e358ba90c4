/**
 * Handlers for groups and group memberships (mode-api.md §6): "only available to admins" (CONFIRMED-O), 403 for others.
 */
import type { ConnectionRecord } from './access/records.ts';
import { link } from './account-hal.ts';
import { PREVIEW_ROWS } from './assumptions.ts';
import { type Call, callerOf, type Handler, param, textField, unwrap } from './call.ts';
import { paramMissing, refusal } from './errors.ts';
import { groupPage, userGroup, userGroupMembership } from './group-hal.ts';
import {
  addToGroup,
  createGroup,
  deleteGroup,
  groupMembership,
  groupRecord,
  liveGroup,
  removeFromGroup,
  renameGroup,
} from './group-rules.ts';
import type { GroupMembership } from './model.ts';
import { type GroupRecord, personByUsername } from './state.ts';

const forAdmins =
  (handler: Handler): Handler =>
  (call) => {
    if (!callerOf(call).admin) throw refusal(403);
    return handler(call);
  };

type GroupFilter = (record: GroupRecord) => boolean;

/** Finds the connection of `?data_source=`, by token or id: "filters do accept numeric ids" (REPORTED, SDK). */
const filteredSource = (call: Call): ConnectionRecord | undefined => {
  const wanted = call.query.get('data_source');
  if (wanted === null) return undefined;
  const all = [...call.world.state.connections.values()];
  const found = all.find(({ connection }) => connection.token === wanted || connection.id === wanted);
  if (!found) throw refusal(404, 'data source not found');
  return found;
};

/**
 * Reads `?member=`, a username, and `?data_source=` beside it: the member's groups that are entitled to it (REPORTED,
 * SDK); an unknown username is 404 (assumption).
 */
const groupFilter = (call: Call): GroupFilter => {
  const username = call.query.get('member');
  if (username === null || username === '') {
    if (call.query.has('data_source')) throw refusal(400, 'When sending data source, must send user');
    return () => true;
  }
  const person = personByUsername(call.world.state, username);
  if (!person) throw refusal(404, 'Member not found');
  const source = filteredSource(call);
  return ({ group, byMember }) =>
    byMember.has(person.memberToken) && (source?.byAccessor.has(group.token) ?? true);
};

/** Answers a page of live groups; deleted ones are not listed (assumption, UNKNOWN §6). */
export const listGroups = forAdmins((call) => {
  const { state } = call.world;
  const isWanted = groupFilter(call);
  const live = [...state.groups.values()].filter(({ group }) => group.state === 'active');
  return groupPage(state, live.filter(isWanted), call.query);
});

const show = (call: Call, token: string) => userGroup(call.world.state, groupRecord(call.world, token));

/** Creates a group. */
export const postGroup = forAdmins((call) => {
  const name = textField(unwrap(call.body, 'user_group'), 'name');
  return show(call, createGroup(call.world, name).token);
});

/** Answers one group; a soft-deleted one too, with `state: "soft_deleted"` (CONFIRMED-C, TF). */
export const getGroup = forAdmins((call) => show(call, param(call, 'group_token')));

/** Renames a group; other fields are ignored: "only `name` is writable" (CONFIRMED-O). */
export const patchGroup = forAdmins((call) => {
  const fields = unwrap(call.body, 'user_group');
  const token = liveGroup(call.world, param(call, 'group_token')).group.token;
  if (Object.hasOwn(fields, 'name')) renameGroup(call.world, token, textField(fields, 'name'));
  return show(call, token);
});

/** Deletes a group and answers it as it is then: unchanged where Mode fails silently. */
export const removeGroup = forAdmins((call) =>
  show(call, deleteGroup(call.world, param(call, 'group_token')).token),
);

const byUserId = (call: Call, record: GroupRecord): GroupMembership[] => {
  const memberToken = call.world.state.byId.get(call.query.get('user_id') ?? '');
  const token = record.byMember.get(memberToken ?? '');
  const membership = record.memberships.get(token ?? '');
  return membership ? [membership] : [];
};

/** The filters of the list (REPORTED, SDK); unknown values leave it unfiltered, case matters (REPORTED, SDK). */
const filtered = (call: Call, record: GroupRecord): GroupMembership[] => {
  const filter = call.query.get('filter');
  if (filter === 'by_user_id') return byUserId(call, record);
  const all = [...record.memberships.values()];
  return filter === 'preview' ? all.slice(0, PREVIEW_ROWS) : all;
};

/** Answers who is in a group, all at once whatever `page` says (INFERRED from SDK). */
export const listGroupMemberships = forAdmins((call) => {
  const { state } = call.world;
  const record = groupRecord(call.world, param(call, 'group_token'));
  return {
    _links: { self: link(`/api/${state.workspace.slug}/groups/${record.group.token}/memberships`) },
    _embedded: {
      group_memberships: filtered(call, record).map((row) => userGroupMembership(state, row)),
    },
  };
});

/** Adds a member by member token; 404 where there is no such member (CONFIRMED-O). */
export const postGroupMembership = forAdmins((call) => {
  const memberToken = textField(unwrap(call.body, 'membership'), 'member_token');
  if (memberToken === '') throw paramMissing('member_token');
  const made = addToGroup(call.world, param(call, 'group_token'), memberToken);
  return userGroupMembership(call.world.state, made);
});

const namedMembership = (call: Call): GroupMembership =>
  groupMembership(groupRecord(call.world, param(call, 'group_token')), param(call, 'membership_token'));

/** Answers one group membership; after its removal 404 (CONFIRMED-C, TF). */
export const getGroupMembership = forAdmins((call) =>
  userGroupMembership(call.world.state, namedMembership(call)),
);

/** Takes a member out and answers the row as it was. */
export const deleteGroupMembership = forAdmins((call) => {
  const membership = namedMembership(call);
  const shown = userGroupMembership(call.world.state, membership);
  removeFromGroup(call.world, membership);
  return shown;
});
