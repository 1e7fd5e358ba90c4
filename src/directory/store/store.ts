/**
 * What the directory needs of its memory. store/ carries it out on SQLite and on PostgreSQL with one set of queries;
 * test/contract/store.contract.ts says what each method must do and runs on both. All lookups are bound to one
 * connection: an id of another connection is as unknown as one that never was. Lists of ids may be of any length
 * (the store splits them); an empty list does nothing.
 */

import type { CheckedToken, CredentialCheck } from '../connections/credential-check.ts';
import type { Connection, GroupRecord, ModeGroup, ModeMember, Token, UserRecord } from '../model.ts';
import type { DriftStore } from '../plan/drift.ts';
import type { Page, Query } from '../query.ts';
import type { DocumentStore } from './documents.ts';
import type { EntitlementStore } from './entitlements.ts';
import type { MembershipStore } from './memberships.ts';
import type { SightingStore } from './sightings.ts';
import type { LineStore, SyncStore, UnsettledStore } from './work.ts';

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

/** A person and the member that she is. */
export interface SeenAs {
  readonly id: string;
  /** Whom she was linked to when it was decided who she is; linked to another member since, she stays that. */
  readonly was: string | null;
  readonly memberToken: string;
  /** She has not accepted yet. */
  readonly invited: boolean;
}

type Invitation = { readonly [K in 'invitedAs' | 'invitedAt']: string };

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
  /** Mode was read in full, as far as it is shown: with its groups, or all but these. */
  markSynced(id: string, at: string, groups: 'read' | 'hidden'): Promise<void>;
  markAccessSynced(id: string, at: string): Promise<void>;
  /** Remembers what Mode said to this token of these credentials; says nothing of others, and an earlier check nothing after a later. */
  markChecked(
    connection: Pick<Connection, 'id' | 'sealedCredentials'>,
    token: CheckedToken,
    check: CredentialCheck,
  ): Promise<void>;
  markHookReceived(id: string, at: string): Promise<void>;
}

/** Whose a token is. */
export interface Caller {
  readonly token: Token;
  readonly connection: Connection;
}

export interface TokenStore {
  /** Throws `conflict` (`store.tokens.taken`) when there is one with that hash, whatever its state. */
  insert(token: Token): Promise<void>;
  /** The token with that hash, whatever its state: the caller judges expiry and revocation. */
  findByHash(hash: string): Promise<Token | undefined>;
  /** That token and its connection, where it has one that exists: what every request asks. */
  findCaller(hash: string): Promise<Caller | undefined>;
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
  /** Those of the ids that are living people. */
  findMany(connectionId: string, ids: readonly string[]): Promise<readonly UserRecord[]>;
  /** A person, deleted or not: for settling with Mode. */
  findAny(connectionId: string, id: string): Promise<UserRecord | undefined>;
  /** Like findAny; nobody else writes the record before the transaction under way has ended. */
  lock(connectionId: string, id: string): Promise<UserRecord | undefined>;
  findByUserName(connectionId: string, userName: string): Promise<UserRecord | undefined>;
  findByMemberToken(connectionId: string, memberToken: string): Promise<UserRecord | undefined>;
  findByProvisionedId(connectionId: string, provisionedId: string): Promise<UserRecord | undefined>;
  /**
   * Writes the record and its index where the stored version is still `expectedVersion`; false when it is not. The link to
   * Mode stays as it is, because it changes without a version. Throws `conflict` (`store.users.taken`) like insert.
   */
  update(user: UserRecord, index: readonly IndexedValue[], expectedVersion: number): Promise<boolean>;
  /** The person who bears this userName, folded, and whose creation was never answered; undefined when nobody does. */
  findUnanswered(user: UserRecord): Promise<UserRecord | undefined>;
  /** Remembers that the creation was answered; false when it was before, or when there is nobody any more. */
  answer(connectionId: string, id: string): Promise<boolean>;
  /** Remembers that Mode was asked to invite the person, without touching version or modifiedAt. */
  invited(connectionId: string, id: string, invitation: Invitation): Promise<void>;
  /** No invitation of these people that was sent until then stands. */
  endInvitations(connectionId: string, ids: readonly string[], until: string): Promise<void>;
  /**
   * Links people with the members that a listing asked for at `seenAt` showed them to be; an invitation sent after it
   * stands. Who was linked to another member meanwhile, or whose member somebody else became, is left as she is. Gives
   * the others as they are, so that what was wanted of them meanwhile is not missed.
   */
  linkMany(
    connectionId: string,
    links: readonly SeenAs[],
    seenAt: string,
  ): Promise<readonly Pick<UserRecord, 'id' | 'active' | 'deletedAt'>[]>;
  /** Nobody who is deactivated is linked to these members any more: they are somebody else's now. */
  loosen(connectionId: string, memberTokens: readonly string[]): Promise<void>;
  /** Sets what Mode's SCIM endpoint was told, and by which id it knows her, without touching version or modifiedAt. */
  provision(
    connectionId: string,
    id: string,
    told: Pick<UserRecord, 'provisionedId' | 'provisioned'>,
  ): Promise<void>;
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
  /** Like linkable, of people who are deleted and whom Mode may still hold; there are never many. */
  leaving(connectionId: string): Promise<readonly UserRecord[]>;
}

