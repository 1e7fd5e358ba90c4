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

/** What the SCIM endpoint was told and REST has no place for; whoever has it is managed by SCIM. */
export interface ScimPerson {
  readonly userName: string;
  readonly externalId: string | undefined;
  readonly givenName: string | undefined;
  readonly familyName: string | undefined;
  readonly displayName: string | undefined;
  readonly active: boolean;
  readonly updatedAt: string;
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
  /** When they became a former member, the last time. */
  readonly bannedAt?: string;
  readonly scim?: ScimPerson;
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
  /** Whoever has it is managed by SCIM. */
  readonly scim?: { readonly externalId: string | undefined; readonly updatedAt: string };
}

export interface GroupMembership {
  readonly token: string;
  readonly groupToken: string;
  readonly memberToken: string;
  readonly createdAt: string;
}

/** What a connection's roles are called on the wire (CONFIRMED-C, TF); the UI says Manage, Query, View (CONFIRMED-O). */
export type ConnectionAction = 'manage' | 'query' | 'view';
/** What a collection's roles are called on the wire (CONFIRMED-C, TF). */
export type CollectionAction = 'edit' | 'view';
/** Who can be given a role (CONFIRMED-O): a person is an `Account`. */
export type AccessorType = 'Account' | 'UserGroup';

/** A connection to a database; Mode's API says data source. */
export interface Connection {
  readonly id: string;
  readonly token: string;
  readonly name: string;
  readonly description: string;
  readonly vendor: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly warehouse: string | null;
  /** What every member may; null: nothing. */
  readonly defaultAccess: ConnectionAction | null;
  readonly creatorToken: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A collection of reports; Mode's API says space. */
export interface Collection {
  readonly id: string;
  readonly token: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'custom' | 'community' | 'private';
  readonly state: 'active' | 'soft_deleted';
  readonly defaultAccess: CollectionAction | 'restricted';
  readonly creatorToken: string | null;
}

/** What one person or group may do with one connection or collection. */
export interface Permission {
  readonly token: string;
  /** The connection's or the collection's. */
  readonly resourceToken: string;
  readonly action: ConnectionAction | CollectionAction;
  readonly accessorType: AccessorType;
  /** A member token or a group token. */
  readonly accessorToken: string;
  readonly createdAt: string;
}

/** One event of the audit log, as it is answered (CONFIRMED-O, Swagger). */
export interface AuditEvent {
  readonly id: string;
  readonly action: string;
  readonly description: string;
  readonly timestamp: string;
  readonly workspace_username: string;
  readonly context: Readonly<Record<string, string>>;
  readonly actor: Readonly<Record<'ip' | 'user_agent' | 'user_id' | 'username', string>>;
  readonly entity: Readonly<Record<'entity_type' | 'entity_id' | 'entity_name', string>>;
}

/** A credential of the Discovery API. */
export interface Signature {
  readonly token: string;
  readonly name: string;
  readonly accessKey: string;
  readonly accessSecret: string;
  /** Whose key made it; null: the workspace's. */
  readonly creatorToken: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Who did something, as the audit log has it. */
export type Actor = AuditEvent['actor'];

export type Change =
  | { readonly kind: 'workspace'; readonly workspace: Workspace }
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'invite'; readonly invite: Invite }
  | { readonly kind: 'inviteRevoked'; readonly memberToken: string }
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'joinedGroup'; readonly membership: GroupMembership }
  | { readonly kind: 'leftGroup'; readonly groupToken: string; readonly memberToken: string }
  | { readonly kind: 'connection'; readonly connection: Connection }
  | { readonly kind: 'collection'; readonly collection: Collection }
  | { readonly kind: 'granted'; readonly permission: Permission }
  | { readonly kind: 'revoked'; readonly resourceToken: string; readonly accessorToken: string }
  | { readonly kind: 'signed'; readonly signature: Signature }
  | { readonly kind: 'unsigned'; readonly token: string }
  | { readonly kind: 'audited'; readonly event: AuditEvent }
  | { readonly kind: 'webhooks'; readonly urls: readonly string[] };
