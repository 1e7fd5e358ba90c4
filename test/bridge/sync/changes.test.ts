/** What somebody changes in Mode by hand is seen from Mode's own log, with the calls that the change needs and no more. */
import { describe, expect, test } from '@jest/globals';
import { type Bridge, until } from '../../support/bridge.ts';
import { engines, onSqlite } from '../../support/engines.ts';
import { type Workspace, workspaceOf } from '../../support/workspace.ts';

const LOG = 'GET /api/{workspace}/audit_logs';
const MEMBERSHIPS = 'GET /api/{workspace}/groups/{group_token}/memberships';
const GROUPS = 'GET /api/{workspace}/groups';
const PEOPLE = { 'GET /api/{workspace}/memberships': 1, 'GET /api/{workspace}/memberships/lite': 1 };

/** Longer ago than the log is trusted. */
const DAYS_AGO = new Date(Date.now() - 3 * 86_400_000).toISOString();

let bridge: Bridge;
type Start = ReturnType<(typeof engines)[number]['bridges']>;

const opener =
  (start: Start) =>
  async (config = {}, tokenKind: 'workspace' | 'personal' = 'workspace'): Promise<Workspace> => {
    bridge = await start({ emulator: { people: 40, groups: 3, tokenKind, inviteRefusedFor: [] }, config });
    return workspaceOf(bridge);
  };

const someone = async (mode: Workspace) =>
  (await mode.truth()).members.filter(({ state }) => state === 'active').at(-1)?.email ?? '';

/** A group of Mode and how many SCIM shows in it. */
const seeded = async (mode: Workspace) => {
  const [group] = await mode.groups();
  const groupToken = (await mode.group(group?.displayName ?? ''))?.token ?? '';
  return { groupToken, count: async () => (await mode.membersOf(group?.id ?? '')).length };
};

const outsider = async (mode: Workspace, groupToken: string): Promise<string> => {
  const { members, groups } = await mode.truth();
  const inside = new Set(groups.find(({ token }) => token === groupToken)?.memberTokens);
  const found = members.find(({ state, memberToken }) => state === 'active' && !inside.has(memberToken));
  return found?.email ?? '';
};

describe.each(engines)('changes, on $engine', ({ bridges }) => {
  const start = bridges();
  const open = opener(start);
  /** The calls of one look, and what it was. */
  const look = async (mode: Workspace) => {
    await bridge.calls();
    const outcome = await mode.sync('changes');
    return { ...outcome, calls: (await bridge.calls()).byRoute };
  };

  test('nothing has happened: one call; and what the bridge did itself is nothing new', async () => {
    const mode = await open();
    expect(await look(mode)).toMatchObject({ read: 'changes', found: { events: 0 }, calls: { [LOG]: 1 } });
    await mode.createGroup('Treasury');
    const { calls } = await look(mode);
    expect(calls).toEqual({ [LOG]: 1 });
  });

  test('a member added by hand: one call more, for that group; at the next look it is nothing new', async () => {
    const mode = await open();
    const { groupToken, count } = await seeded(mode);
    const before = await count();
    await mode.edit({ op: 'addToGroup', groupToken, email: await outsider(mode, groupToken) });
    expect((await look(mode)).calls).toEqual({ [LOG]: 1, [MEMBERSHIPS]: 1 });
    expect(await count()).toBe(before + 1);
    expect((await look(mode)).calls).toEqual({ [LOG]: 1 });
  });

  test('a group made by hand, a group deleted, another role: each costs the look that it needs', async () => {
    const mode = await open();
    await mode.edit({ op: 'createGroup', name: 'By hand' });
    expect((await look(mode)).calls).toEqual({ [LOG]: 1, [GROUPS]: 1, [MEMBERSHIPS]: 1 });
    expect((await mode.groups()).map(({ displayName }) => displayName)).toContain('By hand');
    await mode.edit({ op: 'deleteGroup', groupToken: (await mode.group('By hand'))?.token });
    expect((await look(mode)).calls).toEqual({ [LOG]: 1, [GROUPS]: 1 });
    expect((await mode.groups()).map(({ displayName }) => displayName)).not.toContain('By hand');
    const email = await someone(mode);
    await mode.edit({ op: 'setAdmin', email, admin: true });
    expect((await look(mode)).calls).toEqual({ [LOG]: 1, ...PEOPLE });
  });

  test('under enforce it is undone at once', async () => {
    const mode = await open();
    await bridge.deps.store.connections.update({ ...bridge.connection, reconcile: 'enforce' });
    const ann = await mode.create('ann@acme.example');
    await mode.join('ann@acme.example');
    await mode.untilState(ann, 'active');
    await mode.createGroup('Treasury', [ann]);
    const groupToken = (await mode.group('Treasury'))?.token ?? '';
    await mode.edit({ op: 'addToGroup', groupToken, email: await outsider(mode, groupToken) });
    await mode.sync('changes');
    expect(await mode.peopleIn('Treasury')).toEqual(['ann@acme.example']);
  });

  test('a token that may not read the log: nothing is read, or everything where that was wished', async () => {
    const mode = await open({}, 'personal');
    expect((await mode.sync('changes'))?.read).toBe('nothing');
    const outcome = await mode.sync('changes', { orFull: true });
    expect(outcome).toMatchObject({ read: 'full', instead: 'unreadable' });
  });

  test('where the log was last read too long ago, or names too many groups, everything is read', async () => {
    const mode = await open();
    const { store } = bridge.deps;
    const entity = (index: number) => ({ entity_id: `group-${index}`, entity_name: `G${index}` });
    const audit_logs = Array.from({ length: 201 }, (_, index) => ({
      id: `event-${index}`,
      action: 'group_member_added',
      timestamp: new Date().toISOString(),
      actor: { user_agent: 'by hand' },
      entity: entity(index),
    }));
    await mode.fault({ route: LOG, status: 200, body: { audit_logs } });
    expect(await mode.sync('changes')).toMatchObject({ read: 'full', instead: 'tooMuch' });
    await store.syncs.markChanges(bridge.connection.id, DAYS_AGO, { readUntil: DAYS_AGO, seen: [] });
    await store.connections.markSynced(bridge.connection.id, DAYS_AGO, 'read');
    expect(await mode.sync('changes')).toMatchObject({ read: 'full', instead: 'tooLongAgo' });
  });
});

describe('the interval', () => {
  const open = opener(onSqlite.bridges());

  test('is seen within its interval, without anybody asking', async () => {
    const mode = await open({ CHANGES_INTERVAL_SECONDS: '1' });
    const { groupToken, count } = await seeded(mode);
    const before = await count();
    await mode.edit({ op: 'addToGroup', groupToken, email: await outsider(mode, groupToken) });
    await until('it is seen', async () => (await count()) === before + 1, 5_000);
    await bridge.calls();
    await new Promise((resolve) => setTimeout(resolve, 2_600));
    expect((await bridge.calls()).byRoute[LOG]).toBeGreaterThanOrEqual(2);
  });

  test('a token that may not read the log is asked once', async () => {
    await open({ CHANGES_INTERVAL_SECONDS: '1' }, 'personal');
    await until('it was asked', async () =>
      bridge.logged.some((line) => line.includes('sync.log-not-readable')),
    );
    await bridge.calls();
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    expect((await bridge.calls()).total).toBe(0);
  });
});
