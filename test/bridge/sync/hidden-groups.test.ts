/**
 * A token that Mode shows no groups (mode-api.md §6: "only available to admins"): its people are read all the same, nothing
 * is concluded of groups, and whoever runs the bridge is told so, once.
 */
import { describe, expect, test } from '@jest/globals';
import { setConnection } from '../../../src/directory/connections/connections.ts';
import type { Reconcile } from '../../../src/directory/model.ts';
import { startSyncJob } from '../../../src/jobs/sync.ts';
import { type Bridge, type BridgeOptions, scimAlone, until } from '../../support/bridge.ts';
import { runCommand } from '../../support/command.ts';
import { engines, onSqlite } from '../../support/engines.ts';
import { type Workspace, workspaceOf } from '../../support/workspace.ts';

const LIST = 'GET /api/{workspace}/groups';
const MEMBERS = 'GET /api/{workspace}/groups/{group_token}/memberships';

/** What a bridge logged of that event. */
const said = ({ logged }: Bridge, event: string) => logged.filter((line) => line.includes(`"${event}"`));

describe.each(engines)('a token that is shown no groups, on $engine', ({ bridges }) => {
  const start = bridges();
  let bridge: Bridge;
  const open = async (
    options: BridgeOptions & { readonly reconcile?: Reconcile } = {},
  ): Promise<Workspace> => {
    bridge = await start({ emulator: { people: 20, groups: 3 }, ...options });
    const reconcile = options.reconcile ?? 'enforce';
    await bridge.deps.store.connections.update({ ...bridge.connection, reconcile });
    return workspaceOf(bridge);
  };
  const hide = (mode: Workspace, route = LIST, status = 403) => mode.fault({ route, status, times: 1_000 });
  const show = () => bridge.control('DELETE', '/faults');
  const connection = () => bridge.deps.store.connections.find(bridge.connection.id);
  /** Who is in which group, as Mode has it and as SCIM shows it. */
  const groupsOf = async (mode: Workspace) => {
    const inScim = await mode.groups();
    return Promise.all(
      inScim.map(async ({ id, displayName }) => ({
        displayName,
        inMode: (await mode.peopleIn(displayName)).length,
        inScim: (await mode.membersOf(id)).length,
      })),
    );
  };

  test('reads the people at the first sync; its groups are the baseline when they are shown at last', async () => {
    const mode = await open({ sync: false });
    await hide(mode);
    const first = await mode.sync();
    expect(first).toMatchObject({ read: 'full', found: { members: 20, groups: null } });
    expect([(await mode.users()).length, await mode.groups()]).toEqual([20, []]);
    await mode.inviteByHand('by.hand@acme.example');
    expect((await mode.sync())?.read).toBe('full');
    expect(await mode.standing('by.hand@acme.example')).toBe('former');
    expect(await connection()).toMatchObject({ groupsSyncedAt: null, groupsHiddenSince: expect.any(String) });

    await show();
    expect(await mode.sync()).toMatchObject({
      found: { groups: 3, adoptedGroups: 3 },
      reconciled: { changes: 0 },
    });
    const groups = await groupsOf(mode);
    expect(groups.map(({ inMode }) => inMode).every((count) => count > 0)).toBe(true);
    for (const { inMode, inScim } of groups) expect(inScim).toBe(inMode);
    expect(await connection()).toMatchObject({ groupsSyncedAt: expect.any(String), groupsHiddenSince: null });
  });

  test.each([
    ['does not list them', LIST, 403],
    ['says that it does not know them', LIST, 404],
    ['does not show who is in them', MEMBERS, 403],
  ])(
    'keeps what it knew of groups where Mode %s later, and goes on with the people',
    async (_how, route, status) => {
      const mode = await open();
      const ann = await mode.create('ann@acme.example');
      await mode.join('ann@acme.example');
      await mode.untilState(ann, 'active');
      const treasury = await mode.createGroup('Treasury', [ann]);
      const before = (await mode.groups()).map(({ displayName }) => displayName);
      await hide(mode, route, status);
      await mode.inviteByHand('by.hand@acme.example');
      await mode.edit({ op: 'deleteGroup', groupToken: (await mode.group('Treasury'))?.token });
      for (let count = 0; count < 3; count += 1)
        expect(await mode.sync()).toMatchObject({ found: { groups: null } });
      expect(await mode.standing('by.hand@acme.example')).toBe('former');
      expect((await mode.groups()).map(({ displayName }) => displayName)).toEqual(before);
      expect(await mode.membersOf(treasury)).toEqual([ann]);
      // Nobody tried to make it again, or to do anything else about groups.
      expect(await mode.group('Treasury')).toBeUndefined();
      expect([said(bridge, 'sync.groups-hidden').length, said(bridge, 'sync.failed')]).toEqual([1, []]);

      await show();
      expect(await mode.sync()).toMatchObject({ found: { groups: 3 } });
      expect(said(bridge, 'sync.groups-shown')).toHaveLength(1);
      await until('it is there again', async () => (await mode.peopleIn('Treasury')).length === 1, 10_000);
    },
  );

  test('looks after nothing that the log says of groups', async () => {
    const mode = await open({
      reconcile: 'adopt',
      emulator: { people: 20, groups: 3, tokenKind: 'workspace' },
    });
    const [group] = (await mode.truth()).groups;
    const newsOfGroups = async () => {
      await mode.edit({ op: 'createGroup', name: 'By hand' });
      const [email] = await mode.peopleIn(group?.name ?? '');
      await mode.edit({ op: 'addToGroup', groupToken: (await mode.group('By hand'))?.token, email });
      await mode.edit({ op: 'removeFromGroup', groupToken: group?.token, email });
    };
    await hide(mode);
    await newsOfGroups();
    expect(await mode.sync('changes')).toMatchObject({
      read: 'full',
      instead: 'groupsHidden',
      found: { groups: null },
    });
    await bridge.calls();
    await mode.edit({ op: 'deleteGroup', groupToken: (await mode.group('By hand'))?.token });
    expect(await mode.sync('changes')).toMatchObject({
      read: 'changes',
      found: { groupList: false, groups: 0 },
    });
    expect(Object.keys((await bridge.calls()).byRoute).filter((route) => route.includes('/groups'))).toEqual(
      [],
    );
  });
});

