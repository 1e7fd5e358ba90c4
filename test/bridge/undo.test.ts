/** What Mode refuses is taken back, and nothing else: neither a newer wish nor what others changed meanwhile. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { createGate } from '../support/gate.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const LEAVE = 'DELETE /api/{workspace}/memberships/{membership}';
const RENAME = 'PATCH /api/{workspace}/groups/{group_token}';
const ADD = 'POST /api/{workspace}/groups/{group_token}/memberships';
const REFUSED = { status: 400, body: { id: 'bad_request', message: 'Not today' } };
const gate = createGate();
let bridge: Bridge;
let mode: Workspace;
beforeAll(async () => {
  bridge = await startBridge({ through: gate.open, config: { SETTLE_RETRY_MS: '60000' } });
  mode = workspaceOf(bridge);
});
afterAll(async () => {
  await bridge.stop();
  gate.close();
});
afterEach(() => bridge.control('DELETE', '/faults'));

const settled = (): Promise<void> =>
  until(
    'nothing is owed',
    async () => (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0,
  );
const joined = async (name: string): Promise<string> => {
  const email = `${name}@acme.example`;
  const id = await mode.create(email);
  await mode.join(email);
  await mode.untilState(id, 'active');
  return id;
};
const deactivate = (id: string) =>
  mode.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
const adding = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] });

/** Resolves when so many have asked to settle something since. */
const waiting = (deps = bridge.deps): ((count: number) => Promise<void>) => {
  const { turns } = deps as { turns: { enter: typeof deps.turns.enter } };
  const { enter } = turns;
  let entered = 0;
  turns.enter = (...given) => {
    entered += 1;
    return enter(...given);
  };
  return (count) => until('they wait', async () => entered >= count);
};

