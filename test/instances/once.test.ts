/** What is due is done by one of several instances, and by another where that one dies over it. */

import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import { type Bridge, until } from '../support/bridge.ts';
import type { Gate } from '../support/gate.ts';
import type { Instance } from '../support/serve.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';
import { layGround } from './support/ground.ts';
import { sideOf } from './support/world.ts';

const ALL_JOBS = {
  SYNC_INTERVAL_SECONDS: '86400',
  CHANGES_INTERVAL_SECONDS: '0',
  ACCESS_SYNC_INTERVAL_SECONDS: '86400',
};
/** How long the lease of a process that died lasts, and what its heir then needs. */
const LEASE_MS = 10_000;
const HEIR_MS = 8_000;

const ground = layGround();
let gate: Gate;
let bridge: Bridge;
let mode: Workspace;
beforeEach(async () => {
  ({ bridge, gate } = await ground.openBehindGate());
  mode = workspaceOf(bridge);
});

const start = (environment?: Readonly<Record<string, string>>): Promise<Instance> =>
  ground.start(bridge, environment);
const connectionNow = () => bridge.deps.store.connections.find(bridge.connection.id);

test('three that find together that there is to be read what can be given: one reads it', async () => {
  await mode.sync();
  await bridge.calls();
  await Promise.all([start(ALL_JOBS), start(ALL_JOBS), start(ALL_JOBS)]);
  await until('it was read', async () => Boolean((await connectionNow())?.accessSyncedAt), 10_000);
  await sleep(1_000);
  const { total, byRoute } = await bridge.calls();
  expect([total, Object.values(byRoute)]).toEqual([2, [1, 1]]);
});

test('three that start together on what was never read read it once', async () => {
  await Promise.all([start(ALL_JOBS), start(ALL_JOBS), start(ALL_JOBS)]);
  await until('all was read', async () => Boolean((await connectionNow())?.accessSyncedAt), 10_000);
  await sleep(2_500);
  const { byRoute } = await bridge.calls();
  expect(Object.keys(byRoute).length).toBeGreaterThan(4);
  // Each group's members: 3 groups. Everything else has one page.
  const often = Object.entries(byRoute).filter(([, count]) => count !== 1);
  expect(often).toEqual([['GET /api/{workspace}/groups/{group_token}/memberships', 3]]);
});

test('what one was reading and carrying out when it was killed, the other does within the lease', async () => {
  const first = await start(ALL_JOBS);
  await until('it has read', async () => Boolean((await connectionNow())?.accessSyncedAt), 10_000);
  await bridge.deps.store.mode.forgetAll(bridge.connection.id);
  const read = gate.hold(/^GET \/api\/acme\/memberships/, 'answered');
  const invited = gate.hold(/^POST \/api\/acme\/invites/, 'answered');
  await first.end('SIGTERM');
  const doomed = await start(ALL_JOBS);
  await read.reached;
  const emails = [{ value: 'heir@acme.example', primary: true }];
  const body = { userName: 'heir@acme.example', emails };
  const asked = sideOf(doomed, 'one', bridge.token).ask('POST', '/Users', body);
  await invited.reached;
  await start(ALL_JOBS);
  await doomed.end('SIGKILL');
  const from = performance.now();
  await expect(asked).rejects.toThrow();
  await bridge.calls();
  const { unsettled } = bridge.deps.store;
  const isDone = async (): Promise<boolean> =>
    Boolean((await connectionNow())?.syncedAt) && (await unsettled.list(bridge.connection.id)).length === 0;
  await until('both are done', isDone, LEASE_MS + HEIR_MS);
  expect(performance.now() - from).toBeGreaterThan(2_000);
  expect(await mode.standing('heir@acme.example')).toBe('pending');
  expect((await bridge.calls()).byRoute['POST /api/{workspace}/invites']).toBeUndefined();
}, 60_000);

test('what one waited to ask Mode for again when it was killed, the other asks for once', async () => {
  const invite = 'POST /api/{workspace}/invites';
  await mode.fault({ route: invite, status: 503, headers: { 'retry-after': '15' } });
  const doomed = await start();
  const emails = [{ value: 'waits@acme.example', primary: true }];
  const body = { userName: 'waits@acme.example', emails };
  const asked = sideOf(doomed, 'one', bridge.token).ask('POST', '/Users', body);
  const waits = () => doomed.logged.some((line) => line.includes('settle.again'));
  await until('it waits', () => Promise.resolve(waits()));
  await doomed.end('SIGKILL');
  await expect(asked).rejects.toThrow();
  await start({ MODE_LATE_MS: '0' });
  const isIn = async () => (await mode.standing('waits@acme.example')) === 'pending';
  await until('she is invited', isIn, LEASE_MS + HEIR_MS);
  expect((await bridge.calls()).byRoute[invite]).toBe(2);
  await until('nothing is owed', async () => {
    return (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0;
  });
});
