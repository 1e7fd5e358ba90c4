/**
 * What Mode refuses of a group is told to whoever wishes it, and taken back for nobody else; also where it is asked for
 * again, or waits since Mode was away.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Bridge, until } from '../support/bridge.ts';
import { engines } from '../support/engines.ts';
import { createGate, type Gate } from '../support/gate.ts';
import { workspaceOf } from '../support/workspace.ts';

const GROUP = '/api/{workspace}/groups/{group_token}';
const ADD = `POST ${GROUP}/memberships`;
const REMOVE = `DELETE ${GROUP}/memberships/{membership_token}`;
const ADDING = /^POST .*\/groups\/.*\/memberships/;
const REMOVING = /^DELETE .*\/groups\/.*\/memberships/;
const RENAMING = /^PATCH .*\/groups\//;
const RENAME = `PATCH ${GROUP}`;
const CREATE = 'POST /api/{workspace}/groups';
const AWAY = { status: 503, headers: { 'retry-after': '60' } };
const refused = (message: string, more: object = {}) => ({
  status: 400,
  body: { id: 'bad_request', message },
  ...more,
});
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Resolves when so many have asked to settle something since. */
const entering = ({ deps }: Pick<Bridge, 'deps'>) => {
  const { turns } = deps as { turns: { enter: Bridge['deps']['turns']['enter'] } };
  const { enter } = turns;
  let count = 0;
  turns.enter = (...given) => {
    count += 1;
    return enter(...given);
  };
  return (wished: number) => until('they wait', async () => count >= wished);
};

