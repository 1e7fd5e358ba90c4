/** The way in `scim` as an operator sets it up: added, tested, renewed, and given an API token later. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningEmulator, startEmulator } from '../../src/emulator/server.ts';
import { runCommand } from '../support/command.ts';

let folder: string;
let emulator: RunningEmulator;
let environment: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-scim-'));
  emulator = await startEmulator({ port: 0, people: 7, groups: 2, scim: { enabled: true } });
  environment = {
    DATABASE_URL: `sqlite:${join(folder, 'bridge.db')}`,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  await run('migrate');
}, 60_000);
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]) => runCommand(args, environment);
const withSecrets = (args: readonly string[], secrets: Record<string, string>) =>
  runCommand(args, { ...environment, ...secrets });
const add = (name: string, ...more: readonly string[]) =>
  ['connection', 'add', name, '--workspace', 'acme', '--mode-url', emulator.url, ...more] as const;
const scimEnvironment = () => ({ MODE_SCIM_URL: emulator.scimUrl, MODE_SCIM_TOKEN: emulator.scimToken });
const apiEnvironment = () => ({ MODE_TOKEN: emulator.token, MODE_SECRET: emulator.secret });

describe('connection add --way-in scim', () => {
  test('wants address and token of the endpoint, whole pairs, and https', async () => {
    const nothing = { MODE_SCIM_URL: '', MODE_SCIM_TOKEN: '' };
    const none = await withSecrets(add('one', '--way-in', 'scim'), nothing);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('--mode-scim-url')]);
    const half = await run(...add('one', '--way-in', 'scim', '--mode-scim-token', 'x'));
    expect([half.code, half.err]).toEqual([2, expect.stringContaining('belong together')]);
    const api = await withSecrets(add('one'), scimEnvironment());
    expect([api.code, api.err]).toEqual([2, expect.stringContaining('--mode-token')]);
    const open = await withSecrets(add('one', '--way-in', 'scim'), {
      ...scimEnvironment(),
      MODE_SCIM_URL: 'http://mode.example/scim',
    });
    expect([open.code, open.err]).toEqual([1, expect.stringContaining('https')]);
  }, 60_000);

  test('tries the token first, and keeps both where no eye sees them', async () => {
    const secrets = { ...scimEnvironment(), MODE_SCIM_TOKEN: 'dead' };
    const refused = await withSecrets(add('one', '--way-in', 'scim'), secrets);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('refuses the SCIM token')]);
    const added = await withSecrets(add('one', '--way-in', 'scim'), scimEnvironment());
    expect([added.code, added.out]).toEqual([0, expect.stringContaining(emulator.scimUrl)]);
    const { out } = await run('connection', 'list');
    expect(out).toMatch(/one .*scim .*is one for SCIM/);
    expect(out + added.out).not.toContain(emulator.scimToken);
  }, 60_000);
});

describe('a connection with the SCIM token alone', () => {
  test('is tested: nothing is missing, and what only an API token can is named', async () => {
    const { code, out } = await run('connection', 'test', 'one');
    expect([code, out]).toEqual([0, expect.stringMatching(/^Mode's SCIM endpoint +yes +yes/m)]);
    expect(out).toMatch(/^list connections +no +no .*renew --mode-token/m);
    expect(out).toMatch(/^The Mode token is one for SCIM: when it expires is not known\./m);
  }, 60_000);

  test('cannot change to a way that needs an API token', async () => {
    for (const way of ['invite', 'jit']) {
      const { code, err } = await run('connection', 'set', 'one', '--way-in', way);
      expect([code, err]).toEqual([1, expect.stringContaining('--mode-token')]);
    }
  }, 60_000);

  test('takes a new SCIM token for the address that it knows, and says nothing of the API token', async () => {
    const renewed = await run('connection', 'renew', 'one', '--mode-scim-token', emulator.scimToken);
    expect([renewed.code, renewed.out]).toEqual([0, expect.stringContaining('accepts the new token')]);
    expect((await run('connection', 'renew', 'one', '--mode-scim-token', 'dead')).code).toBe(1);
    expect((await run('connection', 'renew', 'one')).code).toBe(2);
  }, 60_000);

  test('knows the same people by other names once it has an API token, and loses nobody', async () => {
    const first = await run('sync', 'one', '--json');
    expect(first.code).toBe(0);
    const renewed = await withSecrets(['connection', 'renew', 'one'], apiEnvironment());
    expect([renewed.code, renewed.out]).toEqual([0, expect.stringContaining('mode-scim-bridge sync one')]);
    const again = await run('sync', 'one', '--json');
    expect([again.code, JSON.parse(again.out)]).toMatchObject([
      0,
      { syncs: [{ found: { adoptedUsers: 0, adoptedGroups: 0, linkedUsers: 7, unclear: [] } }] },
    ]);
    const plan = await run('plan', 'one', '--json');
    expect([plan.code, JSON.parse(plan.out).changes]).toEqual([0, []]);
    expect((await run('connection', 'set', 'one', '--way-in', 'invite')).code).toBe(0);
    expect((await run('connection', 'set', 'one', '--way-in', 'scim')).code).toBe(0);
  }, 90_000);
});
