/** Lists of Mode's SCIM endpoint, whatever its paging and its counters do (RFC 7644 §3.4.2.4, RFC 9865). */
import { collect, type Emulated, emulate, failureOf, overScim, soon } from '../support/emulated.ts';

const USERS = 'GET /scim/v2/Users';
const GROUPS = 'GET /scim/v2/Groups';

type Behaviour = Parameters<Emulated['behave']>[0];

const endpoint = (scim: Behaviour = {}, { people = 40, groups = 8 } = {}) =>
  emulate({ people, groups, scim: { enabled: true, ...scim } }, overScim);

const asked = async ({ calls }: Emulated, route: string): Promise<number> =>
  (await calls()).byRoute[route] ?? 0;

const emailsIn = async ({ truth }: Emulated) =>
  (await truth()).members.filter(({ state }) => state !== 'former').map(({ email }) => email);
const listed = async ({ mode }: Emulated) => (await mode.members(soon())).map(({ email }) => email);

describe('a list', () => {
  it.each([
    [100, 240, 3],
    [100, 200, 2],
    [30, 95, 4],
  ])('in pages of %i takes of %i people %i calls', async (maxResults, people, calls) => {
    const emulated = await endpoint({ maxResults }, { people });
    expect(await listed(emulated)).toEqual(await emailsIn(emulated));
    expect(await asked(emulated, USERS)).toBe(calls);
  });

  it('of one page takes one call more, once: whether the total counts all is not known before', async () => {
    const emulated = await endpoint();
    for (const calls of [2, 3, 4]) {
      expect(await listed(emulated)).toHaveLength(40);
      expect(await asked(emulated, USERS)).toBe(calls);
    }
  });

  it.each([
    { totals: 'page' },
    { totals: 'none' },
    { totals: 'page', discovery: false },
    { paging: 'ignored', maxResults: 7 },
    { paging: 'ignored', totals: 'none' },
    { paging: 'cursor' },
    { paging: 'cursor', totals: 'page' },
    { paging: 'cursor', discovery: false },
  ] as const)('is whole and ends under %j', async (behaviour) => {
    const emulated = await endpoint({ maxResults: 10, ...behaviour });
    expect(await listed(emulated)).toEqual(await emailsIn(emulated));
    const names = (await collect(emulated.mode.groups(soon()))).map(({ name }) => name);
    expect(names).toEqual((await emulated.truth()).groups.map(({ name }) => name));
  });

  it('is whole though a row of a page that was read goes meanwhile', async () => {
    const emulated = await endpoint({ maxResults: 10 }, { groups: 40 });
    const names: string[] = [];
    for await (const group of emulated.mode.groups(soon())) {
      if (names.length === 0) await emulated.scim('DELETE', `/Groups/${group.groupToken}`);
      names.push(group.name);
    }
    const real = (await emulated.truth()).groups.map(({ name }) => name);
    expect(names.sort()).toEqual(real.sort());
    expect(await asked(emulated, GROUPS)).toBe(6);
  });

  it('ends at an empty page, though the total says that there is more', async () => {
    const emulated = await endpoint();
    const body = { totalResults: 99, Resources: [{ id: '1', userName: 'ann@acme.example' }] };
    await emulated.fault({ route: USERS, status: 200, body });
    await emulated.fault({ route: USERS, status: 200, body: { totalResults: 99, Resources: [] } });
    expect(await listed(emulated)).toEqual(['ann@acme.example']);
  });

  it('may leave out its rows where there are none (RFC 7644 §3.4.2), and not where there are', async () => {
    const emulated = await endpoint({ discovery: false });
    await emulated.fault({ route: GROUPS, status: 200, body: { totalResults: 0 } });
    expect(await collect(emulated.mode.groups(soon()))).toEqual([]);
    await emulated.fault({ route: GROUPS, status: 200, body: { totalResults: 3 } });
    expect(await failureOf(collect(emulated.mode.groups(soon())))).toMatchObject({
      kind: 'unavailable',
      code: 'mode.http.unreadable',
    });
  });

  it('that leads in a circle is given up, and nobody counts as gone', async () => {
    const emulated = await endpoint();
    const Resources = [{ id: '1', userName: 'ann@acme.example' }];
    await emulated.fault({
      route: USERS,
      times: 50,
      status: 200,
      body: { Resources, nextCursor: 'again' },
    });
    expect(await failureOf(emulated.mode.members(soon()))).toMatchObject({
      kind: 'unavailable',
      code: 'mode.scim.endless',
    });
  });

  it('shows who was made inactive as somebody who left', async () => {
    const emulated = await endpoint();
    const { id } = await emulated.scim('POST', '/Users', { userName: 'ann@acme.example', active: false });
    const ann = (await emulated.mode.members(soon())).find(({ memberToken }) => memberToken === id);
    expect(ann).toMatchObject({ state: 'former', membershipToken: null, managedByScim: true });
  });
});
