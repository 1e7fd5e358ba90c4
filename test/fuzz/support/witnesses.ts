/**
 * Who must stay as they were whatever is asked of others: read straight from the tables, row by row, so that every batch of
 * requests can be looked at.
 */
import Database from 'libsql';

/** All rows that belong to witnesses, and all of the connections where nothing may happen at all. */
export interface Bystanders {
  readonly connections: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly memberTokens: readonly string[];
  readonly groupTokens: readonly string[];
}

/** Not `seen_at` and `observed_at`: when Mode was last asked is no change of anybody. */
const QUERIES: readonly string[] = [
  'select * from connections order by id',
  `select * from users where connection_id in (select value from json_each(:connections))
    or id in (select value from json_each(:users)) order by id`,
  `select * from user_values where connection_id in (select value from json_each(:connections))
    or user_id in (select value from json_each(:users)) order by connection_id, user_id, path, element`,
  `select * from groups where connection_id in (select value from json_each(:connections))
    or id in (select value from json_each(:groups)) order by id`,
  `select connection_id, group_id, user_id, wanted, membership_token from memberships
    where connection_id in (select value from json_each(:connections))
    or group_id in (select value from json_each(:groups)) order by group_id, user_id`,
  `select connection_id, member_token, membership_token, username, email, name, state, admin, managed_by_scim
    from mode_members where connection_id in (select value from json_each(:connections))
    or member_token in (select value from json_each(:memberTokens)) order by connection_id, member_token`,
  `select connection_id, group_token, name, state, group_type, managed from mode_groups
    where connection_id in (select value from json_each(:connections))
    or group_token in (select value from json_each(:groupTokens)) order by connection_id, group_token`,
  `select * from unsettled where connection_id in (select value from json_each(:connections))
    or id in (select value from json_each(:users)) or id in (select value from json_each(:groups)) order by id`,
  'select id, kind, connection_id, hash, created_at, expires_at, revoked_at from tokens order by id',
];

export type Rows = readonly Readonly<Record<string, unknown>>[];

export interface Tables {
  /** Each table's rows of the bystanders, as text. */
  snapshot(bystanders: Bystanders): readonly string[];
  /** Each living person and group of the connection, as text by id. */
  residents(connectionId: string): ReadonlyMap<string, string>;
  /** Who is in which of the connection's groups, as `group user`. */
  memberships(connectionId: string): readonly (readonly [group: string, user: string])[];
  close(): void;
}

interface Statement {
  all(...parameters: readonly unknown[]): Rows;
}

const RESIDENTS = ['users', 'groups'].map(
  (table) => `select * from ${table} where connection_id = ? and living <> 0`,
);

/** Opens the database file beside the server that works on it. */
export const openTables = (file: string): Tables => {
  const database = new Database(file);
  database.pragma('busy_timeout = 5000');
  const prepare = (text: string) => database.prepare(text) as unknown as Statement;
  const snapshots = QUERIES.map((text) => {
    const names = [...text.matchAll(/:(\w+)/g)].map(([, name]) => name as keyof Bystanders);
    return { names, statement: prepare(text.replace(/:\w+/g, '?')) };
  });
  const residents = RESIDENTS.map(prepare);
  const members = prepare('select group_id, user_id from memberships where connection_id = ? and wanted = 1');
  return {
    snapshot: (bystanders) =>
      snapshots.map(({ names, statement }) =>
        JSON.stringify(statement.all(...names.map((name) => JSON.stringify(bystanders[name])))),
      ),
    residents: (connectionId) =>
      new Map(
        residents
          .flatMap((statement) => [...statement.all(connectionId)])
          .map((row) => [String(row['id']), JSON.stringify(row)]),
      ),
    memberships: (connectionId) =>
      members.all(connectionId).map((row) => [String(row['group_id']), String(row['user_id'])]),
    close: () => database.close(),
  };
};
