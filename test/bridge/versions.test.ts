/** Versions and simultaneous changes: nobody overwrites what he has not read, and nothing is lost (RFC 7644 §3.14). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge } from '../support/bridge.ts';

const patch = (...Operations: unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
const set = (path: string, value: unknown) => patch({ op: 'replace', path, value });

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge();
});
afterAll(() => bridge.stop());

const create = async (endpoint: string, body: object) => (await bridge.scim('POST', endpoint, body)).body;
const person = (name: string) => create('/Users', { userName: `${name}@acme.example`, active: false });

describe('RFC 7644 §3.14 T107 versions', () => {
  test('the ETag header and meta.version are the same, in lists too', async () => {
    const { id } = await person('version');
    const { headers, body } = await bridge.scim('GET', `/Users/${id}`);
    expect(headers.get('etag')).toBe(body.meta.version);
    expect(body.meta.version).toMatch(/^W\/"/);
    const list = await bridge.scim('GET', '/Users?filter=userName eq "version@acme.example"');
    expect(list.body.Resources[0].meta.version).toBe(body.meta.version);
  });

  test('If-None-Match answers 304 without a body until something changes, also what others write about her', async () => {
    const { id, meta } = await person('unchanged');
    const known = { 'if-none-match': meta.version };
    const same = await bridge.scim('GET', `/Users/${id}`, undefined, known);
    expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, undefined, meta.version]);
    await create('/Groups', { displayName: 'Unchanged', members: [{ value: id }] });
    expect((await bridge.scim('GET', `/Users/${id}`, undefined, known)).status).toBe(200);
  });

  test.each(['PUT', 'PATCH', 'DELETE'])(
    '%s with a stale If-Match is refused with 412 and changes nothing',
    async (method) => {
      const { id, meta } = await person(`stale-${method.toLowerCase()}`);
      await bridge.scim('PATCH', `/Users/${id}`, set('title', 'Engineer'));
      const body = method === 'PUT' ? { userName: 'other@acme.example' } : set('title', 'Boss');
      const stale = { 'if-match': meta.version };
      const answer = await bridge.scim(method, `/Users/${id}`, method === 'DELETE' ? undefined : body, stale);
      expect([answer.status, answer.body.status]).toEqual([412, '412']);
      const now = (await bridge.scim('GET', `/Users/${id}`)).body;
      expect(now.title).toBe('Engineer');
      const fresh = { 'if-match': `"never", ${now.meta.version}` };
      expect((await bridge.scim('PATCH', `/Users/${id}`, set('title', 'Chief'), fresh)).status).toBe(200);
      expect((await bridge.scim('DELETE', `/Users/${id}`, undefined, { 'if-match': '*' })).status).toBe(204);
    },
  );

  test('a group has a version too, which its members move', async () => {
    const { id: userId } = await person('member');
    const { id, meta } = await create('/Groups', { displayName: 'Versions' });
    const add = patch({ op: 'add', path: 'members', value: [{ value: userId }] });
    expect((await bridge.scim('PATCH', `/Groups/${id}`, add, { 'if-match': meta.version })).status).toBe(204);
    expect((await bridge.scim('PATCH', `/Groups/${id}`, add, { 'if-match': meta.version })).status).toBe(412);
    const known = { 'if-none-match': meta.version };
    const { status, headers } = await bridge.scim(
      'GET',
      `/Groups/${id}?excludedAttributes=members`,
      undefined,
      known,
    );
    expect([status, headers.get('etag')]).toEqual([200, expect.not.stringContaining(meta.version)]);
  });

  test('a group that shows somebody by another name, or no longer, is not the same version', async () => {
    const { id: userId } = await person('shown');
    const { id, meta } = await create('/Groups', { displayName: 'Shows', members: [{ value: userId }] });
    await bridge.scim('PATCH', `/Users/${userId}`, set('displayName', 'Newly Wed'));
    const known = { 'if-none-match': meta.version };
    const renamed = await bridge.scim('GET', `/Groups/${id}`, undefined, known);
    expect([renamed.status, renamed.body?.members[0].display]).toEqual([200, 'Newly Wed']);
    await bridge.scim('DELETE', `/Users/${userId}`);
    const left = { 'if-none-match': renamed.body.meta.version };
    expect((await bridge.scim('GET', `/Groups/${id}`, undefined, left)).body?.members).toEqual([]);
  });
});

describe('simultaneous changes', () => {
  test('T108 none of twenty PATCHes of one person at the same time is lost', async () => {
    const { id } = await person('busy');
    const names = ['title', 'nickName', 'displayName', 'locale', 'timezone'];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        bridge.scim('PATCH', `/Users/${id}`, set(names[index % 5] ?? '', `value ${Math.floor(index / 5)}`)),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const now = (await bridge.scim('GET', `/Users/${id}`)).body;
    for (const name of names) expect(now[name]).toMatch(/^value \d$/);
  });

  test('thirty people added to one group at the same time are all in it', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, (_, index) => person(`crowd-${index}`)));
    const { id } = await create('/Groups', { displayName: 'Crowd' });
    const answers = await Promise.all(
      people.map((row) =>
        bridge.scim(
          'PATCH',
          `/Groups/${id}`,
          patch({ op: 'add', path: 'members', value: [{ value: row.id }] }),
        ),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect((await bridge.scim('GET', `/Groups/${id}`)).body.members).toHaveLength(30);
  });

  test('of ten creates of one userName at the same time one succeeds, the others are told', async () => {
    const body = { userName: 'twice@acme.example', emails: [{ value: 'twice@acme.example' }] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => bridge.scim('POST', '/Users', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
    expect((await bridge.calls()).byRoute).toEqual({
      'POST /api/{workspace}/invites': 1,
      'POST /api/{workspace}/groups': 4,
    });
  });

  test('T095 a PATCH whose third operation is wrong applies none of them', async () => {
    const { id, meta } = await person('atomic');
    const operations = patch(
      { op: 'replace', path: 'title', value: 'x' },
      { op: 'add', path: 'nickName', value: 'y' },
      { op: 'replace', path: 'id', value: 'z' },
    );
    const answer = await bridge.scim('PATCH', `/Users/${id}`, operations);
    expect([answer.status, answer.body.scimType]).toEqual([400, 'mutability']);
    const now = (await bridge.scim('GET', `/Users/${id}`)).body;
    expect([now.title, now.nickName, now.meta]).toEqual([undefined, undefined, meta]);
  });
});
