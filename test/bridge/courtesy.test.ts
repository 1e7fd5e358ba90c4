/** How Mode is called when it is asked for more than it takes, is down, or refuses the token (product.md section 4). */
import { afterEach, describe, expect, test } from '@jest/globals';
import { fullSync } from '../../src/directory/sync/sync.ts';
import type { Priority } from '../../src/directory/upstream.ts';
import { realTiming } from '../../src/mode/index.ts';
import { type Answer, type Bridge, type BridgeOptions, startBridge, until } from '../support/bridge.ts';
import { createGate, type GateOptions } from '../support/gate.ts';
import { workspaceOf } from '../support/workspace.ts';

const person = (name: string) => ({
  userName: `${name}@acme.example`,
  emails: [{ value: `${name}@acme.example`, primary: true }],
});
const LEAVE = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path: 'active', value: false }],
};
const names = (count: number, of: string) => Array.from({ length: count }, (_, index) => `${of}-${index}`);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const start = async (options: BridgeOptions = {}): Promise<Bridge> => {
  const bridge = await startBridge(options);
  closing.push(bridge.stop);
  return bridge;
};
const startGated = async (gated: GateOptions, options: BridgeOptions = {}) => {
  const gate = createGate(gated);
  closing.push(gate.close);
  const bridge = await start({ ...options, through: gate.open });
  return { ...bridge, gate };
};
type Gated = Awaited<ReturnType<typeof startGated>>;

/** Sends one request after another for each, at most so many under way. */
const eachOf = async <T>(items: readonly T[], atOnce: number, send: (item: T) => Promise<unknown>) => {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await send(item);
    }),
  );
};
const create = (bridge: Pick<Bridge, 'scim'>, name: string): Promise<Answer> =>
  bridge.scim('POST', '/Users', person(name));
const invites = async (bridge: Pick<Bridge, 'control'>): Promise<string[]> =>
  (await bridge.control('GET', '/state')).body.invites
    .map(({ email }: { email: string }) => email)
    .filter((email: string) => /-\d+@/.test(email));

describe('who goes first', () => {
  const isRemoval = ({ call }: { readonly call: string }) => /^DELETE \S+\/memberships\/\w+$/.test(call);

  /** 500 calls of this priority, most of which wait; ends when all are answered. */
  const flood = async ({ deps, connection, gate }: Gated, priority: Priority) => {
    const upstream = deps.upstreamOf(connection);
    const options = { deadline: Date.now() + 30_000, priority };
    let groupToken = '';
    for await (const group of upstream.groups(options)) groupToken = group.groupToken;
    gate.seen.length = 0;
    const answers = Array.from({ length: 500 }, () => upstream.groupMemberships(groupToken, options));
    await until('Mode is busy', async () => gate.seen.length > 20);
    return { done: Promise.all(answers) };
  };

  test('a deactivation overtakes 500 calls that wait in the background', async () => {
    const bridge = await startGated({ delayMs: 15 });
    const active = await bridge.scim('GET', '/Users?filter=active eq true&count=5');
    const { done } = await flood(bridge, 'background');
    const before = bridge.gate.seen.length;
    const answer = await bridge.scim('PATCH', `/Users/${active.body.Resources[2].id}`, LEAVE);
    expect(answer.status).toBe(200);
    // What was under way, and what Mode answered while the request came in and was written down.
    const place = bridge.gate.seen.findIndex(isRemoval);
    expect([place > 0, place < before + 100]).toEqual([true, true]);
    await done;
  });

  test('a sync overtakes most of 500 calls that are more urgent, or it would never end', async () => {
    const bridge = await startGated({ delayMs: 15 });
    const { done } = await flood(bridge, 'request');
    await fullSync(bridge.deps, { connection: bridge.connection, deadline: Date.now() + 30_000 });
    expect(bridge.gate.seen.length).toBeLessThan(400);
    await done;
  });

  test('a sync does not get in the way of what the provider waits for', async () => {
    const bridge = await startGated({ delayMs: 300 }, { emulator: { groups: 6 }, sync: false });
    const { connection, deps, gate } = bridge;
    const synced = new AbortController();
    const created: string[] = [];
    const requests = eachOf(names(500, 'busy'), 150, async (name) => {
      if (synced.signal.aborted) return;
      await create(bridge, name);
      created.push(name);
    });
    await until('the provider is busy', async () => gate.seen.length > 30);
    const before = created.length;
    await fullSync(deps, { connection, deadline: Date.now() + 30_000 });
    synced.abort();
    // Slow enough that Mode is what all wait for, and not this machine. The sync has 9 calls to make and gets one in ten;
    // were it not to give way, some 25 people would have been created meanwhile.
    expect(created.length - before).toBeGreaterThan(60);
    await requests;
  });
});

