/**
 * What the directory needs its memory to say of who is in which group: wanted, present in Mode, or both. Part of store.ts;
 * the same contract.
 */
import type { Membership } from '../model.ts';

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
  /** Ids of the people wanted in the group, also of those who are deleted and yet to be removed from Mode. */
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
  /** Those of these people who are wanted in a group but not present, by group; living groups only. */
  groupsWaitingFor(
    connectionId: string,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Which of these people Mode was last seen to have in some group. */
  presentInAny(connectionId: string, userIds: readonly string[]): Promise<ReadonlySet<string>>;
}
