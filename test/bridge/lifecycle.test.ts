/** A person's life through the front door: what SCIM answers, what Mode holds then, and how often Mode was called. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { startPostgres } from '../support/postgres.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const patch = (...Operations: unknown[]) => ({ schemas: [PATCH_OP], Operations });
const person = (email: string, more: object = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName: email,
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [{ value: email, type: 'work', primary: true }],
  active: true,
  ...more,
});

const engines = [
  { engine: 'SQLite', start: async () => startBridge() },
  {
    engine: 'PostgreSQL',
    start: async () => {
      const postgres = await startPostgres();
      const bridge = await startBridge({ database: await postgres.createDatabase() });
      return { ...bridge, stop: () => bridge.stop().finally(() => postgres.stop()) };
    },
  },
];

let bridge: Bridge;
const truth = async () => (await bridge.control('GET', '/state')).body;
const member = async (email: string) =>
  (await truth()).members.find((row: { email: string }) => row.email === email);
const standing = async (email: string) => (await member(email))?.state;
const create = async (email: string, more: object = {}): Promise<string> =>
  (await bridge.scim('POST', '/Users', person(email, more))).body.id;
const joined = async (email: string): Promise<string> => {
  const id = await create(email);
  await bridge.control('POST', '/join', { email });
  await until('she is linked', async () => {
    const { body } = await bridge.scim('GET', `/Users/${id}`);
    return body['urn:ietf:params:scim:schemas:extension:mode:2.0:User']?.state === 'active';
  });
  await bridge.calls();
  return id;
};
const groupOf = async (displayName: string, ids: string[] = []): Promise<string> => {
  const members = ids.map((value) => ({ value }));
  return (await bridge.scim('POST', '/Groups', { displayName, members })).body.id;
};
const peopleIn = async (name: string): Promise<string[]> => {
  const { groups, members } = await truth();
  const group = groups.find(
    (row: { name: string; state: string }) => row.name === name && row.state === 'active',
  );
  const emails = new Map(
    members.map((row: { memberToken: string; email: string }) => [row.memberToken, row.email]),
  );
  return (group?.memberTokens ?? []).map((token: string) => emails.get(token)).sort();
};

describe.each(engines)('a life on $engine', ({ start }) => {
  beforeAll(async () => {
    bridge = await start();
  }, 60_000);
  afterAll(() => bridge.stop());

  describe('people', () => {
    test('creating a person invites her to Mode with one call', async () => {
      const answer = await bridge.scim('POST', '/Users', person('new@acme.example'));
      expect(answer.status).toBe(201);
      expect(answer.headers.get('location')).toBe(answer.body.meta.location);
      expect(await bridge.calls()).toEqual({ total: 1, byRoute: { 'POST /api/{workspace}/invites': 1 } });
      expect((await truth()).invites.map((row: { email: string }) => row.email)).toContain(
        'new@acme.example',
      );
    });

    test('creating a person inactive calls nobody', async () => {
      await create('inactive@acme.example', { active: false });
      expect((await bridge.calls()).total).toBe(0);
      expect(await member('inactive@acme.example')).toBeUndefined();
    });

    test('reading, and writing what Mode cannot hold, call nobody', async () => {
      const id = await joined('reader@acme.example');
      await bridge.scim('GET', `/Users/${id}`);
      await bridge.scim('GET', '/Users?filter=userName eq "reader@acme.example"');
      const changed = await bridge.scim(
        'PATCH',
        `/Users/${id}`,
        patch({ op: 'Replace', path: 'title', value: 'Countess' }),
      );
      expect(changed.body.title).toBe('Countess');
      expect((await bridge.calls()).total).toBe(0);
    });

    test.each([
      ["Entra's default", { op: 'Replace', path: 'active', value: 'False' }],
      ["Entra's newer", { op: 'replace', path: 'active', value: false }],
      ['an add', { op: 'Add', path: 'active', value: 'false' }],
      ["Okta's", { op: 'replace', value: { active: false } }],
    ])(
      'T079 T080 deactivating in %s form removes her from Mode with one call and keeps her in SCIM',
      async (form, operation) => {
        const email = `leaver-${form.replace(/\W/g, '')}@acme.example`.toLowerCase();
        const id = await joined(email);
        const group = await groupOf(`Leavers ${form}`, [id]);
        await bridge.calls();
        const answer = await bridge.scim('PATCH', `/Users/${id}`, patch(operation));
        expect([answer.status, answer.body.active]).toEqual([200, false]);
        const { byRoute } = await bridge.calls();
        expect(byRoute).toEqual({ 'DELETE /api/{workspace}/memberships/{membership}': 1 });
        expect(await standing(email)).toBe('former');
        const kept = await bridge.scim('GET', `/Users/${id}`);
        expect(kept.body.active).toBe(false);
        expect(kept.body.groups.map((row: { value: string }) => row.value)).toEqual([group]);
        const found = await bridge.scim('GET', `/Users?filter=userName eq "${email}"`);
        expect(found.body.Resources[0].active).toBe(false);
      },
    );

    test('T109 T110 reactivating invites her again under the same id, and her groups come back when she joins', async () => {
      const email = 'back@acme.example';
      const id = await joined(email);
      await groupOf('Returners', [id]);
      await bridge.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
      await bridge.calls();
      const answer = await bridge.scim(
        'PATCH',
        `/Users/${id}`,
        patch({ op: 'replace', value: { active: true } }),
      );
      expect([answer.body.id, answer.body.active]).toEqual([id, true]);
      expect((await bridge.calls()).byRoute).toEqual({ 'POST /api/{workspace}/invites': 1 });
      expect(await standing(email)).toBe('pending');
      await bridge.control('POST', '/join', { email });
      await until('she is in her group', async () => (await peopleIn('Returners')).includes(email));
    });

    test('a person whose invitation stands is deactivated before she ever joins', async () => {
      const email = 'never@acme.example';
      const id = await create(email);
      await bridge.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false }));
      expect(await standing(email)).toBe('former');
    });

    test('T081 T082 Okta deactivates by PUT; a PUT without active changes nothing about it', async () => {
      const email = 'put@acme.example';
      const id = await joined(email);
      const { active: _active, ...rest } = person(email);
      await bridge.scim('PUT', `/Users/${id}`, { ...rest, active: false });
      expect(await standing(email)).toBe('former');
      const silent = await bridge.scim('PUT', `/Users/${id}`, { ...rest, nickName: 'Put' });
      expect([silent.body.active, silent.body.nickName]).toEqual([false, 'Put']);
      expect(await standing(email)).toBe('former');
    });

    test('a removed active is unassigned and brings nobody back, nor locks anybody out', async () => {
      const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
      const remove = patch({ op: 'remove', path: 'active' });
      const leaver = await joined('silent-out@acme.example');
      await bridge.scim('PATCH', `/Users/${leaver}`, patch({ op: 'replace', path: 'active', value: false }));
      const stayer = await joined('silent-in@acme.example');
      await bridge.calls();
      for (const [id, state, active] of [
        [leaver, 'former', false],
        [stayer, 'active', undefined],
      ] as const) {
        const { body } = await bridge.scim('PATCH', `/Users/${id}`, remove);
        expect([body.active, body[MODE_USER].state]).toEqual([active, state]);
        await bridge.scim('PATCH', `/Users/${id}`, patch({ op: 'add', path: 'title', value: 'Quiet' }));
      }
      expect((await bridge.calls()).total).toBe(0);
      const back = await bridge.scim(
        'PATCH',
        `/Users/${leaver}`,
        patch({ op: 'add', path: 'active', value: true }),
      );
      expect(back.body[MODE_USER].state).toBe('pending');
    });

    test('T111 T112 DELETE removes her here and in Mode; the same name gives a new id', async () => {
      const email = 'deleted@acme.example';
      const id = await joined(email);
      const group = await groupOf('Deleters', [id]);
      await bridge.calls();
      expect((await bridge.scim('DELETE', `/Users/${id}`)).status).toBe(204);
      expect((await bridge.calls()).total).toBe(1);
      expect(await standing(email)).toBe('former');
      for (const method of ['GET', 'DELETE'])
        expect((await bridge.scim(method, `/Users/${id}`)).status).toBe(404);
      expect((await bridge.scim('PUT', `/Users/${id}`, person(email))).status).toBe(404);
      expect((await bridge.scim('GET', `/Users?filter=userName eq "${email}"`)).body.totalResults).toBe(0);
      expect((await bridge.scim('GET', `/Groups/${group}`)).body.members).toEqual([]);
      const again = await bridge.scim('POST', '/Users', person(email));
      expect(again.status).toBe(201);
      expect(again.body.id).not.toBe(id);
    });

    test('a change that changes nothing costs nothing and leaves lastModified alone (T096)', async () => {
      const id = await joined('same@acme.example');
      const before = await bridge.scim('GET', `/Users/${id}`);
      const after = await bridge.scim(
        'PATCH',
        `/Users/${id}`,
        patch({ op: 'replace', path: 'active', value: true }),
      );
      expect(after.body.meta).toEqual(before.body.meta);
      expect((await bridge.calls()).total).toBe(0);
    });
  });

  describe('groups', () => {
    test('a group costs one call, and one for each member who has joined', async () => {
      const ids = [await joined('g1@acme.example'), await joined('g2@acme.example')];
      await groupOf('Founders', ids);
      expect((await bridge.calls()).byRoute).toEqual({
        'POST /api/{workspace}/groups': 1,
        'POST /api/{workspace}/groups/{group_token}/memberships': 2,
      });
      expect(await peopleIn('Founders')).toEqual(['g1@acme.example', 'g2@acme.example']);
    });

    test('adding members calls Mode only for those who are missing (T118)', async () => {
      const [one, two] = [await joined('k1@acme.example'), await joined('k2@acme.example')];
      const group = await groupOf('Additions', [one]);
      await bridge.calls();
      const members = [
        { $ref: null, value: one },
        { $ref: null, value: two },
      ];
      const answer = await bridge.scim(
        'PATCH',
        `/Groups/${group}`,
        patch({ op: 'Add', path: 'members', value: members }),
      );
      expect(answer.status).toBe(204);
      expect((await bridge.calls()).byRoute).toEqual({
        'POST /api/{workspace}/groups/{group_token}/memberships': 1,
      });
      expect(await peopleIn('Additions')).toEqual(['k1@acme.example', 'k2@acme.example']);
    });

    test('removing members removes only those named, one call each (T119 T120)', async () => {
      const ids = [
        await joined('r1@acme.example'),
        await joined('r2@acme.example'),
        await joined('r3@acme.example'),
      ];
      const group = await groupOf('Removals', ids);
      await bridge.calls();
      await bridge.scim(
        'PATCH',
        `/Groups/${group}`,
        patch({ op: 'Remove', path: 'members', value: [{ value: ids[0] }] }),
      );
      await bridge.scim(
        'PATCH',
        `/Groups/${group}`,
        patch({ op: 'remove', path: `members[value eq "${ids[1]}"]` }),
      );
      const route = 'DELETE /api/{workspace}/groups/{group_token}/memberships/{membership_token}';
      expect((await bridge.calls()).byRoute).toEqual({ [route]: 2 });
      expect(await peopleIn('Removals')).toEqual(['r3@acme.example']);
    });

    test('renaming costs one call, the same name none (T128)', async () => {
      const group = await groupOf('Old name');
      await bridge.calls();
      const rename = patch({ op: 'Replace', path: 'displayName', value: 'New name' });
      await bridge.scim('PATCH', `/Groups/${group}`, rename);
      await bridge.scim('PATCH', `/Groups/${group}`, rename);
      expect((await bridge.calls()).byRoute).toEqual({ 'PATCH /api/{workspace}/groups/{group_token}': 1 });
    });

    test('deleting costs two calls, because a deleted name collides in Mode (T130)', async () => {
      for (let round = 0; round < 2; round += 1) {
        const group = await groupOf('Short-lived');
        await bridge.calls();
        expect((await bridge.scim('DELETE', `/Groups/${group}`)).status).toBe(204);
        expect((await bridge.calls()).total).toBe(2);
        expect((await bridge.scim('GET', `/Groups/${group}`)).status).toBe(404);
      }
      const live = (await truth()).groups.filter(
        (row: { name: string; state: string }) => row.state === 'active',
      );
      expect(live.map((row: { name: string }) => row.name)).not.toContain('Short-lived');
    });

    test('who has not joined yet waits in the record and is added the moment she joins', async () => {
      const email = 'waits@acme.example';
      const id = await create(email);
      await bridge.calls();
      const group = await groupOf('Waiting room', [id]);
      expect((await bridge.calls()).byRoute).toEqual({ 'POST /api/{workspace}/groups': 1 });
      expect((await bridge.scim('GET', `/Groups/${group}`)).body.members).toHaveLength(1);
      await bridge.control('POST', '/join', { email });
      await until('she is in the group', async () => (await peopleIn('Waiting room')).includes(email));
    });

    test('an unknown member is named and nothing of the request is applied (T126)', async () => {
      const id = await joined('known@acme.example');
      const group = await groupOf('Guarded');
      await bridge.calls();
      const value = [{ value: id }, { value: 'no-such-person' }];
      const answer = await bridge.scim(
        'PATCH',
        `/Groups/${group}`,
        patch({ op: 'add', path: 'members', value }),
      );
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        scimType: 'invalidValue',
        detail: expect.stringContaining('no-such-person'),
      });
      expect((await bridge.scim('GET', `/Groups/${group}`)).body.members).toEqual([]);
      expect((await bridge.calls()).total).toBe(0);
    });

    test('PUT sets exactly the members sent; without the key they stay (T124)', async () => {
      const ids = [await joined('p1@acme.example'), await joined('p2@acme.example')];
      const group = await groupOf('Put group', [ids[0] ?? '']);
      await bridge.scim('PUT', `/Groups/${group}`, {
        displayName: 'Put group',
        members: [{ value: ids[1] }],
      });
      expect(await peopleIn('Put group')).toEqual(['p2@acme.example']);
      await bridge.scim('PUT', `/Groups/${group}`, { displayName: 'Put group 2' });
      expect(await peopleIn('Put group 2')).toEqual(['p2@acme.example']);
      await bridge.scim('PATCH', `/Groups/${group}`, patch({ op: 'replace', path: 'members', value: [] }));
      expect(await peopleIn('Put group 2')).toEqual([]);
    });
  });
});
