/** Another `ENCRYPTION_KEY` than the one with which credentials were given: nothing is lost by it, and it can be mended. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startSyncJob } from '../../src/jobs/sync.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { runCommand } from '../support/command.ts';
import { type Instance, startInstance } from '../support/serve.ts';
import { workspaceOf } from '../support/workspace.ts';

const otherKey = () => ({ ENCRYPTION_KEY: randomBytes(32).toString('base64') });

let bridge: Bridge;
const instances: Instance[] = [];
afterEach(async () => {
  for (const instance of instances.splice(0)) await instance.end('SIGKILL');
  await bridge.stop();
});

const begin = async (environment: Readonly<Record<string, string>>): Promise<Instance> => {
  const instance = await startInstance(environment);
  instances.push(instance);
  return instance;
};

const ask = async ({ url }: Instance, method: string, path: string, body?: object) => {
  const answer = await fetch(`${url}/scim/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${bridge.token}`, 'content-type': 'application/scim+json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const { active, detail = '' } = (await answer.json()) as { active?: boolean; detail?: string };
  return { status: answer.status, active, detail };
};

test('a server with another key keeps what it is told, and it is carried out under the right one', async () => {
  // What the test itself serves settles nothing meanwhile.
  bridge = await startBridge({ config: { SETTLE_INTERVAL_MS: '60000' } });
  const mode = workspaceOf(bridge);
  const id = await mode.create('leaver@acme.example');
  await mode.join('leaver@acme.example');
  await mode.untilState(id, 'active');

  const wrong = await begin({ ...bridge.environment, ...otherKey() });
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
  const leave = { schemas, Operations: [{ op: 'replace', path: 'active', value: false }] };
  expect(await ask(wrong, 'PATCH', `/Users/${id}`, leave)).toMatchObject({
    status: 503,
    detail: expect.stringContaining('ENCRYPTION_KEY'),
  });
  expect(await ask(wrong, 'GET', `/Users/${id}`)).toMatchObject({ status: 200, active: false });
  expect(await (await fetch(`${wrong.url}/readyz`)).json()).toMatchObject({
    status: 'ready',
    connections: [{ code: 'security.secrets.unreadable' }],
  });
  await wrong.end('SIGTERM');
  expect(await mode.standing('leaver@acme.example')).toBe('active');

  await begin(bridge.environment);
  await until('she is removed', async () => (await mode.standing('leaver@acme.example')) === 'former');
}, 60_000);

describe('connection renew, once the key is lost', () => {
  const renew = (environment: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    runCommand(['connection', 'renew', 'first', ...args], environment);
  const api = () => ({ MODE_TOKEN: bridge.emulator.token, MODE_SECRET: bridge.emulator.secret });
  const scim = () => [
    '--mode-scim-url',
    bridge.emulator.scimUrl,
    '--mode-scim-token',
    bridge.emulator.scimToken,
  ];

  test('takes the token under another key, and says that every server needs that one', async () => {
    bridge = await startBridge();
    const environment = { ...bridge.environment, ...otherKey() };
    const refused = await renew({ ...environment, ...api(), MODE_SECRET: 'wrong' });
    expect(refused.code).toBe(1);
    expect(await renew({ ...environment, ...api() })).toMatchObject({
      code: 0,
      out: expect.stringContaining('every server needs this one'),
    });
    expect((await runCommand(['connection', 'test', 'first'], environment)).code).toBe(0);
  }, 60_000);

  test('wants all that the way in needs, and forgets by what names people were known where those change', async () => {
    bridge = await startBridge({ wayIn: 'scim', emulator: { scim: { enabled: true } } });
    const environment = { ...bridge.environment, ...otherKey() };
    expect(await renew({ ...environment, ...api() })).toMatchObject({
      code: 2,
      err: expect.stringContaining('--mode-scim-url'),
    });
    const synced = async () => (await bridge.deps.store.connections.find(bridge.connection.id))?.syncedAt;
    expect(await renew({ ...environment, ...api() }, ...scim())).toMatchObject({ code: 0 });
    expect(await synced()).toEqual(expect.any(String));
    // Under a third key: the API token from before is unknown, and with the SCIM token alone people have other names.
    const third = { ...bridge.environment, ...otherKey() };
    expect(await renew(third, ...scim())).toMatchObject({
      code: 0,
      out: expect.stringMatching(/mode-scim-bridge sync first\nThe Mode token is one for SCIM/),
    });
    expect(await synced()).toBeNull();
  }, 60_000);
});

test('one connection whose credentials cannot be read does not stop the reading of the others', async () => {
  bridge = await startBridge({ sync: false });
  const { connection } = await bridge.addConnection('second');
  await bridge.deps.store.connections.update({
    ...bridge.connection,
    sealedCredentials: 'v1.of-another.key',
  });
  const job = startSyncJob(bridge.deps, {
    fullEveryMs: 60_000,
    changesEveryMs: 0,
    afterSync: () => undefined,
  });
  try {
    const said = (event: string, { id }: { readonly id: string }) =>
      bridge.logged.some((line) => line.includes(`"${event}"`) && line.includes(id));
    await until('the second is read', async () => said('sync.done', connection));
    expect(said('sync.not-started', bridge.connection)).toBe(true);
  } finally {
    await job.stop();
  }
}, 60_000);
