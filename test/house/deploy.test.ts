/** docker-compose.yml and deploy/ name nothing that the program does not have, and give it the time that it takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configSchema } from '../../src/config.ts';
import { runCommand } from '../support/command.ts';
import {
  type ComposeService,
  commandOf,
  imageEnvironment,
  readCaddyfile,
  readCompose,
  readKubernetes,
  serviceIn,
} from '../support/deployed.ts';

const root = resolve(import.meta.dirname, '../..');
const KEYS = new Set(Object.keys(configSchema.shape));
const compose = readCompose({ POSTGRES_PASSWORD: 'secret', ENCRYPTION_KEY: 'key' });
const ours = Object.entries(compose).filter(([, service]) => service.image === 'mode-scim-bridge');
const bridges = ours.filter(([name]) => name.startsWith('bridge-'));
const kubernetes = readKubernetes();
const { Deployment, Job, Service, PodDisruptionBudget, ConfigMap } = kubernetes;
const pods = [Job.spec.template.spec, Deployment.spec.template.spec];
const [bridge] = Deployment.spec.template.spec.containers;
const containers = pods.flatMap(({ containers: all }) => all);
const namesOf = (container: (typeof containers)[number]): string[] =>
  (container.env ?? []).map(({ name }: { name: string }) => name);

/** The longest that the program takes to end after SIGTERM: requests first, then one job after the other. */
const longestStopSeconds = (): number => {
  const files = readdirSync(join(root, 'src/jobs')).map((file) => `src/jobs/${file}`);
  const graces = ['src/closing.ts', ...files].flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^const GRACE_MS = ([\d_]+);/gm)].map(([, ms = '']) =>
      Number(ms.replaceAll('_', '')),
    ),
  );
  expect(graces.length).toBeGreaterThan(4);
  return graces.reduce((sum, ms) => sum + ms, 0) / 1_000;
};

it('sets no variable that the configuration does not know, and none to what it refuses', () => {
  const set = [
    ...ours.flatMap(([, { environment = {} }]) => Object.keys(environment)),
    ...Object.keys(ConfigMap.data),
    ...containers.flatMap(namesOf),
  ];
  expect(set.filter((name) => !KEYS.has(name))).toEqual([]);
  expect(new Set(set)).toEqual(new Set(['DATABASE_URL', 'ENCRYPTION_KEY', 'PUBLIC_URL']));
  for (const [, { environment }] of ours) expect(() => configSchema.parse(environment)).not.toThrow();
  expect(() => configSchema.parse(ConfigMap.data)).not.toThrow();
});

it('runs commands that the program has', async () => {
  const commands = [
    ...ours.map(([, { command }]) => commandOf(command)),
    ...containers.map(({ args }) => commandOf(args)),
  ].map((words) => words.join(' '));
  expect(new Set(commands)).toEqual(new Set(['serve', 'migrate']));
  for (const command of new Set(commands))
    expect((await runCommand([...command.split(' '), '--help'], {})).code).toBe(0);
});

it('asks and serves at the port on which the image listens', () => {
  const port = Number(imageEnvironment['PORT']);
  expect(readCaddyfile().upstreams).toEqual(bridges.map(([name]) => `${name}:${port}`));
  expect(bridge.ports).toEqual([{ name: 'http', containerPort: port }]);
  expect(Service.spec.ports[0].targetPort).toBe('http');
  const probes = [bridge.startupProbe, bridge.livenessProbe, bridge.readinessProbe];
  expect(probes.map(({ httpGet }) => httpGet.port)).toEqual(['http', 'http', 'http']);
});

it('closes idle connections before an instance does', () => {
  const [, keepMs = ''] =
    /keepAliveTimeout: ([\d_]+)/.exec(readFileSync(join(root, 'src/main.ts'), 'utf8')) ?? [];
  const { keepSeconds } = readCaddyfile();
  expect(keepSeconds).toBeGreaterThan(0);
  expect(keepSeconds * 1_000).toBeLessThan(Number(keepMs.replaceAll('_', '')));
});

it('gives time to end', () => {
  const needed = longestStopSeconds();
  for (const [, { stop_grace_period: grace = '' }] of bridges)
    expect(Number(/^(\d+)s$/.exec(grace)?.[1])).toBeGreaterThan(needed);
  const { terminationGracePeriodSeconds } = Deployment.spec.template.spec;
  const [, pause] = bridge.lifecycle.preStop.exec.command;
  expect(terminationGracePeriodSeconds).toBeGreaterThan(needed + Number(pause));
  // Not ready for as long as it takes to notice, before it is asked to end.
  expect(bridge.livenessProbe.periodSeconds * bridge.livenessProbe.failureThreshold).toBeGreaterThanOrEqual(
    30,
  );
});

it('starts instances once the tables are there, on a database that is', () => {
  expect(bridges).toHaveLength(2);
  for (const [, service] of bridges)
    expect(service['depends_on']).toEqual({ migrate: { condition: 'service_completed_successfully' } });
  const [migrate, postgres] = ['migrate', 'postgres'].map((name) => serviceIn(compose, name)) as [
    ComposeService,
    ComposeService,
  ];
  expect(migrate['depends_on']).toEqual({ postgres: { condition: 'service_healthy' } });
  const url = new URL(migrate.environment?.['DATABASE_URL'] ?? '');
  expect({
    POSTGRES_USER: url.username,
    POSTGRES_PASSWORD: url.password,
    POSTGRES_DB: url.pathname.slice(1),
  }).toEqual(postgres.environment);
  expect(Object.keys(compose)).toContain(url.hostname);
});

it('is not root, writes to no file of its own, and has secrets by reference', () => {
  for (const [, service] of ours)
    expect([service['read_only'], service['cap_drop']]).toEqual([true, ['ALL']]);
  for (const pod of pods) expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  for (const { securityContext, resources, env } of containers) {
    expect(securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(resources).toMatchObject({ requests: { cpu: expect.anything() }, limits: { memory: '512Mi' } });
    for (const one of env) expect(one.valueFrom.secretKeyRef.key).toBe(one.name);
  }
  expect(Object.keys(kubernetes)).not.toContain('Secret');
});

it('keeps an instance while a node is emptied or a version changes', () => {
  const { labels } = Deployment.spec.template.metadata;
  expect(Deployment.spec.selector.matchLabels).toEqual(labels);
  expect(Service.spec.selector).toEqual(labels);
  expect(PodDisruptionBudget.spec).toEqual({ minAvailable: 1, selector: { matchLabels: labels } });
  expect(Deployment.spec.replicas).toBeGreaterThan(PodDisruptionBudget.spec.minAvailable);
  expect(Deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
});
