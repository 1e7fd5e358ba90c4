/**
 * The emulator answers what mode-api.md says about credentials, accounts and errors;
 * each title carries the label of the fact's evidence.
 */
import { basic, closeAll, inviting, memberOf, membersIn, startMode } from './support/emulator.ts';

afterEach(closeAll);

const WS = '/api/acme';
const TOKEN = /^[0-9a-f]{12}$/;
const groupBody = (name: string) => ({ user_group: { name } });

const withKinds = () =>
  startMode({
    credentials: [
      { token: 'wtoken', secret: 'wsecret', kind: 'workspace', name: 'bridge' },
      { token: 'mtoken', secret: 'msecret', kind: 'member' },
    ],
  });
const workspaceKey = basic('wtoken', 'wsecret');
const memberKey = basic('mtoken', 'msecret');

describe('credentials', () => {
  it.each([
    ['none', null],
    ['a wrong secret', basic('e3b0c44298fc', 'wrong')],
    ['a wrong token', basic('000000000000', '1c149afbf4c8996fb92427ae')],
    ['a bearer token', 'Bearer e3b0c44298fc'],
    ['no colon', `Basic ${Buffer.from('e3b0c44298fc').toString('base64')}`],
  ])('answers %s with 401 {id: unauthorized} (CONFIRMED-O)', async (_what, auth) => {
    const mode = await startMode();
    const { status, body } = await mode.call('GET', `${WS}/memberships`, undefined, auth);
    expect([status, body]).toEqual([401, { id: 'unauthorized', message: 'Unauthorized' }]);
  });

  it('verifies a legacy personal token with the captured shape (CONFIRMED-C)', async () => {
    const mode = await startMode();
    const { status, type, body } = await mode.get('/api/verify');
    expect(status).toBe(200);
    expect(type).toMatch(/^application\/hal\+json/);
    expect(body).toEqual({
      workspace: 'acme',
      workspace_token: expect.stringMatching(TOKEN),
      _links: { self: { href: '/api/acme' } },
    });
    expect((await mode.call('GET', '/api/verify', undefined, null)).status).toBe(401);
  });

  it('tells the scope of a key and links to the key (REPORTED)', async () => {
    const mode = await withKinds();
    const verified = await mode.call('GET', '/api/verify', undefined, memberKey);
    expect(verified.body.api_key_scope).toBe('member');
    expect(verified.body._links.self.href).toBe('/api/acme/api_keys/mtoken');
    const key = await mode.call('GET', verified.body._links.self.href, undefined, memberKey);
    expect(key.body._links.member.href).toMatch(/^\/api\/[a-z0-9]+$/);
    expect((await mode.call('GET', '/api/verify', undefined, workspaceKey)).body.api_key_scope).toBe(
      'workspace',
    );
    const own = await mode.call('GET', '/api/acme/api_keys/wtoken', undefined, workspaceKey);
    expect(own.body.token_name).toBe('bridge');
    expect(own.body._links.member).toBeUndefined();
    expect((await mode.call('GET', '/api/acme/api_keys/wtoken', undefined, memberKey)).status).toBe(404);
  });

  it('refuses invites by a Workspace key (CONFIRMED-O) and a Member key (REPORTED), 403 by default (INFERRED)', async () => {
    const mode = await withKinds();
    for (const key of [workspaceKey, memberKey]) {
      const { status, body } = await mode.call('POST', `${WS}/invites`, inviting('eve@acme.example'), key);
      expect([status, body.id]).toEqual([403, 'forbidden']);
    }
    expect(await memberOf(mode, 'eve@acme.example')).toBeUndefined();
  });

  it('refuses invites with the status it is told to, as the true one is UNKNOWN', async () => {
    const mode = await startMode({ tokenKind: 'workspace', inviteRefusalStatus: 401 });
    const { status, body } = await mode.post(`${WS}/invites`, inviting('eve@acme.example'));
    expect([status, body.id]).toEqual([401, 'unauthorized']);
  });

  it('hides the full membership list from a Member key, but not the lite one (REPORTED)', async () => {
    const mode = await withKinds();
    const full = await mode.call('GET', `${WS}/memberships`, undefined, memberKey);
    expect([full.status, full.body.id]).toEqual([404, 'not_found']);
    expect((await mode.call('GET', `${WS}/memberships/lite`, undefined, memberKey)).status).toBe(200);
    expect((await mode.call('GET', `${WS}/memberships`, undefined, workspaceKey)).status).toBe(200);
  });

  it('keeps groups for admins (CONFIRMED-O) and ends a key with its owner (INFERRED)', async () => {
    const seeded = await membersIn(await startMode(), 'active');
    const email: string = seeded[5].email;
    const mode = await startMode({
      credentials: [{ token: 'plain', secret: 'plain', kind: 'personal', ownerEmail: email }],
    });
    const plain = basic('plain', 'plain');
    const groups = await mode.call('GET', `${WS}/groups`, undefined, plain);
    expect([groups.status, groups.body.id]).toEqual([403, 'forbidden']);
    const victim = `${WS}/memberships/${seeded[7].membershipToken}`;
    expect((await mode.call('DELETE', victim, undefined, plain)).status).toBe(404);
    expect((await mode.call('GET', `/api/${seeded[5].username}`, undefined, plain)).body.email).toBe(email);
    await mode.control('POST', '/edit', { op: 'removeMember', email });
    expect((await mode.call('GET', '/api/verify', undefined, plain)).status).toBe(401);
  });
});