test.each([
  ['a person', LEAVE, /^DELETE \/api\/acme\/memberships\//, async () => `/Users/${await joined('twice')}`],
  [
    'a group',
    RENAME,
    /^PATCH \/api\/acme\/groups\//,
    async () => `/Groups/${await mode.createGroup('Twice')}`,
  ],
] as const)(
  'a deletion of %s that Mode refuses was done to nobody who asked for it',
  async (_, route, call, make) => {
    const path = await make();
    await mode.fault({ route, ...REFUSED });
    const asked = gate.hold(call, 'asked');
    const entered = waiting();
    const first = bridge.scim('DELETE', path);
    await asked.reached;
    const second = bridge.scim('DELETE', path);
    await entered(2);
    asked.release();
    expect((await first).status).toBeLessThan(500);
    expect((await first).status).toBeGreaterThanOrEqual(400);
    const { status, headers, body } = await second;
    expect([status, headers.get('retry-after'), body.detail]).toEqual([
      503,
      '1',
      expect.stringMatching(/refused/),
    ]);
    expect((await bridge.scim('GET', path)).status).toBe(200);
    expect((await bridge.scim('DELETE', path)).status).toBe(204);
  },
);

const title = { op: 'add', path: 'title', value: 'Countess' };

test.each([
  ['the same', 'the same instance', []],
  ['the same and more', 'the same instance', [title]],
  ['the same', 'another', []],
  ['the same and more', 'another', [title]],
] as const)(
  'a deactivation that Mode refuses was done to nobody who asked for %s meanwhile at %s',
  async (what, where, more) => {
    const id = await joined(`both-${what.length}-${where.length}`);
    const { scim, deps } = where === 'another' ? await bridge.beside() : bridge;
    await mode.fault({ route: LEAVE, ...REFUSED });
    const asked = gate.hold(/^DELETE \/api\/acme\/memberships\//, 'asked');
    const first = deactivate(id);
    await asked.reached;
    const entered = waiting(deps);
    const Operations = [{ op: 'replace', path: 'active', value: false }, ...more];
    const second = scim('PATCH', `/Users/${id}`, { schemas: [PATCH_OP], Operations });
    await entered(1);
    asked.release();
    expect((await first).status).toBe(403);
    const { status, headers, body } = await second;
    expect([status, headers.get('retry-after'), body.detail]).toEqual([
      503,
      '1',
      expect.stringMatching(/refused/),
    ]);
    expect((await bridge.scim('GET', `/Users/${id}`)).body.active).toBe(true);
    expect((await deactivate(id)).status).toBe(200);
    expect(await mode.standing((await bridge.scim('GET', `/Users/${id}`)).body.userName)).toBe('former');
  },
);

test('a deactivation that Mode refuses to the second of two is told to the first, too', async () => {
  // Nothing happens by itself, so that the second is the one who asks Mode.
  const quiet = await startBridge({ config: { SETTLE_INTERVAL_MS: '60000' } });
  try {
    const { users, fault, patch } = workspaceOf(quiet);
    const { id } = (await users()).find((user) => user[MODE_USER]?.state === 'active') ?? { id: '' };
    let letGo = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const slow = await quiet.beside((store) => ({
      ...store,
      unsettled: {
        ...store.unsettled,
        claim: (...given) => released.then(() => store.unsettled.claim(...given)),
      },
    }));
    await fault({ route: LEAVE, ...REFUSED });
    const off = { op: 'replace', path: 'active', value: false };
    const first = slow.scim('PATCH', `/Users/${id}`, { schemas: [PATCH_OP], Operations: [off] });
    const owed = () => quiet.deps.store.unsettled.list(quiet.connection.id);
    const answer = first.then(({ status, headers }) => [status, headers.get('retry-after')]);
    await until('it is written down', async () => (await owed()).length === 1);
    expect((await patch(`/Users/${id}`, off)).status).toBe(403);
    letGo();
    expect(await answer).toEqual([503, '1']);
    expect(await owed()).toEqual([]);
  } finally {
    await quiet.stop();
  }
});

describe('a person whose deactivation Mode refuses', () => {
  /** Asks for it, does the other thing while Mode is asked, and gives both answers. */
  const meanwhile = async (id: string, other: () => Promise<{ readonly status: number }>) => {
    await mode.fault({ route: LEAVE, ...REFUSED });
    const asked = gate.hold(/^DELETE \/api\/acme\/memberships\//, 'asked');
    const refused = deactivate(id);
    await asked.reached;
    const done = other();
    await until('it is written down', async () => {
      const record = await bridge.deps.store.users.findAny(bridge.connection.id, id);
      return (record?.version ?? 0) > 2;
    });
    asked.release();
    return [(await refused).status, (await done).status];
  };

  test('is active again, and has what somebody else wrote meanwhile', async () => {
    const id = await joined('titled');
    const write = () => mode.patch(`/Users/${id}`, title);
    // The other waits for what is under way, and changes nothing that Mode would have to hear of.
    expect(await meanwhile(id, write)).toEqual([403, 200]);
    const { body } = await bridge.scim('GET', `/Users/${id}`);
    expect([body.active, body.title]).toEqual([true, 'Countess']);
    await settled();
    expect(await mode.standing('titled@acme.example')).toBe('active');
  });

  test('is gone when she was deleted meanwhile', async () => {
    const id = await joined('deleted');
    expect(await meanwhile(id, () => bridge.scim('DELETE', `/Users/${id}`))).toEqual([403, 204]);
    expect((await bridge.scim('GET', `/Users/${id}`)).status).toBe(404);
    await settled();
    expect(await mode.standing('deleted@acme.example')).toBe('former');
  });

  test.each(['the same instance', 'another'])(
    'is to leave all the same when something else is asked for at %s before it is tried again',
    async (where) => {
      const id = await joined(`kept-${where.length}`);
      const { scim } = where === 'another' ? await bridge.beside() : bridge;
      await mode.fault({ route: LEAVE, status: 503 });
      expect((await deactivate(id)).status).toBe(503);
      await mode.fault({ route: LEAVE, ...REFUSED });
      const { status, body } = await scim('PATCH', `/Users/${id}`, {
        schemas: [PATCH_OP],
        Operations: [title],
      });
      expect([status, body.active, body.title]).toEqual([200, false, 'Countess']);
      const [owed] = await bridge.deps.store.unsettled.list(bridge.connection.id);
      expect([owed?.id, JSON.parse(owed?.undo ?? '').before.active]).toEqual([id, true]);

      // Who asks for it again is told.
      await mode.fault({ route: LEAVE, ...REFUSED });
      expect((await deactivate(id)).status).toBe(403);
      const { body: now } = await bridge.scim('GET', `/Users/${id}`);
      expect([now.active, now.title]).toEqual([true, 'Countess']);
      await settled();
    },
  );

  test('is to leave all the same when Mode refuses her deletion', async () => {
    const id = await joined('undeleted');
    await mode.fault({ route: LEAVE, status: 503 });
    expect((await deactivate(id)).status).toBe(503);
    await mode.fault({ route: LEAVE, ...REFUSED });
    expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(403);
    expect((await bridge.scim('GET', `/Users/${id}`)).body.active).toBe(false);
    // Mode is tried again at once, and takes it now.
    await settled();
    expect(await mode.standing('undeleted@acme.example')).toBe('former');
  });

  test('is in the group that she was put into meanwhile', async () => {
    const id = await joined('moved');
    const group = await mode.createGroup('Meanwhile');
    await mode.fault({ route: LEAVE, ...REFUSED });
    const asked = gate.hold(/^DELETE \/api\/acme\/memberships\//, 'asked');
    const refused = deactivate(id);
    await asked.reached;
    expect((await mode.patch(`/Groups/${group}`, adding(id))).status).toBe(204);
    asked.release();
    expect((await refused).status).toBe(403);
    await settled();
    expect(await mode.peopleIn('Meanwhile')).toEqual(['moved@acme.example']);
  });
});

describe('a group', () => {
  test('keeps what an earlier request asked for when Mode refuses a later one', async () => {
    const [later = '', earlier = ''] = [await joined('later'), await joined('earlier')];
    const group = await mode.createGroup('Merged');
    await mode.fault({ route: ADD, status: 503 });
    expect((await mode.patch(`/Groups/${group}`, adding(earlier))).status).toBe(503);
    await mode.fault({ route: ADD, ...REFUSED });
    expect((await mode.patch(`/Groups/${group}`, adding(later))).status).toBe(400);
    expect(await mode.membersOf(group)).toEqual([earlier]);
    await settled();
    expect(await mode.peopleIn('Merged')).toEqual(['earlier@acme.example']);
  });

  test('keeps the name that somebody gave it while Mode refused a member', async () => {
    const id = await joined('refused');
    const group = await mode.createGroup('Plain');
    await mode.fault({ route: ADD, ...REFUSED });
    const asked = gate.hold(/^POST \/api\/acme\/groups\/\w+\/memberships/, 'asked');
    const refused = mode.patch(`/Groups/${group}`, adding(id));
    await asked.reached;
    const renamed = mode.patch(`/Groups/${group}`, { op: 'replace', path: 'displayName', value: 'Fancy' });
    await until('it is written down', async () => {
      return (await bridge.deps.store.groups.findAny(bridge.connection.id, group))?.displayName === 'Fancy';
    });
    asked.release();
    expect([(await refused).status, (await renamed).status]).toEqual([400, 204]);
    await settled();
    expect(await mode.peopleIn('Fancy')).toEqual([]);
    expect(await mode.membersOf(group)).toEqual([]);
  });
});

test('who is active again before Mode was asked to remove her is let into the group that she was put into meanwhile', async () => {
  // Nothing happens by itself, so that the group is seen to be owed her.
  const quiet = await startBridge({ config: { SETTLE_INTERVAL_MS: '60000' } });
  try {
    const { users, createGroup, patch } = workspaceOf(quiet);
    const { id } = (await users()).find((user) => user[MODE_USER]?.state === 'active') ?? { id: '' };
    const group = await createGroup('Between');
    const dying = await quiet.beside((store) => ({
      ...store,
      unsettled: { ...store.unsettled, claim: () => Promise.reject(new Error('killed')) },
    }));
    const off = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'active', value: false }] };
    expect((await dying.scim('PATCH', `/Users/${id}`, off)).status).toBe(500);
    expect((await patch(`/Groups/${group}`, adding(id))).status).toBe(204);
    const on = await patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true });
    expect(on.status).toBe(200);
    const owed = await quiet.deps.store.unsettled.list(quiet.connection.id);
    expect(owed.map((entry) => [entry.id, entry.members])).toEqual([[group, [id]]]);
  } finally {
    await quiet.stop();
  }
});
