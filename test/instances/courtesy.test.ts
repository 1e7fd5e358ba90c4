/** What one process learns of how much Mode takes, the others go by (docs/decisions/013-several-instances.md). */

import { expect, test } from '@jest/globals';
import { type Bridge, until } from '../support/bridge.ts';
import type { Gate } from '../support/gate.ts';
import type { Instance } from '../support/serve.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';
import { layGround } from './support/ground.ts';
import { type Answer, sideOf } from './support/world.ts';

const ground = layGround();
let gate: Gate;
let bridge: Bridge;
let mode: Workspace;

/** Two instances before a gate that Mode lies behind; they have nothing to carry out yet. */
const startTwo = async (environment: Readonly<Record<string, string>> = {}): Promise<readonly Instance[]> => {
  ({ bridge, gate } = await ground.openBehindGate());
  mode = workspaceOf(bridge);
  const first = await ground.start(bridge, environment);
  return [first, await ground.start(bridge, environment)];
};

const create = (instance: Instance | undefined, userName: string): Promise<Answer> => {
  if (!instance) throw new Error('There is no such instance.');
  const emails = [{ value: userName, primary: true }];
  return sideOf(instance, 'one', bridge.token).ask('POST', '/Users', { userName, emails });
};

/** Whether one of them has told the others something that matches; who dies before that has told nobody. */
const isTold = async (what: RegExp): Promise<boolean> => {
  const { id: connectionId, modeUrl } = bridge.connection;
  const now = new Date().toISOString();
  const line = { connectionId, modeUrl, owner: 'test' };
  const said = await bridge.deps.store.lines.exchange(line, { says: '{}', now, until: now });
  return said.some(({ says }) => what.test(says));
};

/** What was heard from others counts for half a second; who calls Mode after that hears of what they said since. */
const untilHeardAnew = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 600));

test('a pause that Mode asked one for is kept by the other, also when the first is dead', async () => {
  const [first, second] = await startTwo();
  expect((await create(second, 'before@acme.example')).status).toBe(201);
  await mode.fault({ route: '*', status: 429, headers: { 'retry-after': '4' }, times: 1 });
  const from = performance.now();
  void create(first, 'paused@acme.example').catch(() => undefined);
  await until('it was refused, and has told so', () => isTold(/"pausedUntil":[1-9]/));
  await first?.end('SIGKILL');
  await untilHeardAnew();
  expect((await create(second, 'after@acme.example')).status).toBe(201);
  const [refused, next] = gate.seen.filter(({ at }) => at > from);
  expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(4_000);
});

test('what one found to be down is left alone by the other, and tried again when the first is dead', async () => {
  // Nobody tries again by himself within the test.
  const [first, second] = await startTwo({ SETTLE_RETRY_MS: '60000' });
  expect((await create(second, 'before@acme.example')).status).toBe(201);
  await mode.fault({ route: '*', status: 503, headers: { 'retry-after': '6' }, times: 1_000 });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
    void create(first, `${name}@acme.example`).catch(() => undefined);
  await until('it was found to be down', async () =>
    (first?.logged ?? []).some((line) => line.includes('mode.circuit.opened')),
  );
  await until('it has told so', () => isTold(/"since":[1-9]/));
  const from = performance.now();
  await first?.end('SIGKILL');
  await bridge.control('DELETE', '/faults');
  await untilHeardAnew();
  const calls = gate.seen.length;
  const at = async (): Promise<string> =>
    `${(await create(second, `${gate.seen.length}@acme.example`)).status}`;
  expect(await at()).toBe('503');
  expect(gate.seen.length).toBe(calls);
  await until('it is tried again', async () => (await at()) === '201', 15_000);
  expect(performance.now() - from).toBeGreaterThan(4_000);
});
