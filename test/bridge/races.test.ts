/** Two at once: what one saw of Mode never undoes what another saw of it later, and a leaver never stays. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { sync } from '../../src/directory/sync/scopes.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { createGate } from '../support/gate.ts';

const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const MEMBERS = /^GET \/api\/acme\/memberships$/;
const person = (email: string) => ({ userName: email, emails: [{ value: email, primary: true }] });
const setActive = (value: boolean) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path: 'active', value }],
});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const start = async () => {
  const gate = createGate();
  const bridge = await startBridge({ through: gate.open });
  closing.push(bridge.stop, gate.close);
  return { ...bridge, gate };
};
type Gated = Awaited<ReturnType<typeof start>>;

const create = async ({ scim }: Bridge, email: string): Promise<string> =>
  (await scim('POST', '/Users', person(email))).body.id;
const standing = async ({ control }: Bridge, email: string): Promise<string | undefined> =>
  (await control('GET', '/state')).body.members.find((row: { email: string }) => row.email === email)?.state;
const shown = async ({ scim }: Bridge, id: string) =>
  (await scim('GET', `/Users/${id}`)).body[MODE_USER]?.state;
/** Accepts the invitation; Mode's webhook tells the bridge, which links her. */
const join = async (bridge: Bridge, email: string, id: string): Promise<void> => {
  await bridge.control('POST', '/join', { email });
  await until('she is linked', async () => (await shown(bridge, id)) === 'active');
};
const settled = ({ deps, connection }: Bridge): Promise<void> =>
  until('nothing is owed', async () => (await deps.store.unsettled.list(connection.id)).length === 0);
const syncNow = ({ deps, connection }: Bridge, scope: 'members' | 'full') =>
  sync(deps, { connection, scope, since: new Date().toISOString() }, { deadline: Date.now() + 20_000 });

describe('a leaver', () => {
  test('leaves although a sync links her while her removal looks for her', async () => {
    const bridge: Gated = await start();
    const email = 'linked-meanwhile@acme.example';
    const id = await create(bridge, email);
    const list = bridge.gate.hold(MEMBERS, 'answered');
    const leave = bridge.scim('PATCH', `/Users/${id}`, setActive(false));
    await list.reached;
    await join(bridge, email, id);
    list.release();
    expect((await leave).status).toBe(200);
    expect(await standing(bridge, email)).toBe('former');
    await settled(bridge);
    expect(await shown(bridge, id)).toBe('former');
  });

  test('leaves although a sync that asked before her removal writes after it', async () => {
    const bridge: Gated = await start();
    const email = 'seen-before@acme.example';
    const id = await create(bridge, email);
    await join(bridge, email, id);
    const list = bridge.gate.hold(MEMBERS, 'answered');
    const reading = syncNow(bridge, 'members');
    await list.reached;
    expect((await bridge.scim('PATCH', `/Users/${id}`, setActive(false))).status).toBe(200);
    await bridge.calls();
    list.release();
    await reading;
    await settled(bridge);
    expect([await shown(bridge, id), await standing(bridge, email)]).toEqual(['former', 'former']);
    expect((await bridge.calls()).total).toBe(0);
  });

  test('is not invited by the record when the sync that linked her asked before the invitation', async () => {
    const bridge: Gated = await start();
    const email = 'invited-since@acme.example';
    const id = await create(bridge, email);
    await join(bridge, email, id);
    await bridge.scim('PATCH', `/Users/${id}`, setActive(false));
    const list = bridge.gate.hold(MEMBERS, 'answered');
    const reading = syncNow(bridge, 'members');
    await list.reached;
    expect((await bridge.scim('PATCH', `/Users/${id}`, setActive(true))).status).toBe(200);
    list.release();
    await reading;
    await settled(bridge);
    await bridge.calls();
    // The invitation stands: leaving takes it back.
    expect((await bridge.scim('PATCH', `/Users/${id}`, setActive(false))).status).toBe(200);
    expect(await standing(bridge, email)).toBe('former');
  });
});
