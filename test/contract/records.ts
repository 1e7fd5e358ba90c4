/** People, groups and what surrounds them, as the contract of the store writes them: all fields, few of them given. */

import { indexValues } from '../../src/directory/index-values.ts';
import type {
  Connection,
  GroupRecord,
  ModeGroup,
  ModeMember,
  UserRecord,
} from '../../src/directory/model.ts';
import type { Query } from '../../src/directory/query.ts';
import { userSchema } from '../../src/directory/schema.ts';
import type { SeenAsset } from '../../src/directory/store/entitlements.ts';
import type { IndexedValue, Store } from '../../src/directory/store/store.ts';
import type { OpenStore } from '../../src/store/index.ts';

export const A = 'connection-a';
export const B = 'connection-b';

/** A question in the order of creation, from the start, for all there is, unless something else is given. */
export const asking = (given: Partial<Query> = {}): Query => ({
  filter: null,
  sort: null,
  after: null,
  offset: 0,
  limit: 100,
  counted: true,
  ...given,
});

/** The n-th instant of a test. */
export const at = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString();

export const user = (id: string, given: Partial<UserRecord> = {}): UserRecord => {
  const userName = given.userName ?? `${id}@example.com`;
  return {
    connectionId: A,
    id,
    userName,
    displayName: given.displayName ?? userName,
    externalId: null,
    active: true,
    attributes: { userName, active: given.active ?? true, ...given.attributes },
    origin: 'provider',
    unanswered: false,
    putBackVersion: 0,
    memberToken: null,
    invitedAs: null,
    invitedAt: null,
    provisionedId: null,
    provisioned: null,
    version: 1,
    createdAt: at(0),
    modifiedAt: at(0),
    deletedAt: null,
    ...given,
  };
};

/** The index as the directory makes it. */
export const indexOf = (record: UserRecord): readonly IndexedValue[] =>
  indexValues(userSchema, record.attributes);

export const insertUser = async (
  store: Store,
  id: string,
  given: Partial<UserRecord> = {},
): Promise<UserRecord> => {
  const record = user(id, given);
  await store.users.insert(record, indexOf(record));
  return record;
};

export const group = (id: string, given: Partial<GroupRecord> = {}): GroupRecord => ({
  connectionId: A,
  id,
  displayName: `Group ${id}`,
  externalId: null,
  attributes: { displayName: given.displayName ?? `Group ${id}` },
  origin: 'provider',
  unanswered: false,
  putBackVersion: 0,
  groupToken: null,
  version: 1,
  createdAt: at(0),
  modifiedAt: at(0),
  deletedAt: null,
  ...given,
});

export const connection = (id: string, given: Partial<Connection> = {}): Connection => ({
  id,
  name: `Name of ${id}`,
  workspace: 'acme',
  modeUrl: 'https://app.mode.com',
  wayIn: 'invite',
  strict: false,
  sealedCredentials: 'sealed',
  webhookSecret: `secret of ${id}`,
  reconcile: 'adopt',
  protected: { people: [], groups: [] },
  createdAt: at(0),
  syncedAt: null,
  groupsSyncedAt: null,
  groupsHiddenSince: null,
  accessSyncedAt: null,
  credentialsSetAt: at(0),
  credentialsExpire: null,
  credentialsCheck: null,
  scimCheck: null,
  hookReceivedAt: null,
  ...given,
});

export const member = (memberToken: string, given: Partial<ModeMember> = {}): ModeMember => ({
  memberToken,
  membershipToken: `membership of ${memberToken}`,
  username: memberToken,
  email: null,
  name: null,
  state: 'active',
  admin: false,
  managedByScim: false,
  activatedAt: null,
  ...given,
});

export const modeGroup = (groupToken: string, given: Partial<ModeGroup> = {}): ModeGroup => ({
  groupToken,
  name: groupToken,
  state: 'active',
  groupType: null,
  managed: false,
  ...given,
});

export const asset = (id: string, given: Partial<SeenAsset> = {}): SeenAsset => ({
  id,
  token: `token of ${id}`,
  name: `Name of ${id}`,
  description: null,
  ...given,
});

/** `count` ids in the order of creation. */
export const manyIds = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `p${String(index).padStart(6, '0')}`);

/** Stores that many people, fast, without an index. */
export const insertMany = (
  store: OpenStore,
  ids: readonly string[],
  given: Partial<UserRecord> = {},
): Promise<ReadonlySet<string>> =>
  store.users.insertMany(ids.map((id) => ({ user: user(id, given), index: [] })));
