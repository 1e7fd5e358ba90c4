/** Roles and entitlements for identity governance, through the front door. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { accessSync } from '../../src/directory/sync/access.ts';
import { fullSync } from '../../src/directory/sync/sync.ts';
import { startAccessSyncJob } from '../../src/jobs/access-sync.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';

interface Row {
  readonly id: string;
  readonly displayName: string;
  readonly type: string;
  readonly description?: string;
}

const GUID = '7f4bc1a3-285e-48ae-8202-5accb43efb0e';
const CONNECTIONS = 'GET /api/{workspace}/data_sources';
const COLLECTIONS = 'GET /api/{workspace}/spaces';
const SIZE = { people: 12, groups: 3, connections: 5, collections: 12 };
const HOUR_MS = 3_600_000;

const filter = (text: string) => `filter=${encodeURIComponent(text)}`;
const namesOf = (rows: readonly Row[]) => rows.map(({ displayName }) => displayName);
const callOf = ({ connection }: Bridge) => ({ connection, deadline: Date.now() + 60_000 });
const totalOf = async (bridge: Bridge) =>
  (await bridge.scim('GET', '/Entitlements?count=0')).body.totalResults;

describe("Okta's governance (idp-clients.md §2.9)", () => {
  let bridge: Bridge;
  beforeAll(async () => {
    bridge = await startBridge({ emulator: SIZE });
    await accessSync(bridge.deps, callOf(bridge));
    await bridge.calls();
  });
  afterAll(() => bridge.stop());

  const get = (path: string) => bridge.scim('GET', path);
  const rowsOf = async (query: string): Promise<readonly Row[]> =>
    (await get(`/Entitlements?${query}`)).body.Resources;

  test('T032 T033 roles: one of them by page, all by count, each by id and filter', async () => {
    const types = (await get('/ResourceTypes')).body.Resources;
    expect(types.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual([
      '/Users',
      '/Groups',
      '/Roles',
      '/Entitlements',
    ]);
    const { body } = await get('/Roles?count=1&startIndex=1');
    expect([body.itemsPerPage, body.totalResults, body.startIndex]).toEqual([1, 2, 1]);
    const [{ id, displayName, schemas }] = body.Resources;
    expect([displayName, schemas]).toEqual(['Admin', ['urn:okta:scim:schemas:core:1.0:Role']]);
    expect((await get(`/Roles/${id}`)).body.displayName).toBe('Admin');
    const found = await get(`/Roles?${filter('displayName co "full"')}`);
    expect(found.body.Resources.map((row: { id: string }) => row.id)).toEqual(['member']);
    expect((await get('/Roles/none')).body.status).toBe('404');
    expect((await bridge.scim('POST', '/Roles', { displayName: 'New' })).body.status).toBe('405');
  });

  test('entitlements are the groups, the connections and the collections of Mode, without a call', async () => {
    const { body } = await get('/Entitlements?count=1000');
    const rows: readonly Row[] = body.Resources;
    const ofType = (type: string) => rows.filter((row) => row.type === type);
    const plain = (some: readonly Row[]) => some.map(({ id, displayName }) => [id, displayName]);
    const groups = (await get('/Groups?attributes=displayName&count=1000')).body.Resources;
    expect(plain(ofType('Group'))).toEqual(plain(groups));
    expect(namesOf(ofType('Connection'))).toEqual([
      'Warehouse',
      'Product database',
      'Finance',
      'Marketing',
      'Legacy orders',
    ]);
    expect([ofType('Collection').length, ofType('Collection')[0]?.displayName]).toEqual([12, 'Community']);
    expect([body.totalResults, namesOf(rows).includes('Personal')]).toEqual([20, false]);
    expect(ofType('Connection')[0]).toEqual({
      schemas: ['urn:okta:scim:schemas:core:1.0:Entitlement'],
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      displayName: 'Warehouse',
      type: 'Connection',
      description: 'All of it, modelled',
      meta: {
        resourceType: 'Entitlement',
        location: expect.stringMatching(/\/scim\/v2\/Entitlements\/[^/]+$/),
      },
    });
    expect(Object.keys(ofType('Group')[0] ?? {})).not.toContain('description');
    expect((await bridge.calls()).total).toBe(0);
  });

  test('each entitlement is found by its id, and by filters that mix the kinds', async () => {
    for (const row of await rowsOf('count=1000'))
      expect((await get(`/Entitlements/${row.id}`)).body).toEqual(row);
    expect((await get(`/Entitlements/${GUID}`)).body.status).toBe('404');
    const named = (text: string) => rowsOf(filter(text)).then(namesOf);
    expect(await named('type eq "connection" and displayName sw "m"')).toEqual(['Marketing']);
    expect(await named('description co "PAYROLL"')).toEqual(['Finance']);
    const finance = await rowsOf(filter('displayName sw "finance"'));
    expect(finance.map(({ displayName, type }) => [displayName, type])).toEqual([
      ['Finance', 'Group'],
      ['Finance', 'Connection'],
      ['Finance Close', 'Collection'],
    ]);
    const [first] = await rowsOf(`count=1&${filter('type eq "Group"')}`);
    expect(await named(`id eq "${first?.id}" or displayName eq "board pack"`)).toEqual([
      first?.displayName,
      'Board Pack',
    ]);
    const total = async (text: string) =>
      (await get(`/Entitlements?count=0&${filter(text)}`)).body.totalResults;
    expect(await total('type eq "Collection"')).toBe(12);
    expect(await total('not (type eq "Collection")')).toBe(8);
    expect(await total('type eq "other"')).toBe(0);
    expect(await total('description pr')).toBe(5);
    // What an entitlement does not show, it does not have.
    expect(await total('externalId pr or meta.created pr')).toBe(0);
    expect(await total('not (externalId pr) and meta.resourceType eq "Entitlement"')).toBe(20);
  });

  test('entitlements are sorted, and paged by index and by cursor, across the kinds', async () => {
    const all = await rowsOf('count=1000');
    const sorted = await rowsOf('sortBy=displayName&sortOrder=descending&count=1000');
    const folded = namesOf(all).map((name) => name.toLowerCase());
    expect(namesOf(sorted).map((name) => name.toLowerCase())).toEqual(folded.sort().reverse());
    expect(new Set((await rowsOf('sortBy=type&count=12')).map(({ type }) => type))).toEqual(
      new Set(['Collection']),
    );
    for (const order of ['', '&sortBy=displayName&sortOrder=descending']) {
      const want = (order === '' ? all : sorted).map(({ id }) => id);
      const byIndex: Row[] = [];
      for (let at = 1; at <= 20; at += 7) byIndex.push(...(await rowsOf(`startIndex=${at}&count=7${order}`)));
      expect(byIndex.map(({ id }) => id)).toEqual(want);
      const byCursor: Row[] = [];
      let cursor: string | undefined = '';
      while (cursor !== undefined) {
        const { body } = await get(`/Entitlements?cursor=${cursor}&count=6${order}`);
        byCursor.push(...body.Resources);
        cursor = body.nextCursor;
      }
      expect(byCursor.map(({ id }) => id)).toEqual(want);
    }
  });

  test('entitlements cannot be written, and their schema says so and which types there are', async () => {
    const [first] = await rowsOf('count=1');
    for (const [method, path] of [
      ['POST', '/Entitlements'],
      ['PUT', `/Entitlements/${first?.id}`],
      ['PATCH', `/Entitlements/${first?.id}`],
      ['DELETE', `/Entitlements/${first?.id}`],
    ] as const) {
      const body = method === 'DELETE' ? undefined : { displayName: 'New' };
      expect([method, (await bridge.scim(method, path, body)).status]).toEqual([method, 405]);
    }
    const schema = (await get('/Schemas/urn:okta:scim:schemas:core:1.0:Entitlement')).body;
    const types = new Set((await rowsOf('count=1000')).map(({ type }) => type));
    const attributes: { name: string; mutability: string; canonicalValues?: string[] }[] = schema.attributes;
    expect(attributes.map(({ name, mutability }) => [name, mutability])).toEqual([
      ['displayName', 'readOnly'],
      ['type', 'readOnly'],
      ['description', 'readOnly'],
    ]);
    expect(new Set(attributes.find(({ name }) => name === 'type')?.canonicalValues)).toEqual(types);
  });
});

describe('reading what there is to be given', () => {
  const open: Bridge[] = [];
  const jobs: ReturnType<typeof startAccessSyncJob>[] = [];
  afterEach(async () => {
    await Promise.all(jobs.splice(0).map((job) => job.stop()));
    await Promise.all(open.splice(0).map((bridge) => bridge.stop()));
  });
  const start = async (options: Parameters<typeof startBridge>[0] = {}) => {
    const bridge = await startBridge({ emulator: SIZE, ...options });
    open.push(bridge);
    return bridge;
  };
  /** A job whose clock stands, so that a test says when it is later. */
  const jobAt = (bridge: Bridge, clock: { now: number }) => {
    const job = startAccessSyncJob({ ...bridge.deps, now: () => new Date(clock.now) }, 24 * HOUR_MS);
    jobs.push(job);
    return async () => {
      await job.look();
      return (await bridge.calls()).byRoute;
    };
  };
  const both = { [CONNECTIONS]: 1, [COLLECTIONS]: 1 };

  test('adds nothing to a full sync: 2 + ⌈G/30⌉ + G calls, and 2 by itself', async () => {
    const bridge = await start({ emulator: { ...SIZE, groups: 31 } });
    await fullSync(bridge.deps, callOf(bridge));
    expect((await bridge.calls()).total).toBe(2 + 2 + 31);
    expect(await accessSync(bridge.deps, callOf(bridge))).toEqual({ connections: 5, collections: 12 });
    expect((await bridge.calls()).byRoute).toEqual({ [CONNECTIONS]: 1, [COLLECTIONS]: 1 });
  });

  test('happens once in the background after the first full sync, and not again at a restart', async () => {
    const config = { SYNC_INTERVAL_SECONDS: '1', ACCESS_SYNC_INTERVAL_SECONDS: '86400' };
    const bridge = await start({ sync: false, config });
    expect((await bridge.scim('GET', '/Entitlements')).body.totalResults).toBe(0);
    await until('connections and collections are there', async () => (await totalOf(bridge)) === 20);
    await until('another full sync', async () => {
      const lines = bridge.logged.filter((line) => line.includes('"sync.done"'));
      return lines.length > 1;
    });
    const { byRoute } = await bridge.calls();
    expect([byRoute[CONNECTIONS], byRoute[COLLECTIONS]]).toEqual([1, 1]);
    const more = await jobAt(bridge, { now: Date.now() })();
    expect([more[CONNECTIONS], more[COLLECTIONS]]).toEqual([undefined, undefined]);
  });

  test('waits for the first full sync, then for the interval', async () => {
    const bridge = await start({ sync: false });
    const clock = { now: Date.now() };
    const look = jobAt(bridge, clock);
    expect(await look()).toEqual({});
    await fullSync(bridge.deps, callOf(bridge));
    await bridge.calls();
    expect(await look()).toEqual(both);
    clock.now += 23 * HOUR_MS;
    expect(await look()).toEqual({});
    clock.now += HOUR_MS;
    expect(await look()).toEqual(both);
  });

  test('is tried again a quarter of an hour after Mode failed, not at every occasion', async () => {
    const bridge = await start();
    const clock = { now: Date.now() };
    await bridge.control('POST', '/faults', { route: CONNECTIONS, status: 400, times: 1 });
    const look = jobAt(bridge, clock);
    expect(await look()).toEqual({ [CONNECTIONS]: 1 });
    expect(bridge.logged.filter((line) => line.includes('"access.failed"'))).toHaveLength(1);
    clock.now += HOUR_MS / 4 - 1;
    expect(await look()).toEqual({});
    clock.now += 1;
    expect(await look()).toEqual(both);
    expect(await totalOf(bridge)).toBe(20);
  });

  test('reports what the token may not list, keeps what was seen of it, and goes on with the rest', async () => {
    const bridge = await start();
    await accessSync(bridge.deps, callOf(bridge));
    for (const status of [403, 404]) {
      await bridge.control('POST', '/faults', { route: CONNECTIONS, status, times: 1 });
      expect(await accessSync(bridge.deps, callOf(bridge))).toEqual({ connections: null, collections: 12 });
    }
    expect(await totalOf(bridge)).toBe(20);
    const hidden = bridge.logged.filter((line) => line.includes('"access.hidden"'));
    expect(hidden.map((line) => JSON.parse(line).kind)).toEqual(['connection', 'connection']);
    expect(hidden[0]).toContain('Use a token of a workspace admin');
  });

  test('a connection that vanishes and returns keeps its id; names and descriptions follow Mode', async () => {
    const bridge = await start();
    const listing = (rows: object[]) =>
      bridge.control('POST', '/faults', {
        route: CONNECTIONS,
        status: 200,
        body: { _embedded: { data_sources: rows } },
        times: 1,
      });
    const read = async () => {
      await accessSync(bridge.deps, callOf(bridge));
      const { body } = await bridge.scim('GET', `/Entitlements?${filter('type eq "Connection"')}`);
      return body.Resources as Row[];
    };
    const source = (name: string, description: string | null) => ({ token: 'c0ffee', name, description });
    await listing([source('Lake', 'x'.repeat(1_500))]);
    const [before] = await read();
    // Okta takes 1,000 characters.
    expect([before?.displayName, before?.description]).toEqual(['Lake', 'x'.repeat(1_000)]);
    await listing([]);
    expect(await read()).toEqual([]);
    expect((await bridge.scim('GET', `/Entitlements/${before?.id}`)).status).toBe(404);
    await listing([source('Lake House', null)]);
    const [after] = await read();
    expect([after?.id, after?.displayName, after?.description]).toEqual([
      before?.id,
      'Lake House',
      undefined,
    ]);
  });
});
