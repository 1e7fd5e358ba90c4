/** People whom SAML creates in Mode at their first sign-in: recorded, waited for, linked when they come (product.md section 4, "Ways in"). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { changeWayIn } from '../../src/directory/connections/way-in.ts';
import { makePlan } from '../../src/directory/plan/plan.ts';
import { fullSync } from '../../src/directory/sync/sync.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';

const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const person = (email: string, more: object = {}) => ({
  userName: email,
  emails: [{ value: email, type: 'work', primary: true }],
  ...more,
});
const activePatch = (value: boolean) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path: 'active', value }],
});

let bridge: Bridge;
beforeAll(async () => {
  // A Workspace token: the one that can be issued, and that can do all of this without inviting anybody.
  bridge = await startBridge({ wayIn: 'jit', emulator: { tokenKind: 'workspace', formerMayRejoin: true } });
});
afterAll(() => bridge.stop());

const create = async (email: string, more: object = {}): Promise<string> => {
  const { status, body } = await bridge.scim('POST', '/Users', person(email, more));
  expect(status).toBe(201);
  return body.id;
};
const shown = async (id: string) => (await bridge.scim('GET', `/Users/${id}`)).body;
const setActive = async (id: string, active: boolean): Promise<void> =>
  expect((await bridge.scim('PATCH', `/Users/${id}`, activePatch(active))).status).toBe(200);
const signIn = (email: string) => bridge.control('POST', '/join', { email });
const standing = async (email: string): Promise<string | undefined> =>
  (await bridge.control('GET', '/state')).body.members.find((row: { email: string }) => row.email === email)
    ?.state;
const comes = (id: string) =>
  until('she is linked', async () => (await shown(id))[MODE_USER]?.state === 'active');
const isOut = (email: string) => until('she is out', async () => (await standing(email)) === 'former');
const withoutWebhook = async (work: () => Promise<unknown>): Promise<void> => {
  await bridge.control('DELETE', '/webhooks');
  await work();
  const url = `${bridge.server.url}/hooks/mode/${bridge.connection.webhookSecret}`;
  await bridge.control('POST', '/webhooks', { url });
};

describe('somebody who has yet to come', () => {
  test.each(['deactivated', 'deleted'])('is out when she came unseen and is %s', async (how) => {
    const email = `unseen-${how}@acme.example`;
    const id = await create(email);
    await withoutWebhook(() => signIn(email));
    await bridge.calls();
    if (how === 'deleted') expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    else await setActive(id, false);
    expect(await standing(email)).toBe('former');
    expect((await bridge.calls()).total).toBe(3);
  });

  test('is recorded, shown as waiting, and costs no call; her groups follow when she signs in', async () => {
    const email = 'ada@acme.example';
    const id = await create(email);
    const group = (await bridge.scim('POST', '/Groups', { displayName: 'Waiting', members: [] })).body.id;
    await bridge.calls();
    const add = { op: 'add', path: 'members', value: [{ value: id }] };
    const joinGroup = await bridge.scim('PATCH', `/Groups/${group}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [add],
    });
    expect([200, 204]).toContain(joinGroup.status);
    const waiting = await shown(id);
    expect(waiting).toMatchObject({ active: true, [MODE_USER]: { state: 'awaitingSignIn' } });
    expect(waiting.groups).toHaveLength(1);
    expect((await bridge.calls()).total).toBe(0);
    await signIn(email);
    await comes(id);
    const present = async () => {
      const { groups, members } = (await bridge.control('GET', '/state')).body;
      const { memberToken } = members.find((row: { email: string }) => row.email === email);
      return groups
        .find((row: { name: string }) => row.name === 'Waiting')
        .memberTokens.includes(memberToken);
    };
    await until('she is in her group', present);
    const { byRoute } = await bridge.calls();
    expect(byRoute).toEqual({
      'GET /api/{workspace}/memberships': 1,
      'GET /api/{workspace}/memberships/lite': 1,
      'POST /api/{workspace}/groups/{group_token}/memberships': 1,
    });
  });

  test('is linked by the next sync where no webhook is set up', async () => {
    const id = await create('quiet@acme.example');
    await withoutWebhook(() => signIn('quiet@acme.example'));
    expect((await shown(id))[MODE_USER]).toEqual({ state: 'awaitingSignIn' });
    await fullSync(bridge.deps, { connection: bridge.connection, deadline: Date.now() + 9_000 });
    expect((await shown(id))[MODE_USER]).toMatchObject({ state: 'active' });
  });

  test('without an address is shown as such: nothing would tell who she is when she comes', async () => {
    const { body } = await bridge.scim('POST', '/Users', { userName: 'no-address' });
    expect(body[MODE_USER]).toEqual({ state: 'noAddress' });
  });

  test('deactivated or deleted before she came is looked for, and removed if she comes all the same', async () => {
    const [leaver, deleted] = ['leaver@acme.example', 'deleted@acme.example'];
    const id = await create(leaver);
    const gone = await create(deleted);
    await bridge.calls();
    await setActive(id, false);
    expect((await bridge.scim('DELETE', `/Users/${gone}`)).status).toBe(204);
    // She may have come unseen, and would stay.
    expect((await bridge.calls()).byRoute).toEqual({
      'GET /api/{workspace}/memberships': 2,
      'GET /api/{workspace}/memberships/lite': 2,
    });
    expect((await shown(id))[MODE_USER]).toBeUndefined();
    await signIn(leaver);
    await isOut(leaver);
    // Who was deleted here is nobody whom the provider knows: shown, or removed, as the connection reconciles.
    await signIn(deleted);
    await until('she is adopted', async () => {
      const found = await bridge.scim('GET', `/Users?filter=userName eq "${deleted}"`);
      return found.body.totalResults === 1;
    });
  });
});

describe('somebody who came', () => {
  test('is removed when she is deactivated, and again when she signs in later: at once by the webhook', async () => {
    const email = 'grace@acme.example';
    const id = await create(email);
    await signIn(email);
    await comes(id);
    await bridge.calls();
    await setActive(id, false);
    expect(await standing(email)).toBe('former');
    expect((await bridge.calls()).total).toBe(1);
    await signIn(email);
    await isOut(email);
    await until('it is shown', async () => (await shown(id))[MODE_USER]?.state === 'former');
  });

  test('and was deactivated is removed again by the next sync where no webhook is set up', async () => {
    const email = 'hidden@acme.example';
    const id = await create(email);
    await signIn(email);
    await comes(id);
    await setActive(id, false);
    await withoutWebhook(() => signIn(email));
    expect(await standing(email)).toBe('active');
    await fullSync(bridge.deps, { connection: bridge.connection, deadline: Date.now() + 9_000 });
    await isOut(email);
  });

  test('is wanted again without a call, and shown as she is in Mode until she comes', async () => {
    const email = 'back@acme.example';
    const id = await create(email);
    await signIn(email);
    await comes(id);
    await setActive(id, false);
    await bridge.calls();
    await setActive(id, true);
    expect((await bridge.calls()).total).toBe(0);
    expect(await shown(id)).toMatchObject({ active: true, [MODE_USER]: { state: 'former' } });
    expect(bridge.logged.filter((line) => line.includes('"settle.must-be-let-in"'))).toEqual([
      expect.stringContaining(id),
    ]);
    await signIn(email);
    await comes(id);
  });
});

describe('somebody whom an admin of Mode removed by hand', () => {
  test('is shown by the plan, which promises no invitation that nobody sends', async () => {
    const email = 'removed@acme.example';
    const id = await create(email);
    await signIn(email);
    await comes(id);
    await withoutWebhook(() => bridge.control('POST', '/edit', { op: 'removeMember', email }));
    await fullSync(bridge.deps, { connection: bridge.connection, deadline: Date.now() + 9_000 });
    const { changes, shown } = await makePlan(bridge.deps, bridge.connection, 'enforce');
    const isAbout = ({ person: whom }: { person: { userName: string } | null }) => whom?.userName === email;
    expect(changes.filter(isAbout)).toEqual([]);
    expect(shown.filter(isAbout)).toMatchObject([{ situation: 'person removed by hand', action: 'show' }]);
    const inviting = { ...bridge.connection, wayIn: 'invite' } as const;
    expect((await makePlan(bridge.deps, inviting, 'enforce')).changes.filter(isAbout)).toMatchObject([
      { action: 'invitePerson' },
    ]);
  });
});

describe('another way in', () => {
  test('inviting is refused while the token cannot, and invites those who wait once it can', async () => {
    const email = 'late@acme.example';
    const id = await create(email);
    await expect(changeWayIn(bridge.deps, bridge.connection, 'invite')).rejects.toMatchObject({
      code: 'directory.way-in.cannot-invite',
      message: expect.stringContaining('connection renew'),
    });
    expect((await shown(id))[MODE_USER]).toEqual({ state: 'awaitingSignIn' });
    const able = await startBridge({ wayIn: 'jit' });
    try {
      const made = (await able.scim('POST', '/Users', person(email))).body;
      await able.scim('POST', '/Users', { userName: 'nowhere' });
      expect(await changeWayIn(able.deps, able.connection, 'invite')).toBe(1);
      await until('she is invited', async () => {
        const { body } = await able.scim('GET', `/Users/${made.id}`);
        return body[MODE_USER]?.state === 'pending';
      });
      const invites: { email: string }[] = (await able.control('GET', '/state')).body.invites;
      expect(invites.filter((one) => one.email === email)).toHaveLength(1);
      expect(await changeWayIn(able.deps, { ...able.connection, wayIn: 'invite' }, 'invite')).toBe(0);
    } finally {
      await able.stop();
    }
  });
});
