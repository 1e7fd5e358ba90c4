/**
 * People who get in through Mode's own SCIM endpoint (product.md section 4, "Ways in"), with its token alone and with an
 * API token beside it: provider → bridge → database → emulated Mode.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { applyPlan } from '../../src/directory/plan/apply.ts';
import { makePlan } from '../../src/directory/plan/plan.ts';
import { fullSync } from '../../src/directory/sync/sync.ts';
import { realTiming } from '../../src/mode/index.ts';
import { type Bridge, type BridgeOptions, scimAlone, startBridge, until } from '../support/bridge.ts';
import { runCommand } from '../support/command.ts';
import { startPostgres } from '../support/postgres.ts';

const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const USERS = '/scim/v2/Users';
const USER = `${USERS}/{id}`;
const GROUP = '/scim/v2/Groups/{id}';
const REST_GROUP = '/api/{workspace}/groups/{group_token}';
const REST_MEMBER = `${REST_GROUP}/memberships/{membership_token}`;
const MEMBERSHIP = '/api/{workspace}/memberships/{membership}';

const person = (email: string, more: object = {}) => ({
  userName: email,
  emails: [{ value: email, type: 'work', primary: true }],
  ...more,
});
const patch = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
const active = (value: boolean) => patch({ op: 'replace', path: 'active', value });

const WAYS: readonly (readonly [string, BridgeOptions])[] = [
  ['SCIM alone', { credentials: scimAlone }],
  ['SCIM and a Workspace token', { emulator: { tokenKind: 'workspace' } }],
];

const start = (options: BridgeOptions = {}, scim: NonNullable<BridgeOptions['emulator']>['scim'] = {}) =>
  startBridge({
    wayIn: 'scim',
    ...options,
    emulator: { ...options.emulator, scim: { enabled: true, ...scim } },
    config: { REQUEST_PATIENCE_MS: '3000', SETTLE_RETRY_MS: '1100', ...options.config },
  });

/** What tests do through the front door of a bridge, and what they see behind it. */
const handle = (bridge: () => Bridge) => {
  const truth = async () => (await bridge().control('GET', '/state')).body;
  const standing = async (email: string): Promise<string | undefined> =>
    (await truth()).members.find((row: { email: string }) => row.email === email)?.state;
  const create = async (email: string, more: object = {}): Promise<string> => {
    const { status, body } = await bridge().scim('POST', '/Users', person(email, more));
    expect([status, body.detail]).toEqual([201, undefined]);
    return body.id;
  };
  const shown = async (id: string) => (await bridge().scim('GET', `/Users/${id}`)).body;
  return {
    truth,
    standing,
    create,
    shown,
    /** What Mode's SCIM endpoint shows of somebody. */
    inMode: async (email: string) => {
      const { scimUrl, scimToken } = bridge().emulator;
      const filter = encodeURIComponent(`emails.value eq "${email}"`);
      const headers = { authorization: `Bearer ${scimToken}` };
      const answer = await fetch(`${scimUrl}/Users?filter=${filter}`, { headers });
      return ((await answer.json()) as { Resources: Record<string, unknown>[] }).Resources[0];
    },
    sends: async (method: string, path: string, body?: unknown): Promise<void> => {
      const { status, body: said } = await bridge().scim(method, path, body);
      expect([method, path, status < 300, said?.detail]).toEqual([method, path, true, undefined]);
    },
    linked: (id: string) =>
      until('she is linked', async () => (await shown(id))[MODE_USER]?.state === 'active'),
    inGroup: async (name: string): Promise<readonly string[]> => {
      const { groups, members } = await truth();
      const group = groups.find((row: { name: string; state: string }) => row.name === name);
      return members
        .filter((row: { memberToken: string }) => group?.memberTokens.includes(row.memberToken))
        .map((row: { email: string }) => row.email);
    },
    /** Calls to Mode since the last look, but for the lists that are read when its webhook tells of somebody. */
    calls: async (): Promise<Readonly<Record<string, number>>> => {
      const { byRoute } = await bridge().calls();
      const isList = (route: string) => /^GET .*(\/Users|\/memberships(\/lite)?)$/.test(route);
      return Object.fromEntries(Object.entries(byRoute).filter(([route]) => !isList(route)));
    },
    sync: () => fullSync(bridge().deps, { connection: bridge().connection, deadline: Date.now() + 60_000 }),
    settled: () =>
      until(
        'nothing is owed to Mode',
        async () => (await bridge().deps.store.unsettled.list(bridge().connection.id)).length === 0,
      ),
    fault: (route: string, more: object) => bridge().control('POST', '/faults', { route, ...more }),
  };
};

