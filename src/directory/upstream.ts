/**
 * What the directory needs of Mode. mode/rest.ts carries it out over Mode's REST API; Mode's own SCIM endpoint is a
 * second way behind the same interface. Every call throws AppError: `rateLimited` and `unavailable` may be tried again,
 * anything else is Mode's refusal.
 */
import type {
  AssetKind,
  ModeAsset,
  ModeChange,
  ModeGroup,
  ModeGroupMembership,
  ModeMember,
  UserRecord,
} from './model.ts';
import type { Profile } from './profile.ts';

/** Code of the refusal of a SCIM endpoint of Mode that has no groups: it hides none. */
export const GROUPS_NOT_OFFERED = 'mode.scim.no-groups';

/** What a credential can really do; an ability that is absent is reported, never pretended. */
export type Ability =
  | 'listMembers'
  | 'listEmails'
  /** The list of members tells who was invited and has not come yet. */
  | 'listPending'
  | 'invite'
  | 'removeMember'
  /** Names and addresses can be written. */
  | 'updateProfile'
  | 'writeGroups'
  | 'listConnections'
  | 'listCollections'
  | 'readChanges';

/**
 * Who goes first where Mode takes less than is asked (product.md section 4, "Courtesy"): a person's access that must end,
 * what somebody waits for, everything else.
 */
export type Priority = 'deactivation' | 'request' | 'background';

export interface CallOptions {
  /** Instant (epoch milliseconds) after which the caller no longer waits; the call gives up before it. */
  readonly deadline: number;
  readonly priority: Priority;
}

