/**
 * Fills an empty database with people and groups, through the store. Each person is in her department and in one of the
 * large groups, whatever the number of people, so that her answer has the same size everywhere. Nobody is known to Mode,
 * so that nothing but the bridge is measured.
 */
import { createHash } from 'node:crypto';
import { composeDeps, newWebhookSecret, sealCredentials } from '../src/compose.ts';
import { configSchema } from '../src/config.ts';
import { addConnection } from '../src/directory/connections/connections.ts';
import type { Deps } from '../src/directory/deps.ts';
import { formatOf, refreshDocuments } from '../src/directory/documents.ts';
import { newGroup } from '../src/directory/groups.ts';
import { indexValues } from '../src/directory/index-values.ts';
import type { Connection, GroupRecord, UserRecord } from '../src/directory/model.ts';
import { userSchema } from '../src/directory/schema.ts';
import type { Upstream } from '../src/directory/upstream.ts';
import { newUser } from '../src/directory/users.ts';
import { userDocuments } from '../src/scim/user-documents.ts';
import { SCIM_PATH } from '../src/scim/wire.ts';
import { issueToken } from '../src/security/tokens.ts';
import { migrateStore, openStore } from '../src/store/index.ts';
import { DEPARTMENT, keyOf, LARGE, person, SMALL, SPARES } from './people.ts';

/** What a load has to know of a database. */
export interface Facts {
  readonly people: number;
  readonly token: string;
  readonly userIds: readonly string[];
  readonly spareIds: readonly string[];
  readonly smallGroup: string;
  readonly largeGroup: string;
  /** Groups of 50. */
  readonly departments: readonly string[];
}

/** Encrypts credentials that open nothing. */
export const BENCH_KEY = createHash('sha256').update('mode-scim-bridge bench').digest();

/** How the bridge is seen from outside: PUBLIC_URL of every instance, wherever it listens. */
export const BENCH_ADDRESS = 'https://scim.example.com';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const PORTION = 5_000;

const portions = <T>(rows: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  );

/** Nothing answers where its Mode should be: the credentials are taken for good unasked, and nothing asks later. */
const connect = (deps: Deps): Promise<Connection> => {
  const believing = { verify: () => Promise.resolve({ workspace: 'bench', scope: null }) };
  const wish = { name: 'bench', workspace: 'bench', modeUrl: 'http://127.0.0.1:9' } as const;
  return addConnection(
    { ...deps, upstreamOf: () => believing as unknown as Upstream },
    { ...wish, wayIn: 'jit', strict: false },
    sealCredentials(BENCH_KEY, { token: 'none', secret: 'none' }),
    newWebhookSecret(),
  );
};

const insertPeople = async ({ store }: Deps, users: readonly UserRecord[]): Promise<void> => {
  for (const portion of portions(users, PORTION)) {
    await store.users.insertMany(
      portion.map((user) => ({ user, index: indexValues(userSchema, user.attributes) })),
    );
  }
};

interface Cast {
  readonly group: GroupRecord;
  readonly members: readonly string[];
}

/** Groups that stand in Mode already, with the people whom the provider wants in them. */
const insertGroups = async ({ store }: Deps, cast: readonly Cast[]): Promise<void> => {
  await store.groups.insertMany(cast.map(({ group }) => ({ ...group, groupToken: group.id })));
  for (const portion of portions(cast, 100)) {
    await store.transaction(async (inner) => {
      for (const { group, members } of portion)
        await inner.memberships.want(group.connectionId, group.id, members);
    });
  }
  const [first] = cast;
  if (!first) return;
  const { connectionId, createdAt } = first.group;
  const inMode = ({ id, displayName }: GroupRecord) => ({
    groupToken: id,
    name: displayName,
    state: 'active',
    groupType: null,
    managed: false,
  });
  await store.mode.saveGroups(
    connectionId,
    cast.map(({ group }) => inMode(group)),
    createdAt,
  );
};

const castOf = (deps: Deps, connectionId: string, userIds: readonly string[]) => {
  const named = (prefix: string, members: readonly (readonly string[])[]): readonly Cast[] =>
    members.map((ids, index) => ({
      group: newGroup(deps, connectionId, { displayName: `${prefix} ${index}` }),
      members: ids,
    }));
  return {
    small: named('Small', [userIds.slice(0, SMALL)]),
    large: named('Large', portions(userIds, LARGE)),
    departments: named('Department', portions(userIds, DEPARTMENT)),
  };
};

const fill = async (deps: Deps, people: number): Promise<Facts> => {
  const { id } = await connect(deps);
  const users = Array.from({ length: people + SPARES }, (_, index) =>
    newUser(deps, id, person(keyOf(index), index)),
  );
  await insertPeople(deps, users);
  const userIds = users.slice(0, people).map((user) => user.id);
  const { small, large, departments } = castOf(deps, id, userIds);
  await insertGroups(deps, [...small, ...large, ...departments]);
  // What a running server does in the background after so many changes, some seconds for 100,000 people.
  const manner = userDocuments(BENCH_ADDRESS + SCIM_PATH);
  const writer = { write: manner.write, format: (await formatOf(deps, manner)).format };
  while ((await refreshDocuments(deps, writer)) !== 'nothing');
  const { token } = await issueToken(deps, {
    kind: 'scim',
    connectionId: id,
    label: 'bench',
    expiresAt: null,
  });
  return {
    people,
    token,
    userIds,
    spareIds: users.slice(people).map((user) => user.id),
    smallGroup: small[0]?.group.id ?? '',
    largeGroup: large[0]?.group.id ?? '',
    departments: departments.map(({ group }) => group.id),
  };
};

/** Migrates and fills an empty database. */
export const seed = async (url: string, people: number): Promise<Facts> => {
  await migrateStore(url);
  const store = await openStore({ url });
  try {
    return await fill(
      composeDeps({ store, log: silent, key: BENCH_KEY, waits: configSchema.parse({}) }),
      people,
    );
  } finally {
    await store.close();
  }
};
