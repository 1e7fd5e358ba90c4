/**
 * What happens to groups and who is in them (mode-api.md §6).
 * A soft-deleted group can still be read; a write on it answers 404 (assumption).
 */
import { revokeAll } from './access/records.ts';
import { ALREADY_IN_GROUP_STATUS, NAME_TAKEN_STATUS } from './assumptions.ts';
import { refusal } from './errors.ts';
import type { Change, Group, GroupMembership, Person } from './model.ts';
import type { GroupRecord } from './state.ts';
import { freshToken, timestamp, type World } from './world.ts';

/** Finds a group, soft-deleted ones too: GET of those still answers 200 (CONFIRMED-C, TF). */
export const groupRecord = (world: World, token: string): GroupRecord => {
  const record = world.state.groups.get(token);
  if (!record) throw refusal(404, 'Group not found');
  return record;
};

/** Finds a group that can be written. */
export const liveGroup = (world: World, token: string): GroupRecord => {
  const record = groupRecord(world, token);
  if (record.group.state !== 'active') throw refusal(404, 'Group not found');
  return record;
};

const checkName = (world: World, name: string, own?: string): string => {
  const trimmed = name.trim();
  if (trimmed === '') throw refusal(400, "Name can't be blank");
  const holder = world.state.liveNames.get(trimmed);
  if (holder !== undefined && holder !== own) {
    throw refusal(NAME_TAKEN_STATUS, 'Name has already been taken');
  }
  return trimmed;
};

/** Creates a group; only its name can be set (CONFIRMED-O). A deleted group's name may be used again (CONFIRMED-C). */
export const createGroup = (world: World, name: string): Group => {
  const group: Group = {
    token: freshToken(world),
    name: checkName(world, name),
    state: 'active',
    createdAt: timestamp(world),
  };
  world.commit([{ kind: 'group', group }]);
  return group;
};

/** Renames a group. */
export const renameGroup = (world: World, token: string, name: string): Group => {
  const { group } = liveGroup(world, token);
  const renamed: Group = { ...group, name: checkName(world, name, token) };
  world.commit([{ kind: 'group', group: renamed }]);
  return renamed;
};

/**
 * Deletes a group, softly. One whose name a deleted group bears already stays, and the answer is 200 all the same:
 * Mode "fails silently until renamed" (CONFIRMED-C, TF).
 */
export const deleteGroup = (world: World, token: string): Group => {
  const { group, byMember } = liveGroup(world, token);
  if (world.state.deletedNames.has(group.name)) return group;
  const deleted: Group = { ...group, state: 'soft_deleted' };
  const left = [...byMember.keys()].map(
    (memberToken): Change => ({ kind: 'leftGroup', groupToken: token, memberToken }),
  );
  world.commit([{ kind: 'group', group: deleted }, ...left, ...revokeAll(world.state, token)]);
  return deleted;
};

/** Finds somebody who can be in a group or be given a permission; "404 is also used when a referenced object is missing" (CONFIRMED-O). */
export const eligible = (world: World, memberToken: string): Person => {
  const person = world.state.people.get(memberToken);
  const isIn = person?.state === 'active' || (person?.state === 'pending' && world.settings.pendingInGroups);
  if (!person || !isIn) throw refusal(404, 'Membership not found for Workspace');
  return person;
};

/** Puts somebody into a group; twice is refused (UNKNOWN in the facts, see assumptions.ts). */
export const addToGroup = (world: World, groupToken: string, memberToken: string): GroupMembership => {
  const record = liveGroup(world, groupToken);
  eligible(world, memberToken);
  if (record.byMember.has(memberToken)) {
    throw refusal(ALREADY_IN_GROUP_STATUS, 'Member is already in the group');
  }
  const membership: GroupMembership = {
    token: freshToken(world),
    groupToken,
    memberToken,
    createdAt: timestamp(world),
  };
  world.commit([{ kind: 'joinedGroup', membership }]);
  return membership;
};

/** Finds a group membership by its own token, which is not the member's (CONFIRMED-O). */
export const groupMembership = (record: GroupRecord, token: string): GroupMembership => {
  const membership = record.memberships.get(token);
  if (!membership) throw refusal(404, 'Membership not found for Group');
  return membership;
};

/** Takes somebody out of a group. */
export const removeFromGroup = (world: World, membership: GroupMembership): void =>
  world.commit([
    { kind: 'leftGroup', groupToken: membership.groupToken, memberToken: membership.memberToken },
  ]);
