/** Mode refuses what it holds already: by an earlier call whose answer was lost, or by other hands. Then nothing is undone. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge } from '../support/bridge.ts';

const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const INVITES = 'POST /api/{workspace}/invites';
const person = (email: string) => ({ userName: email, emails: [{ value: email, primary: true }] });
const patch = (operation: object) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [operation],
});

let bridge: Bridge;
beforeAll(async () => {
  // Nothing is tried again but by whoever asks again, nothing is waited for, and no webhook tells what happened in Mode.
  bridge = await startBridge({ config: { SETTLE_RETRY_MS: '60000', MODE_LATE_MS: '0' } });
  await bridge.control('DELETE', '/webhooks');
});
afterAll(() => bridge.stop());
afterEach(() => bridge.control('DELETE', '/faults'));

const fault = (route: string, more: object) => bridge.control('POST', '/faults', { route, ...more });
const truth = async () => (await bridge.control('GET', '/state')).body;
const mode = (method: string, path: string, body?: object): Promise<Response> => {
  const { url, workspace, token, secret } = bridge.emulator;
  const authorization = `Basic ${Buffer.from(`${token}:${secret}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const sent = body ? { body: JSON.stringify(body) } : {};
  return fetch(`${url}/api/${workspace}${path}`, { method, headers, ...sent });
};
const inviteByHand = (email: string) =>
  mode('POST', '/invites', { invite: { invitee: { email }, message: 'By hand' } });
const join = (email: string) => bridge.control('POST', '/join', { email });
const invitesOf = async (email: string) =>
  (await truth()).invites.filter((row: { email: string }) => row.email === email);
const memberOf = async (email: string) =>
  (await truth()).members.find((row: { email: string }) => row.email === email);
const groupOf = async (name: string) =>
  (await truth()).groups.find((row: { name: string }) => row.name === name);
/** Somebody who is in Mode, unknown to the bridge until it is told of her. */
const known = async (email: string): Promise<string> => {
  await inviteByHand(email);
  await join(email);
  const answer = await bridge.scim('POST', '/Users', person(email));
  expect([answer.status, answer.body[MODE_USER]?.state]).toEqual([201, 'active']);
  return answer.body.id;
};
const noneOwed = async () => expect(await bridge.deps.store.unsettled.list(bridge.connection.id)).toEqual([]);

describe('a person', () => {
  test('who joined by other hands is taken over, not refused', async () => {
    await known('there-already@acme.example');
    await noneOwed();
  });

  test('whose lost invitation was not seen yet and was accepted since is there, though Mode refuses a second', async () => {
    const email = 'late-effect@acme.example';
    const lists = ['/memberships', '/memberships/lite'];
    const before = await Promise.all(lists.map(async (list) => (await mode('GET', list)).json()));
    await fault(INVITES, { drop: 'after' });
    expect((await bridge.scim('POST', '/Users', person(email))).status).toBe(503);
    await join(email);
    for (const [index, list] of lists.entries())
      await fault(`GET /api/{workspace}${list}`, { status: 200, body: before[index] });
    const retried = await bridge.scim('POST', '/Users', person(email));
    expect([retried.status, retried.body[MODE_USER]?.state]).toEqual([201, 'active']);
    expect(await invitesOf(email)).toHaveLength(1);
    await noneOwed();
  });

  test('is out when Mode refuses a removal that took effect', async () => {
    const email = 'out-all-the-same@acme.example';
    const id = await known(email);
    await fault('DELETE /api/{workspace}/memberships/{membership}', { status: 400, after: true });
    const answer = await bridge.scim(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', value: { active: false } }),
    );
    expect([answer.status, answer.body.active]).toEqual([200, false]);
    expect((await memberOf(email)).state).toBe('former');
    await noneOwed();
  });
});

describe('a group', () => {
  const EDIT = { op: 'createGroup', name: 'There already' };

  test('that somebody made by hand is taken over, and gets its members', async () => {
    const id = await known('member@acme.example');
    await bridge.control('POST', '/edit', EDIT);
    const body = { displayName: EDIT.name, members: [{ value: id }] };
    expect((await bridge.scim('POST', '/Groups', body)).status).toBe(201);
    expect((await groupOf(EDIT.name)).memberTokens).toHaveLength(1);
    await noneOwed();
  });

  test('has the member whom somebody put there by hand, or took out', async () => {
    const email = 'in-already@acme.example';
    const id = await known(email);
    const { id: group } = (await bridge.scim('POST', '/Groups', { displayName: 'By hand' })).body;
    const { token: groupToken } = await groupOf('By hand');
    await bridge.control('POST', '/edit', { op: 'addToGroup', groupToken, email });
    const add = patch({ op: 'add', path: 'members', value: [{ value: id }] });
    expect((await bridge.scim('PATCH', `/Groups/${group}`, add)).status).toBe(204);
    await noneOwed();
    const route = 'DELETE /api/{workspace}/groups/{group_token}/memberships/{membership_token}';
    await fault(route, { status: 400, after: true });
    const remove = patch({ op: 'remove', path: `members[value eq "${id}"]` });
    expect((await bridge.scim('PATCH', `/Groups/${group}`, remove)).status).toBe(204);
    expect((await groupOf('By hand')).memberTokens).toEqual([]);
    await noneOwed();
  });

  test('has its new name when Mode refuses a rename that took effect', async () => {
    const { id } = (await bridge.scim('POST', '/Groups', { displayName: 'Old name' })).body;
    await fault('PATCH /api/{workspace}/groups/{group_token}', { status: 400, after: true });
    const rename = patch({ op: 'replace', path: 'displayName', value: 'New name' });
    expect((await bridge.scim('PATCH', `/Groups/${id}`, rename)).status).toBe(204);
    expect((await bridge.scim('GET', `/Groups/${id}`)).body.displayName).toBe('New name');
    await noneOwed();
  });
});

describe('who and what is made anew while Mode still holds what was deleted', () => {
  test('a person comes in once her predecessor is out', async () => {
    const email = 'successor@acme.example';
    const id = await known(email);
    await fault('DELETE /api/{workspace}/memberships/{membership}', { status: 503 });
    expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(503);
    const early = await bridge.scim('POST', '/Users', person(email));
    expect([early.status, early.body.detail]).toEqual([503, expect.stringContaining('when it is gone')]);
    expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    const created = await bridge.scim('POST', '/Users', person(email));
    expect([created.status, (await memberOf(email)).state]).toEqual([201, 'pending']);
    await noneOwed();
  });

  test('a group is made once its predecessor is gone', async () => {
    const group = { displayName: 'Successor' };
    const { id } = (await bridge.scim('POST', '/Groups', group)).body;
    await fault('PATCH /api/{workspace}/groups/{group_token}', { status: 503 });
    expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(503);
    expect((await bridge.scim('POST', '/Groups', group)).status).toBe(503);
    expect((await bridge.scim('DELETE', `/Groups/${id}`)).status).toBe(204);
    expect((await bridge.scim('POST', '/Groups', group)).status).toBe(201);
    expect((await groupOf('Successor')).state).toBe('active');
    await noneOwed();
  });
});
