/**
 * Connections and collections for the seed: a table; nothing in it is real data.
 */
import type { Connection } from '../model.ts';

type Row = Pick<
  Connection,
  'name' | 'description' | 'vendor' | 'host' | 'port' | 'database' | 'warehouse' | 'defaultAccess'
>;

const row = (
  [name, description]: readonly [string, string],
  [vendor, host, port, database]: readonly [string, string, number, string],
  defaultAccess: Row['defaultAccess'],
  warehouse: string | null = null,
): Row => ({ name, description, vendor, host, port, database, warehouse, defaultAccess });

export const CONNECTION_ROWS: readonly Row[] = [
  row(
    ['Warehouse', 'All of it, modelled'],
    ['snowflake', 'acme.snowflake.example', 443, 'analytics'],
    'view',
    'REPORTING',
  ),
  row(['Product database', 'A read replica'], ['postgresql', 'replica.db.example', 5432, 'product'], 'query'),
  row(['Finance', 'Ledger and payroll'], ['redshift', 'finance.db.example', 5439, 'finance'], null),
  row(['Marketing', 'Campaigns and events'], ['bigquery', 'bigquery.example', 443, 'marketing'], 'view'),
  row(['Legacy orders', 'Until 2021'], ['mysql', 'legacy.db.example', 3306, 'orders'], null),
];

export const COLLECTION_NAMES: readonly string[] = [
  'Community',
  'Board Pack',
  'Finance Close',
  'Growth Experiments',
  'Sales Pipeline',
  'Customer Health',
  'Product Usage',
  'Marketing Performance',
  'Revenue Forecast',
  'People Analytics',
  'Supply Chain',
  'Data Quality',
];
