/** RFC 7644 §3.7.4 what a Bulk request may not be: too large, too long under way, no Bulk request, or made to do harm. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, type Bridge, startBridge } from '../support/bridge.ts';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const MIB = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'bulk-'));
const file = join(folder, 'bridge.db');
let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge({
    database: `sqlite:${file}`,
    config: { BODY_LIMIT_BYTES: String(8 * MIB) },
  });
});
afterAll(async () => {
  await bridge.stop();
  rmSync(folder, { recursive: true, force: true });
});

const send = (body: unknown): Promise<Answer> => bridge.scim('POST', '/Bulk', body);
const bulk = (Operations: unknown, more: object = {}): Promise<Answer> =>
  send({ schemas: [BULK], Operations, ...more });
const user = (bulkId: string, more: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName: `${bulkId}@limits.example`, active: false, ...more },
});
const count = async (): Promise<number> => (await bridge.scim('GET', '/Users?count=0')).body.totalResults;
const statuses = ({ body }: Answer): readonly string[] =>
  body.Operations.map(({ status }: { status: string }) => status);
const refused = (answer: Answer, status: number): string => {
  expect([answer.status, answer.body.schemas, answer.body.status]).toEqual([status, [ERROR], String(status)]);
  return answer.body.detail;
};

describe('RFC 7644 §3.7.4 the limits', () => {
  test('stand in ServiceProviderConfig, and the answer names the one that was exceeded', async () => {
    const limits = (await bridge.scim('GET', '/ServiceProviderConfig')).body.bulk;
    expect(limits).toEqual({ supported: true, maxOperations: 1000, maxPayloadSize: 4 * MIB });
    const before = await count();
    const many = Array.from({ length: 1001 }, (_, index) => user(`many-${index}`));
    expect(refused(await bulk(many), 413)).toMatch(/1001 .*maxOperations \(1000\)/);
    for (const path of ['/Bulk', '/bulk/', '//Bulk']) {
      const large = { schemas: [BULK], Operations: [user('large', { title: 'x'.repeat(4 * MIB) })] };
      expect(refused(await bridge.scim('POST', path, large), 413)).toContain('maxPayloadSize (4194304)');
    }
    expect(await count()).toBe(before);
  });

  test('are true: 1,000 operations of nearly 4 MiB are taken; other bodies may be as large as BODY_LIMIT_BYTES says', async () => {
    const wide = Array.from({ length: 1000 }, (_, index) => ({
      method: 'PATCH',
      path: `/Users/nobody-${index}`,
      data: { schemas: [PATCH_OP], Operations: [{ op: 'add', path: 'title', value: 'x'.repeat(4_000) }] },
    }));
    expect(new Set(statuses(await bulk(wide)))).toEqual(new Set(['404']));
    const single = await bridge.scim('POST', '/Users', { userName: 'x'.repeat(5 * MIB) });
    expect(single.status).toBe(400);
  });

  test('are lowered by a smaller BODY_LIMIT_BYTES, and the error says so', async () => {
    const small = await startBridge({ config: { BODY_LIMIT_BYTES: '2000' } });
    try {
      const large = { schemas: [BULK], Operations: [user('large', { title: 'x'.repeat(2000) })] };
      const detail = refused(await small.scim('POST', '/Bulk', large), 413);
      expect(detail).toMatch(/2000 bytes.*BODY_LIMIT_BYTES.*maxPayloadSize/);
    } finally {
      await small.stop();
    }
  });
});

describe('RFC 7644 §3.7 what is no bulk request', () => {
  test('is refused as a whole, before anything is done', async () => {
    const before = await count();
    const Operations = [user('never')];
    const bodies: readonly unknown[] = [
      { schemas: BULK, Operations },
      { schemas: [PATCH_OP], Operations },
      { schemas: [BULK] },
      ...[null, {}, [], 'x', 1, { 0: user('never') }].map((wrong) => ({
        schemas: [BULK],
        Operations: wrong,
      })),
      ...[0, -1, 1.5, '1', true, {}].map((failOnErrors) => ({ schemas: [BULK], failOnErrors, Operations })),
      { schemas: [BULK], Operations: [user('never'), { ...user('other'), bulkId: 'never' }] },
      [],
    ];
    for (const body of bodies) expect(refused(await send(body), 400)).toMatch(/\w{3}/);
    expect(refused(await bulk([user('same'), user('same')]), 400)).toContain('"same"');
    expect(await count()).toBe(before);
  });

  test('or comes by another method, or without a token, is told so', async () => {
    const get = await bridge.scim('GET', '/Bulk');
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const unknown = await bridge.scim(
      'POST',
      '/Bulk',
      { schemas: [BULK], Operations: [] },
      { authorization: '' },
    );
    expect(unknown.status).toBe(401);
  });
});

describe('a bulk request that is made to do harm', () => {
  test('by a chain of 1,000 references that ends nowhere is answered soon', async () => {
    const startedAt = performance.now();
    const chain = Array.from({ length: 1000 }, (_, index) =>
      user(`c${index}`, { manager: { value: `bulkId:c${index + 1}` } }),
    );
    const answer = await bulk(chain);
    expect(statuses(answer).slice(-2)).toEqual(['409', '400']);
    expect(new Set(statuses(answer)).size).toBe(2);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('by 300 people who each refer to all others is answered soon', async () => {
    const startedAt = performance.now();
    const all = Array.from({ length: 300 }, (_, index) => ({ value: `bulkId:n${index}` }));
    const answer = await bulk(
      Array.from({ length: 300 }, (_, index) => ({
        ...user(`n${index}`),
        data: { displayName: 'x', emails: all },
      })),
    );
    expect(new Set(statuses(answer))).toEqual(new Set(['400', '409']));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('by an endless path or version harms nobody, and the others go on', async () => {
    const { id } = (await bridge.scim('POST', '/Users', { userName: 'etag', active: false })).body;
    const known = { method: 'DELETE', path: `/Users/${id}` };
    const answer = await bulk([
      { ...known, path: `${known.path}?${'a&'.repeat(20_000)}` },
      { ...known, path: `${known.path}?attributes=${'['.repeat(40_000)}` },
      { ...known, version: `${','.repeat(1_000)}*` },
      { ...known, version: `${','.repeat(1_000)}W/"1"` },
      { ...known, version: `${','.repeat(999)}W/"1"` },
    ]);
    expect(statuses(answer)).toEqual(['404', '404', '412', '412', '204']);
  });

  test('by very many parameters: no more of them are looked at than over HTTP', async () => {
    const path = `/Users?${'a&'.repeat(999)}a&attributes=userName`;
    const answer = await bulk([{ ...user('many-parameters'), path }]);
    expect(statuses(answer)).toEqual(['201']);
    expect(answer.body.Operations[0].response).toBeUndefined();
  });

  test('by depth, by __proto__ and by odd paths harms nobody', async () => {
    const deep = `{"schemas":["${BULK}"],"Operations":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(refused(await send(deep), 400)).toMatch(/deeper/);
    const proto = JSON.stringify({ schemas: [BULK], Operations: [user('proto')] }).replace(
      '"active"',
      '"__proto__":{"admin":true},"active"',
    );
    expect(statuses(await send(proto))).toEqual(['201']);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    const paths = [
      '/Users/\u0000',
      '/Users/\ud800',
      `/Users/${'x'.repeat(100_000)}`,
      '/'.repeat(100_000),
      '?',
    ];
    const answer = await bulk(paths.map((path) => ({ method: 'DELETE', path })));
    // As over HTTP: no database keeps a NUL, so nobody can have such an id.
    expect(statuses(answer)).toEqual(['400', '404', '404', '404', '404']);
    expect(bridge.logged.filter((line) => line.includes('scim.failed'))).toEqual([]);
  });

  test('finds no way for a bulkId into the database', async () => {
    const answer = await bulk([
      user('kept', { manager: { value: 'bulkId:boss', $ref: '../Users/bulkId:boss' } }),
      user('boss', { manager: { value: 'bulkId:kept' }, title: 'bulkId:kept' }),
      user('lost', { title: 'bulkId:nobody' }),
    ]);
    expect(statuses(answer)).toEqual(['201', '201', '400']);
    for (const name of [file, `${file}-wal`]) expect(readFileSync(name, 'latin1')).not.toContain('bulkId:');
  });
});

describe('the time of a bulk request', () => {
  beforeAll(async () => {
    await bridge.stop();
    bridge = await startBridge({ config: { REQUEST_PATIENCE_MS: '1500' } });
  });

  test('is that of one request: what was begun is kept, what was not is told to be sent again', async () => {
    const before = await count();
    const route = 'POST /api/{workspace}/invites';
    await bridge.control('POST', '/faults', { route, delayMs: 600, times: 1000 });
    const people = Array.from({ length: 60 }, (_, index) =>
      user(`late-${index}`, { active: true, emails: [{ value: `late-${index}@limits.example` }] }),
    );
    const startedAt = performance.now();
    const answer = await bulk(people);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    await bridge.control('DELETE', '/faults');
    const late = answer.body.Operations.filter(({ response }: { response?: { detail: string } }) =>
      response?.detail.includes('before this operation was started'),
    );
    expect(answer.body.Operations).toHaveLength(60);
    expect(new Set(statuses(answer))).toEqual(new Set(['201', '503']));
    expect(late.length).toBeGreaterThan(0);
    expect(await count()).toBe(before + 60 - late.length);
    const again = await bulk(people.slice(-late.length));
    expect(statuses(again).filter((status) => status === '409')).toEqual([]);
  });
});
