/**
 * The tables as Kysely types (migrations/ creates them). Text instants, 0/1 for booleans, JSON as text: what SQLite and
 * PostgreSQL understand alike. A `…_key` column holds the folded text (directory/fold.ts) that comparisons use.
 */

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Urgency } from '../directory/model.ts';
import type {
  DocumentAddressTable,
  DocumentsTable,
  OutdatedTable,
  TalliesTable,
} from './schema-documents.ts';

type Flag = 0 | 1;
type Row<Column extends string> = Readonly<Record<Column, string>>;

export interface ConnectionsTable {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly workspace: string;
  readonly mode_url: string;
  readonly way_in: 'invite' | 'jit' | 'scim';
  readonly strict: Flag;
  readonly sealed_credentials: string;
  readonly webhook_secret: string;
  readonly created_at: string;
  readonly synced_at: string | null;
  readonly reconcile: 'enforce' | 'report' | 'adopt';
  readonly protected: string;
  readonly access_synced_at: string | null;
  readonly groups_synced_at: string | null;
  readonly groups_hidden_since: string | null;
  readonly credentials_set_at: string | null;
  readonly credentials_expire: string | null;
  readonly credentials_refused_since: string | null;
  readonly credentials_checked_at: string | null;
  readonly scim_refused_since: string | null;
  readonly scim_checked_at: string | null;
  readonly hook_received_at: string | null;
}

export interface TokensTable {
  readonly id: string;
  readonly kind: 'scim' | 'admin';
  readonly connection_id: string | null;
  readonly label: string;
  readonly hash: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
}

export interface UsersTable {
  readonly connection_id: string;
  readonly id: string;
  readonly user_name: string;
  readonly user_name_key: string;
  readonly display_name: string;
  readonly display_name_key: string;
  readonly external_id: string | null;
  readonly active: Flag;
  readonly attributes: string;
  readonly member_token: string | null;
  readonly invited_as: string | null;
  readonly invited_at: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly modified_at: string;
  readonly deleted_at: string | null;
  readonly living: Flag;
  readonly origin: 'provider' | 'baseline' | 'manual';
  readonly unanswered: Flag;
  readonly put_back_version: number;
  readonly provisioned_id: string | null;
  /** A Profile, as JSON. */
  readonly provisioned: string | null;
}

/** The index of searchable values: what a filter finds that is no column of users. */
export interface UserValuesTable {
  readonly connection_id: string;
  readonly user_id: string;
  readonly path: string;
  readonly element: number;
  readonly value: string;
}

export interface GroupsTable {
  readonly connection_id: string;
  readonly id: string;
  readonly display_name: string;
  readonly display_name_key: string;
  readonly external_id: string | null;
  readonly attributes: string;
  readonly group_token: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly modified_at: string;
  readonly deleted_at: string | null;
  readonly living: Flag;
  readonly origin: 'provider' | 'baseline' | 'manual';
  readonly unanswered: Flag;
  readonly put_back_version: number;
}

/** A row that is neither wanted nor present is a trace: it keeps an older listing from bringing the person back. */
export interface MembershipsTable {
  readonly connection_id: string;
  readonly group_id: string;
  readonly user_id: string;
  readonly wanted: Flag;
  readonly membership_token: string | null;
  readonly observed_at: string | null;
  /** Bits: 1 the provider, 2 somebody in Mode. */
  readonly sources: number;
  readonly drift: Flag;
}

export interface ModeMembersTable {
  readonly connection_id: string;
  readonly member_token: string;
  readonly membership_token: string | null;
  readonly username: string;
  readonly username_key: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly state: 'active' | 'pending' | 'former';
  readonly admin: Flag;
  readonly managed_by_scim: Flag;
  readonly activated_at: string | null;
  readonly seen_at: string;
}

export interface ModeGroupsTable {
  readonly connection_id: string;
  readonly group_token: string;
  readonly name: string;
  readonly state: string;
  readonly state_key: string;
  readonly group_type: string | null;
  readonly group_type_key: string | null;
  readonly managed: Flag;
  readonly seen_at: string;
}

/** Connections and collections that Mode was ever seen to hold; those not `living` are kept for their ids. */
export interface ModeAssetsTable {
  readonly connection_id: string;
  readonly kind: 'connection' | 'collection';
  readonly token: string;
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly description: string | null;
  readonly description_key: string | null;
  readonly living: Flag;
  readonly seen_at: string;
}

/** A view of living groups and assets; nothing is written to it. */
export interface EntitlementsView {
  readonly connection_id: string;
  readonly id: string;
  readonly kind: 'group' | 'connection' | 'collection';
  readonly display_name: string;
  readonly display_name_key: string;
  readonly description: string | null;
  readonly description_key: string | null;
  readonly living: Flag;
}

export interface UnsettledTable {
  readonly connection_id: string;
  readonly kind: 'user' | 'group';
  readonly id: string;
  readonly undo: string | null;
  readonly priority: Urgency;
  readonly revision: number;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly not_before: string;
  readonly created_at: string;
  readonly lease_owner: string | null;
  readonly lease_until: string | null;
  readonly undo_next: string | null;
  readonly open_at: string | null;
  readonly open_revision: number | null;
  readonly lease_revision: number | null;
  readonly concerned: string | null;
  readonly concerned_revision: number | null;
  readonly lease_concerned: number | null;
  readonly settled_revision: number | null;
}

export interface SightingsTable {
  readonly connection_id: string;
  readonly name: string;
  readonly count: number;
  readonly first_seen: string;
  readonly last_seen: string;
  readonly user_agent: string | null;
}

/** Who reads Mode, and what was read when: instants at which a reading began. The full ones: connections.synced_at. */
export interface SyncsTable {
  readonly connection_id: string;
  readonly members_at: string | null;
  readonly changes_at: string | null;
  readonly log_until: string | null;
  readonly log_seen: string | null;
  readonly lease_owner: string | null;
  readonly lease_since: string | null;
  readonly lease_until: string | null;
}

export interface Schema {
  readonly connections: ConnectionsTable;
  readonly tokens: TokensTable;
  readonly users: UsersTable;
  readonly user_values: UserValuesTable;
  readonly groups: GroupsTable;
  readonly memberships: MembershipsTable;
  readonly mode_members: ModeMembersTable;
  readonly mode_groups: ModeGroupsTable;
  readonly mode_assets: ModeAssetsTable;
  readonly entitlements: EntitlementsView;
  readonly unsettled: UnsettledTable;
  readonly sightings: SightingsTable;
  readonly syncs: SyncsTable;
  readonly documents: DocumentsTable;
  readonly document_address: DocumentAddressTable;
  readonly outdated: OutdatedTable;
  readonly tallies: TalliesTable;
  readonly mode_lines: Row<'connection_id' | 'mode_url' | 'owner' | 'says' | 'said_at' | 'until'>;
}

/**
 * Not deleted. Written `<> 0` and with a literal, in indexes as in queries: SQLite uses a partial index only for a literal,
 * and PostgreSQL, before it has statistics, takes `= 1` or `deleted_at is null` for one row in 200, which makes the worst
 * index look best (10,000 members: 19 s instead of 30 ms), and `<> 0` for nearly all.
 */
export const isLiving = (table: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`${sql.ref(`${table}.living`)} <> 0`;

/** A boolean as both engines keep it. */
export const flag = (value: boolean): Flag => (value ? 1 : 0);
