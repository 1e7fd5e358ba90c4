/** RFC 7644 §3.7 Bulk through the front door: what a client sends, what it is told, and what Mode hears. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, type Bridge, startBridge, until } from '../support/bridge.ts';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const INVITES = 'POST /api/{workspace}/invites';
const GROUPS = 'POST /api/{workspace}/groups';

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge({ config: { REQUEST_PATIENCE_MS: '3000', SETTLE_RETRY_MS: '1100' } });
});
afterAll(() => bridge.stop());
afterEach(() => bridge.control('DELETE', '/faults'));

interface Sent {
  readonly method?: unknown;
  readonly path?: unknown;
  readonly bulkId?: unknown;
  readonly version?: unknown;
  readonly data?: unknown;
}
const bulk = (Operations: unknown, more: object = {}, headers?: Record<string, string>): Promise<Answer> =>
  bridge.scim('POST', '/Bulk', { schemas: [BULK], Operations, ...more }, headers);
const statuses = ({ body }: Answer): readonly string[] =>
  body.Operations.map(({ status }: { status: string }) => status);
const email = (name: string) => `${name}@bulk.example`;
/** A person without access to Mode, unless said otherwise: no call. */
const user = (bulkId: string, more: object = {}): Sent => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName: email(bulkId), active: false, ...more },
});
const group = (bulkId: string, members: readonly string[] = []): Sent => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: `Group ${bulkId}`, members: members.map((value) => ({ value })) },
});
const managed = (bulkId: string, manager: string): Sent =>
  user(bulkId, { [ENTERPRISE]: { employeeNumber: '7', manager: { value: manager } } });
const patch = (path: string, ...Operations: unknown[]): Sent => ({
  method: 'PATCH',
  path,
  data: { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations },
});
const idOf = (answer: Answer, index: number): string =>
  String(answer.body.Operations[index].location).split('/').at(-1) ?? '';
const read = async (path: string) => (await bridge.scim('GET', path)).body;
const found = async (bulkId: string) =>
  (await read(`/Users?filter=userName eq "${email(bulkId)}"`)).Resources[0];
const members = async (id: string): Promise<readonly string[]> =>
  (await read(`/Groups/${id}`)).members.map(({ value }: { value: string }) => value).sort();
const fault = (route: string, more: object) => bridge.control('POST', '/faults', { route, ...more });

