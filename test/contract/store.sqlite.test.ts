import { openStore } from '../../src/store/index.ts';
import { describeStore } from './store.contract.ts';

describeStore('SQLite', async () => {
  const store = await openStore({ url: 'sqlite::memory:' });
  await store.migrate();
  return store;
});
