/** Whoever waits is not told of a failure of Mode that passes (product.md section 4, "No change is lost"). */
import { afterEach, describe, expect, test } from '@jest/globals';
import { startBridge, until } from '../support/bridge.ts';
import { createGate } from '../support/gate.ts';
import { workspaceOf } from '../support/workspace.ts';

const INVITE = 'POST /api/{workspace}/invites';
const CREATE_GROUP = 'POST /api/{workspace}/groups';
const ADD = 'POST /api/{workspace}/groups/{group_token}/memberships';
const LEAVE = 'DELETE /api/{workspace}/memberships/{membership}';
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const person = (email: string) => ({ userName: email, emails: [{ value: email, primary: true }] });
/** As long as an operator may set; shorter where a test is about the end of it. */
const PATIENT = { REQUEST_PATIENCE_MS: '25000', SETTLE_RETRY_MS: '200' };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const start = async (config: Readonly<Record<string, string>> = {}, people = 30) => {
  const gate = createGate();
  closing.push(gate.close);
  const bridge = await startBridge({
    through: gate.open,
    emulator: { people, groups: 0 },
    config: { ...PATIENT, ...config },
  });
  closing.push(bridge.stop);
  const mode = workspaceOf(bridge);
  return {
    ...bridge,
    gate,
    mode,
    /** So many who are in Mode. */
    members: async (count: number) => {
      const active = (await mode.users()).filter((user) => user[MODE_USER]?.state === 'active');
      expect(active.length).toBeGreaterThanOrEqual(count);
      return active.slice(-count);
    },
    group: (displayName: string, members: readonly { readonly id: string }[]) =>
      bridge.scim('POST', '/Groups', { displayName, members: members.map(({ id }) => ({ value: id })) }),
    owed: () => bridge.deps.store.unsettled.list(bridge.connection.id),
    /** When Mode was called so. */
    times: (call: RegExp) => gate.seen.flatMap((one) => (call.test(one.call) ? [one.at] : [])),
  };
};

describe('a failure of Mode that passes while the provider waits', () => {
  test.each([
    ['500', { status: 500 }],
    ['503 twice', { status: 503, times: 2 }],
    ['half an answer, after the effect', { malformed: true }],
  ])('costs it nothing: %s', async (_what, order) => {
    const { mode, scim, calls, members, group, owed } = await start();
    const [leaver, ...others] = await members(3);
    for (const route of [INVITE, CREATE_GROUP, LEAVE]) await mode.fault({ route, ...order });
    await calls();
    expect((await scim('POST', '/Users', person('through@acme.example'))).status).toBe(201);
    expect((await group('Through', others)).status).toBe(201);
    expect((await scim('DELETE', `/Users/${leaver?.id}`)).status).toBe(204);
    expect(await mode.standing('through@acme.example')).toBe('pending');
    expect((await mode.peopleIn('Through')).length).toBe(2);
    expect(await mode.standing(leaver?.userName ?? '')).toBe('former');
    const made = (await mode.truth()).groups.filter(({ name }) => name === 'Through');
    expect([made.length, await owed()]).toEqual([1, []]);
  });

  test.each([
    ['before the effect', { status: 500 }, 201],
    ['after the effect', { status: 500, after: true }, 200],
  ])('in the middle of 200 memberships costs one call at most: %s', async (_when, order, sent) => {
    const { mode, calls, members, group, owed } = await start({}, 230);
    const people = await members(200);
    await mode.fault({ route: ADD, ...order, every: 100 });
    await calls();
    expect((await group('Many', people)).status).toBe(201);
    expect((await calls()).byRoute[ADD]).toBe(sent);
    expect(await mode.peopleIn('Many')).toEqual(people.map(({ userName }) => userName).sort());
    const tokens = (await mode.group('Many'))?.memberTokens ?? [];
    expect([tokens.length, new Set(tokens).size, await owed()]).toEqual([200, 200, []]);
  });

  test('is waited for also where so much failed at once that Mode is left alone for a moment', async () => {
    const { mode, logged, members, group, owed } = await start();
    // All that are sent at once: one that got through would end the rest.
    await mode.fault({ route: ADD, status: 503, times: 8 });
    const people = await members(20);
    expect((await group('All at once', people)).status).toBe(201);
    expect(logged.some((line) => line.includes('mode.circuit.opened'))).toBe(true);
    expect([(await mode.peopleIn('All at once')).length, await owed()]).toEqual([20, []]);
  });

  test('is refused in the end where Mode refuses then, and the record is as it was', async () => {
    const { mode, scim, members, owed } = await start();
    const [leaver] = await members(1);
    for (const route of [INVITE, LEAVE]) {
      await mode.fault({ route, status: 503 });
      await mode.fault({ route, status: 403, body: { message: 'Not you' } });
    }
    expect((await scim('POST', '/Users', person('no@acme.example'))).status).toBe(403);
    expect((await scim('GET', '/Users?filter=userName eq "no@acme.example"')).body.totalResults).toBe(0);
    expect((await scim('DELETE', `/Users/${leaver?.id}`)).status).toBe(403);
    expect((await mode.user(leaver?.id ?? '')).active).toBe(true);
    expect(await owed()).toEqual([]);
  });

  test('is nobody else’s meanwhile: another request of the same person waits, and is refused or not as the first', async () => {
    const { mode, scim, members, times, owed } = await start({ SETTLE_RETRY_MS: '1500' });
    const [leaver] = await members(1);
    await mode.fault({ route: LEAVE, status: 503 });
    await mode.fault({ route: LEAVE, status: 403, body: { message: 'Not you' } });
    const first = mode.patch(`/Users/${leaver?.id}`, { op: 'replace', path: 'active', value: false });
    await until('it has failed once', async () => times(/^DELETE /).length === 1);
    const second = mode.patch(`/Users/${leaver?.id}`, { op: 'replace', path: 'title', value: 'Dr' });
    expect([(await first).status, (await second).status]).toEqual([403, 200]);
    expect([times(/^DELETE /).length, await mode.standing(leaver?.userName ?? '')]).toEqual([2, 'active']);
    const { body } = await scim('GET', `/Users/${leaver?.id}`);
    expect([body.active, body.title, await owed()]).toEqual([true, 'Dr', []]);
  });
});

