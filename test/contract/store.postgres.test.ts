import { Client } from 'pg';
import { openStore } from '../../src/store/index.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { describeStore } from './store.contract.ts';

let server: TestPostgres | undefined;
let url = '';

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase();
  const store = await openStore({ url });
  await store.migrate();
  await store.close();
}, 120_000);

afterAll(() => server?.stop());

const empty = async (): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`truncate connections, tokens, users, user_values, groups, memberships, mode_members,
    mode_groups, mode_assets, unsettled, syncs`);
  await client.end();
};

describeStore('PostgreSQL', async () => {
  await empty();
  return openStore({ url });
});
