/**
 * "The fewest calls" (product.md section 4), a row for each: what is done through the front door, and exactly which calls
 * that costs at Mode, on both databases.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, type BridgeOptions, startBridge, until } from '../support/bridge.ts';
import { startPostgres } from '../support/postgres.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';

const INVITE = 'POST /api/{workspace}/invites';
const LEAVE = 'DELETE /api/{workspace}/memberships/{membership}';
const MEMBERS = 'GET /api/{workspace}/memberships';
const MEMBERS_LITE = 'GET /api/{workspace}/memberships/lite';
const GROUPS = 'GET /api/{workspace}/groups';
const CREATE_GROUP = 'POST /api/{workspace}/groups';
const RENAME = 'PATCH /api/{workspace}/groups/{group_token}';
const DELETE_GROUP = 'DELETE /api/{workspace}/groups/{group_token}';
const IN_GROUP = 'GET /api/{workspace}/groups/{group_token}/memberships';
const ADD = 'POST /api/{workspace}/groups/{group_token}/memberships';
const REMOVE = 'DELETE /api/{workspace}/groups/{group_token}/memberships/{membership_token}';

type Calls = Readonly<Record<string, number>>;
const NONE: Calls = {};
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** What a row works with. People who have joined are made beforehand, because joining costs calls of its own. */
interface World {
  readonly bridge: Bridge;
  readonly mode: Workspace;
  /** Ids of so many people who have joined and whom no other row knows. */
  joined(count: number): readonly string[];
  /** A name that no other row uses. */
  fresh(what: string): string;
}

/** Prepares, and gives what is to be counted. */
type Row = readonly [
  line: string,
  what: string,
  prepare: (world: World) => Promise<() => Promise<unknown>>,
  calls: Calls,
];

const scim =
  (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  async ({ bridge }: World) =>
  async () => {
    const { status } = await bridge.scim(method, path, body, headers);
    expect([method, path, status, status < 400]).toEqual([method, path, status, true]);
  };
const reading = (path: string, what = path): Row => ['reads 0', what, scim('GET', path), NONE];

const person = (userName: string, more: object = {}) => ({
  userName,
  emails: [{ value: userName, type: 'work', primary: true }],
  ...more,
});
const membersOf = (ids: readonly string[]) => ids.map((value) => ({ value }));
const ok = async (asked: Promise<{ readonly status: number }>): Promise<void> => {
  const { status } = await asked;
  expect([status, status < 300]).toEqual([status, true]);
};

/** Patches one who has joined. */
const patching =
  (...operations: readonly object[]): Row[2] =>
  async ({ mode, joined }) => {
    const [id] = joined(1);
    return () => ok(mode.patch(`/Users/${id}`, ...operations));
  };
/** Patches a group of so many, beside so many who are not in it. */
const patchingGroup =
  (
    size: number,
    others: number,
    operations: (inside: readonly string[], outside: readonly string[]) => object,
  ): Row[2] =>
  async ({ mode, joined, fresh }) => {
    const [inside, outside] = [joined(size), joined(others)];
    const id = await mode.createGroup(fresh('Group'), inside);
    return () => ok(mode.patch(`/Groups/${id}`, operations(inside, outside)));
  };
/** Puts a person who was created so, has joined, and is as that attribute says. */
const putting =
  (change: (body: object) => object): Row[2] =>
  async ({ bridge, joined }) => {
    const [id] = joined(1);
    const { body } = await bridge.scim('GET', `/Users/${id}`);
    return () => ok(bridge.scim('PUT', `/Users/${id}`, change(body)));
  };
/** Takes a person through these states, and counts the last. */
const through =
  (...states: readonly ('inactive' | 'active' | 'deleted')[]): Row[2] =>
  async ({ bridge, mode, joined }) => {
    const [id] = joined(1);
    const step = (state: (typeof states)[number]) =>
      ok(
        state === 'deleted'
          ? bridge.scim('DELETE', `/Users/${id}`)
          : mode.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: state === 'active' }),
      );
    for (const state of states.slice(0, -1)) await step(state);
    return () => step(states.at(-1) ?? 'deleted');
  };
