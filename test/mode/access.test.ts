/** Connections and collections over REST, against the emulator (mode-api.md §2 "Paging", §7). */
import { type Emulated, emulate, failureOf, soon } from './support/emulated.ts';

const CONNECTIONS = 'GET /api/{workspace}/data_sources';
const COLLECTIONS = 'GET /api/{workspace}/spaces';

const tokens = (rows: readonly { readonly token: string }[]) => rows.map(({ token }) => token);
const row = (token: string, given: object) => ({ token, name: token, description: '', ...given });

describe('what can be given', () => {
  it.each([
    [0, 1],
    [5, 1],
    [95, 1],
  ])('of %i connections takes %i call', async (connections, wanted) => {
    const { mode, calls } = await emulate({ connections });
    expect(new Set(tokens(await mode.assets('connection', soon()))).size).toBe(connections);
    expect(await calls()).toEqual({ total: wanted, byRoute: { [CONNECTIONS]: wanted } });
  });

  it.each([
    [0, 1],
    [12, 1],
    // Three private collections come on top, and are left out.
    [27, 1],
    [28, 2],
    [95, 4],
  ])('of %i collections, those of single people left out, takes %i calls', async (collections, wanted) => {
    const { mode, calls } = await emulate({ collections });
    expect(new Set(tokens(await mode.assets('collection', soon()))).size).toBe(collections);
    expect(await calls()).toEqual({ total: wanted, byRoute: { [COLLECTIONS]: wanted } });
  });

  it('is told with name and description, null where there is none', async () => {
    const { mode } = await emulate();
    const [warehouse] = await mode.assets('connection', soon());
    expect(warehouse).toEqual({
      token: expect.any(String),
      name: 'Warehouse',
      description: 'All of it, modelled',
    });
    const [community] = await mode.assets('collection', soon());
    expect(community).toEqual({ token: expect.any(String), name: 'Community', description: null });
  });

  it('is nothing that was deleted or is private', async () => {
    const { mode, fault } = await emulate();
    const spaces = [
      row('a', { state: 'soft_deleted', space_type: 'custom' }),
      row('b', { state: 'active', space_type: 'private' }),
      row('c', { state: 'active', space_type: 'community' }),
    ];
    const pagination = { page: 1, total_pages: 1 };
    await fault({ route: COLLECTIONS, status: 200, body: { pagination, _embedded: { spaces } } });
    expect(tokens(await mode.assets('collection', soon()))).toEqual(['c']);
    const sources = [row('d', { soft_deleted: true }), row('e', { soft_deleted: 'false' })];
    await fault({ route: CONNECTIONS, status: 200, body: { _embedded: { data_sources: sources } } });
    expect(tokens(await mode.assets('connection', soon()))).toEqual(['e']);
  });

  it.each([
    ['connection', CONNECTIONS, 'listConnections', 403],
    ['connection', CONNECTIONS, 'listConnections', 404],
    ['collection', COLLECTIONS, 'listCollections', 403],
    ['collection', COLLECTIONS, 'listCollections', 404],
  ] as const)(
    'may be hidden from the token: the %ss at %s (%s, %i)',
    async (kind, route, ability, status) => {
      const { mode, fault }: Emulated = await emulate();
      await fault({ route, status });
      expect(await failureOf(mode.assets(kind, soon()))).toMatchObject({
        kind: 'forbidden',
        code: 'mode.rest.assets-hidden',
        message: expect.stringContaining(`no ${kind}s`),
      });
      expect(mode.can.has(ability)).toBe(false);
      await mode.assets(kind, soon());
      expect(mode.can.has(ability)).toBe(true);
    },
  );
});
