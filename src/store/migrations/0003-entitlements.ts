/** Mode's connections and collections, and the view of all that a person can be given (directory/sync/access.ts). */
import { type Kysely, sql } from 'kysely';
import type { Dialect, IndexStatistics } from '../dialect.ts';

/** One connection with 1,000 assets, like the groups of 0001-init. */
const STATISTICS: readonly IndexStatistics[] = [
  ['mode_assets', 'sqlite_autoindex_mode_assets_1', 1_000, 1_000, 500, 1],
  ['mode_assets', 'mode_assets_living', 1_000, 1_000, 1],
  ['mode_assets', 'mode_assets_name', 1_000, 1_000, 2],
];

/** Creates the table and the view; remembers of each connection when it was last read what there is to be given. */
export const entitlements = async (db: Kysely<unknown>, dialect: Dialect): Promise<void> => {
  const { text, collated, statistics } = dialect;
  // Constants need the type and collation of the column that they stand beside: else SQLite reads the whole view for one
  // row ("same affinity", https://sqlite.org/optoverview.html), and PostgreSQL does not know how to compare.
  const group = sql`cast('group' as text) ${collated}`;
  const none = sql`cast(null as text) ${collated}`;
  const statements = [
    sql`alter table connections add column access_synced_at ${text}`,
    sql`create table mode_assets (
      connection_id ${text} not null, kind ${text} not null, token ${text} not null, id ${text} not null,
      name ${text} not null, name_key ${text} not null, description ${text}, description_key ${text},
      living integer not null, seen_at ${text} not null, primary key (connection_id, kind, token))`,
    sql`create index mode_assets_living on mode_assets (connection_id, id) where living <> 0`,
    sql`create index mode_assets_name on mode_assets (connection_id, substr(name_key, 1, 128)) where living <> 0`,
    sql`create view entitlements as
      select connection_id, id, ${group} as kind, display_name, display_name_key, ${none} as description,
        ${none} as description_key, living from groups where living <> 0
      union all
      select connection_id, id, kind, name, name_key, description, description_key, living
        from mode_assets where living <> 0`,
    ...statistics(STATISTICS),
  ];
  for (const statement of statements) await statement.execute(db);
};
