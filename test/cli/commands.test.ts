/** The commands as an operator types them: real processes, a database file, an emulated Mode; exit codes and words. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningEmulator, startEmulator } from '../../src/emulator/server.ts';

/** Every migration there is, in order. */
const MIGRATIONS = readdirSync('src/store/migrations')
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();

let folder: string;
let emulator: RunningEmulator;
let environment: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  emulator = await startEmulator({ port: 0, people: 7, groups: 2 });
  environment = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: `sqlite:${join(folder, 'bridge.db')}`,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    MODE_TOKEN: emulator.token,
    MODE_SECRET: emulator.secret,
    PORT: '0',
    HOST: '127.0.0.1',
  };
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (args: readonly string[], changes: Record<string, string> = {}) =>
  spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
    env: { ...environment, ...changes },
  });

const run = async (args: readonly string[], changes: Record<string, string> = {}) => {
  const child = start(args, changes);
  let out = '';
  let err = '';
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
};

const addFlags = () => ['--workspace', 'acme', '--mode-url', emulator.url];

describe('before the first connection', () => {
  test('a command on a database without tables says to migrate', async () => {
    const { code, err } = await run(['connection', 'list']);
    expect([code, err]).toEqual([1, expect.stringContaining('mode-scim-bridge migrate')]);
  });

  test('migrate makes the tables, and is harmless a second time', async () => {
    expect(JSON.parse((await run(['migrate', '--json'])).out)).toEqual({
      applied: MIGRATIONS,
    });
    expect((await run(['migrate'])).out).toContain('up to date');
  });

  test.each([
    [['nonsense']],
    [['connection', 'add', 'acme']],
    [['mode', '--port', 'high']],
    [['sandbox', '--nothing']],
  ])('wrong usage ends with 2: %j', async (args) => {
    expect((await run(args)).code).toBe(2);
  });

  test('every command has help', async () => {
    for (const args of [
      ['serve'],
      ['sandbox'],
      ['mode'],
      ['migrate'],
      ['connection', 'add'],
      ['token', 'issue'],
    ]) {
      const { code, out } = await run([...args, '--help']);
      expect([code, out]).toEqual([0, expect.stringContaining('Usage:')]);
    }
  });

  test('wrong configuration is refused by name, and no value is shown', async () => {
    const { code, err } = await run(['migrate'], {
      DATABASE_URL: 'mysql://user:hidden@host/db',
      PORT: 'abc',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/PORT.*DATABASE_URL|DATABASE_URL.*PORT/s);
    expect(err).not.toContain('hidden');
  });

  test('serve never invents an encryption key', async () => {
    const { code, err } = await run(['serve'], { ENCRYPTION_KEY: '', ENCRYPTION_KEY_FILE: '/nowhere' });
    expect([code, err]).toEqual([1, expect.stringContaining('encryption key')]);
  });
});

describe('a connection', () => {
  test('is refused while Mode refuses the token, or names another workspace', async () => {
    const refused = await run(['connection', 'add', 'acme', ...addFlags()], { MODE_SECRET: 'wrong' });
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('refuses')]);
    const other = await run([
      'connection',
      'add',
      'acme',
      '--workspace',
      'other',
      '--mode-url',
      emulator.url,
    ]);
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('acme')]);
    expect(JSON.parse((await run(['connection', 'list', '--json'])).out)).toEqual([]);
  });

  test('is added once, listed without secrets, and tested', async () => {
    const added = await run(['connection', 'add', 'acme', ...addFlags(), '--json']);
    expect(JSON.parse(added.out)).toMatchObject({
      name: 'acme',
      scimBaseUrl: expect.stringMatching(/\/scim\/v2$/),
    });
    const again = await run(['connection', 'add', 'acme', ...addFlags()]);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('acme')]);
    const { out } = await run(['connection', 'list']);
    expect(out).toContain('acme');
    expect(out + added.out).not.toContain(emulator.secret);
    const tested = await run(['connection', 'test', 'acme', '--json']);
    const { abilities, credential } = JSON.parse(tested.out);
    const missing = abilities.filter((row: { missing: boolean }) => row.missing);
    expect([tested.code, missing, credential.level]).toEqual([0, [], 'fine']);
    expect(abilities[0]).toEqual({
      ability: 'sign in',
      result: 'yes',
      needed: true,
      missing: false,
      why: 'workspace "acme", a token whose kind Mode does not name',
      remedy: null,
    });
    const unknown = await run(['connection', 'test', 'nobody']);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('acme')]);
  });

  test('with a Workspace token is warned of at once, tested with 1, and helped by another way in', async () => {
    const limited = await startEmulator({ port: 0, people: 7, groups: 2, tokenKind: 'workspace' });
    try {
      const token = { MODE_TOKEN: limited.token, MODE_SECRET: limited.secret };
      const flags = ['--workspace', 'acme', '--mode-url', limited.url];
      const added = await run(['connection', 'add', 'limited', ...flags], token);
      expect([added.code, added.out]).toEqual([
        0,
        expect.stringMatching(/^WARNING: nobody can be invited\. .*--way-in jit/m),
      ]);
      const tested = await run(['connection', 'test', 'limited']);
      expect([tested.code, tested.out]).toEqual([
        1,
        expect.stringMatching(
          /^invite people +no +yes +This is a Workspace token.*invite people: Use a token/ms,
        ),
      ]);
      expect((await run(['connection', 'set', 'limited', '--way-in', 'jit'])).out).toMatch(/way in +jit/);
      expect((await run(['connection', 'test', 'limited'])).code).toBe(0);
      const back = await run(['connection', 'set', 'limited', '--way-in', 'invite']);
      expect([back.code, back.err]).toEqual([1, expect.stringContaining('Nobody could be invited')]);
    } finally {
      await limited.close();
    }
  }, 60_000);

  test('takes a new Mode token that Mode accepts, and no other', async () => {
    const renewed = await run(['connection', 'renew', 'acme']);
    expect([renewed.code, renewed.out]).toEqual([0, expect.stringContaining('acme')]);
    const wrong = await run(['connection', 'renew', 'acme'], { MODE_SECRET: 'wrong' });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('API token')]);
    expect(renewed.out).toContain('(assumed');
    const dated = await run(['connection', 'renew', 'acme', '--expires', '2999-02-01']);
    expect(dated.out).toMatch(/The Mode token expires on 2999-02-01\.$/m);
    for (const [when, code] of [
      ['2999-02-30', 2],
      ['2001-01-01', 1],
    ] as const)
      expect((await run(['connection', 'set', 'acme', '--expires', when])).code).toBe(code);
    const never = await run(['connection', 'set', 'acme', '--expires', 'never']);
    expect([never.code, never.out]).toEqual([0, expect.stringContaining('never expires')]);
    expect((await run(['connection', 'list'])).out).toMatch(/acme .* never expires /);
    expect(JSON.parse((await run(['connection', 'list', '--json'])).out)[0]).toMatchObject({
      hookReceivedAt: null,
      credential: { level: 'fine', daysLeft: null, isAssumed: false },
    });
    expect((await run(['connection', 'test', 'acme'])).code).toBe(0);
  });

  test('serves SCIM to its token until that is revoked, and stops cleanly', async () => {
    const issued = JSON.parse((await run(['token', 'issue', 'acme', '--label', 'okta', '--json'])).out);
    expect(issued.token).toMatch(/^msb_scim_[\w-]{49}$/);
    const server = start(['serve'], { LOG_LEVEL: 'info' });
    const url = await new Promise<string>((resolve) => {
      server.stderr.on('data', (part: Buffer) => {
        const found = /"serve\.ready".*"url":"([^"]+)"|"url":"([^"]+)".*/.exec(part.toString());
        if (found && part.toString().includes('serve.ready')) resolve(found[1] ?? found[2] ?? '');
      });
    });
    const ask = () => fetch(`${url}/scim/v2/Users`, { headers: { authorization: `Bearer ${issued.token}` } });
    expect((await ask()).status).toBe(200);
    const loose = `${url}/scim/v2/Users?filter=${encodeURIComponent('externalId eq jyoung')}`;
    await fetch(loose, { headers: { authorization: `Bearer ${issued.token}`, 'user-agent': 'Entra' } });
    const listed = (await run(['token', 'list'])).out;
    expect(listed).toContain('okta');
    expect(listed).not.toContain(issued.token);
    expect((await run(['token', 'revoke', issued.id])).code).toBe(0);
    expect((await ask()).status).toBe(401);
    expect((await run(['token', 'revoke', issued.id])).code).toBe(1);
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  });

  test('is reported on: what its client was seen to send, and what of it a strict connection would refuse', async () => {
    const { out } = await run(['connection', 'report', 'acme']);
    expect(out).toMatch(/filter value without quotes +1 .* refused +Entra \(documentation\) +Entra/);
    expect(JSON.parse((await run(['connection', 'report', 'acme', '--json'])).out)).toMatchObject({
      strict: false,
      deviations: [
        { name: 'filter value without quotes', count: 1, whenStrict: 'refused', userAgent: 'Entra' },
      ],
    });
    expect((await run(['connection', 'report', 'nobody'])).code).toBe(1);
  });

  test('is set, planned and applied: 2 while there is something to do, 0 when all agree', async () => {
    const how = ['--reconcile', 'enforce', '--protect-person', 'CEO@acme.example', '--no-strict'];
    expect((await run(['connection', 'set', 'acme', ...how])).out).toMatch(/enforce.*CEO@acme\.example/s);
    expect((await run(['connection', 'set', 'acme'])).code).toBe(1);
    const first = await run(['plan', 'acme']);
    expect([first.code, first.out]).toEqual([0, expect.stringContaining('Record and Mode agree.')]);
    const control = (path: string, body?: object) =>
      fetch(`${emulator.url}/_control${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    await control('/join', { email: 'stranger@acme.example' });
    const { code, out } = await run(['plan', 'acme']);
    expect([code, out]).toEqual([
      2,
      expect.stringMatching(/- .*stranger@acme\.example.* is removed from Mode/),
    ]);
    const { id, people, stops } = JSON.parse((await run(['plan', 'acme', '--json'])).out);
    expect(people).toMatchObject([{ userName: 'stranger@acme.example', access: 'loses' }]);
    expect(stops).toMatchObject([{ guard: 'people' }]);
    const stopped = await run(['apply', 'acme', id]);
    expect([stopped.code, stopped.err]).toEqual([1, expect.stringContaining('--override people')]);
    expect((await run(['apply', 'acme', id, '--override', 'nothing'])).code).toBe(2);
    expect((await run(['apply', 'acme', 'ffffffffffff'])).err).toContain('out of date');
    const applied = await run(['apply', 'acme', id, '--override', 'people']);
    expect([applied.code, applied.out]).toEqual([0, expect.stringContaining('Mode has taken 1')]);
    const { members } = (await (await control('/state')).json()) as {
      members: { email: string; state: string }[];
    };
    expect(members.find(({ email }) => email === 'stranger@acme.example')?.state).toBe('former');
    expect((await run(['plan', 'acme', '--no-sync'])).code).toBe(0);
  }, 60_000);
});
