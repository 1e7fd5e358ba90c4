/**
 * What the directory needs of its memory. store/ carries it out on SQLite and on PostgreSQL with one set of queries;
 * test/contract/store.contract.ts says what each method must do and runs on both. All lookups are bound to one
 * connection: an id of another connection is as unknown as one that never was. Lists of ids may be of any length
 * (the store splits them); an empty list does nothing.
 */

import type { EntitlementStore } from './entitlement-store.ts';
import type {
  Connection,
  CredentialCheck,
  GroupRecord,
  Membership,
  ModeGroup,
  ModeMember,
  Sighting,
  Token,
  UserRecord,
} from './model.ts';
import type { DriftStore } from './plan/drift.ts';
import type { Page, Query } from './query.ts';
import type { SyncStore, UnsettledStore } from './work-store.ts';

/** One searchable value of a person: the canonical path, which element of a multi-valued attribute, and the text. */
export interface IndexedValue {
  readonly path: string;
  readonly element: number;
  /** Folded where the attribute is not caseExact; booleans are `true`/`false`. */
  readonly value: string;
}

/** A person to be stored, with what she can be found by. */
export interface IndexedUser {
  readonly user: UserRecord;
  readonly index: readonly IndexedValue[];
}

/** What links a person to Mode. */
type Link = Pick<UserRecord, 'memberToken' | 'invitedAs' | 'invitedAt'>;

/** A person and the member that she is; `invited`: she has not accepted yet. */
export interface SeenAs {
  readonly id: string;
  readonly memberToken: string;
  readonly invited: boolean;
}

export interface ConnectionStore {
  /** Throws `conflict` (`store.connections.taken`) when the name is taken. */
  insert(connection: Connection): Promise<void>;
  /**
   * Overwrites name, workspace, modeUrl, wayIn, strict and credentials; other credentials were never checked. Throws
   * `conflict` like insert.
   */
  update(connection: Connection): Promise<void>;
  list(): Promise<readonly Connection[]>;
  find(id: string): Promise<Connection | undefined>;
  findByWebhookSecret(secret: string): Promise<Connection | undefined>;
  markSynced(id: string, at: string): Promise<void>;
  markAccessSynced(id: string, at: string): Promise<void>;
  /** Remembers what Mode said to these credentials; says nothing of others, and an earlier check nothing after a later. */
  markChecked(
    connection: Pick<Connection, 'id' | 'sealedCredentials'>,
    check: CredentialCheck,
  ): Promise<void>;
  markHookReceived(id: string, at: string): Promise<void>;
}

export interface TokenStore {
  insert(token: Token): Promise<void>;
  /** The token with that hash, whatever its state: the caller judges expiry and revocation. */
  findByHash(hash: string): Promise<Token | undefined>;
  /** Tokens, newest first; of one connection when it is given. */
  list(connectionId?: string): Promise<readonly Token[]>;
  /** True when the token existed and was not revoked before. */
  revoke(id: string, at: string): Promise<boolean>;
  touch(id: string, at: string): Promise<void>;
}