describe.each(WAYS)('%s', (name, options) => {
  const isAlone = name === 'SCIM alone';
  let bridge: Bridge;
  const does = handle(() => bridge);
  const { create, shown, standing, sends, linked, inGroup } = does;
  beforeAll(async () => {
    bridge = await start(options);
    // What the endpoint can do is found out with the first person.
    await linked(await create('first@acme.example'));
  });
  afterAll(() => bridge.stop());
  afterEach(() => bridge.control('DELETE', '/faults'));

  test('everybody who is in Mode is in SCIM after the first sync, once', async () => {
    const { members } = await does.truth();
    const there = members.filter((row: { state: string }) => row.state !== 'former');
    const { body } = await bridge.scim('GET', '/Users?count=0');
    expect(body.totalResults).toBe(there.length);
  });

  test('a person is created, deactivated, brought back and deleted by one call each', async () => {
    const email = 'ada@acme.example';
    await bridge.calls();
    const id = await create(email, { name: { givenName: 'Ada', familyName: 'Lovelace' } });
    expect(await standing(email)).toBe('active');
    expect(await does.inMode(email)).toMatchObject({ name: { givenName: 'Ada', familyName: 'Lovelace' } });
    await linked(id);
    expect(await does.calls()).toEqual({ [`POST ${USERS}`]: 1 });

    await sends('PATCH', `/Users/${id}`, active(false));
    expect(await standing(email)).toBe('former');
    expect(await shown(id)).toMatchObject({ active: false });
    // Once it is looked what a deactivation does to the membership.
    const looks = isAlone ? {} : { [`GET ${MEMBERSHIP}`]: 1 };
    expect(await does.calls()).toEqual({ [`PATCH ${USER}`]: 1, ...looks });

    await sends('PATCH', `/Users/${id}`, active(true));
    expect(await standing(email)).toBe('active');
    await linked(id);
    expect(await does.calls()).toEqual({ [`PATCH ${USER}`]: 1 });

    await sends('DELETE', `/Users/${id}`);
    expect(await standing(email)).toBe('former');
    expect((await bridge.scim('GET', `/Users/${id}`)).status).toBe(404);
    expect(await does.calls()).toEqual({ [`PATCH ${USER}`]: 1 });

    const again = await create(email);
    expect([await standing(email), again === id]).toEqual(['active', false]);
  });

  test('what Mode cannot hold costs no call, nor does what changes nothing', async () => {
    const id = await create('grace@acme.example');
    await linked(id);
    await bridge.calls();
    await sends('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'title', value: 'Admiral' }));
    await sends('PATCH', `/Users/${id}`, active(true));
    expect(await does.calls()).toEqual({});
  });

  test('a name or an address that changes is told to Mode by one call, and again when the answer is lost', async () => {
    const before = 'marie@acme.example';
    const id = await create(before, { name: { givenName: 'Marie', familyName: 'Sklodowska' } });
    await linked(id);
    await bridge.calls();
    const married = patch({ op: 'replace', path: 'name.familyName', value: 'Curie' });
    await sends('PATCH', `/Users/${id}`, married);
    expect(await does.calls()).toEqual({ [`PATCH ${USER}`]: 1 });
    expect(await does.inMode(before)).toMatchObject({ name: { givenName: 'Marie', familyName: 'Curie' } });
    await sends('PATCH', `/Users/${id}`, married);
    expect(await does.calls()).toEqual({});

    const email = 'marie.curie@acme.example';
    await does.fault(`PATCH ${USER}`, { dropAfter: true });
    await bridge.scim('PUT', `/Users/${id}`, person(email, { name: { givenName: 'Marie' }, active: true }));
    await does.settled();
    expect(await does.inMode(email)).toMatchObject({ userName: email, name: { givenName: 'Marie' } });
    await does.sync();
    expect(await shown(id)).toMatchObject({ userName: email, [MODE_USER]: { state: 'active' } });
    expect((await makePlan(bridge.deps, bridge.connection, 'enforce')).changes).toEqual([]);
  });

  test('a new name and the way back go in one call', async () => {
    const email = 'rosalind@acme.example';
    const id = await create(email, { name: { givenName: 'Rosalind' } });
    await linked(id);
    await sends('PATCH', `/Users/${id}`, active(false));
    await sends('PATCH', `/Users/${id}`, patch({ op: 'add', path: 'name.familyName', value: 'Franklin' }));
    await bridge.calls();
    await sends('PATCH', `/Users/${id}`, active(true));
    await linked(id);
    expect(await does.calls()).toEqual({ [`PATCH ${USER}`]: 1 });
    expect(await does.inMode(email)).toMatchObject({ active: true, name: { familyName: 'Franklin' } });
  });

  test('an address that Mode refuses is refused to the provider, and the record stays as it was', async () => {
    const [email, taken] = ['lise@acme.example', 'otto@acme.example'];
    const id = await create(email);
    await linked(id);
    await does.fault(`PATCH ${USER}`, { status: 409, body: { detail: 'The address is taken' } });
    const { status, body } = await bridge.scim('PUT', `/Users/${id}`, person(taken, { active: true }));
    expect([status, body.detail]).toEqual([409, expect.stringContaining('The address is taken')]);
    expect(await shown(id)).toMatchObject({ userName: email });
    await does.settled();
    expect(await does.inMode(email)).toMatchObject({ userName: email });
  });

  test('what was taken over from Mode is Mode’s to know until the provider writes it', async () => {
    const { members } = await does.truth();
    const { email } = members.find(
      (row: { state: string; admin: boolean }) => row.state === 'active' && !row.admin,
    );
    const found = await bridge.scim('GET', `/Users?filter=userName eq "${email}"`);
    const { id } = found.body.Resources[0];
    await bridge.calls();
    await sends('PATCH', `/Users/${id}`, patch({ op: 'add', path: 'title', value: 'Dr' }));
    expect(await does.calls()).toEqual({});
    await sends('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'name.familyName', value: 'Written' }));
    expect(await does.inMode(email)).toMatchObject({ name: { familyName: 'Written' } });
  });

  test('somebody in Mode whom the record does not know yet is taken over, active or not', async () => {
    await bridge.control('DELETE', '/webhooks');
    for (const email of ['here@acme.example', 'gone@acme.example']) {
      await bridge.control('POST', '/join', { email });
      if (email.startsWith('gone')) await bridge.control('POST', '/edit', { op: 'removeMember', email });
      await create(email, { name: { givenName: 'Known', familyName: 'Before' } });
      const { members } = await does.truth();
      const same = members.filter((row: { email: string }) => row.email === email);
      expect(same).toMatchObject([{ state: 'active' }]);
      expect(await does.inMode(email)).toMatchObject({ name: { familyName: 'Before' } });
    }
    const url = `${bridge.server.url}/hooks/mode/${bridge.connection.webhookSecret}`;
    await bridge.control('POST', '/webhooks', { url });
  });

  test('groups are made, filled, emptied, renamed and deleted', async () => {
    const emails = ['m1', 'm2', 'm3', 'm4'].map((who) => `${who}@acme.example`);
    const ids: string[] = [];
    for (const email of emails) ids.push(await create(email));
    for (const id of ids) await linked(id);
    await does.settled();
    const members = ids.map((value) => ({ value }));
    const { body } = await bridge.scim('POST', '/Groups', {
      displayName: 'Crew',
      members: members.slice(0, 1),
    });
    expect(await inGroup('Crew')).toEqual(emails.slice(0, 1));
    await bridge.calls();
    await sends(
      'PATCH',
      `/Groups/${body.id}`,
      patch({ op: 'add', path: 'members', value: members.slice(1) }),
    );
    expect(await inGroup('Crew')).toEqual(emails);
    // SCIM takes them in one call, REST one by one.
    expect(Object.values(await does.calls())).toEqual([isAlone ? 1 : 3]);
    await sends('PUT', `/Groups/${body.id}`, { displayName: 'Team', members: members.slice(0, 2) });
    expect([await inGroup('Crew'), await inGroup('Team')]).toEqual([[], emails.slice(0, 2)]);
    const writes = isAlone
      ? { [`PATCH ${GROUP}`]: 2 }
      : { [`PATCH ${REST_GROUP}`]: 1, [`DELETE ${REST_MEMBER}`]: 2 };
    expect(await does.calls()).toEqual(writes);
    await sends('PATCH', `/Users/${ids[0]}`, active(false));
    expect(await inGroup('Team')).toEqual(emails.slice(1, 2));
    await sends('PATCH', `/Users/${ids[0]}`, active(true));
    await until('she is in the group again', async () => (await inGroup('Team')).length === 2);
    await sends('DELETE', `/Groups/${body.id}`);
    const { groups } = await does.truth();
    const live = groups.filter((row: { state: string }) => row.state === 'active');
    expect(live.map((row: { name: string }) => row.name)).not.toContain('Team');
  });

  test('changes made in Mode by hand are seen by a sync and undone where that is set', async () => {
    const email = 'drift@acme.example';
    const id = await create(email);
    await linked(id);
    const group = (await bridge.scim('POST', '/Groups', { displayName: 'Drift', members: [{ value: id }] }))
      .body;
    expect(await inGroup('Drift')).toEqual([email]);
    await bridge.control('POST', '/edit', { op: 'removeMember', email });
    await does.sync();
    const plan = await makePlan(bridge.deps, bridge.connection, 'enforce');
    expect(plan.changes.map(({ situation, person: who }) => [situation, who?.userName])).toEqual([
      ['person removed by hand', email],
    ]);
    const call = { connection: bridge.connection, deadline: Date.now() + 20_000 };
    const wish = { reconcile: 'enforce', planId: plan.id, override: [] } as const;
    expect(await applyPlan(bridge.deps, call, wish)).toMatchObject({ done: 1, refused: [] });
    expect(await standing(email)).toBe('active');
    await until('she is in her group again', async () => (await inGroup('Drift')).length === 1);
    await sends('DELETE', `/Groups/${group.id}`);
  });

  describe('trouble', () => {
    test('a 429 is waited for', async () => {
      await does.fault(`POST ${USERS}`, { status: 429, headers: { 'Retry-After': '1' } });
      await create('patient@acme.example');
      expect(await standing('patient@acme.example')).toBe('active');
    });

    test('a Mode that is down is told with Retry-After, and the change is kept and made', async () => {
      const email = 'later@acme.example';
      await does.fault(`POST ${USERS}`, { status: 503 });
      const { status, headers } = await bridge.scim('POST', '/Users', person(email));
      expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
      await until('she is in Mode', async () => (await standing(email)) === 'active');
      await does.settled();
      const id = (await bridge.scim('GET', `/Users?filter=userName eq "${email}"`)).body.Resources[0].id;
      await linked(id);
      await does.fault(`PATCH ${USER}`, { status: 503 });
      expect((await bridge.scim('PATCH', `/Users/${id}`, active(false))).status).toBe(503);
      await until('she is out', async () => (await standing(email)) === 'former');
    });

    test('an answer that was lost is looked up: nobody is created twice, and whoever leaves is out', async () => {
      const email = 'lost@acme.example';
      await does.fault(`POST ${USERS}`, { dropAfter: true });
      await bridge.scim('POST', '/Users', person(email));
      await does.settled();
      const { members } = await does.truth();
      expect(members.filter((row: { email: string }) => row.email === email)).toHaveLength(1);
      const id = (await bridge.scim('GET', `/Users?filter=userName eq "${email}"`)).body.Resources[0].id;
      await does.fault(`PATCH ${USER}`, { dropAfter: true });
      await bridge.scim('PATCH', `/Users/${id}`, active(false));
      await does.settled();
      expect(await standing(email)).toBe('former');
    });

    test('whom Mode’s SCIM endpoint says not to know is out all the same, deactivated or deleted', async () => {
      for (const how of ['deactivated', 'deleted']) {
        const email = `unknown-${how}@acme.example`;
        const id = await create(email);
        await linked(id);
        await does.fault(`PATCH ${USER}`, { status: 404 });
        if (how === 'deleted') await sends('DELETE', `/Users/${id}`);
        else await sends('PATCH', `/Users/${id}`, active(false));
        expect(await standing(email)).toBe('former');
      }
    });

    test('a refusal leaves no person behind, and says why in Mode’s words', async () => {
      await does.fault(`POST ${USERS}`, { status: 400, body: { detail: 'This domain is not allowed' } });
      const { status, body } = await bridge.scim('POST', '/Users', person('no@elsewhere.example'));
      expect([status, body.detail]).toEqual([400, expect.stringContaining('This domain is not allowed')]);
      const found = await bridge.scim('GET', '/Users?filter=userName eq "no@elsewhere.example"');
      expect(found.body.totalResults).toBe(0);
    });

    test('a dead SCIM token is not the provider’s fault: 503 with the remedy, and readiness says so', async () => {
      await does.fault(`POST ${USERS}`, { status: 401 });
      await does.fault(`GET ${USERS}`, { status: 401, times: 3 });
      const { status, body } = await bridge.scim('POST', '/Users', person('dead@acme.example'));
      expect([status, body.detail]).toEqual([503, expect.stringMatching(/refuses the SCIM token.*renew/)]);
      const ready = (await (await fetch(`${bridge.server.url}/readyz`)).json()) as { connections: unknown };
      expect(JSON.stringify(ready.connections)).toContain('SCIM token');
    });
  });
});

describe('a Mode that is otherwise', () => {
  const withBridge = async (bridge: Bridge, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } finally {
      await bridge.stop();
    }
  };

  test('by PUT alone, undocumented, without filters, that counts pages: a life goes on all the same', async () => {
    const bridge = await start(
      { credentials: scimAlone, emulator: { people: 40 } },
      {
        updates: 'put',
        discovery: false,
        unsupportedStatus: 404,
        filter: 'ignored',
        totals: 'page',
        maxResults: 15,
        userNames: 'lowered',
        changed: 'nothing',
        members: 'hidden',
      },
    );
    await withBridge(bridge, async () => {
      const { create, standing, sends, inGroup, sync, linked } = handle(() => bridge);
      const email = 'Ada.L@acme.example';
      const id = await create(email);
      await linked(id);
      const group = (await bridge.scim('POST', '/Groups', { displayName: 'Crew', members: [{ value: id }] }))
        .body;
      expect(await inGroup('Crew')).toEqual([email]);
      await sync();
      // Who is in groups is not shown, so nobody counts as taken out of them.
      expect((await makePlan(bridge.deps, bridge.connection, 'enforce')).changes).toEqual([]);
      await sends('PATCH', `/Users/${id}`, active(false));
      expect(await standing(email)).toBe('former');
      await sends('PATCH', `/Users/${id}`, active(true));
      expect(await standing(email)).toBe('active');
      await sends('DELETE', `/Groups/${group.id}`);
      await sends('DELETE', `/Users/${id}`);
      expect(await standing(email)).toBe('former');
    });
  });

  test('that invites and calls it membership: groups wait until she has come', async () => {
    const bridge = await start({ credentials: scimAlone }, { creates: 'invitation' });
    await withBridge(bridge, async () => {
      const { create, standing, inGroup, shown, sync, settled } = handle(() => bridge);
      const email = 'ada@acme.example';
      const id = await create(email);
      expect(await standing(email)).toBe('pending');
      const made = await bridge.scim('POST', '/Groups', { displayName: 'Crew', members: [{ value: id }] });
      expect([made.status, made.body.members.length]).toEqual([201, 1]);
      expect([(await shown(id))[MODE_USER].state, await inGroup('Crew')]).toEqual(['pending', []]);
      await sync();
      await settled();
      expect(await inGroup('Crew')).toEqual([]);
      await bridge.control('POST', '/join', { email });
      await until('she is in her group', async () => (await inGroup('Crew')).includes(email));
      expect((await shown(id))[MODE_USER].state).toBe('active');
    });
  });

  test('without groups: they are refused with the remedy, and people come all the same', async () => {
    const bridge = await start({ credentials: scimAlone }, { groups: false });
    await withBridge(bridge, async () => {
      const { create, standing } = handle(() => bridge);
      await create('ada@acme.example');
      expect(await standing('ada@acme.example')).toBe('active');
      const { status, body } = await bridge.scim('POST', '/Groups', { displayName: 'Crew' });
      expect([status, body.detail]).toEqual([403, expect.stringContaining('--mode-token')]);
    });
  });

  test('that only flags who is deactivated: the membership is ended over REST where an API token is there', async () => {
    const bridge = await start({}, { deactivation: 'flag' });
    await withBridge(bridge, async () => {
      const { create, standing, sends, linked } = handle(() => bridge);
      const email = 'ada@acme.example';
      const id = await create(email);
      await linked(id);
      await sends('PATCH', `/Users/${id}`, active(false));
      expect(await standing(email)).toBe('former');
    });
  });
});

test('a SCIM token that Mode refuses is known to every process and command, and one check heals all', async () => {
  let skippedMs = 0;
  const timing = { ...realTiming, now: () => Date.now() + skippedMs };
  const bridge = await start({ timing, emulator: { tokenKind: 'workspace' } });
  try {
    const { create, fault, standing } = handle(() => bridge);
    await create('before@acme.example');
    for (const route of [`POST ${USERS}`, `GET ${USERS}`]) await fault(route, { status: 401, times: 1000 });
    const late = ['ada@acme.example', 'grace@acme.example'];
    expect((await bridge.scim('POST', '/Users', person(late[0] ?? ''))).status).toBe(503);

    const other = await bridge.beside();
    await bridge.calls();
    const { status, body } = await other.scim('POST', '/Users', person(late[1] ?? ''));
    expect([status, body.detail]).toEqual([503, expect.stringMatching(/refuses the SCIM token.*renew/)]);
    const asked = Object.keys((await bridge.calls()).byRoute);
    expect(asked.filter((route) => route.includes('/scim/'))).toEqual([]);
    const ready = async (url: string) => (await fetch(`${url}/readyz`)).json();
    expect(await ready(other.server.url)).toMatchObject({
      connections: [
        { code: 'mode.credential.refused', message: expect.stringContaining('--mode-scim-token') },
      ],
    });
    const list = await runCommand(['connection', 'list'], bridge.environment);
    expect(list.out).toMatch(/expires on .*; its SCIM token is refused by Mode since 20/);

    await bridge.control('DELETE', '/faults');
    skippedMs = 301_000;
    for (const email of late) await until('she is in', async () => (await standing(email)) === 'active');
    for (const { server } of [bridge, other]) expect(await ready(server.url)).toEqual({ status: 'ready' });
  } finally {
    await bridge.stop();
  }
}, 60_000);

test('the same on PostgreSQL', async () => {
  const postgres = await startPostgres();
  const bridge = await start({ credentials: scimAlone, database: await postgres.createDatabase() });
  try {
    const { create, standing, sends, linked } = handle(() => bridge);
    const id = await create('ada@acme.example');
    await linked(id);
    await sends('PATCH', `/Users/${id}`, active(false));
    expect(await standing('ada@acme.example')).toBe('former');
    await sends('PATCH', `/Users/${id}`, active(true));
    expect(await standing('ada@acme.example')).toBe('active');
  } finally {
    await bridge.stop();
    await postgres.stop();
  }
});