/** Why calls to Mode are not even sent at the moment, and what to do about it. */
export interface Trouble {
  /** As AppError's. */
  readonly code: string;
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface Invitation extends Pick<UserRecord, 'memberToken' | 'provisionedId' | 'provisioned'> {
  readonly profile: Profile;
  readonly message: string;
  /** Whether somebody whom Mode turns out to know already may be she: nobody else here is. */
  readonly isFree: (found: ModeMember) => Promise<boolean>;
}

/** What is known of somebody once she is invited. */
export interface Invited {
  /** Her Mode username where the answer names it. */
  readonly username: string | null;
  /** As `members` would list her, where the answer tells; null where she has yet to appear there. */
  readonly member: ModeMember | null;
  /** Her id at Mode's SCIM endpoint; null over REST. */
  readonly provisionedId: string | null;
}

/** Somebody whom Mode may know, and by what. */
export interface Sought extends Pick<UserRecord, 'memberToken' | 'provisionedId' | 'userName'> {
  /** Folded, as Mode may have any of them. */
  readonly addresses: readonly string[];
}

/** Somebody whom Mode knows. */
export interface Known extends Sought, Pick<ModeMember, 'membershipToken' | 'managedByScim'> {}

/** Somebody of whom Mode is told more than it was told before. */
export interface Told extends Known, Pick<UserRecord, 'provisioned'> {
  readonly profile: Profile;
}

/** Who is put into a group, and whose membership of it ends. */
export interface MembersChange {
  /** Member tokens. */
  readonly add: readonly string[];
  readonly remove: readonly ModeGroupMembership[];
}

/** What a credential turned out to be (over REST `GET /api/verify`, mode-api.md §1). */
export interface Verification {
  /** Null where this way does not tell. */
  readonly workspace: string | null;
  /** `member` when Mode says so; null when it does not say. */
  readonly scope: string | null;
}

/** What a workspace says of itself; null where it does not say (`GET /{workspace}`, mode-api.md §3). */
export interface WorkspaceFacts {
  /** Whether Mode's own SCIM is switched on there. */
  readonly isScimEnabled: boolean | null;
  /** Whether its seats are used up. */
  readonly isFull: boolean | null;
  /** Domains for whose addresses SAML creates people (INFERRED, mode-api.md §10). */
  readonly domains: readonly string[] | null;
}

/** What Mode's SCIM endpoint says that it can do; null where it does not say. */
export interface ScimFacts {
  readonly patch: boolean | null;
  readonly filter: boolean | null;
  readonly hasGroups: boolean | null;
}

/** Looks at a credential and its workspace without any effect; nothing is learnt of what it can do. */
export interface Inspection {
  /** Everybody as one of Mode's two lists has it: the full one lacks e-mail, the lite one membership tokens (mode-api.md §4). */
  memberList(list: 'full' | 'lite', options: CallOptions): Promise<readonly ModeMember[]>;
  workspace(options: CallOptions): Promise<WorkspaceFacts>;
  /** There is no API token, but one of Mode's SCIM endpoint alone. */
  readonly isScimAlone: boolean;
  /** What Mode's SCIM endpoint says of itself; null where that is not the way in (no call then). */
  scim(options: CallOptions): Promise<ScimFacts | null>;
  /** By how many milliseconds Mode's clock was ahead of ours at its last answer; null before the first (no call). */
  clockAheadMs(): number | null;
}

export interface Upstream {
  readonly inspect: Inspection;
  /** What this way offers, less what Mode has refused the credential so far. */
  readonly can: ReadonlySet<Ability>;
  /** Null while calls are sent. */
  readonly trouble: Trouble | null;
  /** Checks the credential. Throws `unauthorized` when Mode refuses it. */
  verify(options: CallOptions): Promise<Verification>;
  /** Everybody in the workspace: full rows joined with lite rows by member token (2 calls). */
  members(options: CallOptions): Promise<readonly ModeMember[]>;
  /** The members who may be this person: all that Mode finds of her, or everybody where it can find nobody (as `members`). */
  candidates(sought: Sought, options: CallOptions): Promise<readonly ModeMember[]>;
  /** Brings a person in (1 call): invited, or a member at once. Whoever is in already stays. */
  invite(invitation: Invitation, options: CallOptions): Promise<Invited>;
  /**
   * Removes a person from the workspace (1 call). A membership that is gone already counts as removed: gives false, because
   * she may have come back with another.
   */
  removeMember(leaver: Known, options: CallOptions): Promise<boolean>;
  /**
   * Tells Mode what changed of somebody who is there (1 call); gives her id at its SCIM endpoint, null where she is not
   * known there. Throws `unsupported` where `can` lacks `updateProfile`.
   */
  updateProfile(person: Told, options: CallOptions): Promise<string | null>;
  /** Live groups, page by page (1 call per 30). Throws `forbidden` where Mode does not show them to the credential. */
  groups(options: CallOptions): AsyncIterable<ModeGroup>;
  createGroup(name: string, options: CallOptions): Promise<ModeGroup>;
  renameGroup(groupToken: string, name: string, options: CallOptions): Promise<ModeGroup>;
  /** Deletes a group (1 call). One that is gone already counts as deleted. */
  deleteGroup(groupToken: string, options: CallOptions): Promise<void>;
  /** Everybody in a group; null where Mode does not show who is in groups. */
  groupMemberships(groupToken: string, options: CallOptions): Promise<readonly ModeGroupMembership[] | null>;
  /** How many people one call puts into a group or takes out of it. */
  readonly membersPerCall: number;
  /**
   * Puts people into a group and takes others out (1 call for each `membersPerCall`); gives the memberships of those who
   * were put in. A membership that is gone already counts as ended. Whether any of it took effect is not known after a
   * failure, unless it was about a single person.
   */
  changeMembers(
    groupToken: string,
    change: MembersChange,
    options: CallOptions,
  ): Promise<readonly ModeGroupMembership[]>;
  /**
   * What people can be given of one kind: all connections (1 call) or all collections but the private ones of single
   * people (1 call per 30). Throws `forbidden` where the credential may not list them.
   */
  assets(kind: AssetKind, options: CallOptions): Promise<readonly ModeAsset[]>;
  /**
   * What happened in Mode in that time (1 call per page). Throws `forbidden` where the credential may not read it. Not all
   * that happens is in it.
   */
  changes(
    window: { readonly from: string; readonly to: string },
    options: CallOptions,
  ): Promise<readonly ModeChange[]>;
}
