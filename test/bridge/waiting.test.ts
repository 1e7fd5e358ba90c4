/**
 * Several who wait for the same group, in one process or two: one asks for all of them, nobody waits for what came later,
 * and what Mode refuses to one is no business of the others.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Bridge, until } from '../support/bridge.ts';
import { engines } from '../support/engines.ts';
import { createGate, type Gate } from '../support/gate.ts';
import { workspaceOf } from '../support/workspace.ts';

const ADD = 'POST /api/{workspace}/groups/{group_token}/memberships';
const ADDING = /^POST .*\/groups\/.*\/memberships/;
const LISTING = /^GET \/api\/acme\/groups(\?|$)/;
const REFUSED = { status: 400, body: { id: 'bad_request', message: 'Not her' } };
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

type Unsettled = Bridge['deps']['store']['unsettled'];

/** Counts how often it is asked what is owed, from now on. */
const counted = ({ deps }: Pick<Bridge, 'deps'>) => {
  const counts = { claim: 0, find: 0 };
  const store = deps.store.unsettled as { claim: Unsettled['claim']; find: Unsettled['find'] };
  const { claim, find } = store;
  store.claim = (...given) => {
    counts.claim += 1;
    return claim(...given);
  };
  store.find = (...given) => {
    counts.find += 1;
    return find(...given);
  };
  return counts;
};

describe.each(engines)('several who wait for one group on $engine', ({ bridges }) => {
  const begin = bridges();
  const gates: Gate[] = [];
  afterEach(() => {
    for (const gate of gates.splice(0)) gate.close();
  });

  const start = async () => {
    const gate = createGate();
    gates.push(gate);
    const bridge = await begin({
      through: gate.open,
      emulator: { people: 12, groups: 0 },
      config: { SETTLE_INTERVAL_MS: '60000', SETTLE_RETRY_MS: '60000' },
    });
    const mode = workspaceOf(bridge);
    const inMode = (await mode.users()).filter((user) => user[MODE_USER]?.state === 'active');
    const ids = inMode.map(({ id }) => id).sort();
    const group = await mode.createGroup('Crowd');
    /** Asks for somebody to be added. */
    const ask = async (id: string | undefined, scim = bridge.scim) => {
      const operation = { op: 'add', path: 'members', value: [{ value: id }] };
      return (await scim('PATCH', `/Groups/${group}`, { schemas: [PATCH_OP], Operations: [operation] }))
        .status;
    };
    const revision = async () => (await bridge.deps.store.unsettled.list(bridge.connection.id))[0]?.revision;
    /** The same, and waits until it is written down as the so manieth wish that is owed. */
    const add = async (id: string | undefined, wish: number, scim = bridge.scim) => {
      const status = ask(id, scim);
      await until('the wish is written down', async () => (await revision()) === wish);
      return { status: () => status };
    };
    return { bridge, gate, mode, ids, group, ask, add };
  };

  test('one asks for all of them, once whoever is at work has ended', async () => {
    const { bridge, gate, mode, ids, group, add } = await start();
    const counts = counted(bridge);
    const first = gate.hold(ADDING, 'asked');
    const asked = [await add(ids[0], 1)];
    await first.reached;
    for (const [index, id] of ids.slice(1, 6).entries()) asked.push(await add(id, index + 2));
    first.release();
    expect(await Promise.all(asked.map(({ status }) => status()))).toEqual(asked.map(() => 204));
    // Whoever was first, and one of the others.
    expect(counts).toEqual({ claim: 2, find: 0 });
    expect(await mode.membersOf(group)).toEqual(ids.slice(0, 6));
    expect((await mode.peopleIn('Crowd')).length).toBe(6);
  });

  test('what another process has carried out is not waited for any longer, though more was asked for since', async () => {
    const { bridge, gate, ids, add } = await start();
    // Sees that nobody is at work, and is never the one who gets it.
    const other = await bridge.beside((store) => ({
      ...store,
      unsettled: {
        ...store.unsettled,
        claim: async () => {
          await new Promise((resolve) => setTimeout(resolve, 10));
          return undefined;
        },
        find: async (resource) => {
          const owed = await store.unsettled.find(resource);
          return owed && { ...owed, leaseUntil: null };
        },
      },
    }));
    const counts = counted(other);
    const first = gate.hold(ADDING, 'asked');
    const asked = [await add(ids[0], 1)];
    await first.reached;
    const elsewhere = await add(ids[1], 2, other.scim);
    await until('the other process has looked', async () => counts.find > 0);
    const second = gate.hold(ADDING, 'answered');
    asked.push(await add(ids[2], 3));
    first.release();
    await second.reached;
    const third = gate.hold(ADDING, 'answered');
    asked.push(await add(ids[3], 4));
    second.release();
    await third.reached;
    expect(await elsewhere.status()).toBe(204);
    third.release();
    expect(await Promise.all(asked.map(({ status }) => status()))).toEqual([204, 204, 204]);
  });

  test('somebody whom Mode refuses is told to who asked for her, and to nobody else', async () => {
    const { gate, mode, ids, group, add } = await start();
    const [refused, accepted, earlier] = ids;
    const first = gate.hold(ADDING, 'answered');
    const before = await add(earlier, 1);
    await first.reached;
    const good = await add(accepted, 2);
    const bad = await add(refused, 3);
    // She comes first, and is refused once; then who asked for her looks at Mode anew.
    await mode.fault({ route: ADD, ...REFUSED });
    const again = gate.hold(LISTING, 'asked');
    first.release();
    expect(await before.status()).toBe(204);
    expect(await good.status()).toBe(204);
    await again.reached;
    await mode.fault({ route: ADD, ...REFUSED });
    again.release();
    expect(await bad.status()).toBe(400);
    expect(await mode.membersOf(group)).toEqual([accepted, earlier].sort());
    expect((await mode.peopleIn('Crowd')).length).toBe(2);
  });

  test('what was taken back when it was asked for again is not taken back once more', async () => {
    const { bridge, mode, ids, group, ask } = await start();
    await mode.fault({ route: ADD, status: 503, headers: { 'retry-after': '60' } });
    expect(await ask(ids[0])).toBe(503);
    await mode.fault({ route: ADD, ...REFUSED });
    expect(await ask(ids[0])).toBe(400);
    expect(await mode.membersOf(group)).toEqual([]);
    const owed = await bridge.deps.store.unsettled.list(bridge.connection.id);
    expect(owed.map(({ id, undo }) => [id, undo])).toEqual([[group, null]]);
  });

  test('who is refused while nobody waits for her is in nobody’s way', async () => {
    const { mode, ids, group, ask } = await start();
    const [refused, accepted] = ids;
    await mode.fault({ route: ADD, status: 503, headers: { 'retry-after': '60' } });
    expect(await ask(refused)).toBe(503);
    await mode.fault({ route: ADD, ...REFUSED });
    expect(await ask(accepted)).toBe(204);
    expect(await mode.membersOf(group)).toEqual([refused, accepted]);
    expect((await mode.peopleIn('Crowd')).length).toBe(1);
  });
});