describe('whoever runs a bridge whose token is shown no groups', () => {
  const start = onSqlite.bridges();
  const ready = async ({ server }: Bridge) => (await fetch(`${server.url}/readyz`)).json();

  test('reads so in sync, list, plan and doctor', async () => {
    const bridge = await start({ emulator: { people: 20, groups: 3 } });
    await bridge.control('POST', '/faults', { route: LIST, status: 403, times: 1_000 });
    const run = (...args: readonly string[]) => runCommand(args, bridge.environment);
    const sync = await run('sync', 'first');
    expect([sync.code, sync.out]).toEqual([
      1,
      expect.stringMatching(/its groups not: 20 people\.\n.*! Mode does not show/),
    ]);
    expect(sync.out).toMatch(/connection renew first, then mode-scim-bridge sync first/);
    expect((await run('connection', 'list')).out).toMatch(/T\S+Z, without groups/);
    expect((await run('plan', 'first')).out).toMatch(/groups are not compared/);
    const doctor = await run('doctor');
    expect(doctor.out).toMatch(
      /^warn {2}first: sync +Mode does not show its groups.*last read less than a minute ago/m,
    );
    expect(doctor.out).toMatch(/^fail {2}first: Mode +read groups: no\./m);
    const warning = {
      code: 'groups.hidden',
      message: expect.stringMatching(/"first".*connection renew first, /),
    };
    expect(await ready(bridge)).toMatchObject({ status: 'ready', warnings: [warning] });
    await bridge.control('DELETE', '/faults');
    await run('sync', 'first');
    expect(await ready(bridge)).toEqual({ status: 'ready' });
  }, 60_000);

  test('is not told to mend a SCIM endpoint that never had groups, but of one that has none any more', async () => {
    const bridge = await start({
      wayIn: 'scim',
      credentials: scimAlone,
      emulator: { scim: { enabled: true } },
      sync: false,
    });
    await setConnection(bridge.deps, bridge.connection, { credentialsExpire: 'unknown' });
    const mode = workspaceOf(bridge);
    const sync = () => runCommand(['sync', 'first'], bridge.environment);
    await mode.fault({ route: 'GET /scim/v2/Groups', status: 404, times: 1_000 });
    const never = await sync();
    expect([never.code, never.out]).toEqual([
      0,
      expect.stringMatching(
        /its groups not.*\n {2}Mode's SCIM endpoint offers no groups\. .*renew first --mode-token/,
      ),
    ]);
    expect(await ready(bridge)).toEqual({ status: 'ready' });
    await bridge.control('DELETE', '/faults');
    expect((await sync()).code).toBe(0);
    expect(await mode.groups()).toHaveLength(3);
    await mode.fault({ route: 'GET /scim/v2/Groups', status: 404, times: 1_000 });
    const later = await sync();
    expect([later.code, later.out]).toEqual([
      1,
      expect.stringMatching(/\n {2}! Mode does not show its groups/),
    ]);
    const message = expect.stringContaining('renew first --mode-token');
    expect(await ready(bridge)).toMatchObject({ warnings: [{ code: 'groups.hidden', message }] });
  }, 60_000);

  test('sees it read no more often than it is set to', async () => {
    const bridge = await start({ emulator: { people: 20, groups: 3 }, sync: false });
    await bridge.control('POST', '/faults', { route: LIST, status: 403, times: 1_000 });
    const job = startSyncJob(bridge.deps, {
      fullEveryMs: 1_500,
      changesEveryMs: 0,
      afterSync: () => undefined,
    });
    try {
      const done = () => said(bridge, 'sync.done').length;
      await until('it was read twice', async () => done() === 2, 20_000);
      expect([said(bridge, 'sync.failed'), said(bridge, 'sync.groups-hidden').length]).toEqual([[], 1]);
    } finally {
      await job.stop();
    }
  }, 30_000);

  test('keeps the groups of a SCIM endpoint that offers none any more', async () => {
    const bridge = await start({
      wayIn: 'scim',
      credentials: scimAlone,
      emulator: { scim: { enabled: true } },
    });
    const mode = workspaceOf(bridge);
    expect(await mode.groups()).toHaveLength(3);
    await mode.fault({ route: 'GET /scim/v2/Groups', status: 404, times: 1_000 });
    expect(await mode.sync()).toMatchObject({ read: 'full', found: { groups: null } });
    expect(await mode.groups()).toHaveLength(3);
  });
});