describe('RFC 7644 §3.7 X01 a bulk request', () => {
  test('creates a user and a group that refers to her, changes both and says what became of each', async () => {
    const answer = await bulk([
      user('x01'),
      group('x01g', ['bulkId:x01']),
      patch('/Groups/bulkId:x01g', { op: 'replace', path: 'displayName', value: 'Tour Guides' }),
      patch('/Users/bulkId:x01', { op: 'add', path: 'title', value: 'Guide' }),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    const [userId, groupId] = [idOf(answer, 0), idOf(answer, 1)];
    const [person, guides] = [await read(`/Users/${userId}`), await read(`/Groups/${groupId}`)];
    const location = { user: person.meta.location, group: guides.meta.location };
    expect(location.user.endsWith(`/scim/v2/Users/${userId}`)).toBe(true);
    expect(answer.body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
      Operations: [
        {
          method: 'POST',
          bulkId: 'x01',
          location: location.user,
          version: expect.any(String),
          status: '201',
        },
        {
          method: 'POST',
          bulkId: 'x01g',
          location: location.group,
          version: expect.any(String),
          status: '201',
        },
        { method: 'PATCH', location: location.group, version: guides.meta.version, status: '200' },
        { method: 'PATCH', location: location.user, version: person.meta.version, status: '200' },
      ],
    });
    expect([guides.displayName, person.title]).toEqual(['Tour Guides', 'Guide']);
    expect(guides.members.map(({ value }: { value: string }) => value)).toEqual([userId]);
  });

  test('runs PUT and DELETE, methods in any case, paths with and without slash, and absolute ones', async () => {
    const made = await bulk([user('put'), user('gone'), user('both')]);
    const [put, gone, both] = [0, 1, 2].map((index) => idOf(made, index));
    const location = made.body.Operations[2].location;
    const answer = await bulk([
      { method: 'put', path: `Users/${put}`, data: { userName: email('put'), active: false, title: 'New' } },
      { method: 'Delete', path: `//users/${gone}/` },
      { ...patch(location, { op: 'add', path: 'title', value: 'Far' }), method: 'patch', bulkId: 'mine' },
    ]);
    expect(statuses(answer)).toEqual(['200', '204', '200']);
    expect(answer.body.Operations[1]).toEqual({
      method: 'DELETE',
      location: made.body.Operations[1].location,
      status: '204',
    });
    expect(answer.body.Operations[2]).toMatchObject({ method: 'PATCH', bulkId: 'mine', location });
    expect((await read(`/Users/${put}`)).title).toBe('New');
    expect((await read(`/Users/${both}`)).title).toBe('Far');
    expect((await bridge.scim('GET', `/Users/${gone}`)).status).toBe(404);
  });

  test('shows a resource only where the path asks for attributes of it (§3.9)', async () => {
    const answer = await bulk([
      { ...user('shown'), path: '/Users?attributes=userName' },
      { ...group('shown g'), path: '/Groups?excludedAttributes=members,meta' },
    ]);
    const [one, two] = answer.body.Operations;
    expect(Object.keys(one.response).sort()).toEqual(['id', 'schemas', 'userName']);
    expect(two.response.displayName).toBe('Group shown g');
    expect(two.response.meta).toBeUndefined();
  });

  test('of 100 users and a group of all of them works in one go, with one call of Mode for each', async () => {
    await bridge.calls();
    const names = Array.from({ length: 100 }, (_, index) => `hundred-${index}`);
    const people = names.map((name) => user(name, { active: true, emails: [{ value: email(name) }] }));
    const answer = await bulk([
      group(
        'all',
        names.map((name) => `bulkId:${name}`),
      ),
      ...people,
    ]);
    expect(new Set(statuses(answer))).toEqual(new Set(['201']));
    expect((await bridge.calls()).byRoute).toEqual({ [INVITES]: 100, [GROUPS]: 1 });
    const ids = names.map((_, index) => idOf(answer, index + 1));
    expect(await members(idOf(answer, 0))).toEqual([...ids].sort());
    // Whoever lists people sees them in the order in which they were sent.
    expect([...ids].sort()).toEqual(ids);
  });

  test('with a stale version changes nothing (412), with the present one does (§3.14)', async () => {
    const made = await bulk([user('stale'), group('stale g')]);
    const [{ location, version }, guides] = made.body.Operations;
    const title = (value: string) => patch(location, { op: 'replace', path: 'title', value });
    const answer = await bulk([
      { ...title('first'), version },
      { ...title('second'), version },
      { method: 'DELETE', path: location, version: 'W/"99"' },
      { method: 'DELETE', path: guides.location, version: guides.version },
    ]);
    expect(statuses(answer)).toEqual(['200', '412', '412', '204']);
    expect(answer.body.Operations[1]).toMatchObject({
      location,
      response: { schemas: [ERROR], status: '412' },
    });
    expect((await found('stale')).title).toBe('first');
  });

  test('keeps the order of operations on one resource, and of names given up and taken', async () => {
    const made = await bulk([user('old'), user('other')]);
    const rename = (index: number, name: string) =>
      patch(`/Users/${idOf(made, index)}`, { op: 'replace', path: 'userName', value: email(name) });
    const titles = Array.from({ length: 20 }, (_, index) =>
      patch(`/Users/${idOf(made, 0)}`, { op: 'replace', path: 'title', value: `t${index}` }),
    );
    const answer = await bulk([
      ...titles,
      rename(0, 'older'),
      rename(1, 'old'),
      { method: 'DELETE', path: `/Users/${idOf(made, 0)}` },
      user('older'),
    ]);
    expect(new Set(statuses(answer))).toEqual(new Set(['200', '201', '204']));
    expect((await found('old')).id).toBe(idOf(made, 1));
    const [last] = answer.body.Operations.slice(19);
    expect(last.status).toBe('200');
    const twice = await bulk([user('twice'), { ...user('twice-2'), data: { userName: email('twice') } }]);
    expect(statuses(twice)).toEqual(['201', '409']);
  });
});

describe('RFC 7644 §3.7.2 bulkIds', () => {
  test('that begin alike are told apart, and several are resolved in one operation (scimmy H02 H03)', async () => {
    const answer = await bulk([group('10g', ['bulkId:10', 'bulkId:1']), user('1'), user('10'), user('100')]);
    expect(statuses(answer)).toEqual(['201', '201', '201', '201']);
    expect(await members(idOf(answer, 0))).toEqual([idOf(answer, 1), idOf(answer, 2)].sort());
  });

  test('are resolved in PATCH values and filters, in the path, and in extensions', async () => {
    const answer = await bulk([
      group('filters', ['bulkId:f1', 'bulkId:f2']),
      patch('/Groups/bulkId:filters', { op: 'remove', path: 'members[value eq "bulkId:f1"]' }),
      patch('/Groups/bulkId:filters', { op: 'add', path: 'members', value: [{ value: 'bulkId:f3' }] }),
      managed('f2', 'bulkId:f1'),
      user('f1'),
      user('f3'),
    ]);
    expect(statuses(answer)).toEqual(['201', '200', '200', '201', '201', '201']);
    expect(await members(idOf(answer, 0))).toEqual([idOf(answer, 3), idOf(answer, 5)].sort());
    expect((await found('f2'))[ENTERPRISE].manager.value).toBe(idOf(answer, 4));
  });

  test('may hold any character, and one of 100,000 is echoed whole', async () => {
    const odd = 'ä/?#%2F \u0000"]\\';
    const long = 'x'.repeat(100_000);
    const answer = await bulk([
      { ...user('odd'), bulkId: odd },
      { ...user('long'), bulkId: long },
      { ...user('proto'), bulkId: '__proto__' },
      patch(`/Users/bulkId:${odd}`, { op: 'add', path: 'title', value: 'odd' }),
      patch(`/Users/bulkId:${encodeURIComponent(odd)}?attributes=title`, {
        op: 'add',
        path: 'nickName',
        value: 'x',
      }),
      group('odd g', [`bulkId:${odd}`, `bulkId:${long}`, 'bulkId:__proto__']),
      group('odd h', [`bulkId:${long}y`]),
    ]);
    expect(statuses(answer)).toEqual(['201', '201', '201', '200', '200', '201', '400']);
    expect(answer.body.Operations.map(({ bulkId }: Sent) => bulkId).slice(0, 3)).toEqual([
      odd,
      long,
      '__proto__',
    ]);
    expect(answer.body.Operations[6].response.detail.length).toBeLessThan(300);
    expect((await members(idOf(answer, 5))).length).toBe(3);
  });

  test('that no POST has fail by name (400), those of a failed POST fail after it (409), the others go on', async () => {
    await bulk([user('taken')]);
    const answer = await bulk([
      { ...user('taken'), bulkId: 't' },
      group('needs t', ['bulkId:t']),
      patch('/Users/bulkId:t', { op: 'add', path: 'title', value: 'x' }),
      managed('needs nobody', 'bulkId:nobody'),
      patch('/Groups/bulkId:nobody', { op: 'add', path: 'externalId', value: 'x' }),
      user('goes on'),
    ]);
    expect(statuses(answer)).toEqual(['409', '409', '409', '400', '400', '201']);
    const [first, second, third, fourth] = answer.body.Operations;
    expect(first.response.scimType).toBe('uniqueness');
    expect(second.response.detail).toContain('"t"');
    expect(fourth.response).toMatchObject({
      scimType: 'invalidValue',
      detail: expect.stringContaining('"nobody"'),
    });
    for (const one of [first, second, third]) expect(one.location).toBeUndefined();
    expect(await found('needs nobody')).toBeUndefined();
  });
});

describe('RFC 7644 §3.7.1 circular references', () => {
  test('of managers are resolved: created first, completed in the same request, reported as one operation', async () => {
    const answer = await bulk([
      managed('c1', 'bulkId:c2'),
      managed('c2', 'bulkId:c1'),
      managed('me', 'bulkId:me'),
    ]);
    expect(statuses(answer)).toEqual(['201', '201', '201']);
    const [c1, c2, me] = [await found('c1'), await found('c2'), await found('me')];
    expect([c1[ENTERPRISE], c2[ENTERPRISE].manager.value, me[ENTERPRISE].manager.value]).toEqual([
      expect.objectContaining({ employeeNumber: '7', manager: expect.objectContaining({ value: c2.id }) }),
      c1.id,
      me.id,
    ]);
    expect(answer.body.Operations.map(({ version }: Sent) => version)).toEqual(
      [c1, c2, me].map(({ meta }) => meta.version),
    );
  });

  test('are resolved on a strict connection too', async () => {
    const { token } = await bridge.addConnection('strict', { strict: true });
    const strict = (bulkId: string, manager: string) => {
      const sent = managed(bulkId, manager);
      const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE];
      return { ...sent, data: { schemas, ...(sent.data as object) } };
    };
    const headers = { authorization: `Bearer ${token}` };
    const answer = await bulk([strict('s1', 'bulkId:s2'), strict('s2', 'bulkId:s1')], {}, headers);
    expect(statuses(answer)).toEqual(['201', '201']);
  });

  test('of groups cannot be: Mode has no nested groups, which 409 says of both', async () => {
    const answer = await bulk([group('A', ['bulkId:B']), group('B', ['bulkId:A']), user('beside')]);
    expect(statuses(answer)).toEqual(['409', '409', '201']);
    expect(answer.body.Operations[0].response.detail).toMatch(/no nested groups/);
    expect((await read('/Groups?filter=displayName eq "Group A"')).totalResults).toBe(0);
  });

  test('stand or fall together: when one of them fails, the others are taken back', async () => {
    await bulk([user('known')]);
    await bridge.calls();
    const answer = await bulk([
      managed('fall1', 'bulkId:fall2'),
      { ...managed('fall2', 'bulkId:fall3'), bulkId: 'fall2' },
      { ...managed('known', 'bulkId:fall1'), bulkId: 'fall3' },
      managed('after', 'bulkId:fall1'),
    ]);
    expect(statuses(answer)).toEqual(['409', '409', '409', '409']);
    for (const name of ['fall1', 'fall2', 'after']) expect(await found(name)).toBeUndefined();
    expect((await bridge.calls()).total).toBe(0);
  });

  test('are broken where they can be; where each needs the other to exist at all, 409 says so', async () => {
    const nonsense = await bulk([user('u1', { userName: 'bulkId:u2' }), user('u2', { title: 'bulkId:u1' })]);
    expect(statuses(nonsense)).toEqual(['201', '201']);
    const answer = await bulk([
      user('u3', { userName: 'bulkId:u4' }),
      user('u4', { userName: 'bulkId:u3' }),
      user('u5', { userName: 'bulkId:u5' }),
    ]);
    expect(statuses(answer)).toEqual(['409', '409', '409']);
    expect(answer.body.Operations[2].response.detail).toMatch(/"userName" refers in a circle/);
  });

  test('of 200 people are completed by one update, and 200 in a chain are created from its end', async () => {
    const of = (name: string) =>
      Array.from({ length: 200 }, (_, index) =>
        managed(`${name}-${index}`, `bulkId:${name}-${(index + 1) % 200}`),
      );
    const chain = [...of('chain').slice(0, -1), user('chain-199')];
    for (const operations of [of('ring'), chain]) {
      const answer = await bulk(operations);
      expect(new Set(statuses(answer))).toEqual(new Set(['201']));
    }
    expect((await found('ring-199'))[ENTERPRISE].manager.value).toBe((await found('ring-0')).id);
    expect((await found('chain-0'))[ENTERPRISE].manager.value).toBe((await found('chain-1')).id);
  });
});

