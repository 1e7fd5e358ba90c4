/**
 * `npm run bench`: does the cost of a request grow with the directory or the group? The same requests at 1,000 and at 10,000
 * people, and in groups of 10 and of 10,000; medians of sequential requests over HTTP on loopback, and their ratio. People
 * are unknown to Mode, so that nothing but the bridge is measured. Every answer is checked before it is timed.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeDeps, sealCredentials } from '../src/compose.ts';
import { configSchema } from '../src/config.ts';
import type { Deps } from '../src/directory/deps.ts';
import { newGroup } from '../src/directory/groups.ts';
import { indexValues } from '../src/directory/index-values.ts';
import type { Connection } from '../src/directory/model.ts';
import { userSchema } from '../src/directory/schema.ts';
import { newUser } from '../src/directory/users.ts';
import { startServer } from '../src/main.ts';
import { issueToken } from '../src/security/tokens.ts';
import { migrateStore, openStore } from '../src/store/index.ts';

const KEY = randomBytes(32);
const WARM_UP = 30;
const ROUNDS = 200;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const CONFIG = configSchema.parse({
  SYNC_INTERVAL_SECONDS: '0',
  CHANGES_INTERVAL_SECONDS: '0',
  SETTLE_INTERVAL_MS: '60000',
});

interface Bench {
  readonly url: string;
  readonly token: string;
  readonly userIds: readonly string[];
  readonly groupIds: readonly [small: string, large: string];
  stop(): Promise<void>;
}

const person = (index: number) => ({
  userName: `person-${index}@example.com`,
  externalId: `ext-${index}`,
  name: { givenName: 'Per', familyName: `Son ${index}` },
  emails: [{ value: `person-${index}@example.com`, type: 'work', primary: true }],
  active: true,
});

const newConnection = (id: string, now: string): Connection => ({
  id,
  name: 'bench',
  workspace: 'bench',
  modeUrl: 'http://127.0.0.1:9',
  wayIn: 'jit',
  strict: false,
  sealedCredentials: sealCredentials(KEY, { token: 'none', secret: 'none' })(id),
  webhookSecret: 'none',
  reconcile: 'adopt',
  protected: { people: [], groups: [] },
  createdAt: now,
  syncedAt: null,
  accessSyncedAt: null,
  credentialsSetAt: now,
  credentialsExpire: null,
  credentialsCheck: null,
  hookReceivedAt: null,
});

/** People, a group of 10 and one of all but the last; the groups exist in Mode, the people have not joined. */
const fill = async (deps: Deps, connection: Connection, people: number) => {
  const users = Array.from({ length: people }, (_, index) => newUser(deps, connection.id, person(index)));
  const userIds = users.map(({ id }) => id);
  const groups = ['Small', 'Large'].map((displayName) => newGroup(deps, connection.id, { displayName }));
  const [small, large] = groups.map(({ id }) => id) as [string, string];
  const inMode = (groupToken: string) => ({
    groupToken,
    name: groupToken,
    state: 'active',
    groupType: null,
    managed: false,
  });
  await deps.store.connections.insert(connection);
  await deps.store.transaction(async (store) => {
    for (const user of users) await store.users.insert(user, indexValues(userSchema, user.attributes));
    for (const group of groups) await store.groups.insert({ ...group, groupToken: group.displayName });
    await store.memberships.want(connection.id, small, userIds.slice(0, 10));
    await store.memberships.want(connection.id, large, userIds.slice(0, -1));
    await store.mode.saveGroups(connection.id, ['Small', 'Large'].map(inMode), connection.createdAt);
  });
  return { userIds, groupIds: [small, large] as const };
};

