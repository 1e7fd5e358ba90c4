/** `check-scim` as an admin types it: exit codes, what is printed where, the secret kept, Ctrl-C. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Fault, startWrongScim, TOKEN, type WrongScim } from './support/wrong-scim.ts';

const running: WrongScim[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

const start = async (fault: Fault): Promise<WrongScim> => {
  const server = await startWrongScim(fault);
  running.push(server);
  return server;
};

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command; `onError` sees what it writes to standard error and may end it. */
const checkScim = async (
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly interruptAt?: RegExp } = {},
): Promise<Ended> => {
  const env = { PATH: process.env['PATH'] ?? '', ...options.env };
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'check-scim', ...args], { env });
  let [out, err, asked] = ['', '', false];
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
    if (asked || !options.interruptAt?.test(err)) return;
    asked = true;
    child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
};

const FAST = ['--rps', '2000', '--timeout', '5000'];

describe('wrong usage ends with 2 and says what is missing', () => {
  test.each<readonly [readonly string[], RegExp]>([
    [[], /base-url/],
    [['ftp://example.com', '--token', 'x'], /http or https/],
    [['https://user:pass@example.com', '--token', 'x'], /http or https/],
    [['http://127.0.0.1:9'], /--token/],
    [['http://127.0.0.1:9', '--token', 'x', '--profile', 'aws'], /entra-validator/],
    [['http://127.0.0.1:9', '--token', 'x', '--only', 'T999'], /T999/],
    [['http://127.0.0.1:9', '--token', 'x', '--profile', 'okta', '--only', 'T001'], /okta/],
    [['http://127.0.0.1:9', '--token', 'x', '--header', 'nonsense'], /Name: value/],
    [['http://127.0.0.1:9', '--token', 'x', '--rps', '0'], /1 or more/],
  ])('%j', async (args, says) => {
    const { code, err } = await checkScim(args);
    expect([code, err]).toEqual([2, expect.stringMatching(says)]);
  });
});

describe('the command', () => {
  test('ends with 0 when nothing failed, says first what it will do, and prints the report alone to stdout', async () => {
    const server = await start('none');
    const { code, out, err } = await checkScim([
      server.url,
      '--token',
      TOKEN,
      '--only',
      'T001,T083',
      ...FAST,
    ]);
    expect(code).toBe(0);
    expect(err).toMatch(/^check-scim will now create people and groups at .*"check-scim-[0-9a-f]{8}"/);
    expect(err).toMatch(/^ok {6}T083$/m);
    expect(out).toMatch(/^check-scim of http:\S+ \(tolerant\)/);
    expect(out).toMatch(/PROFILE +PASSED +FAILED +ADVICE +SKIPPED +CHECKS\nentra +2 +0 +0 +0 +2/);
  });

  test('ends with 1 when a check failed, and never shows the token, however the server writes it', async () => {
    const server = await start('echoes the token');
    const token = 'a "b"/c-token-0123456789';
    const { code, out, err } = await checkScim([
      server.url,
      '--token',
      token,
      '--only',
      'T001',
      '--json',
      ...FAST,
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      failed: 1,
      checks: [{ id: 'T001', outcome: 'failed' }],
    });
    for (const form of [token, JSON.stringify(token).slice(1, -1), encodeURIComponent(token)])
      expect(out + err).not.toContain(form);
  });

  test('takes the token from the environment, and headers that are kept as secret as the token', async () => {
    const server = await start('none');
    const header = ['--header', 'X-Api-Key: sesame-open-0001'];
    const env = { SCIM_TOKEN: TOKEN };
    const { code, out } = await checkScim([server.url, ...header, '--only', 'T001', ...FAST], { env });
    expect([code, out.includes('sesame')]).toEqual([0, false]);
    const own = ['--header', `Authorization: Bearer ${TOKEN}`];
    expect((await checkScim([server.url, ...own, '--only', 'T001', ...FAST])).code).toBe(0);
  });

  test('interrupted, deletes what it created and ends with 1', async () => {
    const server = await start('none');
    const args = [server.url, '--token', TOKEN, '--rps', '200'];
    const { code, out, err } = await checkScim(args, { interruptAt: /ok {6}T083/ });
    expect(code).toBe(1);
    expect(err).toContain('Ending');
    expect(out).toContain('The run was interrupted');
    expect([server.people(), server.groups()]).toEqual([['somebody@example.org'], []]);
  });
});
