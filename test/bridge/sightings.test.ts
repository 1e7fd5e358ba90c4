/** What a connection's client was seen to send, from the request to the report of the admin. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge } from '../support/bridge.ts';

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge({ sync: false });
});
afterAll(() => bridge.stop());

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

const reported = async (connectionId: string) =>
  (await bridge.deps.store.sightings.list(connectionId)).map(({ name, count, userAgent }) => ({
    name,
    count,
    userAgent,
  }));

describe('deviations', () => {
  test('are counted by request with the client that sent them, tolerated or refused, and outlive the process', async () => {
    const strict = await bridge.addConnection('strict', { strict: true });
    const entra = { 'user-agent': 'Entra/1.0' };
    const made = await bridge.scim(
      'POST',
      '/Users',
      { schemas: [USER], userName: 'ann@example.com', password: 'x', shoeSize: 42 },
      entra,
    );
    expect(made.status).toBe(201);
    const patch = (operation: object, headers: Record<string, string>) =>
      bridge.scim(
        'PATCH',
        `/Users/${made.body.id}`,
        { schemas: [PATCH_OP], Operations: [operation] },
        headers,
      );
    for (const value of ['False', 'True'])
      expect((await patch({ op: 'Replace', path: 'active', value }, entra)).status).toBe(200);
    const pathless = { op: 'replace', value: { title: 'x' } };
    expect((await patch(pathless, { 'user-agent': 'Okta' })).status).toBe(200);
    expect(
      (await bridge.scim('GET', '/Users?filter=externalId%20eq%20jyoung', undefined, entra)).status,
    ).toBe(200);
    const refused = await patch(pathless, { authorization: `Bearer ${strict.token}` });
    expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidSyntax']);

    await bridge.server.stop(); // writes what it has counted
    expect(await reported(bridge.connection.id)).toEqual([
      { name: 'True and False as text', count: 2, userAgent: 'Entra/1.0' },
      { name: 'operation name in capitals', count: 2, userAgent: 'Entra/1.0' },
      { name: 'PATCH without a path', count: 1, userAgent: 'Okta' },
      { name: 'filter value without quotes', count: 1, userAgent: 'Entra/1.0' },
      { name: 'unknown attribute "shoeSize"', count: 1, userAgent: 'Entra/1.0' },
    ]);
    expect(await reported(strict.connection.id)).toEqual([
      expect.objectContaining({ name: 'PATCH without a path', count: 1 }),
    ]);
  });
});
