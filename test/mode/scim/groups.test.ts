/** Groups over Mode's SCIM endpoint: many people in one call, and what is done where members are not shown, or no groups. */
import { collect, type Emulated, emulate, failureOf, overScim, soon } from '../support/emulated.ts';

type Behaviour = Parameters<Emulated['behave']>[0];

const endpoint = async (scim: Behaviour = {}, people = 150) => {
  const emulated = await emulate({ people, groups: 2, scim: { enabled: true, ...scim } }, overScim);
  const active = (await emulated.mode.members(soon())).filter(({ admin }) => !admin);
  const pending = (await emulated.truth()).members.filter(({ state }) => state === 'pending');
  const waits = new Set(pending.map(({ email }) => email));
  const tokens = active.filter(({ email }) => !waits.has(email ?? '')).map(({ memberToken }) => memberToken);
  return { ...emulated, tokens };
};

const callsOf = async ({ calls }: Emulated, work: () => Promise<unknown>) => {
  const { byRoute: before } = await calls();
  await work();
  const made = Object.entries((await calls()).byRoute).map(
    ([route, count]) => [route.replace('/scim/v2/Groups', 'Groups'), count - (before[route] ?? 0)] as const,
  );
  return Object.fromEntries(made.filter(([, count]) => count > 0));
};

const sizeOf = async ({ truth }: Emulated, name: string) =>
  (await truth()).groups.find((group) => group.name === name)?.memberTokens.length;

describe('who is in a group', () => {
  it('is changed by one call for a hundred, put in and taken out at once', async () => {
    const emulated = await endpoint();
    const { mode, tokens } = emulated;
    const { groupToken } = await mode.createGroup('Data', soon());
    expect(mode.membersPerCall).toBe(100);
    const first = await mode.changeMembers(groupToken, { add: tokens.slice(0, 60), remove: [] }, soon());
    const made = await callsOf(emulated, () =>
      mode.changeMembers(groupToken, { add: tokens.slice(60, 100), remove: first.slice(0, 50) }, soon()),
    );
    expect(made).toEqual({ 'PATCH Groups/{id}': 1 });
    expect(await sizeOf(emulated, 'Data')).toBe(50);
  });

  it('is whole after changes side by side, where a group can only be replaced', async () => {
    const emulated = await endpoint({ updates: 'put' });
    const { mode, tokens } = emulated;
    const { groupToken } = await mode.createGroup('Data', soon());
    const parts = [0, 20, 40, 60, 80].map((from) => tokens.slice(from, from + 20));
    await Promise.all(parts.map((add) => mode.changeMembers(groupToken, { add, remove: [] }, soon())));
    expect(await sizeOf(emulated, 'Data')).toBe(100);
    await mode.renameGroup(groupToken, 'Facts', soon());
    expect(await sizeOf(emulated, 'Facts')).toBe(100);
  });

  it('is changed by PUT where the path of a PATCH cannot be read, and renamed by PATCH all the same', async () => {
    const emulated = await endpoint();
    const { mode, tokens } = emulated;
    const { groupToken } = await mode.createGroup('Data', soon());
    const added = await mode.changeMembers(groupToken, { add: tokens.slice(0, 3), remove: [] }, soon());
    const other = emulated.connect(overScim(emulated.running));
    await emulated.fault({ route: 'PATCH /scim/v2/Groups/{id}', status: 400 });
    const change = { add: [], remove: added.slice(1) };
    await other.changeMembers(groupToken, change, soon());
    expect(await sizeOf(emulated, 'Data')).toBe(1);
    const made = await callsOf(emulated, async () => {
      await other.changeMembers(groupToken, { add: tokens.slice(5, 6), remove: [] }, soon());
      await other.renameGroup(groupToken, 'Facts', soon());
    });
    expect(made).toMatchObject({ 'PUT Groups/{id}': 1, 'PATCH Groups/{id}': 1 });
    expect(await sizeOf(emulated, 'Facts')).toBe(2);
  });

  it('is unknown where Mode does not show it, and nobody where it is seen to show others', async () => {
    const hidden = await endpoint({ members: 'hidden' });
    const [some] = await collect(hidden.mode.groups(soon()));
    expect(await hidden.mode.groupMemberships(some?.groupToken ?? '', soon())).toBeNull();
    await hidden.behave({ members: 'shown' });
    expect((await hidden.mode.groupMemberships(some?.groupToken ?? '', soon()))?.length).toBeGreaterThan(0);
    const { groupToken } = await hidden.mode.createGroup('Empty', soon());
    expect(await hidden.mode.groupMemberships(groupToken, soon())).toEqual([]);
  });

  it('names a stranger and is refused as it stands: nobody of that call comes in', async () => {
    const emulated = await endpoint();
    const { mode, tokens } = emulated;
    const { groupToken } = await mode.createGroup('Data', soon());
    const add = [...tokens.slice(0, 2), '999999'];
    expect(await failureOf(mode.changeMembers(groupToken, { add, remove: [] }, soon()))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('There is no user 999999'),
    });
    expect(await sizeOf(emulated, 'Data')).toBe(0);
  });
});

describe('a Mode whose SCIM has no groups', () => {
  it('says so to whoever lists them, or wants to make one', async () => {
    const { mode } = await endpoint({ groups: false }, 10);
    expect(mode.can.has('writeGroups')).toBe(true);
    for (const asked of [() => collect(mode.groups(soon())), () => mode.createGroup('Data', soon())]) {
      expect(await failureOf(asked())).toMatchObject({
        kind: 'forbidden',
        code: 'mode.scim.no-groups',
        message: expect.stringContaining('--mode-token'),
      });
      expect(mode.can.has('writeGroups')).toBe(false);
    }
  });

  it('is never taken for one whose address is wrong', async () => {
    const { connect, running } = await endpoint({}, 10);
    const { connection, credentials } = overScim(running);
    const scim = { ...credentials.scim, url: `${running.url}/nowhere` };
    expect(
      await failureOf(collect(connect({ connection, credentials: { scim } }).groups(soon()))),
    ).toMatchObject({
      code: 'mode.scim.not-there',
    });
  });
});

it('tells what REST alone tells, with the remedy', async () => {
  const { mode } = await endpoint({}, 10);
  for (const asked of [mode.assets('connection', soon()), mode.changes({ from: '', to: '' }, soon())])
    expect(await failureOf(asked)).toMatchObject({ kind: 'forbidden', code: 'mode.scim.only-rest' });
  expect(mode.can.has('listConnections')).toBe(false);
});