describe('RFC 7644 §3.7.3 errors', () => {
  test('stop nothing unless failOnErrors says so; then what was not run is not in the answer', async () => {
    const operations = [
      user('ok-1'),
      { method: 'DELETE', path: '/Users/nobody' },
      user('ok-2'),
      { method: 'DELETE', path: '/Groups/nothing' },
      user('ok-3'),
    ];
    expect(statuses(await bulk(operations, { failOnErrors: 1 }))).toEqual(['201', '404']);
    expect(statuses(await bulk(operations, { failOnErrors: 2 }))).toEqual(['409', '404']);
    expect(await found('ok-2')).toBeUndefined();
    expect(statuses(await bulk(operations))).toEqual(['409', '404', '201', '404', '201']);
    const gone = (await bulk([{ method: 'DELETE', path: '/Users/nobody' }])).body.Operations[0];
    expect(gone).toMatchObject({
      location: expect.stringContaining('/scim/v2/Users/nobody'),
      response: { schemas: [ERROR], status: '404', detail: expect.any(String) },
    });
  });

  test('with failOnErrors inside of a circle take back what was created of it', async () => {
    const answer = await bulk(
      [
        managed('half-1', 'bulkId:half-2'),
        { method: 'DELETE', path: '/Users/nobody' },
        managed('half-2', 'bulkId:half-1'),
      ],
      { failOnErrors: 1 },
    );
    expect(statuses(answer)).toEqual(['404']);
    expect([await found('half-1'), await found('half-2')]).toEqual([undefined, undefined]);
    const later = [managed('part-1', 'bulkId:part-2'), managed('part-2', 'bulkId:part-1'), group('part')];
    const taken = { ...later[0], data: { ...(later[0]?.data as object), userName: email('ok-1') } };
    expect(statuses(await bulk([taken, ...later.slice(1)], { failOnErrors: 1 }))).toEqual(['409', '409']);
    expect(await found('part-2')).toBeUndefined();
  });

  test('of one operation are its own: wrong path, wrong method, no bulkId, no data, no operation at all', async () => {
    const answer = await bulk([
      { ...user('a'), path: '/Nope' },
      { ...user('b'), path: '/Bulk' },
      { ...user('c'), path: '/Users/../Users' },
      { ...user('d'), path: '/Users/x' },
      { method: 'GET', path: '/Users/x' },
      { method: 'PUT', path: '/Users', data: {} },
      { method: 'POST', path: '/Users', data: {} },
      { method: 'POST', path: '/Users', bulkId: 'no data' },
      { method: 'PATCH', path: '/Users/%2e%2e%2fGroups', data: { schemas: [], Operations: [] } },
      { method: 'DELETE', path: '/Users/%E0%A4%A' },
      { method: 'DELETE', path: 'https://elsewhere.example/scim/v2/Users/1' },
      { method: 'DELETE', path: 7 },
      { method: 'DELETE' },
      null,
      'DELETE',
      { __proto__: null, method: 'DELETE', path: '/__proto__/constructor' },
      user('last'),
    ]);
    expect(statuses(answer)).toEqual(
      '404 404 404 405 405 405 400 400 400 404 404 400 400 400 400 404 201'.split(' '),
    );
    for (const { response, location } of answer.body.Operations.slice(0, 8)) {
      expect(response).toMatchObject({ schemas: [ERROR], detail: expect.stringMatching(/\w{3}/) });
      expect(location ?? '').not.toContain('..');
    }
    expect(answer.body.Operations[3].response.detail).toContain('PUT, PATCH, DELETE');
  });
});

