/** What people can be given: groups, connections and collections, in one list on every engine. */
import type { Filter, Position, Sort } from '../../src/directory/query.ts';
import { entitlementSchema, findAttribute, refOf } from '../../src/directory/schema.ts';
import type { OpenStore } from '../../src/store/index.ts';
import { and, e, not, or } from './filter-cases.ts';
import { A, asking, asset, at, B, group, manyIds } from './records.ts';

const CASES: readonly (readonly [string, Filter, string])[] = [
  ['displayName eq, folded, of every kind', e.is('displayName', 'eq', 'FINANCE'), 'e2 e4'],
  ['displayName sw', e.is('displayName', 'sw', 'w'), 'e3'],
  ['displayName, 200 characters eq', e.is('displayName', 'eq', `${'x'.repeat(199)}B`), 'e6'],
  ['id eq', e.is('id', 'eq', 'e4'), 'e4'],
  ['type eq, folded', e.is('type', 'eq', 'connection'), 'e3 e4'],
  ['type ne', e.is('type', 'ne', 'Connection'), 'e1 e2 e5 e6'],
  ['type pr', e.pr('type'), 'e1 e2 e3 e4 e5 e6'],
  ['description co', e.is('description', 'co', 'ALL'), 'e3'],
  ['description pr', e.pr('description'), 'e3 e6'],
  ['description eq null', e.is('description', 'eq', null), 'e1 e2 e4 e5'],
  ['description ne', e.is('description', 'ne', 'all of it'), 'e1 e2 e4 e5 e6'],
  ['and', and(e.is('type', 'eq', 'Connection'), not(e.pr('description'))), 'e4'],
  ['or by several indexes', or(e.is('id', 'eq', 'e1'), e.is('displayName', 'eq', 'finance')), 'e1 e2 e4'],
];

const by = (path: string, descending = false): Sort => {
  const found = findAttribute(entitlementSchema, path);
  if (!found) throw new Error(`The schema has no ${path}.`);
  return { attribute: refOf(found), descending };
};

const ORDERS: readonly (readonly [string, Sort | null, string])[] = [
  ['id', null, 'e1 e2 e3 e4 e5 e6'],
  ['displayName, equals by id', by('displayName'), 'e1 e2 e4 e3 e5 e6'],
  ['type', by('type'), 'e5 e6 e3 e4 e1 e2'],
  ['type, descending', by('type', true), 'e1 e2 e3 e4 e5 e6'],
  ['description', by('description'), 'e3 e6 e1 e2 e4 e5'],
  ['description, descending', by('description', true), 'e1 e2 e4 e5 e6 e3'],
];

/** The kinds lie between each other, so that their order is that of all of them. */
const seed = async (store: OpenStore): Promise<void> => {
  await store.groups.insert(group('e1', { displayName: 'Data' }));
  await store.groups.insert(group('e2', { displayName: 'Finance' }));
  await store.groups.insert(group('e0', { displayName: 'Gone', deletedAt: at(1) }));
  await store.groups.insert(group('e9', { displayName: 'Other', connectionId: B }));
  const connections = [
    asset('e3', { name: 'Warehouse', description: 'All of it' }),
    asset('e4', { name: 'finance' }),
  ];
  const collections = [
    asset('e5', { name: `${'x'.repeat(199)}a` }),
    asset('e6', { name: `${'x'.repeat(199)}b`, description: 'Board' }),
  ];
  await store.entitlements.observe(A, 'connection', connections, at(1));
  await store.entitlements.observe(A, 'collection', collections, at(1));
  await store.entitlements.observe(B, 'collection', [asset('e8')], at(1));
};

const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).join(' ');

