/**
 * The kinds of change as they reach a Mode whose people come and go through its SCIM endpoint, with its token alone or an
 * API token beside it: other calls, and whoever is created is a member at once.
 */
import { type Change, KINDS, type Kind } from './kinds.ts';
import type { Person, World } from './world.ts';

const USERS = 'POST /scim/v2/Users';
const USER = 'PATCH /scim/v2/Users/{id}';
const GROUPS = 'POST /scim/v2/Groups';
const GROUP = 'PATCH /scim/v2/Groups/{id}';
const DELETE_GROUP = 'DELETE /scim/v2/Groups/{id}';

const IN = { active: true, shown: 'active', truth: 'active' };

interface Differs {
  readonly steps: Kind['steps'];
  /** What is otherwise than over REST. */
  readonly change?: Partial<Pick<Change, 'expected' | 'effects'>>;
}

/** Nobody is invited, which is all that Mode's log names of people. */
const PEOPLE: Readonly<Record<string, Differs>> = {
  'create a user': { steps: [[USERS, 1]], change: { expected: IN, effects: {} } },
  deactivate: { steps: [[USER, 1]] },
  reactivate: { steps: [[USER, 1]], change: { expected: IN, effects: {} } },
  'delete a user': { steps: [[USER, 1]] },
};

const GROUPS_ALONE: Readonly<Record<string, Differs>> = {
  'create a group with members': {
    steps: [
      [GROUPS, 1],
      [GROUP, 1],
    ],
  },
  'add members': { steps: [[GROUP, 1]] },
  'remove members': { steps: [[GROUP, 1]] },
  'replace members': { steps: [[GROUP, 1]] },
  'rename a group and replace its members': {
    steps: [
      [GROUP, 1],
      [GROUP, 2],
    ],
  },
  'rename a group': { steps: [[GROUP, 1]] },
  'delete a group': {
    steps: [
      [GROUP, 1],
      [DELETE_GROUP, 1],
    ],
  },
};

const named = (differs: Readonly<Record<string, Differs>>): readonly Kind[] =>
  KINDS.flatMap((kind) => {
    const other = differs[kind.name];
    if (!other) return [];
    const prepare = async (world: World): Promise<Change> => ({
      ...(await kind.prepare(world)),
      ...other.change,
    });
    return [{ ...kind, steps: other.steps, prepare }];
  });

/** REST has no such call: names cannot be written there. */
const renamed: Kind = {
  name: 'give a user another name',
  steps: [[USER, 1]],
  people: 1,
  prepare: async (world) => {
    const [{ id, userName }] = world.people(1) as [Person];
    const familyName = world.fresh('Name');
    const rename = { op: 'replace', path: 'name.familyName', value: familyName };
    return {
      ask: () => world.mode.patch(`/Users/${id}`, rename),
      done: [200],
      seen: async () => [await world.standingOf(userName), await world.familyNameOf(userName)],
      expected: [IN, familyName],
      names: [userName],
      effects: {},
    };
  },
};

/** With the SCIM token alone. */
export const SCIM_KINDS: readonly Kind[] = [...named({ ...PEOPLE, ...GROUPS_ALONE }), renamed];

/** With an API token beside it, by which groups go as they do over REST. */
export const BOTH_KINDS: readonly Kind[] = [...named(PEOPLE), renamed].map((kind) => ({
  ...kind,
  prepare: async (world) => {
    const change = await kind.prepare(world);
    // Whom SCIM let in is linked once REST shows her.
    const seen = async () => {
      await world.mode.sync('members');
      return change.seen();
    };
    return { ...change, seen };
  },
}));
