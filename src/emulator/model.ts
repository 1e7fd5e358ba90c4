/**
 * What the emulated Mode workspace holds, and the changes that alter it.
 * A change carries whole records, so that replaying it twice does no harm.
 * A person and their one membership are one record: Mode gives nobody two memberships of a workspace (INFERRED).
 */

/** `former` is what Mode's UI calls "Former Members" (CONFIRMED-O, mode-api.md §4). */
export type MemberState = 'active' | 'pending' | 'former';

export interface Workspace {
  readonly id: string;
  readonly token: string;
  readonly slug: string;
  readonly name: string;
  readonly domain: string;
  readonly createdAt: string;
}

export interface Person {
  readonly id: string;
  readonly memberToken: string;
  readonly membershipToken: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly state: MemberState;
  readonly admin: boolean;
  readonly createdAt: string;
  readonly activatedAt: string | null;
  readonly lastActivityAt: string | null;
}

export interface Invite {
  readonly memberToken: string;
  readonly email: string;
  readonly message: string;
  readonly inviterId: string;
  readonly inviterUsername: string;
  readonly sentAt: string;
  readonly resentAt: string | null;
  readonly acceptedAt: string | null;
  readonly expiresAt: string;
  readonly createdAt: string;
}

export interface Group {
  readonly token: string;
  readonly name: string;
  readonly state: 'active' | 'soft_deleted';
  readonly createdAt: string;
}

export interface GroupMembership {
  readonly token: string;
  readonly groupToken: string;
  readonly memberToken: string;
  readonly createdAt: string;
}

export type Change =
  | { readonly kind: 'workspace'; readonly workspace: Workspace }
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'invite'; readonly invite: Invite }
  | { readonly kind: 'inviteRevoked'; readonly memberToken: string }
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'joinedGroup'; readonly membership: GroupMembership }
  | { readonly kind: 'leftGroup'; readonly groupToken: string; readonly memberToken: string }
  | { readonly kind: 'webhooks'; readonly urls: readonly string[] };
