/**
 * What SCIM does to groups. That they are provisioned is CONFIRMED-O (H:permissions), their rules are UNKNOWN
 * (mode-api.md §10). A member who cannot be in a group, such as a pending one, is refused as in REST (assumption).
 */
import type { Schemas } from 'scimmy';
import {
  addToGroup,
  createGroup,
  deleteGroup,
  eligible,
  groupMembership,
  removeFromGroup,
  renameGroup,
} from '../group-rules.ts';
import type { Group } from '../model.ts';
import type { GroupRecord } from '../state.ts';
import { timestamp, type World } from '../world.ts';
import type { Row } from './list.ts';
import type { Place } from './people.ts';
import { scimRefusal } from './refusal.ts';
import { SCIM_PATH } from './routes.ts';

const isVisible = ({ behaviour }: Place, { group }: GroupRecord): boolean =>
  group.state === 'active' && (group.scim !== undefined || behaviour.listing === 'everybody');

const memberRows = ({ state }: World, record: GroupRecord) =>
  [...record.byMember.keys()].flatMap((memberToken) => {
    const person = state.people.get(memberToken);
    return person
      ? [{ value: person.id, display: person.name, type: 'User', $ref: `${SCIM_PATH}/Users/${person.id}` }]
      : [];
  });

const groupRow = ({ world }: Place, record: GroupRecord): Row => ({
  id: record.group.token,
  externalId: record.group.scim?.externalId,
  displayName: record.group.name,
  members: memberRows(world, record),
  meta: {
    created: record.group.createdAt,
    lastModified: record.group.scim?.updatedAt ?? record.group.createdAt,
  },
});

const visible = (place: Place, id: string): GroupRecord => {
  const record = place.world.state.groups.get(id);
  if (!record || !isVisible(place, record)) throw scimRefusal(404, `Resource ${id} not found`);
  return record;
};

/** Lists the groups that SCIM shows. */
export const listGroups = (place: Place): Row[] =>
  [...place.world.state.groups.values()]
    .filter((record) => isVisible(place, record))
    .map((record) => groupRow(place, record));

/** Shows one group, or refuses with 404. */
export const readGroup = (place: Place, id: string): Row => groupRow(place, visible(place, id));

/** Reads the member tokens that are wanted; 400 for an id that is nobody's or of somebody who cannot be in a group. */
const wantedMembers = ({ world }: Place, { members = [] }: Schemas.Group, before: ReadonlySet<string>) =>
  new Set(
    members.map(({ value = '' }) => {
      const token = world.state.byId.get(value);
      if (token === undefined) throw scimRefusal(400, `There is no user ${value}`, 'invalidValue');
      if (!before.has(token)) eligible(world, token);
      return token;
    }),
  );

const checkFree = ({ world }: Place, name: string, own?: string): void => {
  const holder = world.state.liveNames.get(name.trim());
  if (holder !== undefined && holder !== own) {
    throw scimRefusal(409, `A group ${name} exists already`, 'uniqueness');
  }
};

const setMembers = ({ world }: Place, record: GroupRecord, wanted: ReadonlySet<string>): void => {
  for (const [memberToken, token] of [...record.byMember]) {
    if (!wanted.has(memberToken)) removeFromGroup(world, groupMembership(record, token));
  }
  for (const memberToken of wanted) {
    if (!record.byMember.has(memberToken)) addToGroup(world, record.group.token, memberToken);
  }
};

const keep = ({ world }: Place, record: GroupRecord, externalId: string | undefined): void => {
  const { group } = record;
  const scim = { externalId, updatedAt: timestamp(world) };
  const managed: Group = { ...group, scim };
  world.commit([{ kind: 'group', group: managed }]);
};

/** Creates a group with its members; 409 `uniqueness` where a living group has the name, 400 for wrong members. */
export const createScimGroup = (place: Place, instance: Schemas.Group): Row => {
  checkFree(place, instance.displayName);
  const wanted = wantedMembers(place, instance, new Set());
  const { token } = createGroup(place.world, instance.displayName);
  const record = place.world.state.groups.get(token);
  if (!record) throw new Error(`The group ${token} was not created.`);
  keep(place, record, instance.externalId);
  setMembers(place, record, wanted);
  return groupRow(place, record);
};

/** Replaces name, externalId and members of a group. Throws 404, 409, 400. */
export const replaceGroup = (place: Place, id: string, instance: Schemas.Group): Row => {
  const record = visible(place, id);
  checkFree(place, instance.displayName, id);
  const wanted = wantedMembers(place, instance, new Set(record.byMember.keys()));
  if (instance.displayName !== record.group.name) renameGroup(place.world, id, instance.displayName);
  keep(place, record, instance.externalId);
  setMembers(place, record, wanted);
  return groupRow(place, record);
};

/**
 * Deletes a group. REST keeps one whose name a deleted group bears (CONFIRMED-C, TF); SCIM renames it first
 * (assumption), because it answers 204 and has no other way to say that the group stays.
 */
export const deleteScimGroup = (place: Place, id: string): void => {
  const { group } = visible(place, id);
  if (place.world.state.deletedNames.has(group.name)) {
    renameGroup(place.world, id, `${group.name} ${group.token}`);
  }
  deleteGroup(place.world, id);
};