/** The Mode group that a group is, and which it was when that was found out. */
export type GroupLink = Readonly<Record<'was' | 'groupToken', string | null>>;

export interface GroupStore {
  /** Throws `conflict` (`store.groups.taken`) when the displayName, folded, belongs to another living group. */
  insert(group: GroupRecord): Promise<void>;
  /** Inserts many. Whose displayName is taken is left out; gives the ids of the others. */
  insertMany(groups: readonly GroupRecord[]): Promise<ReadonlySet<string>>;
  find(connectionId: string, id: string): Promise<GroupRecord | undefined>;
  findAny(connectionId: string, id: string): Promise<GroupRecord | undefined>;
  /** Like that of people. */
  lock(connectionId: string, id: string): Promise<GroupRecord | undefined>;
  /** Writes all but the link where the stored version is still `expectedVersion`; false when not. Throws `conflict` like insert. */
  update(group: GroupRecord, expectedVersion: number): Promise<boolean>;
  /** Adds one to the version and sets modifiedAt: the members changed. */
  touch(connectionId: string, id: string, modifiedAt: string): Promise<void>;
  /** Like those of people, by displayName. */
  findUnanswered(group: GroupRecord): Promise<GroupRecord | undefined>;
  answer(connectionId: string, id: string): Promise<boolean>;
  /** Links the group where it still is linked as it was; false when it is not, or when the token is another's by now. */
  link(connectionId: string, id: string, link: GroupLink): Promise<boolean>;
  purge(connectionId: string, id: string): Promise<void>;
  list(connectionId: string, query: Query): Promise<Page<GroupRecord>>;
  idsByGroupToken(connectionId: string): Promise<ReadonlyMap<string, string>>;
  /** Living groups for which none in Mode stands: without a link, or linked to one that is gone. */
  linkable(connectionId: string): Promise<readonly GroupRecord[]>;
  /** Like linkable, of groups that are deleted and that Mode may still hold. */
  leaving(connectionId: string): Promise<readonly GroupRecord[]>;
}

/** What Mode was last seen to hold. */
export interface ModeStore {
  /**
   * Inserts or overwrites members as seen at `seenAt`; a former one has no membership token. Those that were seen later
   * already stay as they are: gives the tokens of the others, because only what was written may be acted upon.
   */
  saveMembers(
    connectionId: string,
    members: readonly ModeMember[],
    seenAt: string,
  ): Promise<ReadonlySet<string>>;
  member(connectionId: string, memberToken: string): Promise<ModeMember | undefined>;
  membersByToken(
    connectionId: string,
    memberTokens: readonly string[],
  ): Promise<ReadonlyMap<string, ModeMember>>;
  /** Members that a complete listing no longer showed become `former`, without membership token; gives their tokens. */
  retireMembersUnseenSince(connectionId: string, seenAt: string): Promise<readonly string[]>;
  /** Like saveMembers. */
  saveGroups(
    connectionId: string,
    groups: readonly ModeGroup[],
    seenAt: string,
  ): Promise<ReadonlySet<string>>;
  /** Forgets the group, and remembers that no look of before that instant may bring it back. */
  buryGroup(connectionId: string, groupToken: string, until: string): Promise<void>;
  /** Those of these members who are known to have left at that instant or later. */
  membersGoneSince(
    connectionId: string,
    memberTokens: readonly string[],
    since: string,
  ): Promise<ReadonlySet<string>>;
  groupsByToken(
    connectionId: string,
    groupTokens: readonly string[],
  ): Promise<ReadonlyMap<string, ModeGroup>>;
  /** Forgets all that was read from Mode, links included, as if it had never been read; what is wanted stays. */
  forgetAll(connectionId: string): Promise<void>;
  /** Groups that a complete listing no longer showed are forgotten; gives their tokens. */
  retireGroupsUnseenSince(connectionId: string, seenAt: string): Promise<readonly string[]>;
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
  readonly documents: DocumentStore;
  readonly lines: LineStore;
  /**
   * Runs all of `work` or nothing of it. Inside, use only the store that is passed in. Not nestable. On PostgreSQL the
   * transaction is over after any error, so `conflict` must be caught outside.
   */
  transaction<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** Throws `unavailable` when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
