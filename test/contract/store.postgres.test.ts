import { Client } from 'pg';
import type { Store } from '../../src/directory/store/store.ts';
import { type OpenStore, openStore } from '../../src/store/index.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { depsOf, drain, format, given, trueOf } from './documents.contract.ts';
import { A, at, connection, group, insertUser, member } from './records.ts';
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
    mode_groups, mode_assets, unsettled, syncs, documents, document_address, outdated, tallies`);
  await client.end();
};

describeStore('PostgreSQL', async () => {
  await empty();
  return openStore({ url });
});

describe('documents, with transactions side by side', () => {
  const seenAt = at(9);
  let store: OpenStore;
  let other: OpenStore;
  beforeEach(async () => {
    await empty();
    [store, other] = [await openStore({ url }), await openStore({ url })];
    await store.connections.insert(connection(A));
    await insertUser(store, 'u1');
    await store.groups.insert(group('g1'));
    await store.mode.saveMembers(A, [member('m1')], at(1));
    await drain(depsOf(store));
  });
  afterEach(async () => {
    await store.close();
    await other.close();
  });

  /** The first is done, but committed only when the second is, and everything has been written down. */
  const late = async (first: (inner: Store) => Promise<unknown>, second: () => Promise<unknown>) => {
    await store.transaction(async (inner) => {
      await first(inner);
      await second();
      await drain(depsOf(other));
      expect(await other.documents.find(A, 'u1', format)).toBeDefined();
    });
    expect(await given(depsOf(store))).toEqual(await trueOf(depsOf(store)));
    await drain(depsOf(store));
    expect(await store.documents.find(A, 'u1', format)).toBeDefined();
    expect(await given(depsOf(store))).toEqual(await trueOf(depsOf(store)));
  };

  it('a group gets another name while somebody is seen in it', () =>
    late(
      (inner) => inner.groups.update({ ...group('g1'), displayName: 'Late', version: 2 }, 1),
      () =>
        other.memberships.observe(A, 'g1', [{ userId: 'u1', membershipToken: 't1' }], {
          adopt: true,
          seenAt,
        }),
    ));

  it('a member of Mode leaves while somebody is linked to her', () =>
    late(
      (inner) => inner.mode.saveMembers(A, [member('m1', { state: 'former' })], seenAt),
      () => other.users.linkMany(A, [{ id: 'u1', was: null, memberToken: 'm1', invited: false }], seenAt),
    ));

  it('two who write down the same at once leave what is true', async () => {
    for (let round = 0; round < 20; round += 1) {
      await store.memberships[round % 2 === 0 ? 'want' : 'unwant'](A, 'g1', ['u1']);
      await Promise.all(
        [drain(depsOf(store)), drain(depsOf(other))].map((one) => one.catch(() => undefined)),
      );
      await drain(depsOf(store));
      expect(await given(depsOf(store))).toEqual(await trueOf(depsOf(store)));
    }
  });
});
