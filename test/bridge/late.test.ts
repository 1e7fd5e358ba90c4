/**
 * Answers that never come: what was asked for took effect, takes effect later, or never does (docs/decisions/011). Nobody is
 * invited twice, and no call that was given up undoes a newer wish for good.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';

const INVITE = 'POST /api/{workspace}/invites';
const CREATE_GROUP = 'POST /api/{workspace}/groups';
const ADD = 'POST /api/{workspace}/groups/{group_token}/memberships';
const REMOVE = 'DELETE /api/{workspace}/groups/{group_token}/memberships/{membership_token}';
const LEAVE = 'DELETE /api/{workspace}/memberships/{membership}';
const person = (email: string) => ({ userName: email, emails: [{ value: email, primary: true }] });
const LATE_MS = 2_000;
/** Mode takes so long: past the time-out of the bridge, within what it holds to be possible. */
const hang = { delayMs: 900 };

const config = {
  MODE_TIMEOUT_MS: '300',
  MODE_LATE_MS: String(LATE_MS),
  SETTLE_RETRY_MS: '100',
  REQUEST_PATIENCE_MS: '1000',
};
let bridge: Bridge;
let mode: Workspace;
beforeAll(async () => {
  bridge = await startBridge({ config });
  mode = workspaceOf(bridge);
});
afterAll(() => bridge.stop());

const calls = async (route: string): Promise<number> => (await bridge.calls()).byRoute[route] ?? 0;
const settled = ({ deps, connection } = bridge): Promise<void> =>
  until('nothing is owed', async () => (await deps.store.unsettled.list(connection.id)).length === 0, 15_000);
const active = (value: boolean) => ({ op: 'replace', path: 'active', value });
const retry = (
  what: string,
  ask: () => Promise<{ readonly status: number }>,
  status: number,
): Promise<void> => until(`the retry ${what}`, async () => (await ask()).status === status, 10_000);
const joined = async (name: string): Promise<string> => {
  const email = `${name}@acme.example`;
  const id = await mode.create(email);
  await mode.join(email);
  await mode.untilState(id, 'active');
  return id;
};
const memberPatch = (op: 'add' | 'remove', id: string) =>
  op === 'add' ? { op, path: 'members', value: [{ value: id }] } : { op, path: `members[value eq "${id}"]` };

describe('what hangs and takes effect later', () => {
  test('an invitation is sent once', async () => {
    const body = person('hangs@acme.example');
    await mode.fault({ route: INVITE, ...hang });
    expect((await bridge.scim('POST', '/Users', body)).status).toBe(503);
    await retry('is answered as the creation', () => bridge.scim('POST', '/Users', body), 201);
    await settled();
    expect(await calls(INVITE)).toBe(1);
    expect(await mode.standing('hangs@acme.example')).toBe('pending');
  });

  test('a group is made once', async () => {
    const body = { displayName: 'Hangs' };
    await mode.fault({ route: CREATE_GROUP, ...hang });
    expect((await bridge.scim('POST', '/Groups', body)).status).toBe(503);
    await retry('is answered as the creation', () => bridge.scim('POST', '/Groups', body), 201);
    await settled();
    expect(await calls(CREATE_GROUP)).toBe(1);
  });

  test.each(['deactivated', 'deleted'])('an invitation lets nobody in who was %s meanwhile', async (how) => {
    const email = `${how}@acme.example`;
    await mode.fault({ route: INVITE, ...hang });
    expect((await bridge.scim('POST', '/Users', person(email))).status).toBe(503);
    const [{ id } = { id: '' }] = (await mode.users()).filter(({ userName }) => userName === email);
    const answer =
      how === 'deleted'
        ? await bridge.scim('DELETE', `/Users/${id}`)
        : await mode.patch(`/Users/${id}`, active(false));
    expect(answer.status).toBeLessThan(300);
    await until('the invitation comes', async () => (await mode.standing(email)) !== undefined);
    await settled();
    expect(await mode.standing(email)).toBe('former');
    const found = (await mode.users()).filter(({ userName }) => userName === email);
    expect(found.map((user) => user.active)).toEqual(how === 'deleted' ? [] : [false]);
  });

  test('a removal keeps nobody out who was activated again meanwhile', async () => {
    const id = await joined('activated');
    await mode.fault({ route: LEAVE, ...hang });
    expect((await mode.patch(`/Users/${id}`, active(false))).status).toBe(503);
    expect((await mode.patch(`/Users/${id}`, active(true))).status).toBe(200);
    await until(
      'the removal comes',
      async () => (await mode.standing('activated@acme.example')) === 'former',
    );
    await settled();
    expect(await mode.standing('activated@acme.example')).toBe('pending');
  });

  test('an addition to a group leaves nobody there who was taken out meanwhile, nor the other way round', async () => {
    const id = await joined('to-and-fro');
    const group = await mode.createGroup('To and fro');
    const change = (op: 'add' | 'remove') => mode.patch(`/Groups/${group}`, memberPatch(op, id));
    const isIn = async () => (await mode.peopleIn('To and fro')).length === 1;
    // A trace of an earlier membership must not pass for one that somebody ended by hand.
    expect([(await change('add')).status, (await change('remove')).status]).toEqual([204, 204]);
    await mode.fault({ route: ADD, ...hang });
    expect((await change('add')).status).toBe(503);
    expect((await change('remove')).status).toBe(204);
    await until('the addition comes', isIn);
    await settled();
    expect(await isIn()).toBe(false);
    expect((await change('add')).status).toBe(204);
    await mode.fault({ route: REMOVE, ...hang });
    expect((await change('remove')).status).toBe(503);
    expect((await change('add')).status).toBe(204);
    await until('the removal comes', async () => !(await isIn()));
    await settled();
    expect(await isIn()).toBe(true);
  });

  test('an addition to a group is remembered beside another that failed at once', async () => {
    const ids = [await joined('fails'), await joined('hangs-beside')];
    const group = await mode.createGroup('Both');
    const changes = (op: 'add' | 'remove') =>
      mode.patch(`/Groups/${group}`, ...ids.map((id) => memberPatch(op, id)));
    const isIn = async () => (await mode.peopleIn('Both')).length === 1;
    await mode.fault({ route: ADD, status: 500 });
    await mode.fault({ route: ADD, ...hang });
    expect((await changes('add')).status).toBe(503);
    expect((await changes('remove')).status).toBe(204);
    await until('the addition comes', isIn);
    await settled();
    expect(await isIn()).toBe(false);
  });
});

