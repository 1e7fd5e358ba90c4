/**
 * What the bridge keeps: connections, people, groups and who is in which. For each it holds what the identity provider
 * wrote (desired), what Mode says (observed) and the link between the two. Instants are ISO 8601 text in UTC with
 * milliseconds; ids are the bridge's own UUIDv7, so that the order of ids is the order of creation.
 */
import type { CredentialCheck } from './connections/credential-check.ts';
import type { Profile } from './profile.ts';

/** How people get into the Mode workspace of a connection (product.md section 4). */
export type WayIn = 'invite' | 'jit' | 'scim';

/**
 * What happens to changes that somebody made in Mode by hand: undone, shown, or taken over (product.md section 4). Taking
 * over never undoes what the identity provider wrote.
 */
export type Reconcile = 'enforce' | 'report' | 'adopt';

/** Whom and what no plan may touch: userNames and displayNames. */
export interface Protected {
  readonly people: readonly string[];
  readonly groups: readonly string[];
}

/** Who brought a person or group into the record: the provider, Mode at the first sync, or somebody in Mode later. */
export type Origin = 'provider' | 'baseline' | 'manual';

/** One Mode workspace that one identity provider runs. */
export interface Connection {
  readonly id: string;
  readonly name: string;
  /** Slug of the workspace, the first part of every Mode address (mode-api.md "Vocabulary"). */
  readonly workspace: string;
  /** Where Mode is: `https://app.mode.com` unless an admin said otherwise. */
  readonly modeUrl: string;
  readonly wayIn: WayIn;
  /** Refuses what deviates from the RFCs, instead of tolerating what known clients send. */
  readonly strict: boolean;
  /** Mode's API token and secret, encrypted (security/secrets.ts). */
  readonly sealedCredentials: string;
  /** The unguessable part of `/hooks/mode/{secret}`. */
  readonly webhookSecret: string;
  readonly createdAt: string;
  readonly syncedAt: string | null;
  /** When its groups were last read; null while they never were. */
  readonly groupsSyncedAt: string | null;
  /** Since when Mode does not show its groups to the credentials; null where the last full sync read them. */
  readonly groupsHiddenSince: string | null;
  readonly reconcile: Reconcile;
  readonly protected: Protected;
  /** When it was last read what people can be given in Mode. */
  readonly accessSyncedAt: string | null;
  /** When the API token was given to the bridge. */
  readonly credentialsSetAt: string;
  /** Until when it holds, as an admin said: an instant, or `never`; null: nobody said; `unknown`: it is a SCIM token. */
  readonly credentialsExpire: string | null;
  /** Null while nothing was seen but that it is accepted. */
  readonly credentialsCheck: CredentialCheck | null;
  /** The same of the SCIM token beside an API token. */
  readonly scimCheck: CredentialCheck | null;
  /** When Mode last called the webhook. */
  readonly hookReceivedAt: string | null;
}

export type TokenKind = 'scim' | 'admin';

