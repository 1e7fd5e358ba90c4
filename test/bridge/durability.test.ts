/** Stopping, killing and starting again: whatever was acknowledged is there. Real processes, real files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Ready, type Running, startCommand, startSandbox } from '../support/sandbox.ts';

let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'durability-'));
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

const scim = async ({ scimBaseUrl, scimToken }: Ready, method: string, path: string, body?: object) => {
  const headers = { authorization: `Bearer ${scimToken}`, 'content-type': 'application/scim+json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(scimBaseUrl + path, { method, headers, ...sent });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as any };
};

/** Everybody and every group, without the address of the server, which another port changes. */
const everything = async ({ ready }: Running<Ready>): Promise<string> => {
  const lists = await Promise.all(['/Users?count=1000', '/Groups'].map((path) => scim(ready, 'GET', path)));
  return JSON.stringify(lists.map(({ body }) => body.Resources)).replaceAll(ready.scimBaseUrl, '');
};

const person = (name: string) => ({
  userName: `${name}@acme.example`,
  externalId: `ext-${name}`,
  emails: [{ value: `${name}@acme.example`, type: 'work', primary: true }],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'R & D' },
});

describe('a sandbox', () => {
  test('has the same tokens, ids, attributes and memberships after it was stopped and started again', async () => {
    const first = await startSandbox(join(data, 'stop'), '--people', '8', '--groups', '2');
    const { id } = (await scim(first.ready, 'POST', '/Users', person('kept'))).body;
    await scim(first.ready, 'POST', '/Groups', { displayName: 'Kept', members: [{ value: id }] });
    const before = await everything(first);
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await startSandbox(join(data, 'stop'));
    const { scimToken, adminToken, modeToken, modeSecret, connectionId } = second.ready;
    expect(first.ready).toMatchObject({ scimToken, adminToken, modeToken, modeSecret, connectionId });
    expect(await everything(second)).toBe(before);
    expect(before).toContain('"department":"R & D"');
    await second.end('SIGTERM');
  });

  test('has everybody whose creation was acknowledged when it is killed in a burst of creates', async () => {
    const folder = join(data, 'kill');
    let running = await startSandbox(folder, '--people', '8', '--groups', '2');
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 3; round += 1) {
      const { ready } = running;
      let killed = false;
      const burst = Array.from({ length: 60 }, async (_, index) => {
        const name = `burst-${round}-${index}`;
        const answer = await scim(ready, 'POST', '/Users', person(name)).catch(() => undefined);
        if (answer?.status === 201) acknowledged.set(name, answer.body.id);
      });
      while (acknowledged.size < round * 60 + 5) await new Promise((resolve) => setTimeout(resolve, 2));
      killed = (await running.end('SIGKILL')) === null;
      await Promise.all(burst);
      expect(killed).toBe(true);
      running = await startSandbox(folder);
      for (const [name, id] of acknowledged) {
        const { status, body } = await scim(running.ready, 'GET', `/Users/${id}`);
        expect([name, status, body.userName, body.externalId]).toEqual([
          name,
          200,
          `${name}@acme.example`,
          `ext-${name}`,
        ]);
      }
    }
    const state = await (await fetch(`${running.ready.modeUrl}/_control/state`)).json();
    const { members } = state as { readonly members: readonly { readonly email: string }[] };
    const emails = members.map(({ email }) => email);
    for (const name of acknowledged.keys()) {
      expect(emails.filter((email) => email === `${name}@acme.example`)).toHaveLength(1);
    }
    await running.end('SIGTERM');
  });

  test('uses an emulated Mode that runs already, so that either can be killed alone', async () => {
    const mode = await startCommand<{ modeUrl: string; modeToken: string; modeSecret: string }>([
      ...['mode', '--port', '0', '--data', join(data, 'mode'), '--people', '7', '--groups', '1'],
      ...['--token', 'abcdefabcdef', '--secret', 'secret-of-the-test'],
    ]);
    const flags = ['--mode-url', mode.ready.modeUrl, '--mode-token', 'abcdefabcdef'];
    const tokens = ['--mode-secret', 'secret-of-the-test', '--scim-token', 'given-token-of-the-test'];
    let bridge = await startSandbox(join(data, 'apart'), ...flags, ...tokens);
    expect(bridge.ready.scimToken).toBe('given-token-of-the-test');
    await scim(bridge.ready, 'POST', '/Users', person('apart'));
    await bridge.end('SIGKILL');
    bridge = await startSandbox(join(data, 'apart'), ...flags, ...tokens);
    const found = await scim(bridge.ready, 'GET', '/Users?count=0');
    expect(found.body.totalResults).toBe(8);
    expect(await bridge.end('SIGTERM')).toBe(0);
    expect(await mode.end('SIGTERM')).toBe(0);
  });
});
