/** Who and what was deleted here, and Mode has yet to be told of, is nobody new when a sync meets it. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Reconcile } from '../../src/directory/model.ts';
import { sync } from '../../src/directory/sync/scopes.ts';
import { fullSync } from '../../src/directory/sync/sync.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { createGate } from '../support/gate.ts';

let bridge: Bridge;
const gate = createGate();
afterEach(async () => {
  gate.close();
  await bridge.stop();
});

/** What Mode has not taken waits for somebody to ask again. */
const start = async (config: Readonly<Record<string, string>> = {}): Promise<void> => {
  bridge = await startBridge({ config: { SETTLE_RETRY_MS: '60000', ...config } });
};

const person = (email: string) => ({ userName: email, emails: [{ value: email, primary: true }] });
const create = async (email: string): Promise<string> =>
  (await bridge.scim('POST', '/Users', person(email))).body.id;
const truth = async () => (await bridge.control('GET', '/state')).body;
const standing = async (email: string): Promise<string | undefined> =>
  (await truth()).members.find((row: { email: string }) => row.email === email)?.state;
const stateOf = async (id: string): Promise<string | undefined> =>
  (await bridge.scim('GET', `/Users/${id}`)).body['urn:ietf:params:scim:schemas:extension:mode:2.0:User']
    ?.state;
const sizeOf = async (name: string): Promise<number> =>
  (await truth()).groups.find((row: { name: string }) => row.name === name)?.memberTokens.length ?? 0;
const found = async (path: string, filter: string): Promise<readonly { id: string }[]> =>
  (await bridge.scim('GET', `${path}?filter=${filter}`)).body.Resources;
/** At once, and so that Mode is asked again with the next call. */
const fail = (route: string) => bridge.control('POST', '/faults', { route, malformed: true, times: 100 });
const heal = () => bridge.control('DELETE', '/faults');
const syncNow = (scope: 'members' | 'full') => {
  const wish = { connection: bridge.connection, scope, since: new Date().toISOString() };
  return sync(bridge.deps, wish, { deadline: Date.now() + 20_000 });
};

/** Deletes while Mode cannot say who is there, so that the deletion waits and nobody is linked by it. */
const deleteLater = async (path: string): Promise<void> => {
  await fail('GET /api/{workspace}/memberships');
  expect((await bridge.scim('DELETE', path)).status).toBe(503);
  await heal();
};

test('a person who was invited, never seen, and deleted is removed when a sync meets her, and not adopted', async () => {
  await start();
  const email = 'brief@acme.example';
  const id = await create(email);
  await deleteLater(`/Users/${id}`);
  await syncNow('members');
  expect(await found('/Users', `userName eq "${email}"`)).toEqual([]);
  await until('she is out of Mode', async () => (await standing(email)) === 'former');
  await syncNow('full');
  expect(await found('/Users', `userName eq "${email}"`)).toEqual([]);
});

