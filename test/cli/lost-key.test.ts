/** Another `ENCRYPTION_KEY` than the one with which credentials were given: nothing is lost by it, and it can be mended. */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
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