describe('a Mode that answers 429 to every fifth call', () => {
  test('gets everybody and every membership in the end, and the provider hears nothing of it', async () => {
    const bridge = await startGated({ refuses: (number) => number % 5 === 0 });
    const people: string[] = [];
    await eachOf(names(60, 'fifth'), 16, async (name) => {
      const answer = await create(bridge, name);
      expect([name, answer.status]).toEqual([name, 201]);
      people.push(answer.body.id);
      await bridge.control('POST', '/join', { email: `${name}@acme.example` });
    });
    // Who is linked may be linked as somebody invited, and she is added to no group yet.
    for (const id of people) await workspaceOf(bridge).untilState(id, 'active');
    const members = people.map((value) => ({ value }));
    await eachOf(names(5, 'Group'), 5, async (displayName) => {
      const answer = await bridge.scim('POST', '/Groups', { displayName, members });
      expect([displayName, answer.status]).toEqual([displayName, 201]);
    });
    // 365 calls and a repetition of each fifth; how long it takes is shown in simulated time (test/mode/pace.test.ts).
    const changes = bridge.gate.seen.filter(({ call }) => call.startsWith('POST'));
    expect(changes.length).toBeGreaterThanOrEqual(365);
    expect(changes.length).toBeLessThan(365 * 1.25 * 1.1);
    const { groups } = (await bridge.control('GET', '/state')).body;
    const filled = groups.filter(({ name }: { name: string }) => name.startsWith('Group-'));
    expect(filled.map(({ memberTokens }: { memberTokens: string[] }) => memberTokens.length)).toEqual([
      60, 60, 60, 60, 60,
    ]);
    expect(await invites(bridge)).toHaveLength(60);
    const noticed = bridge.logged.some((line) => line.includes('mode.throttle.restored'));
    expect(noticed).toBe(true);
  });
});

/** No time for another try while the provider waits. */
const HURRIED = { config: { REQUEST_PATIENCE_MS: '4000', SETTLE_RETRY_MS: '2100' } };

describe('a Mode that is down', () => {
  test('is left alone, asked now and then by one call, and given everything when it is back', async () => {
    const bridge = await start(HURRIED);
    await bridge.control('POST', '/faults', { route: '*', status: 503, times: 100_000 });
    const everybody = names(60, 'down');
    await eachOf(everybody, 4, async (name) => {
      const answer = await create(bridge, name);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([
        503,
        expect.stringMatching(/^\d+$/),
      ]);
    });
    expect((await bridge.calls()).total).toBeLessThan(20);
    const ready = async () => (await (await fetch(`${bridge.server.url}/readyz`)).json()) as object;
    await until('Mode is known to be down', async () => 'connections' in (await ready()));
    expect(await ready()).toMatchObject({
      status: 'ready',
      connections: [{ connectionId: bridge.connection.id, code: 'mode.circuit.open' }],
    });
    await bridge.control('DELETE', '/faults');
    await until('all are invited', async () => (await invites(bridge)).length >= 60, 30_000);
    expect((await invites(bridge)).sort()).toEqual(everybody.map((name) => `${name}@acme.example`).sort());
    expect(await ready()).toEqual({ status: 'ready' });
  });

  test('in one part only is used in all the others', async () => {
    const bridge = await start(HURRIED);
    const broken = 'POST /api/{workspace}/groups';
    await bridge.control('POST', '/faults', { route: broken, status: 500, times: 100_000 });
    await eachOf(names(20, 'Broken'), 1, (displayName) => bridge.scim('POST', '/Groups', { displayName }));
    for (const name of names(5, 'fine')) expect((await create(bridge, name)).status).toBe(201);
    expect((await bridge.calls()).byRoute[broken]).toBeLessThan(10);
  });
});

