/** Groups over REST, against the emulator (mode-api.md §2 "Paging", §6). */
import { collect, type Emulated, emulate, failureOf, soon } from './support/emulated.ts';

const LIST = 'GET /api/{workspace}/groups';

const firstGroup = async ({ truth }: Emulated) => {
  const { groups, members } = await truth();
  const group = groups.find(({ memberTokens }) => memberTokens.length > 0);
  const outsider = members.find(
    ({ memberToken, state }) => state === 'active' && !group?.memberTokens.includes(memberToken),
  );
  if (!group || !outsider) throw new Error('the seed has no such group');
  return { group, outsider };
};

const adding = (...add: readonly string[]) => ({ add, remove: [] });

describe('the list of groups', () => {
  it.each([
    [0, 1],
    [1, 1],
    [30, 1],
    [31, 2],
    [95, 4],
  ])('of %i groups takes %i calls', async (groups, wanted) => {
    const { mode, calls, truth } = await emulate({ groups });
    const listed = await collect(mode.groups(soon()));
    expect(listed.map(({ groupToken }) => groupToken)).toEqual(
      (await truth()).groups.map(({ token }) => token),
    );
    expect(await calls()).toEqual({ total: wanted, byRoute: { [LIST]: wanted } });
  });

  it('leaves out groups that Mode shows as soft-deleted', async () => {
    const { mode, fault } = await emulate();
    const row = {
      token: 'aaaaaaaaaaaa',
      name: 'Old',
      state: 'soft_deleted',
      group_type: 'custom',
      managed: 'false',
    };
    const rows = [row, { ...row, token: 'bbbbbbbbbbbb', name: 'New', state: 'active', managed: 'true' }];
    const pagination = { page: 1, total_pages: 1 };
    await fault({ route: LIST, status: 200, body: { pagination, _embedded: { groups: rows } } });
    expect(await collect(mode.groups(soon()))).toEqual([
      { groupToken: 'bbbbbbbbbbbb', name: 'New', state: 'active', groupType: 'custom', managed: true },
    ]);
  });

  it('tells that the token may not see groups, and that it cannot write them', async () => {
    const { mode, fault } = await emulate();
    const message = 'This endpoint is unsupported for use with Api Keys';
    for (const answer of [
      { status: 403 },
      { status: 404 },
      { status: 400, body: { id: 'bad_request', message } },
    ]) {
      await fault({ route: LIST, ...answer });
      expect(await failureOf(collect(mode.groups(soon())))).toMatchObject({
        kind: 'forbidden',
        code: 'mode.rest.groups-hidden',
        message: expect.stringContaining('workspace admin'),
      });
      expect(mode.can.has('writeGroups')).toBe(false);
      await collect(mode.groups(soon()));
      expect(mode.can.has('writeGroups')).toBe(true);
    }
  });

  it('stops asking when the reader stops reading', async () => {
    const { mode, calls } = await emulate({ groups: 95 });
    for await (const group of mode.groups(soon())) {
      expect(group.name).not.toBe('');
      break;
    }
    expect(await calls()).toMatchObject({ total: 1 });
  });
});

describe('a group', () => {
  it('is created, renamed and deleted by one call each', async () => {
    const { mode, calls, truth } = await emulate({ groups: 0 });
    const created = await mode.createGroup('Données & Co', soon());
    expect(created).toEqual({
      groupToken: expect.any(String),
      name: 'Données & Co',
      state: 'active',
      groupType: 'custom',
      managed: false,
    });
    const renamed = await mode.renameGroup(created.groupToken, 'Data', soon());
    expect(renamed).toEqual({ ...created, name: 'Data' });
    await mode.deleteGroup(created.groupToken, soon());
    expect(await calls()).toMatchObject({ total: 3 });
    expect((await truth()).groups).toEqual([
      expect.objectContaining({ name: 'Data', state: 'soft_deleted' }),
    ]);
    expect(await collect(mode.groups(soon()))).toEqual([]);
  });

  it('that is gone already counts as deleted', async () => {
    const emulated = await emulate();
    const { group } = await firstGroup(emulated);
    await emulated.mode.deleteGroup(group.token, soon());
    await emulated.mode.deleteGroup(group.token, soon());
    await emulated.mode.deleteGroup('000000000000', soon());
  });

  it('that is gone cannot be renamed, even where Mode would still rename it', async () => {
    const { mode, fault } = await emulate();
    const body = { token: 'aaaaaaaaaaaa', name: 'Old', state: 'soft_deleted' };
    await fault({ route: 'PATCH /api/{workspace}/groups/{group_token}', status: 200, body });
    expect(await failureOf(mode.renameGroup('aaaaaaaaaaaa', 'New', soon()))).toMatchObject({
      kind: 'notFound',
      code: 'mode.rest.group-deleted',
    });
    expect(await failureOf(mode.renameGroup('aaaaaaaaaaaa', 'New', soon()))).toMatchObject({
      kind: 'notFound',
      code: 'mode.http.not-found',
    });
  });

  it("whose name is taken is refused in Mode's words", async () => {
    const { mode } = await emulate({ groups: 0 });
    await mode.createGroup('Data', soon());
    const failure = await failureOf(mode.createGroup('Data', soon()));
    expect(failure).toMatchObject({
      kind: 'invalid',
      message: 'Mode refused to create the group: Name has already been taken',
    });
  });
});

describe('the people of a group', () => {
  it('come in one call, however many they are', async () => {
    const emulated = await emulate({ people: 120, groups: 1 });
    const { mode, calls, truth } = emulated;
    const [group] = (await truth()).groups;
    const rows = (await mode.groupMemberships(group?.token ?? '', soon())) ?? [];
    expect(rows.length).toBeGreaterThan(90);
    expect(rows.map(({ memberToken }) => memberToken)).toEqual(group?.memberTokens);
    expect(await calls()).toMatchObject({ total: 1 });
  });

  it('are added and taken out by one call each', async () => {
    const emulated = await emulate();
    const { group, outsider } = await firstGroup(emulated);
    const { mode } = emulated;
    expect(mode.membersPerCall).toBe(1);
    const added = await mode.changeMembers(group.token, adding(outsider.memberToken), soon());
    expect(added).toEqual([{ membershipToken: expect.any(String), memberToken: outsider.memberToken }]);
    expect(added[0]?.membershipToken).not.toBe(outsider.memberToken);
    await mode.changeMembers(group.token, { add: [], remove: added }, soon());
    expect(await emulated.calls()).toMatchObject({ total: 2 });
    const after = (await emulated.truth()).groups.find(({ token }) => token === group.token);
    expect(after?.memberTokens).toEqual(group.memberTokens);
  });

  it('who are out already count as taken out', async () => {
    const emulated = await emulate();
    const { group } = await firstGroup(emulated);
    const remove = [{ membershipToken: '000000000000', memberToken: group.memberTokens[0] ?? '' }];
    expect(await emulated.mode.changeMembers(group.token, { add: [], remove }, soon())).toEqual([]);
  });

  it('cannot be added to twice, nor be strangers', async () => {
    const emulated = await emulate();
    const { group } = await firstGroup(emulated);
    const { mode } = emulated;
    const add = (memberToken = '') => failureOf(mode.changeMembers(group.token, adding(memberToken), soon()));
    expect(await add(group.memberTokens[0])).toMatchObject({ kind: 'invalid' });
    expect(await add('000000000000')).toMatchObject({ kind: 'notFound' });
    expect(await failureOf(mode.groupMemberships('000000000000', soon()))).toMatchObject({
      kind: 'notFound',
    });
  });
});