/** Somebody who was invited and has yet to come. */
const invited =
  (act: (world: World, id: string) => Promise<{ readonly status: number }>): Row[2] =>
  async (world) => {
    const id = await world.mode.create(`${world.fresh('invited')}@acme.example`);
    return () => ok(act(world, id));
  };

const LEAVING_UNLINKED = { [MEMBERS]: 1, [MEMBERS_LITE]: 1, [LEAVE]: 1 };

const ROWS: readonly Row[] = [
  reading('/Users?count=10'),
  reading('/Users?cursor&count=2', 'a page by cursor'),
  reading('/Users?filter=userName eq "joined-0@acme.example"'),
  reading('/Users?filter=emails.value eq "joined-0@acme.example" and active eq true&sortBy=meta.created'),
  reading('/Groups?count=10'),
  reading('/Groups?filter=displayName sw "A"&excludedAttributes=members'),
  reading('/Roles'),
  reading('/Entitlements'),
  reading('/ServiceProviderConfig'),
  reading('/ResourceTypes'),
  reading('/Schemas'),
  [
    'reads 0',
    'a search',
    scim('POST', '/.search', { filter: 'meta.resourceType eq "User"', count: 5 }),
    NONE,
  ],
  [
    'reads 0',
    'one person, and again where nothing changed',
    async ({ bridge, joined }) => {
      const [id] = joined(1);
      return async () => {
        const { headers } = await bridge.scim('GET', `/Users/${id}`);
        const again = await bridge.scim('GET', `/Users/${id}`, undefined, {
          'if-none-match': headers.get('etag') ?? '',
        });
        expect(again.status).toBe(304);
      };
    },
    NONE,
  ],
  [
    'reads 0',
    'one group with its members',
    async ({ bridge, mode, joined, fresh }) => {
      const id = await mode.createGroup(fresh('Read'), joined(2));
      return () => ok(bridge.scim('GET', `/Groups/${id}`));
    },
    NONE,
  ],

  ['no-op 0', 'a person is put as she is', putting((body) => body), NONE],
  ['no-op 0', 'who is active is activated', patching({ op: 'replace', path: 'active', value: true }), NONE],
  ['no-op 0', 'who is inactive is deactivated', through('inactive', 'inactive'), NONE],
  ['no-op 0', 'who left is deleted', through('inactive', 'deleted'), NONE],
  [
    'no-op 0',
    'a group is put as it is',
    async ({ bridge, mode, joined, fresh }) => {
      const id = await mode.createGroup(fresh('Put'), joined(2));
      const { body } = await bridge.scim('GET', `/Groups/${id}`);
      return () => ok(bridge.scim('PUT', `/Groups/${id}`, body));
    },
    NONE,
  ],
  [
    'no-op 0',
    'a member is added who is there',
    patchingGroup(2, 0, ([one]) => ({ op: 'add', path: 'members', value: [{ value: one }] })),
    NONE,
  ],
  [
    'no-op 0',
    'a member is taken out who is not there',
    patchingGroup(2, 1, (_inside, [one]) => ({ op: 'remove', path: `members[value eq "${one}"]` })),
    NONE,
  ],
  [
    'no-op 0',
    'a group gets the name that it has',
    async ({ mode, fresh }) => {
      const displayName = fresh('Same');
      const id = await mode.createGroup(displayName);
      return () =>
        ok(mode.patch(`/Groups/${id}`, { op: 'replace', path: 'displayName', value: displayName }));
    },
    NONE,
  ],

  [
    'attribute Mode cannot hold 0',
    'title',
    patching({ op: 'replace', path: 'title', value: 'Countess' }),
    NONE,
  ],
  [
    'attribute Mode cannot hold 0',
    'names and department',
    patching({ op: 'replace', value: { name: { givenName: 'Ada' }, [ENTERPRISE]: { department: 'R & D' } } }),
    NONE,
  ],
  [
    'attribute Mode cannot hold 0',
    'userName and address of who is there',
    async ({ mode, joined, fresh }) => {
      const [id] = joined(1);
      const userName = `${fresh('married')}@acme.example`;
      return () => ok(mode.patch(`/Users/${id}`, { op: 'replace', value: person(userName) }));
    },
    NONE,
  ],
  [
    'attribute Mode cannot hold 0',
    'externalId of a group',
    patchingGroup(1, 0, () => ({ op: 'add', path: 'externalId', value: 'from-the-directory' })),
    NONE,
  ],

  [
    'create user 1',
    'with an address',
    async ({ mode, fresh }) =>
      async () =>
        mode.create(`${fresh('created')}@acme.example`),
    { [INVITE]: 1 },
  ],
  [
    'create user 1',
    'inactive, who is not to be in Mode',
    async ({ mode, fresh }) =>
      async () =>
        mode.create(`${fresh('idle')}@acme.example`, { active: false }),
    NONE,
  ],
  [
    'create user 1',
    'without an address, who cannot be invited before she has one',
    async ({ bridge, fresh }) =>
      async () =>
        bridge.scim('POST', '/Users', { userName: fresh('nameless') }),
    NONE,
  ],
  ['deactivate 1', 'by PATCH', through('inactive'), { [LEAVE]: 1 }],
  ['deactivate 1', 'by PUT', putting((body) => ({ ...body, active: false })), { [LEAVE]: 1 }],
  ['deactivate 1', 'by DELETE', through('deleted'), { [LEAVE]: 1 }],
  ['reactivate 1', 'who was deactivated', through('inactive', 'active'), { [INVITE]: 1 }],

  // Only Mode's list has the token that removes somebody who has never been seen there (mode-api.md §5).
  [
    'deactivate 1, and 2 to look for whoever has yet to come',
    'while her invitation stands',
    invited(({ mode }, id) => mode.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })),
    LEAVING_UNLINKED,
  ],
  [
    'deactivate 1, and 2 to look for whoever has yet to come',
    'deleted while her invitation stands',
    invited(({ bridge }, id) => bridge.scim('DELETE', `/Users/${id}`)),
    LEAVING_UNLINKED,
  ],

  [
    'group create 1 + members',
    'three who have joined',
    async ({ mode, joined, fresh }) => {
      const ids = joined(3);
      return () => mode.createGroup(fresh('Three'), ids);
    },
    { [CREATE_GROUP]: 1, [ADD]: 3 },
  ],
  [
    'group create 1 + members',
    'nobody',
    async ({ mode, fresh }) =>
      async () =>
        mode.createGroup(fresh('Empty')),
    { [CREATE_GROUP]: 1 },
  ],
  [
    'group create 1 + members',
    'one who has joined and one who waits for it',
    async ({ mode, joined, fresh }) => {
      const ids = [...joined(1), await mode.create(`${fresh('waits')}@acme.example`)];
      return () => mode.createGroup(fresh('Waiting'), ids);
    },
    { [CREATE_GROUP]: 1, [ADD]: 1 },
  ],
  [
    'add k members k (only those missing)',
    'two of four are there already',
    patchingGroup(2, 2, (inside, outside) => ({
      op: 'add',
      path: 'members',
      value: membersOf([...inside, ...outside]),
    })),
    { [ADD]: 2 },
  ],
  [
    'remove k k',
    'two of three',
    patchingGroup(3, 0, (inside) => ({ op: 'remove', path: 'members', value: membersOf(inside.slice(1)) })),
    { [REMOVE]: 2 },
  ],
  [
    'add k members k, remove k k',
    'one is replaced by another',
    patchingGroup(2, 1, ([stays], [comes]) => ({
      op: 'replace',
      path: 'members',
      value: membersOf([stays ?? '', comes ?? '']),
    })),
    { [ADD]: 1, [REMOVE]: 1 },
  ],
  ['remove k k', 'all', patchingGroup(2, 0, () => ({ op: 'remove', path: 'members' })), { [REMOVE]: 2 }],
  [
    'rename 1',
    'a group of two',
    async ({ mode, joined, fresh }) => {
      const id = await mode.createGroup(fresh('Old'), joined(2));
      return () =>
        ok(mode.patch(`/Groups/${id}`, { op: 'replace', path: 'displayName', value: fresh('New') }));
    },
    { [RENAME]: 1 },
  ],
  [
    'delete group 2 (a deleted name collides, so it is renamed aside first)',
    'a group of two',
    async ({ bridge, mode, joined, fresh }) => {
      const id = await mode.createGroup(fresh('Gone'), joined(2));
      return () => ok(bridge.scim('DELETE', `/Groups/${id}`));
    },
    { [RENAME]: 1, [DELETE_GROUP]: 1 },
  ],
];