describe('accounts', () => {
  it('answers GET /api/account with 400 for API keys (REPORTED)', async () => {
    const { status, body } = await (await startMode()).get('/api/account');
    expect(status).toBe(400);
    expect(body).toEqual({
      id: 'bad_request',
      message: 'This endpoint is unsupported for use with Api Keys',
    });
  });

  it('answers the workspace root even to strangers (REPORTED), with a string id (CONFIRMED-C)', async () => {
    const mode = await startMode();
    const { status, body } = await mode.call('GET', WS, undefined, null);
    expect(status).toBe(200);
    expect([body.user, body.username, body.name, typeof body.id]).toEqual([false, 'acme', 'Acme', 'string']);
  });

  it('answers a user without e-mail (INFERRED), by the name in the membership (CONFIRMED-C)', async () => {
    const mode = await startMode();
    const [, , row] = (await mode.get(`${WS}/memberships`)).body._embedded.memberships;
    const { status, body } = await mode.get(row._links.user.href);
    expect(status).toBe(200);
    expect([body.user, body.username, body.token]).toEqual([true, row.member_username, row.member_token]);
    expect([typeof body.id, body.email]).toEqual(['string', undefined]);
    expect((await mode.get('/api/nobody')).status).toBe(404);
    expect((await mode.call('GET', row._links.user.href, undefined, null)).status).toBe(401);
  });
});

describe('errors', () => {
  it.each([
    ['GET', '/api/other/groups'],
    ['GET', '/api/acme/nothing'],
    ['GET', '/nothing'],
    ['GET', '/api/acme//groups'],
    ['GET', '/api/%zz/groups'],
    ['PUT', '/api/acme/groups'],
  ])('answers %s %s with 404 and an error in Mode’s shape', async (method, path) => {
    const { status, body } = await (await startMode()).call(method, path);
    expect(status).toBe(404);
    expect(body).toEqual({ id: 'not_found', message: expect.any(String) });
  });

  it('answers broken JSON with 400 bad_request and too much of it with 413 payload_too_large', async () => {
    const mode = await startMode();
    const broken = await mode.post(`${WS}/groups`, '{"user_group":');
    expect([broken.status, broken.body.id]).toEqual([400, 'bad_request']);
    const large = await mode.post(`${WS}/groups`, groupBody('x'.repeat(1_100_000)));
    expect([large.status, large.body.id]).toEqual([413, 'payload_too_large']);
  });

  it('asks for the credential before it reads the body or looks at the workspace', async () => {
    const mode = await startMode();
    expect((await mode.call('POST', '/api/other/groups', '{"user', null)).status).toBe(401);
  });

  it('treats __proto__ as just a name', async () => {
    const mode = await startMode();
    const sent = '{"__proto__":{"user_group":{"name":"x"}}}';
    expect((await mode.post(`${WS}/groups`, sent)).body.id).toBe('param_missing');
    expect((await mode.post(`${WS}/groups`, groupBody('__proto__'))).body.name).toBe('__proto__');
    expect((await mode.get(`${WS}/groups/__proto__`)).status).toBe(404);
  });
});
