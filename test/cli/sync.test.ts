/** `sync` as an operator types it: a process beside the server, or alone; what it says, and its exit codes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runAlone } from '../../src/directory/sync/run.ts';
import { migrateStore } from '../../src/store/index.ts';
import { type Bridge, startBridge, until } from '../support/bridge.ts';
import { runCommand, spawnCommand } from '../support/command.ts';

const FULL = {
  'GET /api/{workspace}/memberships': 1,
  'GET /api/{workspace}/memberships/lite': 1,
  'GET /api/{workspace}/groups': 1,
  'GET /api/{workspace}/groups/{group_token}/memberships': 3,
};

describe('on a database without connections', () => {
  let folder: string;
  let environment: Record<string, string>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cli-sync-'));
    const DATABASE_URL = `sqlite:${join(folder, 'empty.db')}`;
    await migrateStore(DATABASE_URL);
    environment = { DATABASE_URL, ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('ends with 1 and says how to add one; wrong usage ends with 2', async () => {
    const none = await runCommand(['sync'], environment);
    const says = expect.stringContaining('no connection yet: mode-scim-bridge connection add');
    expect(none).toEqual({ code: 1, out: '', err: says });
    const wrong = await runCommand(['sync', '--changes', '--people'], environment);
    expect(wrong).toEqual({ code: 2, out: '', err: expect.stringContaining('cannot be used with') });
  });
});

let bridge: Bridge;
afterEach(() => bridge?.stop());

const syncs = (...args: readonly string[]) => runCommand(['sync', ...args], bridge.environment);

describe('the first sync', () => {
  beforeEach(async () => {
    bridge = await startBridge({ sync: false });
  });

  test('reads every connection, in the calls of a full sync, and says what it found; again it finds nothing', async () => {
    await bridge.addConnection('second');
    await bridge.calls();
    const first = await syncs();
    expect(first).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(
        /^first: everything read from Mode in \d+\.\d s: 12 people and 3 groups\.\n {2}12 people of Mode are new in SCIM\.\n {2}3 groups of Mode are new in SCIM\.\n {2}The first sync: .*\nsecond: everything/,
      ),
    });
    expect((await bridge.calls()).byRoute).toEqual(
      Object.fromEntries(Object.entries(FULL).map(([route, count]) => [route, count * 2])),
    );
    const { out } = await syncs('second', 'second', '--json');
    expect(out).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(out)).toMatchObject({
      syncs: [
        {
          connection: 'second',
          read: 'full',
          found: { members: 12, groups: 3, adoptedUsers: 0, linkedUsers: 0 },
          reconciled: { changes: 0, shown: 0 },
        },
      ],
    });
    expect((await bridge.calls()).byRoute).toEqual(FULL);
  });
});

describe('a later sync', () => {
  beforeEach(async () => {
    bridge = await startBridge();
  });

  test('--people reads the people alone; --changes says why it reads everything with a token that sees no log', async () => {
    expect((await syncs('--people')).out).toMatch(/^first: people read from Mode in \d\.\d s: 12\.\n$/);
    expect((await bridge.calls()).total).toBe(2);
    expect((await syncs('--changes')).out).toMatch(/everything read.*\n.*only Workspace tokens may/);
  });

  test('one connection whose token is refused or whose Mode is down ends with 1, and the others are read', async () => {
    await bridge.addConnection('second');
    const fault = { route: 'GET /api/{workspace}/memberships', status: 401, times: 1 };
    await bridge.control('POST', '/faults', fault);
    await bridge.control('POST', '/faults', { route: 'GET /api/verify', status: 401, times: 1 });
    const refused = await syncs('first', 'second');
    expect(refused.code).toBe(1);
    // Once, in words.
    expect(refused.err).toMatch(/^mode-scim-bridge: first: .*connection renew[^\n]*\n$/);
    expect(refused.out).toMatch(/^second: everything read/);
    // Whoever tries again by hand need not wait until the credential is checked anew.
    expect(await syncs('first')).toMatchObject({ code: 0, err: '' });
    await bridge.control('POST', '/faults', { route: '*', status: 503, times: 100 });
    const down = await syncs('second', '--json');
    expect([down.code, down.err]).toEqual([
      1,
      expect.stringMatching(/second: Mode failed.*\nIs Mode reachable at http/),
    ]);
    expect(JSON.parse(down.out)).toMatchObject({
      syncs: [{ connection: 'second', error: { code: 'mode.http.failing' } }],
    });
  });

  /** Runs the command while another process reads Mode, until it says that it waits. */
  const runBeside = async (...args: readonly string[]) => {
    const { deps, connection } = bridge;
    const wish = { connection, scope: 'full', since: new Date().toISOString() } as const;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const other = runAlone(deps, wish, { deadline: Date.now() + 60_000 }, () => ended);
    const { child, ended: done } = spawnCommand(args, bridge.environment);
    child.stderr.once('data', () => end());
    const outcome = await done;
    await other;
    return outcome;
  };

  test.each([
    [['sync'], /^first: everything read/],
    [['plan', 'first'], /Record and Mode agree/],
  ])(
    '%j waits for a sync that runs in another process, says so, and then reads for itself',
    async (args, says) => {
      const { code, out, err } = await runBeside(...args);
      expect(err).toMatch(new RegExp(`^first: process ${process.pid} on \\S+ reads Mode since 20.*\n$`));
      expect([code, out]).toEqual([0, expect.stringMatching(says)]);
      expect((await bridge.calls()).byRoute).toEqual(FULL);
    },
  );

  test('ends at Ctrl-C without keeping anybody else waiting', async () => {
    await bridge.control('POST', '/faults', { route: '*', delayMs: 60_000, times: 6 });
    const { child, ended } = spawnCommand(['sync'], bridge.environment);
    const holder = async () =>
      (await bridge.deps.store.syncs.state(bridge.connection.id, new Date().toISOString())).holder;
    await until('it has begun', async () => (await holder()) !== null, 20_000);
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect([code, err]).toEqual([1, expect.stringContaining('Stopped. What was read is kept')]);
    expect(await holder()).toBeNull();
  });

  test('links who has joined and brings her into the group that waited, with no server at work', async () => {
    const ann = { userName: 'Ann', emails: [{ value: 'ann@acme.example', primary: true }] };
    const { body: person } = await bridge.scim('POST', '/Users', ann);
    const members = [{ value: person.id }];
    await bridge.scim('POST', '/Groups', { displayName: 'Treasury', members });
    await bridge.server.stop();
    await bridge.control('POST', '/join', { email: 'ann@acme.example' });
    const { code, out } = await syncs();
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        /1 person of SCIM .* linked\.\n.*\n {2}Mode was owed 1 change\.\n {2}Mode has taken 1 of 1\./,
      ),
    ]);
    const { groups } = (await bridge.control('GET', '/state')).body;
    const treasury = groups.find(({ name }: { name: string }) => name === 'Treasury');
    expect(treasury.memberTokens).toHaveLength(1);
  });

  test('says who is unclear, and ends with 1 where a guard stops what was to be done', async () => {
    const { deps, connection } = bridge;
    await deps.store.connections.update({ ...connection, reconcile: 'enforce' });
    for (const userName of ['twin-1', 'twin-2'])
      await bridge.scim('POST', '/Users', {
        userName,
        active: false,
        emails: [{ value: `${userName}@acme.example`, primary: true }, { value: 'twin@acme.example' }],
      });
    for (const email of ['twin@acme.example', 'stranger-1@acme.example', 'stranger-2@acme.example'])
      await bridge.control('POST', '/join', { email });
    await bridge.control('DELETE', '/webhooks');
    const { code, out, err } = await runCommand(['sync'], { ...bridge.environment, LOG_LEVEL: 'warn' });
    const { members } = (await bridge.control('GET', '/state')).body;
    const twin = members.find(({ email }: { email: string }) => email === 'twin@acme.example');
    expect(err).toMatch(new RegExp(`sync\\.unclear .*member="${twin.memberToken}" why="severalPeople"`));
    expect(out).toMatch(/! twin@acme\.example in Mode could be any of twin-1, twin-2: /);
    expect(out).toMatch(
      /! \d differences found, and nothing written\. Look at it: mode-scim-bridge plan first\n {2}! {3}people: 2 of/,
    );
    expect(code).toBe(1);
  });
});