describe.each(engines)('what Mode refuses of a group on $engine', ({ bridges }) => {
  const begin = bridges();
  const gates: Gate[] = [];
  afterEach(() => {
    for (const gate of gates.splice(0)) gate.close();
  });

  /** A bridge that does nothing by itself, three people who are in Mode, and a group of these. */
  const start = async (members: (ids: readonly string[]) => readonly string[] = () => []) => {
    const gate = createGate();
    gates.push(gate);
    const bridge = await begin({
      through: gate.open,
      emulator: { people: 12, groups: 0 },
      config: { SETTLE_INTERVAL_MS: '60000', SETTLE_RETRY_MS: '60000' },
    });
    const mode = workspaceOf(bridge);
    const people = (await mode.users()).filter((user) => user[MODE_USER]?.state === 'active');
    const [bea, ada, cleo] = people.map(({ id }) => id).sort() as [string, string, string];
    const emailOf = (id: string) => people.find((user) => user.id === id)?.userName;
    const group = await mode.createGroup('Crowd', members([bea, ada, cleo]));
    const patch = (operation: object, scim: Bridge['scim'] = bridge.scim) =>
      scim('PATCH', `/Groups/${group}`, { schemas: [PATCH_OP], Operations: [operation] });
    const value = (id: string) => [{ value: id }];
    return {
      bridge,
      gate,
      mode,
      group,
      bea,
      ada,
      cleo,
      emailOf,
      /** As another process would be asked where its `scim` is given. */
      change: (op: 'add' | 'remove', id: string, scim?: Bridge['scim']) =>
        patch({ op, path: 'members', value: value(id) }, scim),
      put: (body: object) => bridge.scim('PUT', `/Groups/${group}`, body),
      add: async (id: string) => (await patch({ op: 'add', path: 'members', value: value(id) })).status,
      remove: async (id: string) => (await patch({ op: 'remove', path: 'members', value: value(id) })).status,
      rename: async (name: string) =>
        (await patch({ op: 'replace', path: 'displayName', value: name })).status,
      name: async () => (await bridge.scim('GET', `/Groups/${group}`)).body.displayName,
    };
  };

  test('neither puts somebody in again who was removed, nor is it kept from who asks again', async () => {
    const { mode, group, bea, ada, emailOf, add, remove } = await start(([, second = '']) => [second]);
    await mode.fault({ route: REMOVE, ...AWAY });
    expect(await remove(ada)).toBe(503);
    await mode.fault({ route: ADD, ...AWAY });
    expect(await add(bea)).toBe(503);
    await mode.fault({ route: ADD, ...refused('Not her') });
    expect(await remove(ada)).toBe(204);
    expect(await mode.membersOf(group)).toEqual([bea]);
    expect(await mode.peopleIn('Crowd')).toEqual([]);
    await mode.fault({ route: ADD, ...refused('Not her') });
    expect(await add(bea)).toBe(400);
    expect(await mode.membersOf(group)).toEqual([]);
    expect(await add(bea)).toBe(204);
    expect(await mode.peopleIn('Crowd')).toEqual([emailOf(bea)]);
  });

  test('is taken back with all that its request wished, and nothing that another did', async () => {
    const { mode, group, bea, ada, cleo, emailOf, add, put } = await start();
    await mode.fault({ route: ADD, ...AWAY });
    expect(await add(cleo)).toBe(503);
    await mode.fault({ route: ADD, ...AWAY });
    expect(await add(bea)).toBe(503);
    // Bea comes first, and is refused; Ada is added, and Cleo, whom another asked for.
    await mode.fault({ route: ADD, ...refused('Not her') });
    const all = [bea, ada].map((id) => ({ value: id }));
    const { status, body } = await put({ displayName: 'Crowd', members: [...all, { value: cleo }] });
    expect([status, body.detail]).toEqual([400, expect.stringContaining('Not her')]);
    expect(await mode.membersOf(group)).toEqual([cleo]);
    expect(await add(cleo)).toBe(204);
    expect(await mode.peopleIn('Crowd')).toEqual([emailOf(cleo)]);
  });

  test('is a new name to whoever asked for it, and keeps nobody in or out', async () => {
    const { mode, group, bea, ada, emailOf, add, remove, rename, name } = await start(([, ada = '']) => [
      ada,
    ]);
    await mode.fault({ route: RENAME, ...AWAY });
    expect(await rename('Mob')).toBe(503);
    await mode.fault({ route: RENAME, ...refused('No such name', { times: 10 }) });
    expect(await remove(ada)).toBe(204);
    expect(await add(bea)).toBe(204);
    expect([await mode.membersOf(group), await mode.peopleIn('Crowd')]).toEqual([[bea], [emailOf(bea)]]);
    expect(await name()).toBe('Mob');
    expect(await rename('Mob')).toBe(400);
    expect(await name()).toBe('Crowd');
    expect(await mode.membersOf(group)).toEqual([bea]);
  });

  test('is a new group to whoever asked for it, and a change of its people to whoever asked for that', async () => {
    const { bridge, mode, bea, ada } = await start();
    await mode.fault({ route: CREATE, ...AWAY });
    const made = { displayName: 'Club', members: [{ value: ada }] };
    expect((await bridge.scim('POST', '/Groups', made)).status).toBe(503);
    const club = (await mode.groups()).find(({ displayName }) => displayName === 'Club')?.id ?? '';
    await mode.fault({ route: CREATE, ...refused('No more groups', { times: 10 }) });
    const change = (op: string, id: string) =>
      mode.patch(`/Groups/${club}`, { op, path: 'members', value: [{ value: id }] });
    expect((await change('add', bea)).status).toBe(400);
    expect(await mode.membersOf(club)).toEqual([ada]);
    expect((await change('remove', ada)).status).toBe(204);
    expect((await mode.patch(`/Groups/${club}`, { op: 'add', path: 'externalId', value: 'x' })).status).toBe(
      204,
    );
    expect(await mode.membersOf(club)).toEqual([]);
  });

  test('is said with whom it concerns: by name to who asked, by id in the log', async () => {
    const { bridge, mode, bea, ada, cleo, emailOf, put } = await start();
    await mode.fault({ route: ADD, ...refused('Not her') });
    const { status, body } = await put({
      displayName: 'Crowd',
      members: [bea, ada, cleo].map((id) => ({ value: id })),
    });
    expect([status, body.detail]).toEqual([
      400,
      expect.stringMatching(/^Mode refused to .*: Not her\. It concerns "[^"]+" \(id [^)]+\)\.$/),
    ]);
    const concerned = [bea, ada, cleo].find((id) => body.detail.includes(id)) ?? '';
    expect(body.detail).toContain(emailOf(concerned));
    const lines = bridge.logged.filter((line) => line.includes('settle.people-refused'));
    expect(lines.map((line) => JSON.parse(line).userIds)).toEqual([[concerned]]);
    expect(lines.join()).not.toContain(emailOf(concerned));
  });

  test('is not, but left undone: who creates it again with other people is not told that they are in', async () => {
    const { bridge, mode, bea, ada, emailOf } = await start();
    const create = async (...ids: readonly string[]) => {
      const members = ids.map((id) => ({ value: id }));
      return bridge.scim('POST', '/Groups', { displayName: 'Club', members });
    };
    await mode.fault({ route: CREATE, ...AWAY });
    expect((await create(ada)).status).toBe(503);
    const other = await create(ada, bea);
    expect([other.status, other.body.scimType]).toEqual([409, 'uniqueness']);
    const { status, body } = await create(ada, ada);
    expect([status, body.members.map((one: { value: string }) => one.value)]).toEqual([201, [ada]]);
    expect(await mode.peopleIn('Club')).toEqual([emailOf(ada)]);
  });

  test.each(['the same', 'another'])(
    'is no group to whoever asked for the same one meanwhile, in %s process',
    async (process) => {
      const { bridge, gate, mode, ada, emailOf } = await start();
      const other = process === 'another' ? await bridge.beside() : bridge;
      const entered = entering(other);
      const create = ({ scim }: Pick<Bridge, 'scim'>) =>
        scim('POST', '/Groups', { displayName: 'Club', members: [{ value: ada }] });
      const asked = gate.hold(ADDING, 'asked');
      await mode.fault({ route: ADD, ...refused('Not her') });
      const first = create(bridge);
      await asked.reached;
      const second = create(other);
      await entered(other === bridge ? 2 : 1);
      asked.release();
      expect((await first).status).toBe(400);
      const { status, body } = await second;
      expect([status, (await bridge.scim('GET', `/Groups/${body.id}`)).status]).toEqual([201, 200]);
      expect(await mode.peopleIn('Club')).toEqual([emailOf(ada)]);
    },
  );

  describe.each(['the same', 'another'])('while somebody waits in %s process', (process) => {
    /** Asks for both, the second while Mode is asked for the first, and lets Mode refuse that; gives both answers. */
    const both = async (op: 'add' | 'remove') => {
      const started = await start((ids) => (op === 'remove' ? ids.slice(1, 2) : []));
      const { bridge, gate, mode, ada, change } = started;
      const other = process === 'another' ? await bridge.beside() : bridge;
      const entered = entering(other);
      const asked = gate.hold(op === 'add' ? ADDING : REMOVING, 'asked');
      await mode.fault({ route: op === 'add' ? ADD : REMOVE, ...refused('Not her') });
      const first = change(op, ada);
      await asked.reached;
      const second = change(op, ada, other.scim);
      await entered(other === bridge ? 2 : 1);
      asked.release();
      return { ...started, first: await first, second: await second };
    };

    test.each(['add', 'remove'] as const)('for the same %s is no success to anybody', async (op) => {
      const { mode, group, ada, change, emailOf, first, second } = await both(op);
      expect([first.status, second.status, second.headers.get('retry-after')]).toEqual([400, 503, '1']);
      expect(second.body.detail).toMatch(/Ask again/);
      expect(await mode.membersOf(group)).toEqual(op === 'add' ? [] : [ada]);
      expect((await change(op, ada)).status).toBe(204);
      expect(await mode.peopleIn('Crowd')).toEqual(op === 'add' ? [emailOf(ada)] : []);
    });
  });

  test('undoes no newer wish', async () => {
    const { bridge, gate, mode, group, ada, change } = await start((ids) => ids.slice(1, 2));
    const asked = gate.hold(REMOVING, 'asked');
    await mode.fault({ route: REMOVE, ...refused('Not her') });
    const written = (revision: number) =>
      until('it is written down', async () => {
        const [owed] = await bridge.deps.store.unsettled.list(bridge.connection.id);
        return owed?.revision === revision;
      });
    const first = change('remove', ada);
    await asked.reached;
    const second = change('add', ada);
    await written(2);
    const third = change('remove', ada);
    await written(3);
    asked.release();
    expect((await first).status).toBe(400);
    expect([(await second).status, (await third).status]).toEqual([204, 204]);
    expect([await mode.membersOf(group), await mode.peopleIn('Crowd')]).toEqual([[], []]);
  });

  test('is a new name to nobody who waits for it, and is told to who asks again', async () => {
    const { bridge, gate, mode, rename, name, add, bea } = await start();
    const entered = entering(bridge);
    const asked = gate.hold(RENAMING, 'asked');
    await mode.fault({ route: RENAME, ...refused('No such name', { times: 2 }) });
    const first = rename('Mob');
    await asked.reached;
    const [second, other] = [rename('Mob'), add(bea)];
    await entered(3);
    asked.release();
    expect([await first, await second, await other]).toEqual([400, 503, 204]);
    expect(await name()).toBe('Crowd');
    expect(await rename('Mob')).toBe(400);
  });
});