/** A bearer token, of which only the hash is kept. */
export interface Token {
  readonly id: string;
  readonly kind: TokenKind;
  /** The connection that the token decides; null for an admin token. */
  readonly connectionId: string | null;
  readonly label: string;
  /** SHA-256 of the token, in hex. */
  readonly hash: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

/** Attributes by their canonical SCIM name, as JSON. Never holds id, meta, groups, members or a password. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A person: what the provider wrote, and the link to the Mode member. */
export interface UserRecord {
  readonly connectionId: string;
  readonly id: string;
  readonly userName: string;
  /** What lists show for the person: displayName, else name.formatted, else userName. */
  readonly displayName: string;
  readonly externalId: string | null;
  readonly active: boolean;
  /** Every attribute as sent, userName, externalId and active included. */
  readonly attributes: Attributes;
  readonly origin: Origin;
  /** Token of the Mode user (`member_token`); null until the person is known to Mode. */
  readonly memberToken: string | null;
  /** Mode username that the answer to an invitation named, else the address that was invited, folded; links the person. */
  readonly invitedAs: string | null;
  /** When Mode was last asked to invite the person; null when no invitation stands. */
  readonly invitedAt: string | null;
  /** Her id at Mode's SCIM endpoint; null until it is known, and where that is not the way in. */
  readonly provisionedId: string | null;
  /** What Mode's SCIM endpoint was last told of her; null where it was never told anything. */
  readonly provisioned: Profile | null;
  /** Grows by one with each change of the attributes; the ETag comes from it. */
  readonly version: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
  /** Set while the person is deleted here and Mode has yet to be told; such a record is invisible to SCIM. */
  readonly deletedAt: string | null;
  /** Created by a request that got no answer but "not now": who asks the same again gets this record (product.md section 4). */
  readonly unanswered: boolean;
  /** The version that it got when it was last put back because Mode refused a change; 0: it never was. */
  readonly putBackVersion: number;
}

/** A group: what the provider wrote, and the link to the Mode group. */
export interface GroupRecord {
  readonly connectionId: string;
  readonly id: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly attributes: Attributes;
  readonly origin: Origin;
  /** Token of the Mode group; null until it exists there. */
  readonly groupToken: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly deletedAt: string | null;
  /** Created by a request that got no answer but "not now": who asks the same again gets this record (product.md section 4). */
  readonly unanswered: boolean;
  /** The version that it got when it was last put back because Mode refused a change; 0: it never was. */
  readonly putBackVersion: number;
}

/** Who is in a group: wanted by somebody, present in Mode, or both. A row that is neither does not exist. */
export interface Membership {
  readonly connectionId: string;
  readonly groupId: string;
  readonly userId: string;
  /** The desired state: 1 row per person and group, true while somebody wants it. */
  readonly wanted: boolean;
  /** The observed state: Mode's token of the group membership, needed to remove it; null while Mode has none. */
  readonly membershipToken: string | null;
}

/** Standing of a person in the Mode workspace, in the words of this program (Mode's own are UNKNOWN, mode-api.md §4). */
export type MemberState = 'active' | 'pending' | 'former';

/** A member as Mode tells it: the full row joined with the lite row (mode-api.md §4, §15). */
export interface ModeMember {
  readonly memberToken: string;
  /** Token of the membership itself, needed to remove it; null where only the lite list may be read. */
  readonly membershipToken: string | null;
  readonly username: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly state: MemberState;
  readonly admin: boolean;
  readonly managedByScim: boolean;
  readonly activatedAt: string | null;
}

/** A group as Mode tells it. */
export interface ModeGroup {
  readonly groupToken: string;
  readonly name: string;
  readonly state: string;
  readonly groupType: string | null;
  readonly managed: boolean;
}

/** One person's place in a Mode group. */
export interface ModeGroupMembership {
  readonly membershipToken: string;
  readonly memberToken: string;
}

/** What access is given to, besides groups: Mode's connections (to databases) and collections (of reports). */
export type AssetKind = 'connection' | 'collection';

/** A connection or collection as Mode tells it. */
export interface ModeAsset {
  readonly token: string;
  readonly name: string;
  readonly description: string | null;
}

/** Something that a person can be given in Mode. */
export interface Entitlement {
  /** That of the group, or the bridge's own of the asset, made when it was first seen and the same for ever. */
  readonly id: string;
  readonly kind: AssetKind | 'group';
  readonly displayName: string;
  readonly description: string | null;
}

/** Something that happened in Mode, as its log of changes names it. */
export interface ModeChange {
  readonly id: string;
  /** Mode's word for it, such as `group_member_added`. */
  readonly action: string;
  /** ISO 8601. */
  readonly at: string;
  /** What it happened to. */
  readonly entityToken: string | null;
  readonly entityName: string | null;
  /** This bridge did it, over this connection. */
  readonly isOurs: boolean;
}

/** What goes first: who leaves, then who leaves a group, then everything else (product.md section 4, "Courtesy"). */
export const URGENCY = { leaver: 0, outOfGroup: 1, other: 2 } as const;
export type Urgency = (typeof URGENCY)[keyof typeof URGENCY];

/** A call to Mode that got no answer, or of which nobody knows because its process died over it: it may take effect yet. */
export interface OpenCall {
  /** When it was given up. */
  readonly at: string;
  /** The wish that it served. */
  readonly revision: number;
}

/** A person or group whose desired and observed state may differ: the bridge owes Mode something. */
export interface Unsettled {
  readonly connectionId: string;
  readonly kind: 'user' | 'group';
  readonly id: string;
  /** The record as it was before the change that Mode has not seen, as JSON; restored when Mode refuses the change. */
  readonly undo: string | null;
  readonly priority: Urgency;
  /** Grows each time the resource is marked again, so that work done meanwhile does not hide the newer wish. */
  readonly revision: number;
  /** Of a group, those whose membership is in question; null: all of them, because it is not known, or there are too many. */
  readonly members: readonly string[] | null;
  /** Up to which revision it was carried out, where it was marked again meanwhile; null: nothing of it. */
  readonly settledRevision: number | null;
  /** Until when somebody is at work on it; null: nobody is. */
  readonly leaseUntil: string | null;
  /** How often Mode was asked in vain; above 0 what Mode holds is looked up before anything is sent again. */
  readonly attempts: number;
  /** A call of an earlier attempt that got no answer (open-calls.ts); null where there was none. */
  readonly open: OpenCall | null;
  readonly lastError: string | null;
  readonly notBefore: string;
  readonly createdAt: string;
}
