/**
 * One run of `npm run bench:sync`, in a process of its own so that its peak memory is its own: the bare loop, or the first
 * sync into the database that is given. Prints one line of JSON.
 */
import { randomBytes } from 'node:crypto';
import { composeDeps, newWebhookSecret, sealCredentials } from '../src/compose.ts';
import { configSchema } from '../src/config.ts';
import { addConnection } from '../src/directory/connections/connections.ts';
import { fullSync } from '../src/directory/sync/sync.ts';
import { migrateStore, openStore } from '../src/store/index.ts';

/** What both runs are told: where Mode is, and with which credentials. */
interface Mode {
  readonly modeUrl: string;
  readonly workspace: string;
  readonly modeToken: string;
  readonly modeSecret: string;
}

/** Calls under way at once: as many as the bridge begins with. */
const AT_ONCE = 8;
const PER_PAGE = 30;
const HOUR_MS = 3_600_000;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface List {
  readonly _embedded: Readonly<Record<string, readonly { readonly token: string }[]>>;
  readonly pagination?: { readonly total_pages: number };
}

/** Fetches and parses the same pages, and keeps nothing. */
const bareLoop = async (mode: Mode): Promise<number> => {
  const authorization = `Basic ${Buffer.from(`${mode.modeToken}:${mode.modeSecret}`).toString('base64')}`;
  let rows = 0;
  const get = async (path: string): Promise<List> => {
    const headers = { authorization, accept: 'application/hal+json' };
    const response = await fetch(`${mode.modeUrl}/api/${mode.workspace}${path}`, { headers });
    const list = (await response.json()) as List;
    rows += Object.values(list._embedded)[0]?.length ?? 0;
    return list;
  };
  await Promise.all([get('/memberships'), get('/memberships/lite')]);
  const tokens: string[] = [];
  for (let page = 1, last = 1; page <= last; page += 1) {
    const list = await get(`/groups?page=${page}&per_page=${PER_PAGE}`);
    last = list.pagination?.total_pages ?? 1;
    tokens.push(...(list._embedded['groups'] ?? []).map(({ token }) => token));
  }
  const queue = tokens.values();
  const worker = async () => {
    for (const token of queue) await get(`/groups/${token}/memberships`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return rows;
};

const syncOnce = async (mode: Mode, database: string): Promise<() => Promise<unknown>> => {
  const key = randomBytes(32);
  await migrateStore(database);
  const store = await openStore({ url: database });
  const deps = composeDeps({ store, log: silent, key, waits: configSchema.parse({}) });
  const wish = { name: 'bench', workspace: mode.workspace, modeUrl: mode.modeUrl } as const;
  const credentials = { token: mode.modeToken, secret: mode.modeSecret };
  const connection = await addConnection(
    deps,
    { ...wish, wayIn: 'invite', strict: false },
    sealCredentials(key, credentials),
    newWebhookSecret(),
  );
  return () => fullSync(deps, { connection, deadline: Date.now() + HOUR_MS });
};

const [given = '', database] = process.argv.slice(2);
const mode = JSON.parse(given) as Mode;
const work = database === undefined ? () => bareLoop(mode) : await syncOnce(mode, database);
const before = process.resourceUsage();
const from = performance.now();
const result = await work();
const seconds = (performance.now() - from) / 1000;
const after = process.resourceUsage();
const cpuSeconds =
  (after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1e6;
console.log(
  JSON.stringify({ seconds, cpuSeconds, peakMb: after.maxRSS / 1024, startMb: before.maxRSS / 1024, result }),
);
process.exit();
