/** Each kind of change, with the calls that it is made of (issue 4, proof 2). */
import type { Answer } from '../../support/bridge.ts';
import type { Person, World } from './world.ts';

/** A change that a provider asks for, again and again in the same words until it is done. */
export interface Change {
  readonly ask: () => Promise<Answer>;
  /** By which the provider knows that it is done. */
  readonly done: readonly number[];
  /** What both sides hold of it. */
  readonly seen: () => Promise<unknown>;
  readonly expected: unknown;
  /** Beginnings of the names that it concerns in Mode's audit log. */
  readonly names: readonly string[];
  /** What takes effect in Mode, and how often, by that log. */
  readonly effects: Readonly<Record<string, number>>;
}

export interface Kind {
  readonly name: string;
  /** The calls that may fail, in their order, and how many of each are to fail. */
  readonly steps: readonly (readonly [route: string, times: number])[];
  /** How many people of the workspace it needs. */
  readonly people: number;
  readonly prepare: (world: World) => Promise<Change>;
}

const INVITE = 'POST /api/{workspace}/invites';
const LEAVE = 'DELETE /api/{workspace}/memberships/{membership}';
const MEMBERS = 'GET /api/{workspace}/memberships';
const MEMBERS_LITE = 'GET /api/{workspace}/memberships/lite';
const CREATE_GROUP = 'POST /api/{workspace}/groups';
const RENAME = 'PATCH /api/{workspace}/groups/{group_token}';
const DELETE_GROUP = 'DELETE /api/{workspace}/groups/{group_token}';
const ADD = 'POST /api/{workspace}/groups/{group_token}/memberships';
const REMOVE = 'DELETE /api/{workspace}/groups/{group_token}/memberships/{membership_token}';

const person = (userName: string) => ({
  userName,
  emails: [{ value: userName, type: 'work', primary: true }],
});
const active = (value: boolean) => ({ op: 'replace', path: 'active', value });
const namesOf = (people: readonly Person[]): readonly string[] =>
  people.map(({ userName }) => userName).sort();
const idsOf = (people: readonly Person[]): readonly string[] => people.map(({ id }) => id);
const membersOf = (people: readonly Person[]) => idsOf(people).map((value) => ({ value }));
const both = (names: readonly string[] | undefined) => ({ shown: names, truth: names });

const GONE = { active: undefined, shown: undefined, truth: 'former' };
const LEFT = { active: false, shown: 'former', truth: 'former' };
const INVITED = { active: true, shown: 'pending', truth: 'pending' };

const ofPerson = (
  world: World,
  userName: string,
  change: Pick<Change, 'ask' | 'done' | 'expected' | 'effects'>,
): Change => ({ ...change, seen: () => world.standingOf(userName), names: [userName] });

const ofGroup = (
  world: World,
  displayName: string,
  change: Pick<Change, 'ask' | 'done' | 'expected' | 'effects'>,
): Change => ({ ...change, seen: () => world.groupOf(displayName), names: [displayName] });

/** Somebody who was invited and has yet to come. */
const invited = (world: World): Promise<Person> => world.person(`${world.fresh('invited')}@acme.example`);

const people: readonly Kind[] = [
  {
    name: 'create a user',
    steps: [[INVITE, 1]],
    people: 0,
    prepare: async (world) => {
      const userName = `${world.fresh('created')}@acme.example`;
      return ofPerson(world, userName, {
        ask: () => world.bridge.scim('POST', '/Users', person(userName)),
        done: [201],
        expected: INVITED,
        effects: { org_user_invited: 1 },
      });
    },
  },
  {
    name: 'deactivate',
    steps: [[LEAVE, 1]],
    people: 1,
    prepare: async (world) => {
      const [{ id, userName }] = world.people(1) as [Person];
      const ask = () => world.mode.patch(`/Users/${id}`, active(false));
      return ofPerson(world, userName, { ask, done: [200], expected: LEFT, effects: {} });
    },
  },
  {
    name: 'reactivate',
    steps: [[INVITE, 1]],
    people: 1,
    prepare: async (world) => {
      const [{ id, userName }] = world.people(1) as [Person];
      await world.patched(id, active(false));
      const ask = () => world.mode.patch(`/Users/${id}`, active(true));
      return ofPerson(world, userName, {
        ask,
        done: [200],
        expected: INVITED,
        effects: { org_user_reinvited: 1 },
      });
    },
  },
  {
    name: 'delete a user',
    steps: [[LEAVE, 1]],
    people: 1,
    prepare: async (world) => {
      const [{ id, userName }] = world.people(1) as [Person];
      const ask = () => world.bridge.scim('DELETE', `/Users/${id}`);
      return ofPerson(world, userName, { ask, done: [204, 404], expected: GONE, effects: {} });
    },
  },
  {
    name: 'deactivate while the invitation is open',
    steps: [
      [MEMBERS, 1],
      [MEMBERS_LITE, 1],
      [LEAVE, 1],
    ],
    people: 0,
    prepare: async (world) => {
      const { id, userName } = await invited(world);
      const ask = () => world.mode.patch(`/Users/${id}`, active(false));
      return ofPerson(world, userName, { ask, done: [200], expected: LEFT, effects: {} });
    },
  },
  {
    name: 'delete while the invitation is open',
    steps: [
      [MEMBERS, 1],
      [MEMBERS_LITE, 1],
      [LEAVE, 1],
    ],
    people: 0,
    prepare: async (world) => {
      const { id, userName } = await invited(world);
      const ask = () => world.bridge.scim('DELETE', `/Users/${id}`);
      return ofPerson(world, userName, { ask, done: [204, 404], expected: GONE, effects: {} });
    },
  },
];

