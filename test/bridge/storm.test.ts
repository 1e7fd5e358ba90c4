/**
 * Many changes of one person at a time, at two instances, while Mode refuses and fails at random: whatever is answered as done
 * is done, and in the end the record and Mode agree.
 */
import { expect, test } from '@jest/globals';
import { type Bridge, type BridgeOptions, scimAlone, startBridge, until } from '../support/bridge.ts';
import { startPostgres } from '../support/postgres.ts';
import { workspaceOf } from '../support/workspace.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ROUNDS = 3;
const STEPS = 8;
const WAYS = {
  invite: { routes: ['DELETE /api/{workspace}/memberships/{membership}'], refusals: [400, 400, 503, 403] },
  // 400 would say that PATCH is not understood.
  scim: { routes: ['PATCH /scim/v2/Users/{id}'], refusals: [409, 409, 409, 503] },
} as const;

/** The same numbers for the same seed. */
const createRandom = (seed: number) => {
  let state = seed;
  const next = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
  return { next, pick: <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T };
};
type Random = ReturnType<typeof createRandom>;

interface Asked {
  readonly path: string;
  readonly value: unknown;
  readonly status: number;
  /** Whether the answer shows her as active. */
  readonly active: unknown;
}

const wishes = (step: number) => [
  { path: 'active', value: false },
  { path: 'title', value: `Title ${step}` },
  { path: 'name.familyName', value: `Family ${step}` },
  { path: 'name.givenName', value: `Given ${step}` },
];

const sendAll = async (
  id: string,
  bridges: readonly Pick<Bridge, 'scim'>[],
  { random, fail }: { readonly random: Random; readonly fail: () => Promise<void> },
): Promise<readonly Asked[]> => {
  const asked: Promise<Asked>[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    if (random.next() < 0.6) await fail();
    const wish = random.pick(wishes(step));
    const body = { schemas: [PATCH_OP], Operations: [{ op: 'replace', ...wish }] };
    const answer = random.pick(bridges).scim('PATCH', `/Users/${id}`, body);
    asked.push(answer.then(({ status, body: { active } }) => ({ ...wish, status, active })));
    if (random.next() < 0.4) await asked.at(-1);
    else if (random.next() < 0.5) await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return Promise.all(asked);
};

const STRANGE = /^(?!200|400|403|409|503)/;

/** Each value that is shown must be one that was accepted or kept, wherever any was accepted. */
const lostOf = (asked: readonly Asked[], shown: Readonly<Record<string, unknown>>): readonly string[] => {
  const paths = new Set(asked.filter(({ status }) => status === 200).map(({ path }) => path));
  return [...paths].filter((path) => {
    const wanted = asked.filter((one) => one.path === path && (one.status === 200 || one.status === 503));
    return !wanted.some(({ value }) => value === shown[path]);
  });
};

test.each([
  ['invite', 'SQLite', {}],
  ['invite', 'PostgreSQL', {}],
  ['scim', 'SQLite', { credentials: scimAlone, emulator: { scim: { enabled: true } } }],
] as const)(
  'nobody is told a thing that is not so (way in %s, on %s)',
  async (wayIn, engine, options) => {
    const postgres = engine === 'PostgreSQL' ? await startPostgres() : undefined;
    const database: BridgeOptions = postgres ? { database: await postgres.createDatabase() } : {};
    const config = { SETTLE_RETRY_MS: '200', REQUEST_PATIENCE_MS: '3000' };
    const bridge = await startBridge({ wayIn, config, ...options, ...database });
    try {
      const bridges = [bridge, await bridge.beside()];
      const mode = workspaceOf(bridge);
      const random = createRandom(5);
      const fail = () => {
        const { routes, refusals } = WAYS[wayIn];
        const [route, status] = [random.pick(routes), random.pick(refusals)];
        const body = { id: 'refused', message: 'No', detail: 'No' };
        return mode.fault({
          route,
          status,
          body,
          times: random.pick([1, 2, 4]),
          delayMs: random.pick([0, 20, 60]),
        });
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        const email = `storm-${round}@acme.example`;
        const id = await mode.create(email, { name: { givenName: 'Given', familyName: 'Family' } });
        if (wayIn === 'invite') await mode.join(email);
        await mode.untilState(id, 'active');
        const asked = await sendAll(id, bridges, { random, fail });
        await bridge.control('DELETE', '/faults');
        await until(
          'nothing is owed',
          async () => (await bridge.deps.store.unsettled.list(bridge.connection.id)).length === 0,
        );
        const { active, title, name } = (await bridge.scim('GET', `/Users/${id}`)).body;
        const shown = { active, title, 'name.familyName': name.familyName, 'name.givenName': name.givenName };
        const isIn = (await mode.standing(email)) === 'active';
        const lies = asked.filter((one) => one.path === 'active' && one.status === 200 && one.active);
        const strange = asked.filter(({ status }) => STRANGE.test(`${status}`));
        expect({ round, active, lies, strange, lost: lostOf(asked, shown) }).toEqual({
          round,
          active: isIn,
          lies: [],
          strange: [],
          lost: [],
        });
      }
    } finally {
      await bridge.stop();
      await postgres?.stop();
    }
  },
  120_000,
);