describe('what never takes effect', () => {
  test('is asked for again once it can no longer come', async () => {
    const body = person('lost@acme.example');
    await bridge.calls();
    await mode.fault({ route: INVITE, drop: true });
    const from = Date.now();
    expect((await bridge.scim('POST', '/Users', body)).status).toBe(503);
    await settled();
    expect(Date.now() - from).toBeGreaterThanOrEqual(LATE_MS);
    expect(await calls(INVITE)).toBe(2);
    expect((await bridge.scim('POST', '/Users', body)).status).toBe(201);
  });
});

describe('what took effect though its answer was lost', () => {
  test('is a removal that ended an invitation: whoever is activated again is invited again', async () => {
    const email = 'ended@acme.example';
    const id = await mode.create(email);
    // Mode is seen to hold her as invited.
    await mode.sync();
    await mode.fault({ route: LEAVE, drop: 'after' });
    expect((await mode.patch(`/Users/${id}`, active(false))).status).toBe(503);
    await retry('is activated', () => mode.patch(`/Users/${id}`, active(true)), 200);
    expect(await mode.standing(email)).toBe('pending');
    await settled();
    expect(await mode.standing(email)).toBe('pending');
  });

  test('is seen and not waited for', async () => {
    const patient = await startBridge({ config: { ...config, MODE_LATE_MS: '600000' } });
    try {
      await workspaceOf(patient).fault({ route: INVITE, drop: 'after' });
      expect((await patient.scim('POST', '/Users', person('seen@acme.example'))).status).toBe(503);
      await settled(patient);
      expect((await patient.calls()).byRoute[INVITE]).toBe(1);
    } finally {
      await patient.stop();
    }
  });

  test('in a group is no change by hand, whatever is wished for next', async () => {
    const id = await joined('again');
    const group = await mode.createGroup('Again', [id]);
    const change = (op: 'add' | 'remove') => mode.patch(`/Groups/${group}`, memberPatch(op, id));
    await mode.fault({ route: REMOVE, drop: 'after' });
    expect((await change('remove')).status).toBe(503);
    expect((await change('add')).status).toBe(204);
    await settled();
    expect(await mode.peopleIn('Again')).toEqual(['again@acme.example']);
    expect((await change('remove')).status).toBe(204);
    await mode.fault({ route: ADD, drop: 'after' });
    expect((await change('add')).status).toBe(503);
    expect((await change('remove')).status).toBe(204);
    await settled();
    expect(await mode.peopleIn('Again')).toEqual([]);
  });
});