describe('Mode is asked again', () => {
  test('when it said, not before', async () => {
    const { mode, scim, times } = await start();
    await mode.fault({ route: INVITE, status: 503, headers: { 'Retry-After': '2' } });
    expect((await scim('POST', '/Users', person('later@acme.example'))).status).toBe(201);
    const [failed = 0, again = 0] = times(/invites$/);
    expect(again - failed).toBeGreaterThanOrEqual(1_990);
  });

  test('after waits that grow, until the next one would be too late; the rest goes on in the background', async () => {
    const { mode, scim, times } = await start({ REQUEST_PATIENCE_MS: '4500', SETTLE_RETRY_MS: '300' });
    await mode.fault({ route: INVITE, status: 500, times: 3 });
    await mode.fault({ route: INVITE, status: 500, headers: { 'Retry-After': '3' } });
    const answer = await scim('POST', '/Users', person('long@acme.example'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3']);
    const [first = 0, second = 0, third = 0, fourth = 0, ...more] = times(/invites$/);
    expect([second - first, third - second, fourth - third].map((ms) => ms >= 290)).toEqual([
      true,
      true,
      true,
    ]);
    expect([fourth - third > second - first, more]).toEqual([true, []]);
    await until('she is invited', async () => (await mode.standing('long@acme.example')) === 'pending');
  });

  test('not while the rest that it is left takes longer than the provider waits', async () => {
    const { mode, scim, times } = await start({ REQUEST_PATIENCE_MS: '3000' });
    await mode.fault({ route: INVITE, status: 503, times: 5, headers: { 'Retry-After': '20' } });
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      expect((await scim('POST', '/Users', person(`${name}@acme.example`))).status).toBe(503);
    const from = performance.now();
    expect((await scim('POST', '/Users', person('f@acme.example'))).status).toBe(503);
    expect([performance.now() - from < 1_000, times(/invites$/).length]).toEqual([true, 5]);
  });

  test('not for what may yet take effect', async () => {
    const { mode, scim, times } = await start();
    await mode.fault({ route: INVITE, status: 504 });
    expect((await scim('POST', '/Users', person('perhaps@acme.example'))).status).toBe(503);
    expect(times(/invites$/).length).toBe(1);
  });
});

describe('a Bulk request', () => {
  const bulk = (names: readonly string[]) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: names.map((name) => ({
      method: 'POST',
      path: '/Users',
      bulkId: name,
      data: person(`${name}@bulk.example`),
    })),
  });
  const names = (count: number) => Array.from({ length: count }, (_, index) => `bulk-${index}`);
  const statuses = ({ Operations }: { Operations: readonly { status: string }[] }) =>
    new Set(Operations.map(({ status }) => status));

  test('is not told of a failure that passes, in any of its operations', async () => {
    const { mode, scim, calls } = await start();
    await mode.fault({ route: INVITE, status: 500, every: 10, times: 3 });
    await calls();
    const { body } = await scim('POST', '/Bulk', bulk(names(40)));
    expect([...statuses(body)]).toEqual(['201']);
    expect((await calls()).byRoute[INVITE]).toBe(43);
  });

  test('does not wait so long for some operations that there is no time for the others', async () => {
    const { mode, scim } = await start({ REQUEST_PATIENCE_MS: '10000' });
    await mode.fault({ route: CREATE_GROUP, status: 503, headers: { 'Retry-After': '7' }, times: 1_000 });
    await mode.fault({ route: INVITE, delayMs: 100, times: 1_000 });
    const people = bulk(names(200));
    const groups = names(8).map((displayName) => ({
      method: 'POST',
      path: '/Groups',
      bulkId: `group ${displayName}`,
      data: { displayName },
    }));
    const { body } = await scim('POST', '/Bulk', {
      ...people,
      Operations: [...groups, ...people.Operations],
    });
    expect([...statuses({ Operations: body.Operations.slice(0, 8) })]).toEqual(['503']);
    expect([...statuses({ Operations: body.Operations.slice(8) })]).toEqual(['201']);
  });
});
