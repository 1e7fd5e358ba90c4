/** `doctor` at 2 a.m.: it tells what is wrong while half of it is down, which is when it is run. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { examine, type Line } from '../../src/cli/doctor/check.ts';
import { connectionChecks } from '../../src/cli/doctor/connections.ts';
import { linkTo } from '../../src/cli/doctor/linked.ts';
import { configSchema } from '../../src/config.ts';
import { findConnection } from '../../src/directory/connections/connections.ts';
import { realTiming } from '../../src/mode/index.ts';
import { issueToken } from '../../src/security/tokens.ts';
import { type Bridge, type BridgeOptions, startBridge, until } from '../support/bridge.ts';
import { startPostgres } from '../support/postgres.ts';

const KEY = randomBytes(32).toString('base64');

const run = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
    env: { PATH: process.env['PATH'] ?? '', ENCRYPTION_KEY: KEY, PORT: '9', ...environment },
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (part: Buffer) => {
    said.out += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    said.err += part.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
};

interface Told {
  readonly code: number;
  readonly ok: boolean;
  /** The worst of each check. */
  readonly checks: Readonly<Record<string, string>>;
  readonly lines: readonly Line[];
  readonly configuration: readonly {
    readonly key: string;
    readonly value: string;
    readonly source: string;
  }[];
}

const doctor = async (environment: Readonly<Record<string, string>>): Promise<Told> => {
  const { code, out, err } = await run(['doctor', '--json'], environment);
  if (err !== '') throw new Error(err);
  const { ok, checks, configuration } = JSON.parse(out);
  return { code, ok, checks: worst(checks), lines: checks, configuration };
};

const RANK = ['ok', 'skip', 'warn', 'fail'];
const worst = (lines: readonly Line[]): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (const { check, status } of lines)
    if (RANK.indexOf(status) > RANK.indexOf(found[check] ?? '')) found[check] = status;
  return found;
};
const lineOf = (lines: readonly Line[], check: string): Line | undefined =>
  lines
    .filter((one) => one.check === check)
    .sort((a, b) => RANK.indexOf(b.status) - RANK.indexOf(a.status))[0];

