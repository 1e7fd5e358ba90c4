/**
 * Fills a new workspace with connections, collections and who may use them. A random stream of its own: whatever is
 * added here leaves the seeded people, groups and tokens as they are.
 */
import { FIRST_COLLECTION_ID } from '../assumptions.ts';
import type { Change, Collection, Connection, Group, Permission, Person } from '../model.ts';
import { createRandom, type Random } from '../random.ts';
import { COLLECTION_NAMES, CONNECTION_ROWS } from './seed-names.ts';

export interface AccessSize {
  readonly connections: number;
  readonly collections: number;
}

const SEED = 0x41434353;
const FIRST_CONNECTION_ID = 34_500;
const FOUNDED_MS = Date.UTC(2022, 0, 11, 9);
const HOUR_MS = 3_600_000;
/** So many people have a private collection of their own. */
const PRIVATE_COLLECTIONS = 3;

const at = (index: number): string => new Date(FOUNDED_MS + index * HOUR_MS).toISOString();

const numbered = (names: readonly string[], index: number): string => {
  const round = Math.floor(index / names.length);
  const name = names[index % names.length] ?? '';
  return round === 0 ? name : `${name} ${round + 1}`;
};

const makeConnections = (count: number, creator: Person | undefined, random: Random): Connection[] =>
  Array.from({ length: count }, (_none, index): Connection => {
    const row = CONNECTION_ROWS[index % CONNECTION_ROWS.length];
    if (!row) throw new Error('There is no connection to make.');
    return {
      ...row,
      id: String(FIRST_CONNECTION_ID + index),
      token: random.token(),
      name: numbered(
        CONNECTION_ROWS.map(({ name }) => name),
        index,
      ),
      creatorToken: creator?.memberToken ?? null,
      createdAt: at(index),
      updatedAt: at(index),
    };
  });

const LEVELS: readonly Collection['defaultAccess'][] = ['restricted', 'restricted', 'view', 'edit'];

/** The first is the one that everybody has; those of single people come last. */
const makeCollections = (count: number, people: readonly Person[], random: Random): Collection[] => {
  const owners = people.slice(0, PRIVATE_COLLECTIONS);
  const one = (
    index: number,
    rest: Pick<Collection, 'name' | 'type' | 'defaultAccess' | 'creatorToken'>,
  ) => ({
    ...rest,
    id: String(FIRST_COLLECTION_ID + index),
    token: random.token(),
    description: '',
    state: 'active' as const,
  });
  const shared = Array.from({ length: count }, (_none, index) => {
    const isFirst = index === 0;
    return one(index, {
      name: numbered(COLLECTION_NAMES, index),
      type: isFirst ? 'community' : 'custom',
      defaultAccess: isFirst ? 'edit' : random.pick(LEVELS),
      creatorToken: owners[0]?.memberToken ?? null,
    });
  });
  const own = owners.map((owner, index) =>
    one(count + index, {
      name: 'Personal',
      type: 'private',
      defaultAccess: 'restricted',
      creatorToken: owner.memberToken,
    }),
  );
  return [...shared, ...(count > 0 ? own : [])];
};

interface Given {
  readonly accessorType: Permission['accessorType'];
  readonly accessorToken: string;
  readonly action: Permission['action'];
}

/** One to three groups with any role, and one thing in three has somebody who was given the strongest role directly. */
const chooseAccessors = (
  actions: readonly Permission['action'][],
  groups: readonly Group[],
  people: readonly Person[],
  random: Random,
): readonly Given[] => {
  const wanted = groups.length > 0 ? 1 + random.below(3) : 0;
  const chosen = new Set(Array.from({ length: wanted }, () => random.pick(groups).token));
  const given: Given[] = [...chosen].map((accessorToken) => ({
    accessorType: 'UserGroup',
    accessorToken,
    action: random.pick(actions),
  }));
  const isDirect = random.next() < 1 / 3;
  if (isDirect && people.length > 0) {
    const accessorToken = random.pick(people).memberToken;
    given.push({ accessorType: 'Account', accessorToken, action: actions[0] ?? 'view' });
  }
  return given;
};

/**
 * Lists the changes that make the connections, the collections and their permissions.
 * `used` holds the tokens that the rest of the seed gave away.
 */
export const accessChanges = (
  size: AccessSize,
  people: readonly Person[],
  groups: readonly Group[],
  used: Set<string>,
): Change[] => {
  const random = createRandom(SEED, used);
  const active = people.filter(({ state }) => state === 'active');
  const connections = makeConnections(size.connections, active[0], random);
  const collections = makeCollections(size.collections, active, random);
  const give = (
    resourceToken: string,
    createdAt: string,
    actions: readonly Permission['action'][],
  ): Change[] =>
    chooseAccessors(actions, groups, active, random).map((given) => ({
      kind: 'granted',
      permission: { ...given, token: random.token(), resourceToken, createdAt },
    }));
  const custom = collections.filter(({ type }) => type === 'custom');
  return [
    ...connections.map((connection): Change => ({ kind: 'connection', connection })),
    ...collections.map((collection): Change => ({ kind: 'collection', collection })),
    ...connections.flatMap(({ token, createdAt }) => give(token, createdAt, ['manage', 'query', 'view'])),
    ...custom.flatMap(({ token }, index) => give(token, at(index), ['edit', 'view'])),
  ];
};
