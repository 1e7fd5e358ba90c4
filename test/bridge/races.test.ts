/** Two at once: what one saw of Mode never undoes what another saw of it later, and a leaver never stays. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { sync } from '../../src/directory/sync/scopes.ts';
import { realTiming } from '../../src/mode/index.ts';
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

const start = async (config: Readonly<Record<string, string>> = {}) => {
  const gate = createGate();
  let skippedMs = 0;
  const timing = { ...realTiming, now: () => Date.now() + skippedMs };
  const bridge = await startBridge({ through: gate.open, timing, config });
  closing.push(bridge.stop, gate.close);
  const skip = (ms: number): void => {
    skippedMs += ms;
  };
  const { url, workspace, token, secret } = bridge.emulator;
  const authorization = `Basic ${Buffer.from(`${token}:${secret}`).toString('base64')}`;
  /** A call of Mode's API that is not the bridge's. */
  const mode = (method: string, path: string, body?: object) =>
    fetch(`${url}/api/${workspace}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  return { ...bridge, gate, skip, mode };
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
  sync(
    deps,
    { connection, scope, since: deps.now().toISOString() },
    { deadline: deps.now().getTime() + 20_000 },
  );

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

test('a deleted group that Mode never got does not take with it another of its name', async () => {
  const bridge = await start({ SETTLE_RETRY_MS: '60000', MODE_LATE_MS: '0' });
  const group = { displayName: 'Twice' };
  await bridge.control('POST', '/faults', { route: 'POST /api/{workspace}/groups', drop: true });
  expect((await bridge.scim('POST', '/Groups', group)).status).toBe(503);
  const { id } = (await bridge.scim('GET', '/Groups?filter=displayName eq "Twice"')).body.Resources[0];
  await bridge.control('POST', '/faults', { route: 'GET /api/{workspace}/groups', malformed: true });
  expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(503);
  expect((await bridge.scim('POST', '/Groups', group)).status).toBe(201);
  expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(204);
  const { groups } = (await bridge.control('GET', '/state')).body;
  const twice = groups.filter(({ name }: { name: string }) => name.startsWith('Twice'));
  expect(twice).toEqual([expect.objectContaining({ name: 'Twice', state: 'active' })]);
  await settled(bridge);
});

describe('what was deleted', () => {
  const found = async ({ scim }: Bridge, path: string): Promise<number> =>
    (await scim('GET', path)).body.totalResults;

  test('a person does not come back by a listing that was asked for before', async () => {
    const bridge: Gated = await start();
    const email = 'purged@acme.example';
    const id = await create(bridge, email);
    await join(bridge, email, id);
    const list = bridge.gate.hold(MEMBERS, 'answered');
    const reading = syncNow(bridge, 'members');
    await list.reached;
    expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    list.release();
    await reading;
    expect(await found(bridge, `/Users?filter=userName eq "${email}"`)).toBe(0);
  });

  test('a group does not come back by a listing that was asked for before', async () => {
    const bridge: Gated = await start();
    const { id } = (await bridge.scim('POST', '/Groups', { displayName: 'Purged' })).body;
    const list = bridge.gate.hold(/^GET \/api\/acme\/groups\?/, 'answered');
    const reading = syncNow(bridge, 'full');
    await list.reached;
    expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(204);
    list.release();
    await reading;
    expect(await found(bridge, '/Groups?filter=displayName sw "Purged"')).toBe(0);
  });

  test('does not come back while Mode still shows it shortly after, and does when somebody made it anew', async () => {
    const bridge: Gated = await start();
    const email = 'lagging@acme.example';
    const person = await create(bridge, email);
    await join(bridge, email, person);
    const group = (await bridge.scim('POST', '/Groups', { displayName: 'Lagging' })).body.id;
    for (const list of ['/memberships', '/memberships/lite', '/groups']) {
      const body = await (await bridge.mode('GET', list)).json();
      await bridge.control('POST', '/faults', { route: `GET /api/{workspace}${list}`, status: 200, body });
    }
    await bridge.scim('DELETE', `/Users/${person}`);
    await bridge.scim('DELETE', `/Groups/${group}`);
    await syncNow(bridge, 'full');
    expect(await found(bridge, `/Users?filter=userName eq "${email}"`)).toBe(0);
    expect(await found(bridge, '/Groups?filter=displayName sw "Lagging"')).toBe(0);
    bridge.skip(120_000);
    await bridge.mode('POST', '/invites', { invite: { invitee: { email }, message: 'Welcome back' } });
    await bridge.mode('POST', '/groups', { user_group: { name: 'Lagging' } });
    await syncNow(bridge, 'full');
    expect(await found(bridge, `/Users?filter=userName eq "${email}"`)).toBe(1);
    expect(await found(bridge, '/Groups?filter=displayName sw "Lagging"')).toBe(1);
  });
});

describe('a creation that another client undoes within the call', () => {
  const INVITE = /^POST \/api\/acme\/invites$/;
  const CREATE_GROUP = /^POST \/api\/acme\/groups$/;
  const email = 'undone@acme.example';
  const group = { displayName: 'Undone' };
  const byName = `/Users?filter=userName eq "${email}"`;
  const idOf = async (bridge: Bridge, path: string): Promise<string> =>
    (await bridge.scim('GET', path)).body.Resources[0].id;

  test('is answered as made: of a person', async () => {
    const bridge = await start();
    const invite = bridge.gate.hold(INVITE, 'answered');
    const making = bridge.scim('POST', '/Users', person(email));
    await invite.reached;
    const id = await idOf(bridge, byName);
    const leaving = bridge.scim('DELETE', `/Users/${id}`);
    await until('she is deleted here', async () => (await bridge.scim('GET', `/Users/${id}`)).status === 404);
    invite.release();
    const { status, headers, body } = await making;
    expect([status, headers.get('location')]).toEqual([201, expect.stringContaining(`/Users/${id}`)]);
    expect(body).toMatchObject({ id, userName: email, active: true });
    expect((await leaving).status).toBe(204);
    await settled(bridge);
    expect((await bridge.scim('GET', `/Users/${id}`)).status).toBe(404);
    expect(await standing(bridge, email)).toBe('former');
  });

  test('is answered as made: of a group', async () => {
    const bridge = await start();
    const [member] = (await bridge.scim('GET', '/Users?count=1')).body.Resources;
    const create = bridge.gate.hold(CREATE_GROUP, 'answered');
    const making = bridge.scim('POST', '/Groups', { ...group, members: [{ value: member.id }] });
    await create.reached;
    const id = await idOf(bridge, '/Groups?filter=displayName eq "Undone"');
    const leaving = bridge.scim('DELETE', `/Groups/${id}`);
    await until('it is deleted here', async () => (await bridge.scim('GET', `/Groups/${id}`)).status === 404);
    create.release();
    const { status, body } = await making;
    expect([status, body.id, body.displayName]).toEqual([201, id, 'Undone']);
    expect((await leaving).status).toBe(204);
    await settled(bridge);
    const { groups } = (await bridge.control('GET', '/state')).body;
    expect(
      groups.filter(({ name, state }: Record<string, string>) => name === 'Undone' && state === 'active'),
    ).toEqual([]);
  });

  test('is answered as made, and not made again, when nothing of it is left by then', async () => {
    const bridge = await start();
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    let goOn = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // The instance that creates is slow between Mode's answer and its own.
    const slow = await bridge.beside((store) => {
      const answer: typeof store.users.answer = async (connectionId, id) => {
        arrive();
        await released;
        return store.users.answer(connectionId, id);
      };
      return { ...store, users: { ...store.users, answer } };
    });
    await bridge.calls();
    const making = slow.scim('POST', '/Users', person(email));
    await arrived;
    const id = await idOf(bridge, byName);
    expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    expect(await bridge.deps.store.users.findAny(bridge.connection.id, id)).toBeUndefined();
    goOn();
    const { status, body } = await making;
    expect([status, body]).toEqual([201, expect.objectContaining({ id, userName: email })]);
    expect((await bridge.calls()).byRoute['POST /api/{workspace}/invites']).toBe(1);
    expect(await standing(bridge, email)).toBe('former');
  });

  test('a change of somebody who is deleted before it is answered finds her gone', async () => {
    const bridge = await start();
    const id = await create(bridge, email);
    await join(bridge, email, id);
    const leave = bridge.gate.hold(/^DELETE \/api\/acme\/memberships\//, 'answered');
    const changing = bridge.scim('PATCH', `/Users/${id}`, setActive(false));
    await leave.reached;
    const leaving = bridge.scim('DELETE', `/Users/${id}`);
    await until('she is deleted here', async () => (await bridge.scim('GET', `/Users/${id}`)).status === 404);
    leave.release();
    // The later request has the last word, and what is answered is true: she is not there.
    expect((await changing).status).toBe(404);
    expect((await leaving).status).toBe(204);
    expect(await standing(bridge, email)).toBe('former');
  });
});
