/**
 * People are answered from what was written down of them (src/directory/documents.ts). Nobody may notice: after each kind
 * of change, by whomever, every instance answers what the record, the groups and Mode say now, at once and later on.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatOf } from '../../src/directory/documents.ts';
import { fullSync } from '../../src/directory/sync/sync.ts';
import { findUser } from '../../src/directory/user-view.ts';
import { userResource } from '../../src/scim/resource.ts';
import { userDocuments } from '../../src/scim/user-documents.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';

const BASE = 'https://scim.example.com/scim/v2';
const EMAIL = 'ann@acme.example';

let bridge: Bridge;
let other: Awaited<ReturnType<Bridge['beside']>>;
let id: string;
let groupId: string;

beforeAll(async () => {
  bridge = await startBridge({ config: { PUBLIC_URL: 'https://scim.example.com' } });
  other = await bridge.beside();
});
afterAll(() => bridge.stop());

const call = () => ({ connection: bridge.connection, deadline: Date.now() + 5_000 });
const sync = () => fullSync(bridge.deps, call());
const patch = (...Operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});

const isWritten = async (): Promise<boolean> => {
  const { format } = await formatOf(bridge.deps, userDocuments(BASE));
  return (await bridge.deps.store.documents.find(bridge.connection.id, id, format)) !== undefined;
};

/** Both instances answer what is put together from what is stored now: alone, found by name, and on a page. */
const expectTrue = async (): Promise<void> => {
  const now = JSON.parse(JSON.stringify(userResource(BASE, await findUser(bridge.deps, call(), id))));
  const filter = `userName eq "${now.userName}"`;
  for (const { scim } of [bridge, other]) {
    const alone = await scim('GET', `/Users/${id}`);
    expect(alone.body).toEqual(now);
    expect(alone.headers.get('etag')).toBe(now.meta.version);
    expect((await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.Resources).toEqual([now]);
    const { Resources, totalResults } = (await scim('GET', '/Users?count=1000')).body;
    expect(Resources.find((one: { id: string }) => one.id === id)).toEqual(now);
    expect(totalResults).toBe(Resources.length);
    const known = await scim('GET', `/Users/${id}`, undefined, { 'if-none-match': now.meta.version });
    expect(known.status).toBe(304);
  }
};

type Change = readonly [name: string, change: () => Promise<unknown>];

const CHANGES: readonly Change[] = [
  [
    'she is created',
    async () => {
      const attributes = { userName: EMAIL, emails: [{ value: EMAIL, type: 'work' }] };
      ({ id } = (await bridge.scim('POST', '/Users', attributes)).body);
    },
  ],
  [
    'an attribute changes, at the other instance',
    () => other.scim('PATCH', `/Users/${id}`, patch({ op: 'add', path: 'title', value: 'Ärztin "$&"' })),
  ],
  [
    'she becomes somebody with a group before she has joined',
    async () => {
      const group = { displayName: 'Data', members: [{ value: id }] };
      groupId = (await bridge.scim('POST', '/Groups', group)).body.id;
    },
  ],
  [
    'she joins Mode, which its webhook tells',
    async () => {
      await bridge.control('POST', '/join', { email: EMAIL });
      const hasJoined = async () => (await findUser(bridge.deps, call(), id)).mode?.state === 'active';
      await until('she has joined', hasJoined);
    },
  ],
  [
    'the group gets another name',
    () =>
      other.scim(
        'PATCH',
        `/Groups/${groupId}`,
        patch({ op: 'replace', path: 'displayName', value: 'Facts' }),
      ),
  ],
  [
    'somebody makes her an admin in Mode',
    async () => {
      await bridge.control('POST', '/edit', { op: 'setAdmin', email: EMAIL, admin: true });
      await sync();
    },
  ],
  [
    'she leaves the group',
    () =>
      bridge.scim('PATCH', `/Groups/${groupId}`, patch({ op: 'remove', path: `members[value eq "${id}"]` })),
  ],
  [
    'she is added again',
    () =>
      bridge.scim(
        'PATCH',
        `/Groups/${groupId}`,
        patch({ op: 'add', path: 'members', value: [{ value: id }] }),
      ),
  ],
  ['the group is deleted', () => other.scim('DELETE', `/Groups/${groupId}`)],
  [
    'she is deactivated',
    () => other.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false })),
  ],
  [
    'she is replaced and active again',
    () => bridge.scim('PUT', `/Users/${id}`, { userName: EMAIL, active: true }),
  ],
];

describe('after each kind of change', () => {
  test.each(CHANGES)('%s', async (_name, change) => {
    await change();
    await expectTrue();
    await until('it is written down', isWritten);
    await expectTrue();
  });

  test('she is deleted: nobody is shown her any more', async () => {
    await bridge.scim('DELETE', `/Users/${id}`);
    for (const { scim } of [bridge, other]) {
      expect((await scim('GET', `/Users/${id}`)).status).toBe(404);
      const { Resources, totalResults } = (await scim('GET', '/Users?count=1000')).body;
      expect(Resources.map((one: { id: string }) => one.id)).not.toContain(id);
      expect(totalResults).toBe(Resources.length);
    }
  });

  test('a change that Mode refuses leaves her as she was', async () => {
    const refused = { route: 'POST /api/{workspace}/invites', status: 400, body: {}, times: 1 };
    const { body } = await bridge.scim('POST', '/Users', { userName: 'bo@acme.example', active: false });
    id = body.id;
    await until('she is written down', isWritten);
    await bridge.control('POST', '/faults', refused);
    const answer = await bridge.scim(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', path: 'active', value: true }),
    );
    expect(answer.status).toBeGreaterThanOrEqual(400);
    await expectTrue();
    expect((await other.scim('GET', `/Users/${id}`)).body.active).toBe(false);
  });
});

test('a long page says the same once it is written down, byte for byte, small and as it is', async () => {
  const long = await startBridge({ sync: false, config: { PUBLIC_URL: 'https://scim.example.com' } });
  try {
    for (let index = 0; index < 130; index += 1) {
      const title = ['Ärztin', '€ "x" \\', '😀 \u2028', 'plain'][index % 4];
      await long.scim('POST', '/Users', { userName: `p${index}@acme.example`, title, active: false });
    }
    const read = async (encoding: string) => {
      const headers = { authorization: `Bearer ${long.token}`, 'accept-encoding': encoding };
      return (await fetch(`${long.server.url}/scim/v2/Users?count=200`, { headers })).text();
    };
    const together = await read('identity');
    await until('all are written down', async () => (await long.deps.store.documents.marks(1)).length === 0);
    const [plain, small] = [await read('identity'), await read('gzip')];
    expect(JSON.parse(plain)).toEqual(JSON.parse(together));
    expect(JSON.parse(plain).Resources).toHaveLength(130);
    expect(small).toBe(plain);
  } finally {
    await long.stop();
  }
});
