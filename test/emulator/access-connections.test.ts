/**
 * Connections over REST and who may use them, as mode-api.md §7 has it; each claim with its label.
 */
import { createEmulator } from '../../src/emulator/server.ts';
import { basic, closeAll, type Json, type Mode, membersIn, startMode } from './support/emulator.ts';

afterEach(closeAll);

const WS = '/api/acme';
const SOURCES = `${WS}/data_sources`;
const truth = async (mode: Mode): Promise<Json> => (await mode.control('GET', '/state')).body;
const granting = (action: string, accessor_type: string, accessor_token: string) => ({
  permission: { action, accessor_type, accessor_token },
});

/** A connection without permissions, a person and a group. */
const start = async () => {
  const mode = await startMode();
  const { connections, groups } = await truth(mode);
  const [{ token }] = connections;
  const path = `${SOURCES}/${token}/permissions`;
  for (const one of connections[0].permissions) await mode.call('DELETE', `${path}/${one.token}`);
  const [, , person] = await membersIn(mode, 'active');
  return { mode, token, path, person, group: groups[0] };
};

describe('connections', () => {
  it('are listed all at once whatever page says (REPORTED), with string ids and a numeric port (CONFIRMED-C)', async () => {
    const mode = await startMode({ connections: 40 });
    const { status, type, body } = await mode.get(`${SOURCES}?page=2&per_page=3`);
    expect([status, type, body._embedded.data_sources.length]).toEqual([
      200,
      expect.stringContaining('application/hal+json'),
      40,
    ]);
    expect(body._links).toEqual({ self: { href: SOURCES } });
    const [first] = body._embedded.data_sources;
    expect([typeof first.id, typeof first.port, typeof first.account_id]).toEqual([
      'string',
      'number',
      'string',
    ]);
    expect(first._links.permissions.href).toBe(`${SOURCES}/${first.token}/permissions`);
    expect((await mode.get(first._links.self.href)).body).toEqual(first);
  });

  it('name the default access capitalised, unlike the actions of permissions (CONFIRMED-C)', async () => {
    const { body } = await (await startMode()).get(SOURCES);
    const levels = body._embedded.data_sources.map((one: Json) => one.default_access_level);
    expect(levels).toEqual(['View', 'Query', 'None', 'View', 'None']);
  });

  it('answer by token, never by id (REPORTED)', async () => {
    const mode = await startMode();
    const [first] = (await mode.get(SOURCES)).body._embedded.data_sources;
    const { status, body } = await mode.get(`${SOURCES}/${first.id}`);
    expect([status, body]).toEqual([404, { id: 'not_found', message: 'data source not found' }]);
  });

  it('take another name and description by PATCH (CONFIRMED-O), from whoever may manage them', async () => {
    const { mode, token } = await start();
    const edited = await mode.call('PATCH', `${SOURCES}/${token}`, {
      data_source: { name: 'Lake', password: 'secret' },
    });
    expect([edited.status, edited.body.name, edited.text.includes('secret')]).toEqual([200, 'Lake', false]);
    expect((await mode.call('PATCH', `${SOURCES}/${token}`, { name: 'x' })).body.id).toBe('param_missing');
  });
});

