/**
 * The emulator answers what mode-api.md says about memberships and invites;
 * each title carries the label of the fact's evidence.
 */
import { closeAll, inviting, type Json, memberOf, membersIn, startMode } from './support/emulator.ts';

afterEach(closeAll);

const WS = '/api/acme';

describe('memberships', () => {
  it('lists full rows without e-mail, name or token, whose token is in the self link (CONFIRMED-O)', async () => {
    const mode = await startMode();
    const { status, body } = await mode.get(`${WS}/memberships`);
    expect(status).toBe(200);
    const row = body._embedded.memberships[0];
    for (const absent of ['token', 'email', 'name', 'id', 'created_at'])
      expect(row).not.toHaveProperty(absent);
    expect(row._links.self.href).toMatch(/^\/api\/acme\/memberships\/[0-9a-f]{12}$/);
    expect(row._links.organization.href).toBe(WS);
    expect([row.admin, row.state, row.managed_by_scim]).toEqual([true, 'active', false]);
    expect(row.activated_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const one = await mode.get(row._links.self.href);
    expect(one.body).toEqual(row);
  });

  it('lists lite rows with e-mail and without membership token, same member_token (REPORTED)', async () => {
    const mode = await startMode();
    const lite = (await mode.get(`${WS}/memberships/lite`)).body._embedded.memberships;
    const full = (await mode.get(`${WS}/memberships`)).body._embedded.memberships;
    expect(Object.keys(lite[0]).sort()).toEqual([
      'admin',
      'email',
      'member_token',
      'name',
      'state',
      'username',
    ]);
    const tokens = (rows: Json[]) => rows.map((row) => row.member_token);
    expect(tokens(lite)).toEqual(tokens(full));
  });

  it.each([`${WS}/memberships`, `${WS}/memberships/lite`])(
    'ignores page and per_page on %s (REPORTED)',
    async (path) => {
      const mode = await startMode({ people: 45 });
      const all = await mode.get(path);
      expect(all.body._embedded.memberships).toHaveLength(45);
      expect(all.body.pagination).toBeUndefined();
      expect((await mode.get(`${path}?page=2&per_page=5`)).body).toEqual(all.body);
    },
  );

  it('lists pending people as invited, with an empty activated_at, and no former ones (assumption)', async () => {
    const mode = await startMode({ people: 6 });
    const rows = (await mode.get(`${WS}/memberships`)).body._embedded.memberships;
    expect(rows).toHaveLength(6);
    const [pending] = await membersIn(mode, 'pending');
    const [former] = await membersIn(mode, 'former');
    const row = rows.find((one: Json) => one.member_token === pending.memberToken);
    expect([row.invited, row.state, row.activated_at]).toEqual([true, 'pending', '']);
    expect(rows.map((one: Json) => one.member_token)).not.toContain(former.memberToken);
  });

  it('embeds the user where the webhook address asks for it (INFERRED)', async () => {
    const mode = await startMode();
    const [first] = await membersIn(mode, 'active');
    const { body } = await mode.get(`${WS}/memberships/${first.membershipToken}?embed[user]=1`);
    expect(body._embedded.user.username).toBe(first.username);
  });

  it('removes a member with 200 and the membership (CONFIRMED-O), who leaves the list and all groups', async () => {
    const mode = await startMode();
    const rows = (await mode.get(`${WS}/memberships`)).body._embedded.memberships;
    const row = rows[4];
    const removed = await mode.call('DELETE', row._links.self.href);
    expect([removed.status, removed.body.member_token, removed.body.state]).toEqual([
      200,
      row.member_token,
      'banned',
    ]);
    const left = (await mode.get(`${WS}/memberships`)).body._embedded.memberships;
    expect(left).toHaveLength(rows.length - 1);
    const { members, groups } = (await mode.control('GET', '/state')).body;
    expect(members.find((one: Json) => one.memberToken === row.member_token).state).toBe('former');
    for (const group of groups) expect(group.memberTokens).not.toContain(row.member_token);
  });

  it('still answers the membership of a former member, as banned, but removes it once only (assumption)', async () => {
    const mode = await startMode();
    const [former] = await membersIn(mode, 'former');
    const path = `${WS}/memberships/${former.membershipToken}`;
    const { status, body } = await mode.get(path);
    expect([status, body.state]).toEqual([200, 'banned']);
    expect((await mode.call('DELETE', path)).status).toBe(404);
  });

  it('refuses to remove the last admin with 400 (INFERRED)', async () => {
    const mode = await startMode();
    const [one, two] = await membersIn(mode, 'active');
    expect((await mode.call('DELETE', `${WS}/memberships/${one.membershipToken}`)).status).toBe(200);
    const last = await mode.call('DELETE', `${WS}/memberships/${two.membershipToken}`);
    expect([last.status, last.body.id]).toEqual([400, 'bad_request']);
    expect((await memberOf(mode, two.email)).state).toBe('active');
  });

  it('routes by token, not by id (REPORTED)', async () => {
    const mode = await startMode();
    const [first] = await membersIn(mode, 'active');
    const { body } = await mode.get(`/api/${first.username}`);
    expect((await mode.get(`${WS}/memberships/${body.id}`)).status).toBe(404);
    expect((await mode.get(`${WS}/memberships/${first.memberToken}`)).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'PATCH'])('has no %s of memberships (CONFIRMED-O by absence)', async (method) => {
    const mode = await startMode();
    const { status, body } = await mode.call(method, `${WS}/memberships`, { membership: { admin: true } });
    expect([status, body.id]).toEqual([404, 'not_found']);
  });
});

describe('invites', () => {
  it('creates a pending member with 200, string ids, and no token (CONFIRMED-O)', async () => {
    const mode = await startMode();
    const { status, body } = await mode.post(`${WS}/invites`, inviting('Harold.Ceramicist@acme.example'));
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('token');
    expect(body._links).not.toHaveProperty('self');
    expect(body).not.toHaveProperty('resent_at');
    expect([typeof body.inviter_id, typeof body.invitee_id]).toEqual(['string', 'string']);
    expect(body._links.invitee.href).toBe('/api/haroldceramicist');
    expect((await mode.get(body._links.invitee.href)).body.id).toBe(body.invitee_id);
    const lite = (await mode.get(`${WS}/memberships/lite`)).body._embedded.memberships;
    expect(lite.find((row: Json) => row.username === 'haroldceramicist')).toMatchObject({
      email: 'Harold.Ceramicist@acme.example',
      state: 'pending',
      admin: false,
    });
  });

  it('resends to somebody pending, whatever the case of the e-mail (assumption)', async () => {
    const mode = await startMode();
    const first = await mode.post(`${WS}/invites`, inviting('harold@acme.example'));
    const again = await mode.post(`${WS}/invites`, inviting('HAROLD@acme.example'));
    expect(again.status).toBe(200);
    expect(again.body.invitee_id).toBe(first.body.invitee_id);
    expect(again.body.resent_at).toMatch(/Z$/);
    const { invites, members } = (await mode.control('GET', '/state')).body;
    const isHarold = (row: Json) => row.email.toLowerCase() === 'harold@acme.example';
    expect([invites.filter(isHarold).length, members.filter(isHarold).length]).toEqual([1, 1]);
  });

  it('refuses to invite an active member with 400 (assumption)', async () => {
    const mode = await startMode();
    const [, , active] = await membersIn(mode, 'active');
    const { status, body } = await mode.post(`${WS}/invites`, inviting(active.email.toUpperCase()));
    expect([status, body.id]).toEqual([400, 'bad_request']);
  });

  it('makes a former member pending again under the same member token and username (INFERRED)', async () => {
    const mode = await startMode();
    const [former] = await membersIn(mode, 'former');
    expect((await mode.post(`${WS}/invites`, inviting(former.email))).status).toBe(200);
    const again = await memberOf(mode, former.email);
    expect([again.state, again.memberToken, again.username]).toEqual([
      'pending',
      former.memberToken,
      former.username,
    ]);
    expect((await mode.get(`${WS}/memberships/${again.membershipToken}`)).body.state).toBe('pending');
  });

  it('ends an open invitation with the membership (assumption)', async () => {
    const mode = await startMode();
    await mode.post(`${WS}/invites`, inviting('harold@acme.example'));
    const { membershipToken } = await memberOf(mode, 'harold@acme.example');
    expect((await mode.call('DELETE', `${WS}/memberships/${membershipToken}`)).status).toBe(200);
    expect((await memberOf(mode, 'harold@acme.example')).state).toBe('former');
    const { invites } = (await mode.control('GET', '/state')).body;
    expect(invites.filter((one: Json) => one.email === 'harold@acme.example')).toEqual([]);
  });

  it('numbers a username that is taken (assumption)', async () => {
    const mode = await startMode();
    for (const host of ['a', 'b', 'c']) await mode.post(`${WS}/invites`, inviting(`h.h@${host}.example`));
    const names = (await membersIn(mode, 'pending')).map((one) => one.username).slice(-3);
    expect(names).toEqual(['hh', 'hh2', 'hh3']);
  });

  it.each([
    '',
    'harold',
    'harold@',
    '@acme.example',
    'ha rold@acme.example',
    'a@b',
    'a@b..c',
    `a@${'.'.repeat(90_000)}`,
  ])('answers 400 to what is no e-mail: %#', async (email) => {
    const mode = await startMode();
    const { status, body } = await mode.post(`${WS}/invites`, inviting(email));
    expect([status, body.id]).toEqual([400, 'bad_request']);
  });

  it.each([
    ['unwrapped', { invitee: { email: 'a@b.example' }, message: 'Hi' }],
    ['without invitee', { invite: { message: 'Hi' } }],
    ['without e-mail', { invite: { invitee: { name: 'Ann' }, message: 'Hi' } }],
    ['without message', { invite: { invitee: { email: 'a@b.example' } } }],
    ['empty', {}],
    ['absent', undefined],
  ])('answers a body that is %s with 400 param_missing (REPORTED)', async (_what, sent) => {
    const mode = await startMode();
    const { status, body } = await mode.post(`${WS}/invites`, sent);
    expect([status, body.id]).toEqual([400, 'param_missing']);
  });
});
