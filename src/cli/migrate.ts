/** `migrate`: brings the database up to date; harmless when it is. */
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { migrateStore } from '../store/index.ts';
import { print, printJson } from './output.ts';

const migrate = async (options: { readonly json?: boolean }): Promise<void> => {
  const applied = await migrateStore(readConfig().DATABASE_URL);
  if (options.json) printJson({ applied });
  else print(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
};

export const addMigrate = (program: Command): void => {
  program
    .command('migrate')
    .description('Create or update the tables in DATABASE_URL.')
    .option('--json', 'print JSON')
    .action(migrate);
};
