/** What Mode has not taken yet is carried out in the background, and nobody's leaving waits for anything else. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { createGate, type Hold } from '../support/gate.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';

const LEAVE = 'DELETE /api/{workspace}/memberships/{membership}';
const CREATE_GROUP = 'POST /api/{workspace}/groups';
const gate = createGate();
let bridge: Bridge;
let mode: Workspace;
beforeAll(async () => {
  bridge = await startBridge({
    through: gate.open,
    config: { REQUEST_PATIENCE_MS: '3000', SETTLE_RETRY_MS: '1100' },
  });
  mode = workspaceOf(bridge);
});
afterAll(async () => {
  await bridge.stop();
  gate.close();
});

/** Makes a group that the background is at, and stays at, until Mode is let answer. */
const hangingGroup = async (displayName: string): Promise<Hold> => {
  await mode.fault({ route: CREATE_GROUP, status: 503 });
  expect((await bridge.scim('POST', '/Groups', { displayName })).status).toBe(503);
  const asked = gate.hold(/^POST \/api\/acme\/groups$/, 'asked');
  await asked.reached;
  return asked;
};
const leaver = async (name: string): Promise<() => Promise<void>> => {
  const email = `${name}@acme.example`;
  const id = await mode.create(email);
  await mode.join(email);
  await mode.untilState(id, 'active');
  return async () => {
    await mode.fault({ route: LEAVE, status: 503 });
    expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(503);
    await until('she is out', async () => (await mode.standing(email)) === 'former', 6_000);
  };
};

test('one group that takes long does not hold up what comes after it', async () => {
  const leave = await leaver('after-one');
  const group = await hangingGroup('Long');
  await leave();
  group.release();
});

test('as many groups as are settled at once do not hold up who leaves', async () => {
  const leave = await leaver('after-many');
  const groups: Hold[] = [];
  for (const name of ['One', 'Two', 'Three', 'Four']) groups.push(await hangingGroup(name));
  await leave();
  for (const group of groups) group.release();
  await until('all is done', async () => {
    return (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0;
  });
});
