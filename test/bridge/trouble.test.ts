/** What happens when Mode is slow, down, or says no: nothing is lost, nothing is pretended, and the error says what to do. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { workspaceOf } from '../support/workspace.ts';

const person = (email: string) => ({ userName: email, emails: [{ value: email, primary: true }] });
const patch = (operation: object) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [operation],
});
const INVITES = 'POST /api/{workspace}/invites';
const ADD = 'POST /api/{workspace}/groups/{group_token}/memberships';

let bridge: Bridge;
beforeAll(async () => {
  // Nothing but what Mode asks for is waited for: there is no time for another try.
  bridge = await startBridge({ config: { REQUEST_PATIENCE_MS: '4000', SETTLE_RETRY_MS: '2100' } });
});
afterAll(() => bridge.stop());
afterEach(() => bridge.control('DELETE', '/faults'));

const fault = (route: string, more: object) => bridge.control('POST', '/faults', { route, ...more });
const truth = async () => (await bridge.control('GET', '/state')).body;
const invited = async (email: string): Promise<number> =>
  (await truth()).invites.filter((row: { email: string }) => row.email === email).length;
const idOf = async (email: string): Promise<string | undefined> =>
  (await bridge.scim('GET', `/Users?filter=userName eq "${email}"`)).body.Resources[0]?.id;

/** Ids of people who were invited and have come. */
const joined = async (...emails: readonly string[]): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (const email of emails) {
    ids.push((await bridge.scim('POST', '/Users', person(email))).body.id);
    await bridge.control('POST', '/join', { email });
  }
  // Who is linked may be linked as somebody invited, and she is added to no group yet.
  for (const id of ids) await workspaceOf(bridge).untilState(id, 'active');
  return ids;
};
const liveGroup = async (name: string) =>
  (await truth()).groups.find(
    (row: { name: string; state: string }) => row.name === name && row.state === 'active',
  );