/** Those who have joined, made at once: the rows share one bridge. */
const POOL = 45;

interface Opened extends World {
  /** Another bridge on a database of its own. */
  another(options: BridgeOptions): Promise<Bridge>;
  stop(): Promise<void>;
}

const open = async (newDatabase: () => Promise<string | undefined>): Promise<Opened> => {
  const another: Opened['another'] = async (options) => {
    const database = await newDatabase();
    return startBridge({ ...options, ...(database === undefined ? {} : { database }) });
  };
  const bridge = await another({ emulator: { groups: 3 } });
  const mode = workspaceOf(bridge);
  const names = Array.from({ length: POOL }, (_, index) => `joined-${index}@acme.example`);
  const pool = await Promise.all(names.map((name) => mode.create(name)));
  await mode.withoutWebhooks();
  await Promise.all(names.map((name) => mode.join(name)));
  await mode.sync('members');
  let [taken, named] = [0, 0];
  return {
    bridge,
    mode,
    joined: (count) => {
      taken += count;
      if (taken > POOL) throw new Error(`the pool holds ${POOL} people: enlarge it`);
      return pool.slice(taken - count, taken);
    },
    fresh: (what) => {
      named += 1;
      return `${what}-${named}`;
    },
    another,
    stop: () => bridge.stop(),
  };
};

