/** Which group of Mode is which in SCIM, whatever becomes of it by hand. */
import { describe, expect, test } from '@jest/globals';
import type { Reconcile } from '../../../src/directory/model.ts';
import { type Bridge, until } from '../../support/bridge.ts';
import { engines } from '../../support/engines.ts';
import { type Workspace, workspaceOf } from '../../support/workspace.ts';

describe.each(engines)('groups, on $engine', ({ bridges }) => {
  const start = bridges();
  let bridge: Bridge;
  const open = async (reconcile: Reconcile = 'adopt'): Promise<Workspace> => {
    bridge = await start({ emulator: { people: 40, groups: 3 } });
    await bridge.deps.store.connections.update({ ...bridge.connection, reconcile });
    return workspaceOf(bridge);
  };
  const named = async (mode: Workspace, name: string) =>
    (await mode.groups()).filter(({ displayName }) => displayName === name);
  /** A group that the provider wrote, with somebody in it who has joined. */
  const treasury = async (mode: Workspace) => {
    const ann = await mode.create('ann@acme.example');
    await mode.join('ann@acme.example');
    await mode.untilState(ann, 'active');
    const id = await mode.createGroup('Treasury', [ann]);
    return { id, ann, token: (await mode.group('Treasury'))?.token ?? '' };
  };

  test('a group made by hand is in SCIM with its members', async () => {
    const mode = await open();
    await mode.edit({ op: 'createGroup', name: 'By hand' });
    const email = (await mode.truth()).members.find(({ state }) => state === 'active')?.email;
    await mode.edit({ op: 'addToGroup', groupToken: (await mode.group('By hand'))?.token, email });
    await mode.sync();
    const [group] = await named(mode, 'By hand');
    expect(await mode.membersOf(group?.id ?? '')).toHaveLength(1);
  });

  test('a group renamed by hand is the same group: under its new name where Mode alone knew it', async () => {
    const mode = await open();
    const [seeded] = await mode.groups();
    const members = await mode.membersOf(seeded?.id ?? '');
    const groupToken = (await mode.group(seeded?.displayName ?? ''))?.token;
    await mode.edit({ op: 'renameGroup', groupToken, name: 'A new name' });
    await mode.sync();
    expect((await named(mode, 'A new name')).map(({ id }) => id)).toEqual([seeded?.id]);
    expect(await mode.membersOf(seeded?.id ?? '')).toEqual(members);
    expect(await mode.groups()).toHaveLength(3);
  });

  test('a group deleted by hand goes from SCIM where Mode alone knew it, and stays where the provider wrote it', async () => {
    const mode = await open();
    const { id, token, ann } = await treasury(mode);
    const seeded = (await mode.groups()).find((group) => group.id !== id);
    await mode.edit({ op: 'deleteGroup', groupToken: token });
    await mode.edit({ op: 'deleteGroup', groupToken: (await mode.group(seeded?.displayName ?? ''))?.token });
    await mode.sync();
    expect(await named(mode, seeded?.displayName ?? '')).toEqual([]);
    expect([(await named(mode, 'Treasury')).length, await mode.membersOf(id)]).toEqual([1, [ann]]);
    expect(await mode.group('Treasury')).toBeUndefined();
  });

  test('a group deleted by hand is made again with its members under enforce', async () => {
    const mode = await open('enforce');
    const { token } = await treasury(mode);
    await mode.edit({ op: 'deleteGroup', groupToken: token });
    await mode.sync();
    await until('it is there again', async () => (await mode.peopleIn('Treasury')).length === 1);
    expect((await mode.group('Treasury'))?.token).not.toBe(token);
  });

  test('a group deleted and made anew by hand is the one that the provider wrote', async () => {
    const mode = await open();
    const { id, token, ann } = await treasury(mode);
    await mode.edit({ op: 'deleteGroup', groupToken: token });
    await mode.edit({ op: 'createGroup', name: 'TREASURY' });
    await mode.sync();
    expect((await named(mode, 'Treasury')).map((group) => group.id)).toEqual([id]);
    expect(await mode.groups()).toHaveLength(4);
    await bridge.calls();
    await mode.patch(`/Groups/${id}`, { op: 'replace', path: 'displayName', value: 'Treasurers' });
    expect((await bridge.calls()).byRoute).toEqual({ 'PATCH /api/{workspace}/groups/{group_token}': 1 });
    expect(await mode.membersOf(id)).toEqual([ann]);
  });

  test('a deleted group that Mode still lists counts as gone', async () => {
    const mode = await open();
    const before = await mode.groups();
    const rows = (await mode.truth()).groups.map(({ token, name }, index) => ({
      token,
      name,
      state: index === 0 ? 'soft_deleted' : 'active',
    }));
    const pagination = { page: 1, per_page: 30, count: 3, total_pages: 1, total_count: 3 };
    const body = { _links: {}, pagination, _embedded: { groups: rows } };
    await mode.fault({ route: 'GET /api/{workspace}/groups', status: 200, body });
    const outcome = await mode.sync();
    expect(outcome?.read === 'full' && outcome.found.groups).toBe(2);
    const after = await mode.groups();
    expect(before.length - after.length).toBe(1);
    expect(after.map(({ displayName }) => displayName)).not.toContain(rows[0]?.name);
  });

  test('of two groups with one name but for its letter case the second is left to a person', async () => {
    const mode = await open();
    for (const name of ['Sales North', 'SALES NORTH']) await mode.edit({ op: 'createGroup', name });
    const outcome = await mode.sync();
    expect(outcome?.read === 'full' && outcome.found.unclearGroups).toHaveLength(1);
    expect((await mode.groups()).filter(({ displayName }) => /sales north/i.test(displayName))).toHaveLength(
      1,
    );
  });

  test('a group that goes between the list and the look at its members hurts no other', async () => {
    const mode = await open();
    const route = 'GET /api/{workspace}/groups/{group_token}/memberships';
    await mode.fault({ route, status: 404, times: 1 });
    expect((await mode.sync())?.read).toBe('full');
    expect(bridge.logged.some((line) => line.includes('sync.group-gone'))).toBe(true);
    expect(await mode.groups()).toHaveLength(3);
  });
});