describe('Mode busy or down', () => {
  test('waits as long as Mode asks, within the time the provider waits', async () => {
    await fault(INVITES, { status: 429, headers: { 'Retry-After': '1' } });
    const answer = await bridge.scim('POST', '/Users', person('patient@acme.example'));
    expect(answer.status).toBe(201);
    expect(await invited('patient@acme.example')).toBe(1);
  });

  test('past that time answers with whole seconds of Retry-After, keeps the change and finishes it in the background', async () => {
    await fault(INVITES, { status: 503 });
    const answer = await bridge.scim('POST', '/Users', person('later@acme.example'));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.body).toMatchObject({
      status: '503',
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    });
    expect(await idOf('later@acme.example')).toBeDefined();
    await until('she is invited', async () => (await invited('later@acme.example')) === 1);
  });

  test('the retry of a creation that was put off is answered as the creation, once; then it is a conflict', async () => {
    const again = person('again@acme.example');
    await fault(INVITES, { status: 503 });
    expect((await bridge.scim('POST', '/Users', again)).status).toBe(503);
    const other = { ...again, title: 'Somebody else' };
    expect((await bridge.scim('POST', '/Users', other)).status).toBe(409);
    let created = '';
    await until('the retry is answered', async () => {
      const { status, body } = await bridge.scim('POST', '/Users', again);
      created = body.id;
      return status === 201;
    });
    expect(created).toBe(await idOf('again@acme.example'));
    expect(await invited('again@acme.example')).toBe(1);
    expect((await bridge.scim('POST', '/Users', again)).status).toBe(409);
    await fault('POST /api/{workspace}/groups', { status: 503 });
    const group = { displayName: 'Put off' };
    expect((await bridge.scim('POST', '/Groups', group)).status).toBe(503);
    await until(
      'the group is there',
      async () => (await bridge.scim('POST', '/Groups', group)).status === 201,
    );
    const made = (await truth()).groups.filter((row: { name: string }) => row.name === 'Put off');
    expect(made.length).toBe(1);
    expect((await bridge.scim('POST', '/Groups', group)).status).toBe(409);
  });

  test('the retry of a deletion that was put off is answered 204', async () => {
    const email = 'leaver@acme.example';
    const { id } = (await bridge.scim('POST', '/Users', person(email))).body;
    await fault('DELETE /api/{workspace}/memberships/{membership}', { status: 503, times: 1 });
    expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(503);
    expect((await bridge.scim('GET', `/Users/${id}`)).status).toBe(404);
    expect([204, 404]).toContain((await bridge.scim('DELETE', `/Users/${id}`)).status);
    await until('she is out', async () => {
      const { members } = await truth();
      return members.find((row: { email: string }) => row.email === email)?.state === 'former';
    });
  });

  test('two changes of one person at once are carried out one after the other', async () => {
    const email = 'twice@acme.example';
    const { id } = (await bridge.scim('POST', '/Users', person(email))).body;
    await fault('DELETE /api/{workspace}/memberships/{membership}', { delayMs: 300, times: 1 });
    const leave = bridge.scim(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', path: 'active', value: false }),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const back = bridge.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }));
    expect([(await leave).status, (await back).status]).toEqual([200, 200]);
    expect((await bridge.scim('GET', `/Users/${id}`)).body.active).toBe(true);
    const { members } = await truth();
    expect(members.find((row: { email: string }) => row.email === email)?.state).toBe('pending');
  });

  test('a repeated request waits for what the first one left unfinished', async () => {
    const email = 'retry@acme.example';
    const id = (await bridge.scim('POST', '/Users', person(email))).body.id;
    await fault('DELETE /api/{workspace}/memberships/{membership}', { status: 503, times: 1 });
    const leave = patch({ op: 'replace', value: { active: false } });
    expect((await bridge.scim('PATCH', `/Users/${id}`, leave)).status).toBe(503);
    await until('the provider’s retry is answered', async () => {
      return (await bridge.scim('PATCH', `/Users/${id}`, leave)).status === 200;
    });
    const { members } = await truth();
    expect(members.find((row: { email: string }) => row.email === email)?.state).toBe('former');
  });

  test('an answer that was lost is looked up, so that nobody is invited twice', async () => {
    const email = 'lost@acme.example';
    await fault(INVITES, { dropAfter: true });
    await bridge.scim('POST', '/Users', person(email));
    await until('nothing is owed to Mode', async () => {
      return (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0;
    });
    expect(await invited(email)).toBe(1);
  });
});

describe('Mode says no', () => {
  test('a refused invitation leaves no person behind, and says why', async () => {
    await fault(INVITES, { status: 400, body: { id: 'bad_request', message: 'This domain is not allowed' } });
    const answer = await bridge.scim('POST', '/Users', person('refused@elsewhere.example'));
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain('This domain is not allowed');
    expect(await idOf('refused@elsewhere.example')).toBeUndefined();
  });

  test('a refused member leaves the group as it was, here and in Mode', async () => {
    const ids = await joined('m1@acme.example', 'm2@acme.example', 'm3@acme.example');
    const group = (
      await bridge.scim('POST', '/Groups', { displayName: 'Refusal', members: [{ value: ids[0] }] })
    ).body.id;
    await fault(ADD, { status: 400, body: { id: 'bad_request', message: 'No seat left' } });
    const rename = { displayName: 'Renamed', members: ids.map((value) => ({ value })) };
    const answer = await bridge.scim('PUT', `/Groups/${group}`, rename);
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('No seat left')]);
    const kept = (await bridge.scim('GET', `/Groups/${group}`)).body;
    expect([kept.displayName, kept.members.length]).toEqual(['Refusal', 1]);
    await until('Mode is put back too', async () => {
      const found = (await truth()).groups.find((row: { name: string }) => row.name === 'Refusal');
      return found?.memberTokens.length === 1;
    });
  });

  test('a group that may not be deleted has its own name again, here and in Mode', async () => {
    const group = (await bridge.scim('POST', '/Groups', { displayName: 'Kept' })).body.id;
    await fault('DELETE /api/{workspace}/groups/{group_token}', { status: 403 });
    expect((await bridge.scim('DELETE', `/Groups/${group}`)).status).toBe(403);
    expect((await bridge.scim('GET', `/Groups/${group}`)).body.displayName).toBe('Kept');
    await until('it is called so in Mode', async () => (await liveGroup('Kept')) !== undefined);
  });

  test('a group that somebody deleted in Mode is made anew with everybody in it', async () => {
    const ids = await joined('n1@acme.example', 'n2@acme.example', 'n3@acme.example');
    const members = ids.slice(0, 2).map((value) => ({ value }));
    const group = (await bridge.scim('POST', '/Groups', { displayName: 'Deleted by hand', members })).body.id;
    const { token } = await liveGroup('Deleted by hand');
    const { url, workspace, token: user, secret } = bridge.emulator;
    const authorization = `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
    const headers = { authorization };
    await fetch(`${url}/api/${workspace}/groups/${token}`, { method: 'DELETE', headers });
    const add = { op: 'add', path: 'members', value: [{ value: ids[2] }] };
    expect((await bridge.scim('PATCH', `/Groups/${group}`, patch(add))).status).toBe(204);
    expect((await liveGroup('Deleted by hand')).memberTokens).toHaveLength(3);
  });

  test('a person without any address is kept, shown as such, and invited once an address arrives', async () => {
    const { status, body } = await bridge.scim('POST', '/Users', { userName: 'no-address' });
    const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
    expect([status, body.active, body[MODE_USER]]).toEqual([201, true, { state: 'noAddress' }]);
    const address = { op: 'add', path: 'emails', value: [{ value: 'address@acme.example', type: 'work' }] };
    const answer = await bridge.scim('PATCH', `/Users/${body.id}`, patch(address));
    expect(answer.body[MODE_USER].state).toBe('pending');
    expect(await invited('address@acme.example')).toBe(1);
    const again = await bridge.scim(
      'PATCH',
      `/Users/${body.id}`,
      patch({ op: 'replace', path: 'title', value: 'x' }),
    );
    expect(again.status).toBe(200);
    expect(await invited('address@acme.example')).toBe(1);
  });

  test('bad Mode credentials are not reported as a bad SCIM token', async () => {
    await fault('*', { status: 401, times: 5 });
    const answer = await bridge.scim('POST', '/Users', person('credentials@acme.example'));
    expect(answer.status).toBe(503);
    expect(answer.body.detail).toMatch(/API token/);
  });
});

describe('a Workspace token', () => {
  test('cannot invite: the provider is told so with the remedy, before anybody is lost', async () => {
    const limited = await startBridge({ emulator: { tokenKind: 'workspace' } });
    try {
      const answer = await limited.scim('POST', '/Users', person('nobody@acme.example'));
      expect(answer.status).toBe(403);
      expect(answer.body.detail).toMatch(/Workspace/);
      const found = await limited.scim('GET', '/Users?filter=userName eq "nobody@acme.example"');
      expect(found.body.totalResults).toBe(0);
    } finally {
      await limited.stop();
    }
  });
});

describe('Mode answering anything but what was asked', () => {
  test('is never reported as a missing person', async () => {
    const other = await startBridge({ config: { REQUEST_PATIENCE_MS: '2000' } });
    try {
      const id = (await other.scim('POST', '/Users', person('busy@acme.example'))).body.id;
      // 404 first: a Mode that fails is not called any more after a while.
      for (const status of [404, 500, 503, 429]) {
        await other.control('POST', '/faults', {
          route: '*',
          status,
          times: 20,
          headers: { 'Retry-After': '4' },
        });
        const answer = await other.scim(
          'PATCH',
          `/Users/${id}`,
          patch({ op: 'replace', path: 'active', value: false }),
        );
        expect(answer.status).not.toBe(404);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        await other.control('DELETE', '/faults');
      }
    } finally {
      await other.stop();
    }
  });
});