const engines = [
  { engine: 'SQLite', start: () => open(async () => undefined) },
  {
    engine: 'PostgreSQL',
    start: async () => {
      const postgres = await startPostgres();
      const world = await open(() => postgres.createDatabase());
      return { ...world, stop: () => world.stop().finally(() => postgres.stop()) };
    },
  },
];

describe.each(engines)('the fewest calls, on $engine', ({ start }) => {
  let world: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    world = await start();
  }, 90_000);
  afterAll(() => world.stop());

  test.each(ROWS)('%s: %s', async (_line, _what, prepare, calls) => {
    const act = await prepare(world);
    await world.bridge.calls();
    await act();
    // Nothing is left for the background either.
    await until('nothing is owed', async () => {
      return (await world.bridge.deps.store.unsettled.list(world.bridge.connection.id)).length === 0;
    });
    expect((await world.bridge.calls()).byRoute).toEqual(calls);
  });

  test.each([1, 3, 30, 31])(
    'full sync of U people and G groups: 2 + ⌈G/30⌉ + G, with G = %i',
    async (groups) => {
      const bridge = await world.another({ emulator: { people: 9, groups }, sync: false });
      try {
        await workspaceOf(bridge).sync();
        const pages = Math.ceil(groups / 30);
        const calls = { [MEMBERS]: 1, [MEMBERS_LITE]: 1, [GROUPS]: pages, [IN_GROUP]: groups };
        expect((await bridge.calls()).byRoute).toEqual(calls);
      } finally {
        await bridge.stop();
      }
    },
  );
});