describe('Mode in trouble during a bulk request', () => {
  const invited = (name: string) => user(name, { active: true, emails: [{ value: email(name) }] });
  const settled = () =>
    until('nothing is owed to Mode', async () => {
      return (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0;
    });

  test('a person put off (503) is kept and follows, so the group that names her is made all the same', async () => {
    await fault(INVITES, { status: 503 });
    const answer = await bulk([invited('put-off'), group('with put-off', ['bulkId:put-off'])]);
    expect(statuses(answer)).toEqual(['503', '201']);
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(answer.body.Operations[0].location).toBeUndefined();
    expect(await members(idOf(answer, 1))).toEqual([(await found('put-off')).id]);
    await settled();
    const { invites } = (await bridge.control('GET', '/state')).body;
    expect(invites.filter((row: { email: string }) => row.email === email('put-off'))).toHaveLength(1);
  });

  test('a person refused (400) is not kept, what needs her fails, the others go on', async () => {
    await fault(INVITES, { status: 400, body: { id: 'bad_request', message: 'No seat left' } });
    const answer = await bulk([
      invited('refused'),
      group('with refused', ['bulkId:refused']),
      invited('seated'),
    ]);
    expect([statuses(answer)[1], statuses(answer).filter((status) => status === '201').length]).toEqual([
      '409',
      1,
    ]);
    expect(answer.body.Operations[0].response.detail).toContain('No seat left');
  });

  test('a circle of which Mode refuses one is taken back, also the invitation that was sent already', async () => {
    const circle = (name: string, manager: string) =>
      user(name, {
        active: true,
        emails: [{ value: email(name) }],
        [ENTERPRISE]: { manager: { value: manager } },
      });
    await bridge.calls();
    await fault(INVITES, { delayMs: 1 });
    await fault(INVITES, { status: 400, body: { id: 'bad_request', message: 'No seat left' } });
    const answer = await bulk([circle('r1', 'bulkId:r2'), circle('r2', 'bulkId:r1')]);
    expect(statuses(answer)).toEqual(['400', '409']);
    expect(answer.body.Operations[1].response.detail).toMatch(/circle.*"r1".*400.*taken back/);
    expect([await found('r1'), await found('r2')]).toEqual([undefined, undefined]);
    await settled();
    expect((await bridge.calls()).byRoute).toMatchObject({
      [INVITES]: 2,
      'DELETE /api/{workspace}/memberships/{membership}': 1,
    });
  });

  test('with every operation put off, Retry-After stands on the whole answer, which is 200 all the same', async () => {
    await fault(INVITES, { status: 429, headers: { 'Retry-After': '30' }, times: 2 });
    const answer = await bulk([invited('busy-1'), invited('busy-2')]);
    expect([answer.status, ...statuses(answer)]).toEqual([200, '429', '429']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(25);
    expect(answer.body.Operations[0].response).toMatchObject({ schemas: [ERROR], status: '429' });
  });
});