export interface UserStore {
  /** Throws `conflict` (`store.users.taken`) when the userName, folded, belongs to another living person. */
  insert(user: UserRecord, index: readonly IndexedValue[]): Promise<void>;
  /** Inserts many. Whose userName is taken is left out; gives the ids of the others. */
  insertMany(people: readonly IndexedUser[]): Promise<ReadonlySet<string>>;
  /** A living person. */
  find(connectionId: string, id: string): Promise<UserRecord | undefined>;
  /** A person, deleted or not: for settling with Mode. */
  findAny(connectionId: string, id: string): Promise<UserRecord | undefined>;
  findByUserName(connectionId: string, userName: string): Promise<UserRecord | undefined>;
  findByMemberToken(connectionId: string, memberToken: string): Promise<UserRecord | undefined>;
  /**
   * Writes the record and its index where the stored version is still `expectedVersion`; false when it is not.
   * Throws `conflict` (`store.users.taken`) like insert.
   */
  update(user: UserRecord, index: readonly IndexedValue[], expectedVersion: number): Promise<boolean>;
  /** The person who bears this userName, folded, and whose creation was never answered; undefined when nobody does. */
  findUnanswered(user: UserRecord): Promise<UserRecord | undefined>;
  /** Remembers whether the creation was answered. */
  setUnanswered(connectionId: string, id: string, unanswered: boolean): Promise<void>;
  /** Sets the link to Mode without touching version or modifiedAt. */
  link(connectionId: string, id: string, link: Link): Promise<void>;
  /**
   * Links people with the members that a listing asked for at `seenAt` showed them to be; an invitation sent after it
   * stands. Gives the people as they are, so that what was wanted of them meanwhile is not missed.
   */
  linkMany(
    connectionId: string,
    links: readonly SeenAs[],
    seenAt: string,
  ): Promise<readonly Pick<UserRecord, 'id' | 'active' | 'deletedAt'>[]>;
  /** Removes the record, its index and its memberships for good. */
  purge(connectionId: string, id: string): Promise<void>;
  /** Living people in the order of creation. */
  list(connectionId: string, query: Query): Promise<Page<UserRecord>>;
  /** Which of these ids are living people of the connection. */
  existing(connectionId: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Ids of all linked people, deleted included, by member token. */
  idsByMemberToken(connectionId: string): Promise<ReadonlyMap<string, string>>;
  /** Living people whom nobody in Mode stands for: without a link, or linked to a former member; ordered by id. */
  linkable(
    connectionId: string,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<readonly UserRecord[]>;
}

export interface GroupStore {
  /** Throws `conflict` (`store.groups.taken`) when the displayName, folded, belongs to another living group. */
  insert(group: GroupRecord): Promise<void>;
  /** Inserts many. Whose displayName is taken is left out; gives the ids of the others. */
  insertMany(groups: readonly GroupRecord[]): Promise<ReadonlySet<string>>;
  find(connectionId: string, id: string): Promise<GroupRecord | undefined>;
  findAny(connectionId: string, id: string): Promise<GroupRecord | undefined>;
  /** Writes where the stored version is still `expectedVersion`; false when it is not. Throws `conflict` like insert. */
  update(group: GroupRecord, expectedVersion: number): Promise<boolean>;
  /** Adds one to the version and sets modifiedAt: the members changed. */
  touch(connectionId: string, id: string, modifiedAt: string): Promise<void>;
  /** Like those of people, by displayName. */
  findUnanswered(group: GroupRecord): Promise<GroupRecord | undefined>;
  setUnanswered(connectionId: string, id: string, unanswered: boolean): Promise<void>;
  link(connectionId: string, id: string, groupToken: string | null): Promise<void>;
  purge(connectionId: string, id: string): Promise<void>;
  list(connectionId: string, query: Query): Promise<Page<GroupRecord>>;
  idsByGroupToken(connectionId: string): Promise<ReadonlyMap<string, string>>;
  /** Living groups for which none in Mode stands: without a link, or linked to one that is gone. */
  linkable(connectionId: string): Promise<readonly GroupRecord[]>;
}

/** A wanted membership, as a group's `members` or a person's `groups` show it. */
export interface MembershipView {
  readonly groupId: string;
  readonly userId: string;
  /** displayName of the person (membersOf) or of the group (groupsOf). */
  readonly display: string;
}

/** A membership in which Mode differs from what is wanted and can be put right now. */
export interface PendingMembership {
  readonly userId: string;
  readonly memberToken: string;
  readonly wanted: boolean;
  readonly membershipToken: string | null;
}

/** Everybody whom Mode showed in a group: the token of the membership by the id of the person. */
export interface GroupListing {
  readonly groupId: string;
  readonly present: ReadonlyMap<string, string>;
}

export interface MembershipStore {
  /** Wants these people in the group; gives those who were not wanted before. */
  want(connectionId: string, groupId: string, userIds: readonly string[]): Promise<readonly string[]>;
  /** No longer wants these people (all of them when null); gives those who were wanted before. */
  unwant(
    connectionId: string,
    groupId: string,
    userIds: readonly string[] | null,
  ): Promise<readonly string[]>;
  /** Ids of the people wanted in the group, living ones only. */
  wantedIds(connectionId: string, groupId: string): Promise<ReadonlySet<string>>;
  /** Wanted members of these groups, living people only, ordered by group and person. */
  membersOf(connectionId: string, groupIds: readonly string[]): Promise<readonly MembershipView[]>;
  /** Groups in which these people are wanted, living groups only, ordered by person and group. */
  groupsOf(connectionId: string, userIds: readonly string[]): Promise<readonly MembershipView[]>;
  /**
   * What is to be added in Mode (wanted, person active, living and joined) or removed there (present, not wanted); of
   * these people alone where they are given, so that a large group of people who have not joined is not walked through.
   */
  pending(
    connectionId: string,
    groupId: string,
    userIds: readonly string[] | null,
  ): Promise<readonly PendingMembership[]>;
  /** All rows of a group. */
  rows(connectionId: string, groupId: string): Promise<readonly Membership[]>;
  /**
   * Records what Mode held of these people at `seenAt`. A new row is wanted when `adopt` is true, and drift when `drift`
   * is, as is one that is wanted and no longer present: left alone until a plan decides. A row neither wanted nor present
   * disappears; a row that was observed later than `seenAt` stays as it is.
   */
  observe(
    connectionId: string,
    groupId: string,
    seen: readonly { readonly userId: string; readonly membershipToken: string | null }[],
    how: { readonly adopt: boolean; readonly drift?: boolean; readonly seenAt: string },
  ): Promise<void>;
  /**
   * Records complete listings of groups, none of them asked for before `seenAt`: whoever is in them is present, whoever
   * is not is not. A new row is wanted when `adopt` is true; else what differs from what is wanted is drift.
   */
  observeListings(
    connectionId: string,
    listings: readonly GroupListing[],
    how: { readonly adopt: boolean; readonly seenAt: string },
  ): Promise<void>;
  /** These people left Mode: no membership of theirs is present there any more; what is wanted stays wanted. */
  forgetPresence(connectionId: string, userIds: readonly string[], seenAt: string): Promise<void>;
  /** These groups are gone from Mode, and everybody from them; what is wanted stays wanted. */
  forgetGroups(connectionId: string, groupIds: readonly string[], seenAt: string): Promise<void>;
  /** Groups in which one of these people is wanted but not present, living groups only. */
  groupsWaitingFor(connectionId: string, userIds: readonly string[]): Promise<readonly string[]>;
}

/** What Mode was last seen to hold. */
export interface ModeStore {
  /** Inserts or overwrites members as seen at `seenAt`, except those that were seen later already; a former one has no membership token. */
  saveMembers(connectionId: string, members: readonly ModeMember[], seenAt: string): Promise<void>;
  member(connectionId: string, memberToken: string): Promise<ModeMember | undefined>;
  membersByToken(
    connectionId: string,
    memberTokens: readonly string[],
  ): Promise<ReadonlyMap<string, ModeMember>>;
  /** Members that a complete listing no longer showed become `former`, without membership token; gives their tokens. */
  retireMembersUnseenSince(connectionId: string, seenAt: string): Promise<readonly string[]>;
  /** Like saveMembers. */
  saveGroups(connectionId: string, groups: readonly ModeGroup[], seenAt: string): Promise<void>;
  groupsByToken(
    connectionId: string,
    groupTokens: readonly string[],
  ): Promise<ReadonlyMap<string, ModeGroup>>;
  /** Groups that a complete listing no longer showed are forgotten; gives their tokens. */
  retireGroupsUnseenSince(connectionId: string, seenAt: string): Promise<readonly string[]>;
}

/** Deviations that clients were seen to send. */
export interface SightingStore {
  /** Adds to what is known of each; a new name is dropped when the connection has very many already. */
  add(sightings: readonly Sighting[]): Promise<void>;
  /** The most frequent first. */
  list(connectionId: string): Promise<readonly Sighting[]>;
}

export interface Store {
  readonly connections: ConnectionStore;
  readonly tokens: TokenStore;
  readonly users: UserStore;
  readonly groups: GroupStore;
  readonly memberships: MembershipStore;
  readonly mode: ModeStore;
  readonly entitlements: EntitlementStore;
  readonly unsettled: UnsettledStore;
  readonly sightings: SightingStore;
  readonly drift: DriftStore;
  readonly syncs: SyncStore;
  /**
   * Runs all of `work` or nothing of it. Inside, use only the store that is passed in. Not nestable. On PostgreSQL the
   * transaction is over after any error, so `conflict` must be caught outside.
   */
  transaction<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** Throws `unavailable` when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