/** A bridge with so many people, a group of 10 and one of all of them. */
const start = async (people: number): Promise<Bench> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const url = `sqlite:${join(folder, 'bridge.db')}`;
  await migrateStore(url);
  const store = await openStore({ url });
  const deps = composeDeps({ store, log: silent, key: KEY, waits: CONFIG });
  const connection = newConnection(deps.newId(), deps.now().toISOString());
  const filled = await fill(deps, connection, people);
  const wish = { kind: 'scim', connectionId: connection.id, label: 'bench', expiresAt: null } as const;
  const { token } = await issueToken(deps, wish);
  const server = await startServer(deps, { ...CONFIG, HOST: '127.0.0.1', PORT: 0 });
  const stop = async () => {
    await server.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `${server.url}/scim/v2`, token, ...filled, stop };
};

const send = async (
  { url, token }: Pick<Bench, 'url' | 'token'>,
  method: string,
  path: string,
  body?: object,
) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const response = await fetch(url + path, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (response.status >= 300) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text;
};

/** Median of the milliseconds that a request takes, one after the other. */
const median = async (work: (round: number) => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const from = performance.now();
    await work(round);
    if (round >= WARM_UP) times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2] ?? Number.NaN;
};

const memberChange = (bench: Bench, groupId: string) => {
  const value = [{ value: bench.userIds.at(-1) }];
  const operation = (op: string) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op, path: 'members', value }],
  });
  return (round: number) =>
    send(bench, 'PATCH', `/Groups/${groupId}`, operation(round % 2 === 0 ? 'add' : 'remove'));
};

type Scenario = readonly [name: string, work: (bench: Bench) => (round: number) => Promise<unknown>];

const pick = (bench: Bench, round: number) => (round * 7919) % bench.userIds.length;
const SCENARIOS: readonly Scenario[] = [
  ['read by id', (bench) => (round) => send(bench, 'GET', `/Users/${bench.userIds[pick(bench, round)]}`)],
  [
    'userName eq',
    (bench) => (round) =>
      send(bench, 'GET', `/Users?filter=userName%20eq%20%22person-${pick(bench, round)}@example.com%22`),
  ],
  [
    'externalId eq',
    (bench) => (round) =>
      send(bench, 'GET', `/Users?filter=externalId%20eq%20%22ext-${pick(bench, round)}%22`),
  ],
  [
    'emails.value eq',
    (bench) => (round) =>
      send(bench, 'GET', `/Users?filter=emails.value%20eq%20%22person-${pick(bench, round)}@example.com%22`),
  ],
  ['page of 100 by cursor', (bench) => () => send(bench, 'GET', '/Users?cursor&count=100')],
  ['page of 100 by index', (bench) => () => send(bench, 'GET', '/Users?startIndex=1&count=100')],
  [
    'group without members',
    (bench) => () => send(bench, 'GET', `/Groups/${bench.groupIds[1]}?excludedAttributes=members`),
  ],
];

/** The yardstick: Node alone, answering bytes of the size of one person. */
const yardstick = async (): Promise<number> => {
  const body = JSON.stringify(person(1)).padEnd(700);
  const server: Server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ms = await median(() => send({ url, token: '' }, 'GET', '/'));
  server.close();
  server.closeAllConnections();
  return ms;
};

const row = (name: string, small: number, large: number): string =>
  `${name.padEnd(28)}${small.toFixed(2).padStart(10)}${large.toFixed(2).padStart(10)}${(large / small).toFixed(2).padStart(8)}`;

const main = async (): Promise<void> => {
  const [few, many] = [await start(1_000), await start(10_000)];
  console.log(
    `Median milliseconds of ${ROUNDS} sequential requests; a bare Node server needs ${(await yardstick()).toFixed(2)}.`,
  );
  console.log(`${''.padEnd(28)}${'1,000'.padStart(10)}${'10,000'.padStart(10)}${'ratio'.padStart(8)}`);
  for (const [name, work] of SCENARIOS)
    console.log(row(name, await median(work(few)), await median(work(many))));
  console.log(`${''.padEnd(28)}${'of 10'.padStart(10)}${'of 10,000'.padStart(10)}${'ratio'.padStart(8)}`);
  const [small, large] = many.groupIds;
  console.log(
    row(
      'add or remove one member',
      await median(memberChange(many, small)),
      await median(memberChange(many, large)),
    ),
  );
  await few.stop();
  await many.stop();
};

await main();