export const describeEntitlements = (store: () => OpenStore): void => {
  const list = (given = {}) => store().entitlements.list(A, asking(given));
  const listed = async () => idsOf((await list()).rows);

  const walk = async (sort: Sort | null, limit: number) => {
    const pages: string[] = [];
    let after: Position | null = null;
    do {
      const page = await list({ sort, after, limit });
      pages.push(idsOf(page.rows));
      after = page.next;
    } while (after !== null && pages.length < 10);
    return pages.join(' ');
  };

  describe('what people can be given', () => {
    it('finds each by its id, of its own connection only', async () => {
      await seed(store());
      const found = await Promise.all(['e1', 'e3', 'e6'].map((id) => store().entitlements.find(A, id)));
      expect(found).toEqual([
        { id: 'e1', kind: 'group', displayName: 'Data', description: null },
        { id: 'e3', kind: 'connection', displayName: 'Warehouse', description: 'All of it' },
        { id: 'e6', kind: 'collection', displayName: `${'x'.repeat(199)}b`, description: 'Board' },
      ]);
      for (const id of ['e0', 'e8', 'e9', 'none'])
        expect([id, await store().entitlements.find(A, id)]).toEqual([id, undefined]);
      expect(idsOf((await store().entitlements.list(B, asking())).rows)).toBe('e8 e9');
    });

    it('finds by filter, and counts what it finds', async () => {
      await seed(store());
      const answers: [string, string, number][] = [];
      for (const [title, filter, ids] of CASES) {
        const { rows } = await list({ filter });
        const { total } = await list({ filter, limit: 0 });
        answers.push([title, idsOf(rows), total]);
        expect([title, (await list({ filter, limit: 1 })).total]).toEqual([title, ids.split(' ').length]);
      }
      expect(answers).toEqual(CASES.map(([title, , ids]) => [title, ids, ids.split(' ').length]));
    });

    it('walks through all kinds in any order without loss or repetition', async () => {
      await seed(store());
      const walks: [string, string, string][] = [];
      for (const [title, sort] of ORDERS) walks.push([title, await walk(sort, 1), await walk(sort, 4)]);
      expect(walks).toEqual(ORDERS.map(([title, , ids]) => [title, ids, ids]));
      expect(idsOf((await list({ offset: 2, limit: 3 })).rows)).toBe('e3 e4 e5');
    });

    it.each([e.is('meta.created', 'gt', at(0)), e.is('externalId', 'eq', 'x')])(
      'refuses a path that it does not have: %j',
      async (filter) => {
        await expect(list({ filter })).rejects.toMatchObject({ code: 'store.filter.unsupported' });
      },
    );

    it('forgets what a listing no longer shows, of that kind alone, and keeps its id for its return', async () => {
      await seed(store());
      const warehouse = (id: string, name: string) =>
        asset(id, { token: asset('e3').token, name, description: 'Less of it' });
      await store().entitlements.observe(A, 'connection', [asset('e4')], at(2));
      expect(await listed()).toBe('e1 e2 e4 e5 e6');
      expect(await store().entitlements.find(A, 'e3')).toBeUndefined();
      await store().entitlements.observe(A, 'connection', [asset('e4'), warehouse('e7', 'Anew')], at(3));
      expect(await listed()).toBe('e1 e2 e3 e4 e5 e6');
      expect(await store().entitlements.find(A, 'e3')).toEqual({
        id: 'e3',
        kind: 'connection',
        displayName: 'Anew',
        description: 'Less of it',
      });
      expect((await list({ filter: e.is('displayName', 'eq', 'ANEW') })).total).toBe(1);
      expect((await list({ filter: e.is('description', 'co', 'LESS') })).total).toBe(1);
      await store().entitlements.observe(A, 'connection', [], at(4));
      expect(await listed()).toBe('e1 e2 e5 e6');
    });

    it('does not take an older listing for news', async () => {
      await seed(store());
      await store().entitlements.observe(A, 'connection', [asset('e4', { name: 'New' })], at(5));
      await store().entitlements.observe(A, 'connection', [asset('e3'), asset('e4')], at(4));
      expect(await listed()).toBe('e1 e2 e4 e5 e6');
      expect((await store().entitlements.find(A, 'e4'))?.displayName).toBe('New');
    });

    it('takes 3,000 at once', async () => {
      const many = manyIds(3_000).map((id) => asset(id));
      await store().entitlements.observe(A, 'collection', many, at(1));
      expect((await list({ limit: 1 })).total).toBe(3_000);
    });
  });
};