test('who is created anew meanwhile is the one whom the sync meets, and stays', async () => {
  await start();
  const email = 'again@acme.example';
  const first = await create(email);
  await deleteLater(`/Users/${first}`);
  const second = await create(email);
  await syncNow('full');
  expect([204, 404]).toContain((await bridge.scim('DELETE', `/Users/${first}`)).status);
  await until('nothing is owed', async () => {
    return (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0;
  });
  await syncNow('full');
  expect((await found('/Users', `userName eq "${email}"`)).map(({ id }) => id)).toEqual([second]);
  expect(await standing(email)).toBe('pending');
});

test('a group whose creation got no answer, and that was deleted, is deleted in Mode and not adopted', async () => {
  await start();
  const displayName = 'Brief';
  const groups = '/api/{workspace}/groups';
  await bridge.control('POST', '/faults', { route: `POST ${groups}`, drop: 'after' });
  expect((await bridge.scim('POST', '/Groups', { displayName })).status).toBe(503);
  const [{ id } = { id: '' }] = await found('/Groups', `displayName eq "${displayName}"`);
  await fail(`GET ${groups}`);
  expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(503);
  await heal();
  await syncNow('full');
  expect(await found('/Groups', `displayName eq "${displayName}"`)).toEqual([]);
  expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(204);
  const inMode = (await truth()).groups.filter(({ name }: { name: string }) => name.startsWith(displayName));
  expect(inMode.map(({ state }: { state: string }) => state)).toEqual(['soft_deleted']);
  await syncNow('full');
  expect(await found('/Groups', `displayName eq "${displayName}"`)).toEqual([]);
});

describe('a sync that meets somebody who has left Mode before that was recorded', () => {
  test.each<Reconcile>(['report', 'enforce', 'adopt'])(
    '%s: she is in her groups again when she is back',
    async (reconcile) => {
      bridge = await startBridge({ through: gate.open, emulator: { groups: 0 } });
      await bridge.deps.store.connections.update({ ...bridge.connection, reconcile });
      const connection =
        (await bridge.deps.store.connections.find(bridge.connection.id)) ?? bridge.connection;
      const email = 'back@acme.example';
      const id = await create(email);
      await bridge.control('POST', '/join', { email });
      await until('she is linked', async () => (await stateOf(id)) === 'active');
      const group = { displayName: 'Hers', members: [{ value: id }] };
      await bridge.scim('POST', '/Groups', group);
      // The sync lists the people before the removal, and who is in the group after it.
      const listing = gate.hold(/^GET .api.acme.groups.\w+.memberships/, 'asked');
      const removal = gate.hold(/^DELETE .api.acme.memberships./, 'answered');
      const syncing = fullSync(bridge.deps, { connection, deadline: Date.now() + 20_000 });
      await listing.reached;
      const leave = bridge.scim('PUT', `/Users/${id}`, { ...person(email), active: false });
      await removal.reached;
      listing.release();
      await syncing;
      removal.release();
      expect((await leave).status).toBe(200);
      await bridge.scim('PUT', `/Users/${id}`, { ...person(email), active: true });
      await fullSync(bridge.deps, { connection, deadline: Date.now() + 20_000 });
      await bridge.control('POST', '/join', { email });
      await until('she is in it', async () => (await sizeOf('Hers')) === 1);
    },
  );

  test.each<Reconcile>(['report', 'enforce', 'adopt'])(
    '%s: also where the removal got no answer and was found to be done',
    async (reconcile) => {
      bridge = await startBridge({ config: { SETTLE_RETRY_MS: '60000' } });
      await bridge.deps.store.connections.update({ ...bridge.connection, reconcile });
      const connection =
        (await bridge.deps.store.connections.find(bridge.connection.id)) ?? bridge.connection;
      const syncAll = () => fullSync(bridge.deps, { connection, deadline: Date.now() + 20_000 });
      const email = 'done@acme.example';
      const id = await create(email);
      await bridge.control('POST', '/join', { email });
      await until('she is linked', async () => (await stateOf(id)) === 'active');
      await bridge.scim('POST', '/Groups', { displayName: 'Hers', members: [{ value: id }] });
      const fault = { route: 'DELETE /api/{workspace}/memberships/{membership}', status: 500, after: true };
      await bridge.control('POST', '/faults', fault);
      expect((await bridge.scim('PUT', `/Users/${id}`, { ...person(email), active: false })).status).toBe(
        503,
      );
      expect((await bridge.scim('PUT', `/Users/${id}`, { ...person(email), active: false })).status).toBe(
        200,
      );
      await syncAll();
      await bridge.scim('PUT', `/Users/${id}`, { ...person(email), active: true });
      await syncAll();
      await bridge.control('POST', '/join', { email });
      await until('she is in it', async () => (await sizeOf('Hers')) === 1);
    },
  );
});

describe('who is made anew while her predecessor has yet to be removed', () => {
  const untilSettled = () =>
    until(
      'nothing is owed',
      async () => (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0,
    );
  const REMOVE = 'DELETE /api/{workspace}/memberships/{membership}';

  test('keeps the account that she joined by her own invitation', async () => {
    await start();
    const email = 'anew@acme.example';
    const first = await create(email);
    await syncNow('full');
    await bridge.control('POST', '/faults', { route: REMOVE, status: 500, after: true });
    expect((await bridge.scim('DELETE', `/Users/${first}`)).status).toBe(503);
    const second = await create(email);
    await bridge.control('DELETE', '/webhooks');
    await bridge.control('POST', '/join', { email });
    expect((await bridge.scim('DELETE', `/Users/${first}`)).status).toBe(204);
    expect(await standing(email)).toBe('active');
    await syncNow('full');
    await untilSettled();
    expect(await stateOf(second)).toBe('active');
  });

  test('waits until the account is free, and is not refused for it', async () => {
    await start();
    const email = 'wait@acme.example';
    const first = await create(email);
    await bridge.control('POST', '/join', { email });
    await until('she is linked', async () => (await stateOf(first)) === 'active');
    await bridge.control('POST', '/faults', { route: REMOVE, status: 503 });
    expect((await bridge.scim('DELETE', `/Users/${first}`)).status).toBe(503);
    expect((await bridge.scim('POST', '/Users', person(email))).status).toBe(503);
    expect((await bridge.scim('DELETE', `/Users/${first}`)).status).toBe(204);
    const again = await bridge.scim('POST', '/Users', person(email));
    expect([again.status, await standing(email)]).toEqual([201, 'pending']);
    await untilSettled();
  });

  test('is not invited twice when the answer to her invitation was lost', async () => {
    // Nothing takes effect later: an invitation that is not to be seen would be sent again.
    await start({ MODE_LATE_MS: '0' });
    const INVITES = 'POST /api/{workspace}/invites';
    const email = 'once@acme.example';
    const first = await create(email);
    await syncNow('full');
    await bridge.control('POST', '/faults', { route: REMOVE, status: 500, after: true });
    expect((await bridge.scim('DELETE', `/Users/${first}`)).status).toBe(503);
    await bridge.calls();
    await bridge.control('POST', '/faults', { route: INVITES, drop: 'after' });
    expect((await bridge.scim('POST', '/Users', person(email))).status).toBe(503);
    expect((await bridge.scim('POST', '/Users', person(email))).status).toBe(503);
    expect((await bridge.calls()).byRoute[INVITES]).toBe(1);
    expect((await bridge.scim('DELETE', `/Users/${first}`)).status).toBe(204);
    expect((await bridge.scim('POST', '/Users', person(email))).status).toBe(201);
    expect(await standing(email)).toBe('pending');
    const { byRoute } = await bridge.calls();
    expect([byRoute[INVITES], byRoute[REMOVE]]).toEqual([undefined, undefined]);
    await untilSettled();
  });

  test('is not said to be out while she is in by the account that her predecessor has yet to give up', async () => {
    await start();
    const email = 'in-still@acme.example';
    const first = await create(email);
    await syncNow('full');
    await bridge.control('POST', '/faults', { route: REMOVE, status: 500, after: true });
    expect((await bridge.scim('DELETE', `/Users/${first}`)).status).toBe(503);
    const second = await create(email);
    await bridge.control('DELETE', '/webhooks');
    await bridge.control('POST', '/join', { email });
    const leave = () =>
      bridge.scim('PATCH', `/Users/${second}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'active', value: false }],
      });
    expect([(await leave()).status, await standing(email)]).toEqual([503, 'active']);
    expect((await bridge.scim('DELETE', `/Users/${first}`)).status).toBe(204);
    expect([(await leave()).status, await standing(email)]).toEqual([200, 'former']);
    await untilSettled();
  });

  test('a group whose provider asks again and again is made as soon as one whose provider waits', async () => {
    await start({ REQUEST_PATIENCE_MS: '2400', SETTLE_RETRY_MS: '500' });
    const displayName = 'Impatient';
    const { id } = (await bridge.scim('POST', '/Groups', { displayName })).body;
    const route = 'PATCH /api/{workspace}/groups/{group_token}';
    await bridge.control('POST', '/faults', { route, status: 503 });
    expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(503);
    // Ten failures: were each to double the wait, it would be minutes.
    for (let asked = 0; asked < 10; asked += 1) await bridge.scim('POST', '/Groups', { displayName });
    await until(
      'it is made',
      async () =>
        (await truth()).groups.filter(
          ({ name, state }: { name: string; state: string }) => name === displayName && state === 'active',
        ).length === 1 && (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0,
      20_000,
    );
  });

  test('a group waits until its name is free, and is not refused for it', async () => {
    await start();
    const displayName = 'Named anew';
    const { id } = (await bridge.scim('POST', '/Groups', { displayName })).body;
    await bridge.control('POST', '/faults', {
      route: 'PATCH /api/{workspace}/groups/{group_token}',
      status: 503,
    });
    expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(503);
    expect((await bridge.scim('POST', '/Groups', { displayName })).status).toBe(503);
    expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(204);
    const again = await bridge.scim('POST', '/Groups', { displayName });
    expect(again.status).toBe(201);
    await untilSettled();
    const live = (await truth()).groups.filter(({ state }: { state: string }) => state === 'active');
    expect(live.map(({ name }: { name: string }) => name)).toContain(displayName);
  });
});

test('who is left out of the new list of members is taken out also while she is being deleted', async () => {
  await start();
  const email = 'listed@acme.example';
  const id = await create(email);
  await bridge.control('POST', '/join', { email });
  await until('she is linked', async () => (await stateOf(id)) === 'active');
  const group = { displayName: 'Listed', members: [{ value: id }] };
  const groupId = (await bridge.scim('POST', '/Groups', group)).body.id;
  await bridge.control('POST', '/faults', {
    route: 'DELETE /api/{workspace}/memberships/{membership}',
    status: 503,
  });
  expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(503);
  expect((await bridge.scim('PUT', `/Groups/${groupId}`, { ...group, members: [] })).status).toBe(200);
  expect(await sizeOf('Listed')).toBe(0);
});
