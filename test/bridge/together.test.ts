/**
 * Several changes of the members of one group at a time: each costs what it changes, however many wait there who are not in
 * Mode yet, and none is missed, whatever fails meanwhile.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Bridge, until } from '../support/bridge.ts';
import { engines } from '../support/engines.ts';
import { createGate, type Gate } from '../support/gate.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';

const ADD = 'POST /api/{workspace}/groups/{group_token}/memberships';
const REMOVE = 'DELETE /api/{workspace}/groups/{group_token}/memberships/{membership_token}';
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
/** Who has yet to come, and is in the group all the same. */
const AWAITED = 40;

const changing = (mode: Workspace, groupId: string) => (op: 'add' | 'remove', id: string | undefined) =>
  mode.patch(`/Groups/${groupId}`, { op, path: 'members', value: [{ value: id }] });

const nothingOwed = ({ deps, connection }: Bridge): Promise<void> =>
  until('nothing is owed', async () => (await deps.store.unsettled.list(connection.id)).length === 0);

/** Whom the bridge compares with Mode from now on, each time; null: all of the group. */
const compared = ({ deps }: Pick<Bridge, 'deps'>): (readonly string[] | null)[] => {
  const asked: (readonly string[] | null)[] = [];
  const store = deps.store.memberships as { pending: (typeof deps.store.memberships)['pending'] };
  const { pending } = store;
  store.pending = (connectionId, groupId, userIds) => {
    asked.push(userIds);
    return pending(connectionId, groupId, userIds);
  };
  return asked;
};

const fill = async (bridge: Bridge) => {
  const mode = workspaceOf(bridge);
  const inMode = (await mode.users()).filter((user) => user[MODE_USER]?.state === 'active');
  const awaited: string[] = [];
  for (let index = 0; index < AWAITED; index += 1)
    awaited.push(await mode.create(`awaited-${index}@acme.example`));
  return { mode, inMode, awaited };
};

describe.each(engines)('changes of one group at a time on $engine', ({ bridges }) => {
  const start = bridges();
  const gates: Gate[] = [];
  afterEach(() => {
    for (const gate of gates.splice(0)) gate.close();
  });

  test('compare those whom they are about, and not all who have yet to come', async () => {
    const gate = createGate();
    gates.push(gate);
    const bridge = await start({ through: gate.open, emulator: { people: 12, groups: 0 } });
    const { mode, inMode, awaited } = await fill(bridge);
    const [one, two, three] = inMode;
    const change = changing(mode, await mode.createGroup('Everybody', [...awaited, three?.id ?? '']));
    const first = gate.hold(/^POST .*\/groups\/.*\/memberships/, 'asked');
    const asked = compared(bridge);
    const answers = [change('add', one?.id)];
    await first.reached;
    answers.push(change('add', two?.id), change('remove', three?.id), change('remove', awaited[0]));
    const revision = async () => (await bridge.deps.store.unsettled.list(bridge.connection.id))[0]?.revision;
    await until('all have been recorded', async () => (await revision()) === 4);
    first.release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    await nothingOwed(bridge);
    const late = [two?.id, three?.id, awaited[0]].sort();
    expect(asked.map((ids) => ids && [...ids].sort())).toEqual([[one?.id], late]);
    expect(await mode.peopleIn('Everybody')).toEqual([one?.userName, two?.userName].sort());
  });

  test('and of those who come, each alone', async () => {
    const bridge = await start({ emulator: { people: 12, groups: 0 } });
    const { mode, awaited } = await fill(bridge);
    await mode.createGroup('Everybody', awaited);
    const asked = compared(bridge);
    await mode.join('awaited-7@acme.example');
    await until('she is in', async () => (await mode.peopleIn('Everybody')).length === 1);
    await nothingOwed(bridge);
    expect(asked).toEqual([[awaited[7]]]);
  });

  test('miss nobody, whatever fails, whoever comes and at whichever instance', async () => {
    const bridge = await start({
      emulator: { people: 30, groups: 0 },
      config: { SETTLE_RETRY_MS: '50', MODE_LATE_MS: '500' },
    });
    const { mode, inMode, awaited } = await fill(bridge);
    const other = await bridge.beside();
    const id = await mode.createGroup('Everybody', awaited.slice(0, 20));
    await mode.fault({ route: ADD, status: 500, every: 7 });
    await mode.fault({ route: ADD, status: 503, after: true, every: 11 });
    await mode.fault({ route: REMOVE, status: 500, every: 5 });
    await mode.fault({ route: REMOVE, malformed: true, every: 9 });
    const at = [changing(mode, id), changing(workspaceOf({ ...bridge, ...other }), id)];
    const people = [...inMode.slice(-12).map((user) => user.id), ...awaited.slice(-12)];
    const wanted = new Set(awaited.slice(0, 20));
    const walk = async (person: string, line: number): Promise<void> => {
      const steps = (['add', 'remove', 'add', 'remove', 'add', 'remove'] as const).slice(0, 4 + (line % 3));
      for (const [step, op] of steps.entries()) {
        // What is recorded and cannot be carried out yet is answered 503, and follows.
        const { status } = await (at[(line + step) % 2] ?? changing(mode, id))(op, person);
        expect([204, 503]).toContain(status);
        if (op === 'add') wanted.add(person);
        else wanted.delete(person);
      }
    };
    const joining = async (): Promise<void> => {
      for (const index of [3, 30, 5, 33, 8, 38]) await mode.join(`awaited-${index}@acme.example`);
    };
    await Promise.all([...people.map(walk), joining()]);
    expect(await mode.membersOf(id)).toEqual([...wanted].sort());
    await until('all have come', async () =>
      (await Promise.all([3, 38].map((one) => mode.stateOf(awaited[one] ?? '')))).every(
        (is) => is === 'active',
      ),
    );
    await nothingOwed(bridge);
    const names = (await mode.users()).filter(
      (user) => wanted.has(user.id) && user[MODE_USER]?.state === 'active',
    );
    expect(await mode.peopleIn('Everybody')).toEqual(names.map(({ userName }) => userName).sort());
  }, 60_000);
});