describe('a Mode that refuses the API token', () => {
  const SECOND = { token: 'b0b0b0b0b0b0', secret: 'second-secret', kind: 'personal' } as const;

  /** A bridge whose token is refused, with a clock that can be put forward. */
  const startRefused = async () => {
    let skippedMs = 0;
    const timing = { ...realTiming, now: () => Date.now() + skippedMs };
    const bridge = await start({ timing, emulator: { credentials: [SECOND] } });
    await bridge.control('POST', '/faults', { route: '*', status: 401, times: 100_000 });
    for (const name of names(12, 'refused')) {
      const answer = await create(bridge, name);
      expect([answer.status, answer.body.detail]).toEqual([503, expect.stringContaining('connection renew')]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(60);
    }
    const skip = (ms: number): void => {
      skippedMs += ms;
    };
    return { ...bridge, skip };
  };
  const ready = async ({ server }: Bridge) => (await fetch(`${server.url}/readyz`)).json();
  const said = ({ logged }: Bridge, event: string) => logged.filter((line) => line.includes(event));

  test('is called no more; log, readiness and answers say so; one check heals it', async () => {
    const bridge = await startRefused();
    expect((await bridge.calls()).total).toBe(2);
    await fullSync(bridge.deps, { connection: bridge.connection, deadline: Date.now() + 9000 }).catch(
      () => {},
    );
    expect((await bridge.calls()).total).toBe(0);
    expect(said(bridge, '"mode.credential.refused"')).toEqual([
      expect.stringMatching(/"level":"error".*connection renew/),
    ]);
    expect(await ready(bridge)).toMatchObject({
      status: 'ready',
      connections: [
        {
          connectionId: bridge.connection.id,
          code: 'mode.credential.refused',
          message: expect.stringContaining('connection renew'),
          since: expect.any(String),
        },
      ],
    });
    await bridge.control('DELETE', '/faults');
    bridge.skip(301_000);
    await until('all are invited', async () => (await invites(bridge)).length === 12);
    expect((await bridge.calls()).byRoute['GET /api/verify']).toBe(1);
    expect(await ready(bridge)).toEqual({ status: 'ready' });
    expect(said(bridge, '"mode.credential.accepted"')).toHaveLength(1);
  });

  test('is called again at once when it is given another one', async () => {
    const bridge = await startRefused();
    await bridge.control('DELETE', '/faults');
    expect((await create(bridge, 'too-early')).status).toBe(503);
    await bridge.renew(SECOND);
    expect((await create(bridge, 'renewed')).status).toBe(201);
    expect(await ready(bridge)).toEqual({ status: 'ready' });
  });

  test('is called by no other process either; one check heals all of them', async () => {
    const bridge = await startRefused();
    const other = await bridge.beside();
    await bridge.calls();
    const answer = await create(other, 'other-1');
    expect([answer.status, answer.body.detail]).toEqual([503, expect.stringContaining('connection renew')]);
    expect((await bridge.calls()).total).toBe(0);
    const trouble = { connections: [{ code: 'mode.credential.refused', since: expect.any(String) }] };
    expect(await (await fetch(`${other.server.url}/readyz`)).json()).toMatchObject(trouble);
    await bridge.control('DELETE', '/faults');
    bridge.skip(301_000);
    await until('all are invited', async () => (await invites(bridge)).length === 13);
    expect((await bridge.calls()).byRoute['GET /api/verify']).toBeLessThanOrEqual(2);
    expect(await ready(bridge)).toEqual({ status: 'ready' });
    expect(await ready({ ...bridge, ...other })).toEqual({ status: 'ready' });
    expect(said({ ...bridge, ...other }, '"mode.credential.refused"')).toHaveLength(1);
  });
});
