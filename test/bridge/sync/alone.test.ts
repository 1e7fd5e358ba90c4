/** One sync at a time over all processes; whoever dies over it, or fails halfway, costs nothing but time. */
import { describe, expect, test } from '@jest/globals';
import type { Deps } from '../../../src/directory/deps.ts';
import { sync } from '../../../src/directory/sync/scopes.ts';
import { type Bridge, type BridgeOptions, until } from '../../support/bridge.ts';
import { spawnCommand } from '../../support/command.ts';
import { engines } from '../../support/engines.ts';
import { type Workspace, workspaceOf } from '../../support/workspace.ts';

const GROUPS = 3;
const FULL = 2 + 1 + GROUPS;
const MEMBERSHIPS = 'GET /api/{workspace}/groups/{group_token}/memberships';
const TAKE_OUT = 'DELETE /api/{workspace}/groups/{group_token}/memberships/{membership_token}';
/** Of the lease in directory/sync/run.ts. */
const LEASE_MS = 10_000;

describe.each(engines)('one sync at a time, on $engine', ({ bridges }) => {
  const start = bridges();
  let bridge: Bridge;
  const open = async (options: BridgeOptions = {}): Promise<Workspace> => {
    bridge = await start({ emulator: { people: 40, groups: GROUPS }, sync: false, ...options });
    return workspaceOf(bridge);
  };
  const fullSync = (deps: Deps, ms = 20_000) => {
    const wish = { connection: bridge.connection, scope: 'full', since: new Date().toISOString() } as const;
    return sync(deps, wish, { deadline: Date.now() + ms });
  };
  const holder = async () =>
    (await bridge.deps.store.syncs.state(bridge.connection.id, new Date().toISOString())).holder;

  test('two processes that ask at the same moment read once; both have what was read', async () => {
    const mode = await open();
    const { deps, scim } = await bridge.beside();
    const outcomes = await Promise.all([fullSync(bridge.deps), fullSync(deps)]);
    expect(outcomes.map((outcome) => outcome?.read).sort()).toEqual(['full', undefined]);
    expect((await bridge.calls()).total).toBe(FULL);
    const { body } = await scim('GET', '/Users?count=0');
    expect([body.totalResults, (await mode.users()).length]).toEqual([40, 40]);
  });

  test('who asks while another reads waits, and reads what that one may have missed', async () => {
    const mode = await open();
    await mode.fault({ route: '*', delayMs: 1_000, times: 2 });
    const { deps } = await bridge.beside();
    const first = fullSync(bridge.deps);
    await until('it has begun', async () => (await holder()) !== null);
    await expect(fullSync(deps, 100)).rejects.toMatchObject({ code: 'directory.sync.busy' });
    const second = await fullSync(deps);
    expect([(await first)?.read, second?.read]).toEqual(['full', 'full']);
    expect((await bridge.calls()).total).toBe(2 * FULL);
  });

  test('who is content with another one waits for what that does about changes by hand, too', async () => {
    const mode = await open();
    await fullSync(bridge.deps);
    await bridge.deps.store.connections.update({ ...bridge.connection, reconcile: 'enforce' });
    const { members, groups } = await mode.truth();
    const [group] = groups;
    const inside = group?.memberTokens ?? [];
    const outside = members.find((one) => one.state === 'active' && !inside.includes(one.memberToken));
    await mode.edit({ op: 'addToGroup', groupToken: group?.token, email: outside?.email });
    await mode.fault({ route: TAKE_OUT, delayMs: 1_000 });
    const { deps } = await bridge.beside();
    const since = new Date().toISOString();
    const wish = { connection: bridge.connection, scope: 'full', since } as const;
    const first = sync(bridge.deps, wish, { deadline: Date.now() + 20_000 });
    await until('it has begun', async () => (await holder()) !== null);
    expect(await sync(deps, wish, { deadline: Date.now() + 20_000 })).toBeUndefined();
    expect((await mode.truth()).groups[0]?.memberTokens).toEqual(inside);
    await first;
  });

  test('a process that is killed over it is followed by another once its lease is over, and not before', async () => {
    const mode = await open();
    await mode.fault({ route: MEMBERSHIPS, delayMs: 60_000, times: GROUPS });
    const { child, ended } = spawnCommand(['sync'], bridge.environment);
    await until(
      'it reads groups',
      async () => (await bridge.control('GET', '/calls')).body.total === FULL,
      20_000,
    );
    child.kill('SIGKILL');
    await ended;
    await bridge.control('DELETE', '/faults');
    expect((await holder())?.owner).toContain(`/${child.pid}/`);
    await expect(fullSync(bridge.deps, 300)).rejects.toThrow(/Another sync is still running/);
    const later = { ...bridge.deps, now: () => new Date(Date.now() + LEASE_MS) };
    expect((await fullSync(later, LEASE_MS + 20_000))?.read).toBe('full');
    expect([(await mode.users()).length, (await mode.groups()).length]).toEqual([40, GROUPS]);
    expect(await holder()).toBeNull();
  });

  test('what was learnt before it failed stays, and the next one brings the rest', async () => {
    const mode = await open();
    await mode.fault({ route: MEMBERSHIPS, status: 400, times: 1 });
    await expect(fullSync(bridge.deps)).rejects.toMatchObject({ code: 'mode.http.refused' });
    expect(await holder()).toBeNull();
    expect([(await mode.users()).length, (await mode.groups()).length]).toEqual([40, GROUPS]);
    expect((await bridge.deps.store.connections.find(bridge.connection.id))?.syncedAt).toBeNull();
    await fullSync(bridge.deps);
    const { groups } = await mode.truth();
    for (const { id, displayName } of await mode.groups()) {
      const tokens = groups.find(({ name }) => name === displayName)?.memberTokens;
      expect(await mode.membersOf(id)).toHaveLength(tokens?.length ?? -1);
    }
    expect((await bridge.deps.store.connections.find(bridge.connection.id))?.syncedAt).not.toBeNull();
  });

  test('requests are answered while a large workspace is read for the first time', async () => {
    const mode = await open({ emulator: { people: 6_000, groups: 40 } });
    const first = await mode.create('first@acme.example');
    const times: number[] = [];
    let done = false;
    const reading = fullSync(bridge.deps).finally(() => {
      done = true;
    });
    while (!done) {
      const from = performance.now();
      expect((await bridge.scim('GET', `/Users/${first}`)).status).toBe(200);
      times.push(performance.now() - from);
    }
    await reading;
    // The emulated Mode works in this process too; what is seen is that nobody waits for the end of the sync.
    const whole = times.reduce((sum, ms) => sum + ms, 0);
    expect(Math.max(...times)).toBeLessThan(whole * 0.9);
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect((await mode.users()).length).toBeGreaterThan(900);
  });
});
