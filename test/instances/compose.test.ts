/** Two processes as docker-compose.yml starts them: its variables, its commands, its order. Here is no Docker engine. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningEmulator, startEmulator } from '../../src/emulator/server.ts';
import { runCommand } from '../support/command.ts';
import {
  commandOf,
  imageEnvironment,
  readCaddyfile,
  readCompose,
  readKubernetes,
  serviceIn,
} from '../support/deployed.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type Instance, startInstance } from '../support/serve.ts';
import { type Side, sideOf } from './support/world.ts';

let postgres: TestPostgres;
let emulator: RunningEmulator;
let database: string;
const instances: Instance[] = [];
const compose = readCompose({
  POSTGRES_PASSWORD: 'secret',
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  PUBLIC_URL: 'https://scim.example.com',
});

beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.createDatabase();
  emulator = await startEmulator({ port: 0, people: 3, groups: 1 });
}, 60_000);
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.end('SIGKILL')));
  await emulator.close();
  await postgres.stop();
});

/** Of a service; where the containers have a network of their own, these processes have this machine. */
const environmentOf = (name: string): Record<string, string> => {
  const here = { DATABASE_URL: database, HOST: '127.0.0.1', PORT: '0' };
  return { ...imageEnvironment, ...serviceIn(compose, name).environment, ...here };
};
const run = async (args: readonly string[], more: Record<string, string> = {}): Promise<string> => {
  const { code, out, err } = await runCommand(args, { ...environmentOf('bridge-1'), ...more });
  expect([code, err]).toEqual([0, '']);
  return out;
};

test('migrated, two start, are ready, answer for each other, and end in time', async () => {
  const migrate = commandOf(serviceIn(compose, 'migrate').command);
  expect((await runCommand(migrate, environmentOf('migrate'))).out).toContain('Applied: 0001-init');
  for (const name of ['bridge-1', 'bridge-2']) {
    expect(commandOf(serviceIn(compose, name).command)).toEqual(['serve']);
    instances.push(await startInstance(environmentOf(name)));
  }

  const { startupProbe, livenessProbe, readinessProbe } =
    readKubernetes()['Deployment'].spec.template.spec.containers[0];
  const probes = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path as string);
  for (const { url } of instances)
    for (const path of [...probes, readCaddyfile().ready])
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);

  const { token: modeToken, secret, workspace, url } = emulator;
  const credentials = { MODE_TOKEN: modeToken, MODE_SECRET: secret };
  await run(['connection', 'add', 'acme', '--workspace', workspace, '--mode-url', url], credentials);
  const { token } = JSON.parse(await run(['token', 'issue', 'acme', '--label', 'okta', '--json'])) as {
    token: string;
  };
  const [one, other] = instances.map((instance, index) => sideOf(instance, `${index}`, token)) as [
    Side,
    Side,
  ];
  const emails = [{ value: 'both@acme.example', primary: true }];
  const made = await one.ask('POST', '/Users', { userName: 'both@acme.example', emails });
  expect(made.status).toBe(201);
  expect(made.body.meta.location).toBe(`https://scim.example.com/scim/v2/Users/${made.body.id}`);
  expect((await other.ask('GET', `/Users/${made.body.id}`)).body).toEqual(made.body);

  expect(await Promise.all(instances.map((instance) => instance.end('SIGTERM')))).toEqual([0, 0]);
});
