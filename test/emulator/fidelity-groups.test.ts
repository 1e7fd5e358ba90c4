/**
 * The emulator answers what mode-api.md says about groups and who is in them;
 * each title carries the label of the fact's evidence.
 */
import { closeAll, type Json, type Mode, membersIn, startMode } from './support/emulator.ts';

afterEach(closeAll);

const WS = '/api/acme';
const TOKEN = /^[0-9a-f]{12}$/;
const groupBody = (name: string) => ({ user_group: { name } });
const tokenOf = (row: Json): string => row._links.self.href.split('/memberships/')[1];

const makeGroup = async (mode: Mode, name: string): Promise<string> =>
  (await mode.post(`${WS}/groups`, groupBody(name))).body.token;

describe('groups', () => {
  it('creates, reads and renames with 200 and the group (CONFIRMED-O)', async () => {
    const mode = await startMode();
    const made = await mode.post(`${WS}/groups`, groupBody('Robotics'));
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ name: 'Robotics', state: 'active', member_count: '0' });
    expect(made.body.token).toMatch(TOKEN);
    const path = `${WS}/groups/${made.body.token}`;
    expect((await mode.get(path)).body).toEqual(made.body);
    const renamed = await mode.call('PATCH', path, { user_group: { name: 'Robots', description: 'x' } });
    expect([renamed.status, renamed.body.name, renamed.body.description]).toEqual([200, 'Robots', '']);
    expect((await mode.get(path)).body.name).toBe('Robots');
  });

  it('lists 20 by default and clamps per_page to 30 without a word (REPORTED)', async () => {
    const mode = await startMode({ groups: 65 });
    const rows = async (query: string) =>
      (await mode.get(`${WS}/groups${query}`)).body._embedded.groups.length;
    expect(await rows('')).toBe(20);
    expect(await rows('?per_page=100')).toBe(30);
    expect(await rows('?per_page=7')).toBe(7);
    expect(await rows('?per_page=zero')).toBe(20);
    expect(await rows('?per_page=100&page=3')).toBe(5);
    expect(await rows('?per_page=100&page=4')).toBe(0);
    const { pagination } = (await mode.get(`${WS}/groups?per_page=100&page=3`)).body;
    expect(pagination).toMatchObject({ page: 3, per_page: 30, count: 5, total_pages: 3, total_count: 65 });
  });

  it('walks all groups once by the counters', async () => {
    const mode = await startMode({ groups: 65 });
    const pages = await Promise.all(
      [1, 2, 3].map((page) => mode.get(`${WS}/groups?per_page=30&page=${page}`)),
    );
    const tokens = pages.flatMap((page) => page.body._embedded.groups.map((group: Json) => group.token));
    expect(new Set(tokens).size).toBe(65);
  });

  it('offers a next_page past the end whose href leads to 404 (REPORTED)', async () => {
    const mode = await startMode({ groups: 3 });
    const { href } = (await mode.get(`${WS}/groups?page=9`)).body._links.next_page;
    expect(href).toMatch(/^\/api\/\d+\/groups\.acme\?page=10$/);
    expect((await mode.get(href)).status).toBe(404);
  });

  it('filters by the username of a member, and wants it with data_source (REPORTED)', async () => {
    const mode = await startMode();
    const { members, groups } = (await mode.control('GET', '/state')).body;
    const someone = members.find((one: Json) => one.memberToken === groups[1].memberTokens[0]);
    const wanted = groups.filter((one: Json) => one.memberTokens.includes(someone.memberToken));
    const { body } = await mode.get(`${WS}/groups?member=${someone.username}`);
    expect(body._embedded.groups.map((one: Json) => one.token)).toEqual(wanted.map((one: Json) => one.token));
    expect(body.pagination.total_count).toBe(wanted.length);
    const refused = await mode.get(`${WS}/groups?data_source=abc`);
    expect([refused.status, refused.body.message]).toEqual([400, 'When sending data source, must send user']);
    expect((await mode.get(`${WS}/groups?data_source=abc&member=${someone.username}`)).status).toBe(404);
    expect((await mode.get(`${WS}/groups?filter=whatever`)).body.pagination.total_count).toBe(8);
  });

  it('deletes softly: still readable, no longer listed, empty (CONFIRMED-C; list: assumption)', async () => {
    const mode = await startMode({ groups: 2 });
    const [group] = (await mode.get(`${WS}/groups`)).body._embedded.groups;
    const path = `${WS}/groups/${group.token}`;
    const deleted = await mode.call('DELETE', path);
    expect([deleted.status, deleted.body.state]).toEqual([200, 'soft_deleted']);
    const read = await mode.get(path);
    expect([read.status, read.body.state, read.body.member_count]).toEqual([200, 'soft_deleted', '0']);
    expect((await mode.get(`${path}/memberships`)).body._embedded.group_memberships).toEqual([]);
    expect((await mode.get(`${WS}/groups`)).body.pagination.total_count).toBe(1);
    const member = { membership: { member_token: (await membersIn(mode, 'active'))[0].memberToken } };
    const statuses = [
      await mode.call('PATCH', path, groupBody('Other')),
      await mode.call('DELETE', path),
      await mode.post(`${path}/memberships`, member),
    ].map((answer) => answer.status);
    expect(statuses).toEqual([404, 404, 404]);
  });

  it('fails silently to delete a group with the name of a deleted one, until renamed (CONFIRMED-C)', async () => {
    const mode = await startMode();
    await mode.call('DELETE', `${WS}/groups/${await makeGroup(mode, 'Robotics')}`);
    const path = `${WS}/groups/${await makeGroup(mode, 'Robotics')}`;
    const first = await mode.call('DELETE', path);
    expect([first.status, first.body.state]).toEqual([200, 'active']);
    expect((await mode.get(path)).body.state).toBe('active');
    await mode.call('PATCH', path, groupBody('Robotics (old)'));
    await mode.call('DELETE', path);
    expect((await mode.get(path)).body.state).toBe('soft_deleted');
  });

  it('refuses a second live group of one name with 400, but frees a name on rename (assumption)', async () => {
    const mode = await startMode();
    const token = await makeGroup(mode, 'Robotics');
    const twin = await mode.post(`${WS}/groups`, groupBody(' Robotics '));
    expect([twin.status, twin.body.id]).toEqual([400, 'bad_request']);
    const other = await makeGroup(mode, 'Other');
    expect((await mode.call('PATCH', `${WS}/groups/${other}`, groupBody('Robotics'))).status).toBe(400);
    expect((await mode.call('PATCH', `${WS}/groups/${token}`, groupBody('Robotics'))).status).toBe(200);
    expect((await mode.call('PATCH', `${WS}/groups/${token}`, groupBody('Renamed'))).status).toBe(200);
    expect((await mode.post(`${WS}/groups`, groupBody('Robotics'))).status).toBe(200);
  });

  it.each([
    [{ name: 'Eng' }, 'param_missing'],
    [{ user_group: {} }, 'param_missing'],
    [{ user_group: 'Eng' }, 'bad_request'],
    [{ user_group: { name: 7 } }, 'bad_request'],
    [{ user_group: { name: '  ' } }, 'bad_request'],
    [['user_group'], 'param_missing'],
  ])('answers the body %j with 400 %s', async (sent, id) => {
    const mode = await startMode();
    const { status, body } = await mode.post(`${WS}/groups`, sent);
    expect([status, body.id]).toEqual([400, id]);
    expect((await mode.get(`${WS}/groups`)).body.pagination.total_count).toBe(8);
  });

  it('answers 404 for a group that never was', async () => {
    const mode = await startMode();
    for (const path of ['/groups/000000000000', '/groups/000000000000/memberships']) {
      expect((await mode.get(WS + path)).body.id).toBe('not_found');
    }
  });
});

