/**
 * The first schema. Keys begin with the connection, so that what belongs together lies together. PostgreSQL refuses
 * index rows above some 2,700 bytes: long text is indexed by its first 128 characters, unique names are bounded (text.ts).
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Dialect, IndexStatistics } from '../dialect.ts';

const createConnections = ({ text }: Dialect): readonly RawBuilder<unknown>[] => [
  sql`create table connections (
    id ${text} not null primary key, name ${text} not null, name_key ${text} not null, workspace ${text} not null,
    mode_url ${text} not null, way_in ${text} not null, strict integer not null, sealed_credentials ${text} not null,
    webhook_secret ${text} not null, created_at ${text} not null, synced_at ${text})`,
  sql`create unique index connections_name on connections (name_key)`,
  sql`create unique index connections_webhook_secret on connections (webhook_secret)`,
  sql`create table tokens (
    id ${text} not null primary key, kind ${text} not null, connection_id ${text}, label ${text} not null,
    hash ${text} not null, created_at ${text} not null, expires_at ${text}, revoked_at ${text}, last_used_at ${text})`,
  sql`create unique index tokens_hash on tokens (hash)`,
];

const createUsers = ({ text, clustered }: Dialect): readonly RawBuilder<unknown>[] => [
  sql`create table users (
    connection_id ${text} not null, id ${text} not null, user_name ${text} not null, user_name_key ${text} not null,
    display_name ${text} not null, display_name_key ${text} not null, external_id ${text}, active integer not null,
    attributes ${text} not null, member_token ${text}, invited_as ${text}, invited_at ${text},
    version integer not null, created_at ${text} not null, modified_at ${text} not null, deleted_at ${text},
    living integer not null,
    primary key (connection_id, id))`,
  sql`create unique index users_user_name on users (connection_id, user_name_key) where living <> 0`,
  sql`create index users_living on users (connection_id, id) where living <> 0`,
  sql`create index users_external_id on users (connection_id, substr(external_id, 1, 128))`,
  sql`create index users_member_token on users (connection_id, member_token)`,
  sql`create index users_modified_at on users (connection_id, modified_at)`,
  sql`create table user_values (
    connection_id ${text} not null, user_id ${text} not null, path ${text} not null, element integer not null,
    value ${text} not null, primary key (connection_id, user_id, path, element)) ${clustered}`,
  sql`create index user_values_search on user_values (connection_id, path, substr(value, 1, 128))`,
];

const createGroups = ({ text, clustered }: Dialect): readonly RawBuilder<unknown>[] => [
  sql`create table groups (
    connection_id ${text} not null, id ${text} not null, display_name ${text} not null,
    display_name_key ${text} not null, external_id ${text}, attributes ${text} not null, group_token ${text},
    version integer not null, created_at ${text} not null, modified_at ${text} not null, deleted_at ${text},
    living integer not null,
    primary key (connection_id, id))`,
  sql`create unique index groups_display_name on groups (connection_id, display_name_key) where living <> 0`,
  sql`create index groups_living on groups (connection_id, id) where living <> 0`,
  sql`create index groups_external_id on groups (connection_id, substr(external_id, 1, 128))`,
  sql`create index groups_group_token on groups (connection_id, group_token)`,
  sql`create table memberships (
    connection_id ${text} not null, group_id ${text} not null, user_id ${text} not null, wanted integer not null,
    membership_token ${text}, observed_at ${text}, primary key (connection_id, group_id, user_id)) ${clustered}`,
  sql`create index memberships_user on memberships (connection_id, user_id)`,
  // What differs from Mode is rare: finding it must not cost a walk through the group.
  sql`create index memberships_unsettled on memberships (connection_id, group_id, user_id)
    where wanted = 0 or membership_token is null`,
];

const createMode = ({ text }: Dialect): readonly RawBuilder<unknown>[] => [
  sql`create table mode_members (
    connection_id ${text} not null, member_token ${text} not null, membership_token ${text}, username ${text} not null,
    username_key ${text} not null, email ${text}, name ${text}, state ${text} not null, admin integer not null,
    managed_by_scim integer not null, activated_at ${text}, seen_at ${text} not null,
    primary key (connection_id, member_token))`,
  sql`create table mode_groups (
    connection_id ${text} not null, group_token ${text} not null, name ${text} not null, state ${text} not null,
    state_key ${text} not null, group_type ${text}, group_type_key ${text}, managed integer not null,
    seen_at ${text} not null, primary key (connection_id, group_token))`,
];

const createUnsettled = ({ text }: Dialect): readonly RawBuilder<unknown>[] => [
  sql`create table unsettled (
    connection_id ${text} not null, kind ${text} not null, id ${text} not null, undo ${text}, priority integer not null,
    revision integer not null, attempts integer not null, last_error ${text}, not_before ${text} not null,
    created_at ${text} not null, lease_owner ${text}, lease_until ${text}, primary key (connection_id, kind, id))`,
  sql`create index unsettled_due on unsettled (priority, created_at, not_before, lease_until)`,
];

/** One connection with 50,000 people, 9 values each, 1,000 groups of 100; measured by ANALYZE on such a directory, rounded. */
const STATISTICS: readonly IndexStatistics[] = [
  ['users', 'sqlite_autoindex_users_1', 50_000, 50_000, 1],
  ['users', 'users_living', 50_000, 50_000, 1],
  ['users', 'users_user_name', 50_000, 50_000, 1],
  ['users', 'users_external_id', 50_000, 50_000, 2],
  ['users', 'users_member_token', 50_000, 50_000, 2],
  ['users', 'users_modified_at', 50_000, 50_000, 10],
  ['user_values', 'user_values', 450_000, 450_000, 9, 1, 1],
  ['user_values', 'user_values_search', 450_000, 450_000, 50_000, 2],
  ['groups', 'sqlite_autoindex_groups_1', 1_000, 1_000, 1],
  ['groups', 'groups_living', 1_000, 1_000, 1],
  ['groups', 'groups_display_name', 1_000, 1_000, 1],
  ['groups', 'groups_external_id', 1_000, 1_000, 2],
  ['groups', 'groups_group_token', 1_000, 1_000, 2],
  ['memberships', 'memberships', 100_000, 100_000, 100, 1],
  ['memberships', 'memberships_user', 100_000, 100_000, 2],
  ['memberships', 'memberships_unsettled', 100, 100, 2, 1],
  ['mode_members', 'sqlite_autoindex_mode_members_1', 50_000, 50_000, 1],
  ['mode_groups', 'sqlite_autoindex_mode_groups_1', 1_000, 1_000, 1],
  ['unsettled', 'sqlite_autoindex_unsettled_1', 1_000, 1_000, 500, 1],
  ['unsettled', 'unsettled_due', 1_000, 500, 1, 1, 1],
];

/** Creates all tables and indexes. */
export const init = async (db: Kysely<unknown>, dialect: Dialect): Promise<void> => {
  const nouns = [createConnections, createUsers, createGroups, createMode, createUnsettled];
  const statements = [...nouns.flatMap((create) => create(dialect)), ...dialect.statistics(STATISTICS)];
  for (const statement of statements) await statement.execute(db);
};