describe('permissions of a connection', () => {
  it('are given, shown, changed and taken by their own token (CONFIRMED-C), each answered with 200', async () => {
    const { mode, path, person } = await start();
    const made = await mode.post(path, granting('query', 'Account', person.memberToken));
    expect([made.status, made.body.action]).toEqual([200, 'query']);
    expect(made.body).toMatchObject({ accessor_type: 'Account', accessor_token: person.memberToken });
    const one = `${path}/${made.body.token}`;
    expect(made.body._links).toMatchObject({
      self: { href: one },
      accessor: { href: `/api/${person.username}` },
    });
    expect((await mode.get(one)).body).toEqual(made.body);
    const changed = await mode.call('PATCH', one, { permission: { action: 'manage' } });
    expect([changed.body.token, changed.body.action]).toEqual([made.body.token, 'manage']);
    expect((await mode.get(path)).body._embedded.data_source_entitlements).toEqual([changed.body]);
    expect((await mode.call('DELETE', one)).body).toEqual(changed.body);
    expect((await mode.get(one)).status).toBe(404);
    expect((await mode.get(path)).body._embedded).toEqual({ data_source_entitlements: [] });
  });

  it('count in the group that has them, and find it by ?member=&data_source= (REPORTED)', async () => {
    const { mode, token, path, person, group } = await start();
    const shown = async () => (await mode.get(`${WS}/groups/${group.token}`)).body;
    const before = Number((await shown()).data_sources_count);
    await mode.control('POST', '/edit', { op: 'addToGroup', groupToken: group.token, email: person.email });
    await mode.post(path, granting('view', 'UserGroup', group.token));
    expect(Number((await shown()).data_sources_count)).toBe(before + 1);
    const found = await mode.get(`${WS}/groups?member=${person.username}&data_source=${token}`);
    expect(found.body._embedded.groups.map((one: Json) => one.token)).toEqual([group.token]);
    expect((await mode.get(`${WS}/groups?member=${person.username}&data_source=zz`)).body.message).toBe(
      'data source not found',
    );
  });

  it.each([
    ['an unwrapped body (REPORTED)', { action: 'view' }, [400, 'param_missing']],
    ['no accessor_type (assumption)', { permission: { action: 'view' } }, [400, 'param_missing']],
    ['an action of collections', granting('edit', 'Account', 'x'), [400, 'bad_request']],
    ['an accessor of another type', granting('view', 'User', 'x'), [400, 'bad_request']],
    ['nobody (CONFIRMED-O)', granting('view', 'Account', '000000000000'), [404, 'not_found']],
    ['no such group (CONFIRMED-O)', granting('view', 'UserGroup', '000000000000'), [404, 'not_found']],
  ])('are not given for %s', async (_name, body, wanted) => {
    const { mode, path } = await start();
    const answer = await mode.post(path, body);
    expect([answer.status, answer.body.id]).toEqual(wanted);
  });

  it('are given once to each (UNKNOWN: 400)', async () => {
    const { mode, path, person } = await start();
    const body = granting('view', 'Account', person.memberToken);
    expect((await mode.post(path, body)).status).toBe(200);
    expect((await mode.post(path, body)).status).toBe(400);
  });

  it('go when the person is removed or the group deleted (assumption)', async () => {
    const { mode, path, person, group } = await start();
    await mode.post(path, granting('view', 'Account', person.memberToken));
    await mode.post(path, granting('view', 'UserGroup', group.token));
    await mode.call('DELETE', `${WS}/memberships/${person.membershipToken}`);
    await mode.call('DELETE', `${WS}/groups/${group.token}`);
    expect((await mode.get(path)).body._embedded.data_source_entitlements).toEqual([]);
  });

  it('are for admins and for those who may manage the connection (assumption)', async () => {
    const [, , , fourth] = await membersIn(await startMode(), 'active');
    const mode = await startMode({
      credentials: [{ token: 'm', secret: 'm', kind: 'member', ownerEmail: fourth.email }],
    });
    const { connections } = await truth(mode);
    const { token } = connections[4];
    const path = `${SOURCES}/${token}/permissions`;
    const read = async () => (await mode.call('GET', path, undefined, basic('m', 'm'))).status;
    const give = (action: string) =>
      mode.control('POST', '/edit', {
        op: 'grantAccess',
        resourceToken: token,
        accessorToken: fourth.memberToken,
        action,
      });
    await give('query');
    expect(await read()).toBe(403);
    await give('manage');
    expect(await read()).toBe(200);
    await mode.control('POST', '/edit', {
      op: 'revokeAccess',
      resourceToken: token,
      accessorToken: fourth.memberToken,
    });
    expect(await read()).toBe(403);
    expect((await mode.call('GET', SOURCES, undefined, basic('m', 'm'))).status).toBe(200);
  });
});

describe('the seed', () => {
  const open = (options: object) => createEmulator(options).state;

  it('gives each connection to groups, and some to people past the groups', () => {
    const { connections, groups, people } = open({});
    const given = [...connections.values()].flatMap(({ permissions }) => [...permissions.values()]);
    expect(
      given.every(({ accessorToken: one }) => groups.has(one) || people.get(one)?.state === 'active'),
    ).toBe(true);
    expect(new Set(given.map(({ accessorType }) => accessorType))).toEqual(new Set(['Account', 'UserGroup']));
  });

  it('leaves people and groups as they are, whatever there is to give access to', () => {
    const some = open({ connections: 30, collections: 50 });
    const none = open({ connections: 0, collections: 0 });
    expect([...some.people.values()]).toEqual([...none.people.values()]);
    expect([...some.groups.values()]).toEqual([...none.groups.values()]);
    expect([none.connections.size, none.collections.size]).toEqual([0, 0]);
  });

  it('gives no token twice', () => {
    const { connections, collections, people, groups } = open({ connections: 200, collections: 400 });
    const records = [...connections.values(), ...collections.values()];
    const tokens = [
      ...people.keys(),
      ...groups.keys(),
      ...connections.keys(),
      ...collections.keys(),
      ...records.flatMap(({ permissions }) => [...permissions.keys()]),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});

it('keeps connections, collections and permissions with a fault on the way: GET of one permission can be told to answer 500 (CONFIRMED-C)', async () => {
  const { mode, path, person } = await start();
  const made = (await mode.post(path, granting('view', 'Account', person.memberToken))).body;
  const route = 'GET /api/{workspace}/data_sources/{data_source}/permissions/{permission}';
  await mode.control('POST', '/faults', { route, status: 500 });
  expect((await mode.get(`${path}/${made.token}`)).status).toBe(500);
  expect((await mode.get(path)).status).toBe(200);
  expect((await mode.control('GET', '/calls')).body.byRoute[route]).toBe(1);
});
