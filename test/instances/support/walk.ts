/** What a walk of pairs knows: what was acknowledged, and where that is looked for. */
import type { Random } from '../../../src/emulator/random.ts';
import type { Answer, Side } from './world.ts';

export interface Person {
  readonly id: string;
  userName: string;
  externalId: string;
  displayName: string;
  title: string;
  active: boolean;
  /** Versions under which some instance showed her as she is now. */
  etag: string;
}

export interface Group {
  readonly id: string;
  name: string;
  readonly members: Set<string>;
  etag: string;
}

/** One walk has a connection to itself: totals are its own. */
export interface Walk {
  readonly name: string;
  readonly random: Random;
  readonly people: Map<string, Person>;
  readonly groups: Map<string, Group>;
  /** Counts names, so that none comes twice. */
  nextNumber(): number;
  /** Says that an answer is not what was acknowledged before. */
  wrong(what: string, answer: Answer | undefined): void;
  /** How many answers were compared. */
  checked: number;
}

/** A write through one, and what the other is asked at once. */
export type Pair = (walk: Walk, write: Side, read: Side) => Promise<void>;

const shown = (answer: Answer | undefined): string =>
  answer === undefined ? '' : `: ${answer.status} ${JSON.stringify(answer.body ?? null).slice(0, 600)}`;

export const createWalk = (name: string, random: Random, onProblem: (problem: string) => void): Walk => {
  let count = 0;
  return {
    name,
    random,
    people: new Map(),
    groups: new Map(),
    checked: 0,
    nextNumber: () => {
      count += 1;
      return count;
    },
    wrong: (what, answer) => onProblem(`${name}: ${what}${shown(answer)}`),
  };
};

/** Compares by what JSON says; the order of lists that have none must be made first. */
export const same = (
  walk: Walk,
  what: string,
  [is, should]: readonly [unknown, unknown],
  answer?: Answer,
): void => {
  walk.checked += 1;
  const [left, right] = [JSON.stringify(is), JSON.stringify(should)];
  if (left !== right) walk.wrong(`${what} is ${left} and should be ${right}`, answer);
};

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

export const patchOf = (...Operations: readonly object[]): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});

export const personBody = ({
  userName,
  externalId,
  displayName,
  title,
  active,
}: Omit<Person, 'id' | 'etag'>) => ({
  schemas: [USER],
  userName,
  externalId,
  displayName,
  title,
  active,
  emails: [{ value: userName, type: 'work', primary: true }],
});

export const groupBody = ({ name, members }: Pick<Group, 'name' | 'members'>) => ({
  schemas: [GROUP],
  displayName: name,
  members: [...members].map((value) => ({ value })),
});

export const groupsOf = (walk: Walk, userId: string): readonly Group[] =>
  [...walk.groups.values()].filter(({ members }) => members.has(userId));

const sorted = (texts: Iterable<string>): readonly string[] => [...texts].sort();

const looksOf = ({ body }: Answer) => ({
  userName: body.userName,
  externalId: body.externalId,
  displayName: body.displayName,
  title: body.title,
  active: body.active,
  groups: sorted(
    (body.groups ?? []).map(({ value, display }: Record<string, string>) => `${value} ${display}`),
  ),
});

/** What the acknowledged writes come to. */
const dueOf = (walk: Walk, { id, userName, externalId, displayName, title, active }: Person) => ({
  userName,
  externalId,
  displayName,
  title,
  active,
  groups: sorted(groupsOf(walk, id).map((group) => `${group.id} ${group.name}`)),
});

/**
 * Reads a person there: she must be as acknowledged. `isNew`: she was changed since somebody was given the version that is
 * known, which must not be taken for the present one; else it must.
 */
export const checkPerson = async (walk: Walk, side: Side, person: Person, isNew: boolean): Promise<void> => {
  const what = `${person.userName} at ${side.name}`;
  const conditional = await side.ask('GET', `/Users/${person.id}`, undefined, {
    'if-none-match': person.etag,
  });
  same(walk, `status of ${what}`, [conditional.status, isNew ? 200 : 304], conditional);
  const answer = conditional.status === 200 ? conditional : await side.ask('GET', `/Users/${person.id}`);
  same(walk, what, [looksOf(answer), dueOf(walk, person)], answer);
  person.etag = answer.etag ?? '';
};

/** The same of a group. */
export const checkGroup = async (walk: Walk, side: Side, group: Group, isNew: boolean): Promise<void> => {
  const what = `group ${group.name} at ${side.name}`;
  const conditional = await side.ask('GET', `/Groups/${group.id}`, undefined, {
    'if-none-match': group.etag,
  });
  same(walk, `status of ${what}`, [conditional.status, isNew ? 200 : 304], conditional);
  const answer = conditional.status === 200 ? conditional : await side.ask('GET', `/Groups/${group.id}`);
  const is = (answer.body.members ?? []).map(
    ({ value, display }: Record<string, string>) => `${value} ${display}`,
  );
  const should = [...group.members].map((id) => `${id} ${walk.people.get(id)?.displayName}`);
  same(
    walk,
    what,
    [
      [answer.body.displayName, sorted(is)],
      [group.name, sorted(should)],
    ],
    answer,
  );
  group.etag = answer.etag ?? '';
};

/** Ids that a list gives for a filter, and its total. */
export const checkList = async (
  walk: Walk,
  side: Side,
  [endpoint, filter]: readonly ['/Users' | '/Groups', string],
  should: Iterable<string>,
): Promise<void> => {
  const query = filter === '' ? '' : `&filter=${encodeURIComponent(filter)}`;
  const answer = await side.ask('GET', `${endpoint}?count=1000&attributes=id${query}`);
  const due = sorted(should);
  const ids = (answer.body.Resources ?? []).map(({ id }: { readonly id: string }) => id);
  const what = `${endpoint} ${filter} at ${side.name}`;
  same(
    walk,
    what,
    [
      [answer.body.totalResults, sorted(ids)],
      [due.length, due],
    ],
    answer,
  );
};