describe('an installation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  const file = join(folder, 'new', 'bridge.db');
  const sqlite = { DATABASE_URL: `sqlite:${file}` };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('that was never begun: says what to do, and makes no file', async () => {
    const { code, out } = await run(['doctor'], sqlite);
    expect(code).toBe(1);
    expect(out).toMatch(/^fail {2}database +There is no database file .*mode-scim-bridge migrate/m);
    expect(out).toMatch(/^skip {2}connections/m);
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  test('whose DATABASE_URL is wrong is not taken for the one of the default', async () => {
    const told = await doctor({ DATABASE_URL: 'mysql://user:hidden-password@host/db' });
    expect([told.code, told.checks['configuration'], told.checks['database']]).toEqual([1, 'fail', 'skip']);
    expect(JSON.stringify(told)).not.toContain('hidden-password');
  });

  test('with wrong configuration is looked at all the same, and shows no secret', async () => {
    await run(['migrate'], sqlite);
    const told = await doctor({
      ...sqlite,
      SYNC_INTERVAL_SECONDS: 'often',
      ADMIN_TOKEN: 'very-secret-admin-token',
      ENCRYPTION_KEY: 'too short',
      PUBLIC_URL: 'http://scim.example.com',
    });
    expect([told.code, told.ok]).toEqual([1, false]);
    expect(told.checks).toMatchObject({
      program: 'ok',
      configuration: 'fail',
      'encryption key': 'fail',
      PUBLIC_URL: 'warn',
      server: 'warn',
      database: 'ok',
      migrations: 'ok',
      writing: 'ok',
      disk: 'ok',
      connections: 'ok',
    });
    expect(lineOf(told.lines, 'configuration')?.what).toContain('SYNC_INTERVAL_SECONDS');
    expect(JSON.stringify(told)).not.toMatch(/very-secret|too short/);
    expect(told.configuration).toContainEqual({
      key: 'ADMIN_TOKEN',
      value: '(set)',
      source: 'environment',
      problem: null,
    });
  });
});

describe('a database on PostgreSQL', () => {
  test('is told of when it runs and when it was killed, without its password', async () => {
    const postgres = await startPostgres();
    let isRunning = true;
    try {
      const url = new URL(await postgres.createDatabase());
      url.password = 'hidden-password';
      const environment = { DATABASE_URL: url.href };
      const before = await doctor(environment);
      expect(before.checks).toMatchObject({
        database: 'ok',
        migrations: 'fail',
        writing: 'skip',
        connections: 'skip',
      });
      await run(['migrate'], environment);
      const migrated = await doctor(environment);
      expect(migrated.checks).toMatchObject({ migrations: 'ok', writing: 'ok', 'database clock': 'ok' });
      expect(lineOf(migrated.lines, 'database')?.what).toMatch(/^PostgreSQL \d+/);
      await postgres.stop();
      isRunning = false;
      const after = await doctor(environment);
      expect([after.code, after.checks['database'], after.checks['connections']]).toEqual([
        1,
        'fail',
        'skip',
      ]);
      expect(lineOf(after.lines, 'database')?.what).toContain('ECONNREFUSED');
      expect(JSON.stringify([before, migrated, after])).not.toContain('hidden-password');
    } finally {
      if (isRunning) await postgres.stop();
    }
  }, 60_000);
});

describe('a connection', () => {
  let skippedMs = 0;
  const timing = { ...realTiming, now: () => Date.now() + skippedMs };
  const NOW = { timing: realTiming };
  const HOUR_MS = 3_600_000;
  const closing: (() => Promise<unknown>)[] = [];
  const start = async (options: BridgeOptions = {}): Promise<Bridge> => {
    const bridge = await startBridge({ timing, ...options });
    closing.push(bridge.stop);
    return bridge;
  };
  const look = async ({ deps }: Bridge): Promise<readonly Line[]> => {
    const connection = await findConnection(deps, 'first');
    return examine(connectionChecks, linkTo(deps, configSchema.parse({}), connection), 'first');
  };
  let bridge: Bridge;
  beforeAll(async () => {
    // No request waits for as long as Mode asks for below.
    bridge = await start({ config: { REQUEST_PATIENCE_MS: '20000' } });
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });

  test('that is well says so, but for the webhook until Mode has called', async () => {
    expect((await bridge.scim('GET', '/Users?count=1')).status).toBe(200);
    const well = worst(await look(bridge));
    expect(well).toEqual({
      credentials: 'ok',
      Mode: 'ok',
      'Mode token': 'ok',
      clock: 'ok',
      sync: 'ok',
      webhook: 'warn',
      'owed to Mode': 'ok',
      'SCIM tokens': 'ok',
      people: 'ok',
      'who is who': 'ok',
    });
    await bridge.control('POST', '/join', { email: 'caller@acme.example' });
    await until('Mode called', async () => worst(await look(bridge))['webhook'] === 'ok');
  });

  test('whose Mode takes nothing: what is owed, since when and why; access that should have ended is worse', async () => {
    const { id } = (await bridge.scim('POST', '/Users', { userName: 'owed@acme.example' })).body;
    const fault = { status: 503, times: 10_000, headers: { 'Retry-After': '30' } };
    await bridge.control('POST', '/faults', { route: 'POST /api/{workspace}/groups', ...fault });
    await bridge.control('POST', '/faults', { route: 'GET /api/{workspace}/memberships', ...fault });
    await bridge.scim('POST', '/Groups', { displayName: 'Owed' });
    await bridge.scim('DELETE', `/Users/${id}`);
    const early = (await look(bridge)).filter(({ check }) => check === 'owed to Mode');
    expect(early.map(({ status }) => status)).toEqual(['ok', 'ok']);
    skippedMs += HOUR_MS;
    const late = (await look(bridge)).filter(({ check }) => check === 'owed to Mode');
    expect(late.map(({ status, what }) => [status, what])).toEqual([
      ['fail', expect.stringMatching(/^1 end of access, the oldest for \d+ minutes \(1 × mode\./)],
      ['warn', expect.stringMatching(/^1 change, the oldest for \d+ minutes \(1 × mode\./)],
    ]);
    await bridge.control('DELETE', '/faults');
  }, 60_000);

  test('whose tokens run out or lie about, and that was not read for long', async () => {
    const expiresAt = new Date(timing.now() + 20 * 24 * HOUR_MS).toISOString();
    const wish = { kind: 'scim', connectionId: bridge.connection.id } as const;
    await issueToken(bridge.deps, { ...wish, label: 'soon', expiresAt });
    skippedMs += 48 * HOUR_MS;
    const lines = await look(bridge);
    expect(
      lines.filter(({ check }) => check === 'SCIM tokens').map(({ status, what }) => [status, what]),
    ).toEqual([
      ['ok', expect.stringContaining('2 live, last used')],
      ['warn', expect.stringMatching(/"soon" expires in 18 days/)],
      ['warn', expect.stringMatching(/"soon" was never used/)],
    ]);
    expect(lineOf(lines, 'sync')).toMatchObject({
      status: 'warn',
      remedy: expect.stringContaining('sync first'),
    });
    skippedMs += 70 * 24 * HOUR_MS;
    expect(lineOf(await look(bridge), 'Mode token')).toMatchObject({
      status: 'warn',
      remedy: expect.stringContaining('connection renew first'),
    });
    for (const { id } of await bridge.deps.store.tokens.list(bridge.connection.id))
      await bridge.deps.store.tokens.revoke(id, new Date().toISOString());
    expect(lineOf(await look(bridge), 'SCIM tokens')).toMatchObject({ status: 'fail' });
  });

  test('with people who cannot come or are not clear names them', async () => {
    const other = await start(NOW);
    await other.scim('POST', '/Users', { userName: 'nowhere' });
    const shared = { emails: [{ value: 'shared@acme.example' }] };
    await other.scim('POST', '/Users', { userName: 'one', ...shared });
    await other.scim('POST', '/Users', { userName: 'two', ...shared });
    expect(lineOf(await look(other), 'people')).toMatchObject({
      status: 'warn',
      what: '1 (nowhere) without an e-mail address',
    });
    const jit = await start({ wayIn: 'jit', ...NOW });
    await jit.scim('POST', '/Users', { userName: 'a', ...shared });
    await jit.scim('POST', '/Users', { userName: 'b', ...shared });
    expect(lineOf(await look(jit), 'people')).toMatchObject({
      status: 'ok',
      what: '2 wait for their first sign-in',
    });
    await jit.control('POST', '/join', { email: 'shared@acme.example' });
    expect(lineOf(await look(jit), 'who is who')).toMatchObject({
      status: 'warn',
      what: 'shared@acme.example could be several people of the provider',
    });
  });

  test('whose Mode does not answer is one line, and hides nothing that needs no Mode', async () => {
    const down = await start({ config: { MODE_TIMEOUT_MS: '500' }, ...NOW });
    await down.control('POST', '/faults', { route: '*', drop: true, times: 10_000 });
    const lines = await look(down);
    expect(lines.filter(({ check }) => check === 'Mode')).toEqual([
      expect.objectContaining({
        status: 'fail',
        what: expect.stringMatching(/^sign in: Mode did not answer.*ECONNRESET/),
      }),
    ]);
    expect(worst(lines)).toMatchObject({
      clock: 'ok',
      sync: 'ok',
      people: 'ok',
      'who is who': 'skip',
      'owed to Mode': 'ok',
    });
  }, 60_000);

  test('whose credentials another key has sealed: that is said once, and what needs no Mode is looked at', async () => {
    const { deps } = bridge;
    const connection = { ...(await findConnection(deps, 'first')), sealedCredentials: 'v1.broken.broken' };
    const lines = await examine(connectionChecks, linkTo(deps, configSchema.parse({}), connection), 'first');
    expect(worst(lines)).toMatchObject({
      credentials: 'fail',
      Mode: 'skip',
      clock: 'skip',
      people: 'ok',
      'who is who': 'skip',
    });
    expect(lineOf(lines, 'credentials')?.remedy).toContain('connection renew first');
  });
});