describe('group memberships', () => {
  const start = async () => {
    const mode = await startMode();
    const path = `${WS}/groups/${await makeGroup(mode, 'Robotics')}/memberships`;
    const people = await membersIn(mode, 'active');
    const add = (memberToken: string) => mode.post(path, { membership: { member_token: memberToken } });
    return { mode, path, people, add };
  };

  it('adds by member token and answers a token of its own (CONFIRMED-O), gone after removal (CONFIRMED-C)', async () => {
    const { mode, path, people, add } = await start();
    const added = await add(people[3].memberToken);
    expect([added.status, added.body.member_token]).toEqual([200, people[3].memberToken]);
    expect(added.body.token).toMatch(TOKEN);
    expect(added.body.token).not.toBe(people[3].memberToken);
    const one = `${path}/${tokenOf(added.body)}`;
    expect((await mode.get(one)).body).toEqual(added.body);
    expect((await mode.call('DELETE', `${path}/${people[3].memberToken}`)).status).toBe(404);
    const removed = await mode.call('DELETE', one);
    expect([removed.status, removed.body.token]).toEqual([200, added.body.token]);
    expect((await mode.get(one)).status).toBe(404);
    expect((await mode.get(path)).body._embedded.group_memberships).toEqual([]);
  });

  it('lists under group_memberships (CONFIRMED-C), all at once whatever page says (INFERRED)', async () => {
    const { mode, path, people, add } = await start();
    for (const person of people.slice(0, 34)) await add(person.memberToken);
    const all = await mode.get(path);
    expect(all.body._embedded.group_memberships).toHaveLength(34);
    expect((await mode.get(`${path}?page=2&per_page=5`)).body).toEqual(all.body);
    expect((await mode.get(path.replace('/memberships', ''))).body.member_count).toBe('34');
  });

  it('knows the filters preview and by_user_id; others change nothing, case matters (REPORTED)', async () => {
    const { mode, path, people, add } = await start();
    for (const person of people.slice(0, 9)) await add(person.memberToken);
    const rows = async (query: string) => (await mode.get(path + query)).body._embedded.group_memberships;
    expect(await rows('?filter=preview')).toHaveLength(5);
    expect(await rows('?filter=Preview')).toHaveLength(9);
    expect(await rows('?filter=nonsense')).toHaveLength(9);
    const { id } = (await mode.get(`/api/${people[4].username}`)).body;
    const one = await rows(`?filter=by_user_id&user_id=${id}`);
    expect(one.map((row: Json) => row.member_token)).toEqual([people[4].memberToken]);
    expect(await rows('?filter=by_user_id&user_id=0')).toEqual([]);
  });

  it('answers 404 for a member who is unknown (CONFIRMED-O), former or still pending (assumption)', async () => {
    const { mode, add } = await start();
    const [pending] = await membersIn(mode, 'pending');
    const [former] = await membersIn(mode, 'former');
    for (const token of ['000000000000', pending.memberToken, former.memberToken]) {
      const { status, body } = await add(token);
      expect([status, body.id]).toEqual([404, 'not_found']);
    }
  });

  it('takes pending people where it is told to, as that is UNKNOWN', async () => {
    const mode = await startMode({ pendingInGroups: true });
    const [pending] = await membersIn(mode, 'pending');
    const path = `${WS}/groups/${await makeGroup(mode, 'Robotics')}/memberships`;
    expect((await mode.post(path, { membership: { member_token: pending.memberToken } })).status).toBe(200);
  });

  it('refuses to add somebody twice with 400 (assumption)', async () => {
    const { mode, path, people, add } = await start();
    await add(people[3].memberToken);
    const again = await add(people[3].memberToken);
    expect([again.status, again.body.id]).toEqual([400, 'bad_request']);
    expect((await mode.get(path)).body._embedded.group_memberships).toHaveLength(1);
  });
});
