/** Bodies that are made to cost: refused by their shape before anything is done with them, and told why. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge } from '../support/bridge.ts';

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge({ sync: false });
});
afterAll(() => bridge.stop());

const send = async (body: string, path = '/Users', type = 'application/scim+json') => {
  const answer = await fetch(`${bridge.server.url}/scim/v2${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bridge.token}`, 'content-type': type },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as { scimType?: string; detail: string } };
};

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';
const list = (count: number, of: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => of(i)).join(',');

describe.each(['/Users', '/Bulk'])('a body for %s', (path) => {
  test.each([
    ['of brackets', '['.repeat(500_000) + ']'.repeat(500_000), /deeper than 32/],
    ['of 33 levels', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, /deeper than 32/],
    ['of very many values', `[${list(200_000, () => '0')}]`, /more than 100000 values/],
    ['of very many names', `{${list(5_000, (i) => `"k${i}":1`)}}`, /more than 1000 members/],
    ['that never ends', `{"userName":"${'\\"'.repeat(50_000)}`, /no valid JSON/],
  ])('%s is refused', async (_title, body, detail) => {
    const answer = await send(body, path);
    expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidSyntax']);
    expect(answer.body.detail).toMatch(detail);
  });
});

test('what only looks dense is taken: brackets, commas and quotes inside of a text', async () => {
  const displayName = `${'[{,'.repeat(20_000)}\\" \\\\`;
  const answer = await send(`{"schemas":["${USER}"],"userName":"dense","displayName":"${displayName}"}`);
  expect([answer.status, answer.body]).toEqual([201, expect.objectContaining({ userName: 'dense' })]);
});

test('endless marks on one letter are taken as they stand, and found so', async () => {
  const title = `a${'\u0301'.repeat(8_000)}${'\u0323'.repeat(8_000)}`;
  const person = { schemas: [USER], userName: 'marks', active: false, title };
  expect((await send(JSON.stringify(person))).status).toBe(201);
  const filter = `title sw "A${'\u0301'.repeat(8_000)}"`;
  const found = await send(
    JSON.stringify({ schemas: [`${MESSAGES}:SearchRequest`], filter, attributes: 'title' }),
    '/Users/.search',
  );
  expect(found.body).toMatchObject({ Resources: [{ title }] });
});

test('a group of 10,000 members is taken', async () => {
  const members = list(10_000, (i) => `{"value":"nobody-${i}","display":"n","type":"User"}`);
  const answer = await send(
    `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"large","members":[${members}]}`,
    '/Groups',
  );
  expect(answer.body.detail).toMatch(/nobody-/);
});

test('plain ASCII is UTF-8, whatever a library calls it; Latin-1 is not', async () => {
  const type = 'application/scim+json; charset=ISO-8859-1';
  expect((await send('{"userName":"ascii"}', '/Users', type)).status).toBe(201);
  const latin = await send('{"userName":"jos\u00e9"}', '/Users', type);
  expect([latin.status, latin.body.detail]).toEqual([415, expect.stringContaining('UTF-8')]);
});

test('another encoding than UTF-8 is refused (RFC 8259 §8.1)', async () => {
  const answer = await send('{}', '/Users', 'application/json; charset=utf-16');
  expect([answer.status, answer.body.detail]).toEqual([415, expect.stringContaining('UTF-8')]);
});

describe('a SearchRequest that is made to cost', () => {
  const search = (path: string, parameters: object) =>
    send(JSON.stringify({ schemas: [`${MESSAGES}:SearchRequest`], ...parameters }), `${path}/.search`);

  test.each(['/Users', '/Groups', '', '/Roles', '/Entitlements'])(
    '%s refuses endless names',
    async (path) => {
      for (const name of ['attributes', 'excludedAttributes'])
        for (const text of ['['.repeat(1_000_000), ','.repeat(16_385)]) {
          const { status, body } = await search(path, { [name]: text });
          expect([status, body.scimType]).toEqual([400, 'invalidValue']);
          expect(body.detail).toContain(`"${name}" is longer than 16384 characters`);
        }
    },
  );

  test('is told what is wrong with the order in a few words', async () => {
    const { status, body } = await search('/Users', { sortBy: 'x'.repeat(1_000_000) });
    expect([status, body.scimType]).toEqual([400, 'invalidPath']);
    expect(body.detail.length).toBeLessThan(200);
  });

  test('has no cursor of a million parts', async () => {
    const { status, body } = await search('/Users', { cursor: '.'.repeat(1_000_000) });
    expect([status, body.scimType]).toEqual([400, 'invalidCursor']);
  });
});