const groups: readonly Kind[] = [
  {
    name: 'create a group with members',
    steps: [
      [CREATE_GROUP, 1],
      [ADD, 1],
      [ADD, 2],
    ],
    people: 2,
    prepare: async (world) => {
      const displayName = world.fresh('Created');
      const members = world.people(2);
      return ofGroup(world, displayName, {
        ask: () => world.bridge.scim('POST', '/Groups', { displayName, members: membersOf(members) }),
        done: [201],
        expected: both(namesOf(members)),
        effects: { group_created: 1, group_member_added: 2 },
      });
    },
  },
  {
    name: 'add members',
    steps: [
      [ADD, 1],
      [ADD, 2],
    ],
    people: 3,
    prepare: async (world) => {
      const displayName = world.fresh('Grown');
      const [first, ...others] = world.people(3) as [Person, Person, Person];
      const id = await world.group(displayName, [first.id]);
      const add = { op: 'add', path: 'members', value: membersOf(others) };
      return ofGroup(world, displayName, {
        ask: () => world.mode.patch(`/Groups/${id}`, add),
        done: [204],
        expected: both(namesOf([first, ...others])),
        effects: { group_member_added: 2 },
      });
    },
  },
  {
    name: 'remove members',
    steps: [
      [REMOVE, 1],
      [REMOVE, 2],
    ],
    people: 3,
    prepare: async (world) => {
      const displayName = world.fresh('Shrunk');
      const [first, ...others] = world.people(3) as [Person, Person, Person];
      const id = await world.group(displayName, idsOf([first, ...others]));
      const remove = { op: 'remove', path: 'members', value: membersOf(others) };
      return ofGroup(world, displayName, {
        ask: () => world.mode.patch(`/Groups/${id}`, remove),
        done: [204],
        expected: both(namesOf([first])),
        effects: { group_member_removed: 2 },
      });
    },
  },
  {
    name: 'replace members',
    steps: [
      [REMOVE, 1],
      [ADD, 1],
    ],
    people: 3,
    prepare: async (world) => {
      const displayName = world.fresh('Replaced');
      const [goes, stays, comes] = world.people(3) as [Person, Person, Person];
      const id = await world.group(displayName, idsOf([goes, stays]));
      const body = { displayName, members: membersOf([stays, comes]) };
      return ofGroup(world, displayName, {
        ask: () => world.bridge.scim('PUT', `/Groups/${id}`, body),
        done: [200],
        expected: both(namesOf([stays, comes])),
        effects: { group_member_added: 1, group_member_removed: 1 },
      });
    },
  },
  {
    name: 'rename a group and replace its members',
    steps: [
      [RENAME, 1],
      [REMOVE, 1],
      [ADD, 1],
    ],
    people: 3,
    prepare: async (world) => {
      const [goes, stays, comes] = world.people(3) as [Person, Person, Person];
      const id = await world.group(world.fresh('Before'), idsOf([goes, stays]));
      const displayName = world.fresh('After');
      const body = { displayName, members: membersOf([stays, comes]) };
      return ofGroup(world, displayName, {
        ask: () => world.bridge.scim('PUT', `/Groups/${id}`, body),
        done: [200],
        expected: both(namesOf([stays, comes])),
        effects: { group_member_added: 1, group_member_removed: 1 },
      });
    },
  },
  {
    name: 'rename a group',
    steps: [[RENAME, 1]],
    people: 1,
    prepare: async (world) => {
      const members = world.people(1);
      const id = await world.group(world.fresh('Old'), idsOf(members));
      const displayName = world.fresh('New');
      const rename = { op: 'replace', path: 'displayName', value: displayName };
      return ofGroup(world, displayName, {
        ask: () => world.mode.patch(`/Groups/${id}`, rename),
        done: [204],
        expected: both(namesOf(members)),
        effects: {},
      });
    },
  },
  {
    name: 'delete a group',
    steps: [
      [RENAME, 1],
      [DELETE_GROUP, 1],
    ],
    people: 1,
    prepare: async (world) => {
      const displayName = world.fresh('Deleted');
      const id = await world.group(displayName, idsOf(world.people(1)));
      return ofGroup(world, displayName, {
        ask: () => world.bridge.scim('DELETE', `/Groups/${id}`),
        done: [204, 404],
        expected: both(undefined),
        effects: { group_deleted: 1 },
      });
    },
  },
  {
    // Mode keeps the names of what was deleted, and stumbles over a second one (mode-api.md §6).
    name: 'delete a group of a name that was deleted before',
    steps: [
      [RENAME, 1],
      [DELETE_GROUP, 1],
    ],
    people: 1,
    prepare: async (world) => {
      const displayName = world.fresh('Again');
      await world.mode.edit({ op: 'createGroup', name: displayName });
      const groupToken = (await world.mode.group(displayName))?.token;
      await world.mode.edit({ op: 'deleteGroup', groupToken });
      const id = await world.group(displayName, idsOf(world.people(1)));
      return ofGroup(world, displayName, {
        ask: () => world.bridge.scim('DELETE', `/Groups/${id}`),
        done: [204, 404],
        expected: both(undefined),
        effects: { group_deleted: 1 },
      });
    },
  },
];

export const KINDS: readonly Kind[] = [...people, ...groups];
