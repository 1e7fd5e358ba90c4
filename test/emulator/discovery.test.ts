/**
 * The Discovery API, as mode-api.md §1 and §8.1 have it; each claim with its label.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { basic, closeAll, inviting, type Json, type Mode, membersIn, startMode } from './support/emulator.ts';

afterEach(closeAll);

const BATCH = '/batch/acme';
const MINT = `${BATCH}/signature_tokens`;
const minting = (fields: object = {}) => ({
  signature_token: {
    name: 'bridge',
    expires_at: '2100-01-01T00:00:00Z',
    auth_scope: { authentication_for: 'batch-api', authorization_type: 'read-only' },
    ...fields,
  },
});

const bearerOf = ({ token, access_key, access_secret }: Json): string =>
  `Bearer ${Buffer.from(`${token}:${access_key}:${access_secret}`).toString('base64')}`;

const sign = async (mode: Mode, fields?: object): Promise<string> =>
  bearerOf((await mode.post(MINT, minting(fields))).body);

const read = async (mode: Mode, path: string, bearer?: string) =>
  mode.call('GET', BATCH + path, undefined, bearer ?? (await sign(mode)));

const rowOf = async (mode: Mode, email: string): Promise<Json> =>
  (await read(mode, '/members')).body.members.find((one: Json) => one.member_email === email);

describe('signature tokens', () => {
  it('are made with an admin’s key, and shown whole (CONFIRMED-O)', async () => {
    const mode = await startMode({ now: () => new Date('2026-05-06T07:08:09.123Z') });
    const { status, type, body } = await mode.post(MINT, minting());
    expect([status, type]).toEqual([200, expect.stringMatching(/^application\/json/)]);
    expect(body).toEqual({
      token: expect.stringMatching(/^[0-9a-f]{12}$/),
      name: 'bridge',
      creator_id: 1905000,
      organization_id: 1204377,
      access_key: expect.stringMatching(/^[0-9a-f]{24}$/),
      access_secret: expect.stringMatching(/^[0-9a-f]{24}$/),
      created_at: '2026-05-06T07:08:09.123Z',
      updated_at: '2026-05-06T07:08:09.123Z',
      expires_at: '2100-01-01T00:00:00.000Z',
      authentication_for: 'batch-api',
      authorization_type: 'read-only',
    });
  });

  it.each([
    [{ name: 'abc' }],
    [{ name: 'x'.repeat(65) }],
    [{ expires_at: 'tomorrow' }],
    [{ expires_at: undefined }],
    [{ auth_scope: { authentication_for: 'rest', authorization_type: 'read-only' } }],
  ])('are refused with 400 for %j (lengths CONFIRMED-O)', async (fields) => {
    const { status, body } = await (await startMode()).post(MINT, minting(fields));
    expect([status, body.id]).toEqual([400, 'bad_request']);
  });

  it('are refused to a key that is no admin’s with 401, and without the plan with 403 (REPORTED)', async () => {
    const [, , third] = await membersIn(await startMode(), 'active');
    const credentials = [{ token: 'm', secret: 'm', kind: 'member' as const, ownerEmail: third.email }];
    const mode = await startMode({ credentials });
    expect((await mode.call('POST', MINT, minting(), basic('m', 'm'))).status).toBe(401);
    const small = await startMode({ discovery: false });
    expect((await small.post(MINT, minting())).body.id).toBe('forbidden');
  });

  it('end when they are deleted (CONFIRMED-O)', async () => {
    const mode = await startMode();
    const { body } = await mode.post(MINT, minting());
    const bearer = bearerOf(body);
    expect((await read(mode, '/members', bearer)).status).toBe(200);
    const deleted = await mode.call('DELETE', `${MINT}/${body.token}`);
    expect([deleted.status, typeof deleted.body.message]).toEqual([200, 'string']);
    expect((await read(mode, '/members', bearer)).status).toBe(401);
    expect((await mode.call('DELETE', `${MINT}/${body.token}`)).status).toBe(404);
  });

  it('end with their time, and with whoever made them (CONFIRMED-O)', async () => {
    let now = new Date('2026-01-01T00:00:00Z');
    const mode = await startMode({ now: () => now });
    const short = await sign(mode, { expires_at: '2026-01-02T00:00Z' });
    const long = await sign(mode);
    now = new Date('2026-01-03T00:00:00Z');
    expect((await read(mode, '/members', short)).status).toBe(401);
    expect((await read(mode, '/members', long)).status).toBe(200);
    const [maker] = await membersIn(mode, 'active');
    await mode.control('POST', '/edit', { op: 'removeMember', email: maker.email });
    expect((await read(mode, '/members', long)).status).toBe(401);
  });

  it('are the only way in: neither a key nor a wrong secret opens Discovery (CONFIRMED-O)', async () => {
    const mode = await startMode();
    const made = (await mode.post(MINT, minting())).body;
    const wrong = bearerOf({ ...made, access_secret: 'wrong' });
    for (const auth of [basic(mode.token, mode.secret), wrong, 'Bearer !', null])
      expect((await mode.call('GET', `${BATCH}/members`, undefined, auth)).body.id).toBe('unauthorized');
    expect((await mode.call('GET', '/batch/other/members', undefined, bearerOf(made))).status).toBe(404);
  });

  it('are kept with the state', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'mode-discovery-'));
    const mode = await startMode({ dataDir });
    const kept = await sign(mode);
    const { token } = (await mode.post(MINT, minting())).body;
    await mode.call('DELETE', `${MINT}/${token}`);
    await closeAll();
    const again = await startMode({ dataDir });
    expect((await read(again, '/members', kept)).status).toBe(200);
    expect((await again.call('DELETE', `${MINT}/${token}`)).status).toBe(404);
    await closeAll();
    rmSync(dataDir, { recursive: true });
  });
});

describe('members', () => {
  it('come flat, former ones too (CONFIRMED-O), in pages of 1000 (CONFIRMED-O)', async () => {
    const mode = await startMode({ people: 1500 });
    const { type, body } = await read(mode, '/members');
    expect(type).toMatch(/^application\/json/);
    expect(body.pagination).toEqual({
      page: 1,
      per_page: 1000,
      count: 1000,
      total_pages: 2,
      total_count: 1501,
    });
    expect(body._links).toEqual({ next_page: { href: '/batch/acme/members?page=2&per_page=1000' } });
    const last = await mode.call('GET', body._links.next_page.href, undefined, await sign(mode));
    expect([last.body.members.length, Object.keys(last.body._links)]).toEqual([501, ['prev_page']]);
    const former = last.body.members.filter((one: Json) => one.banned_at !== null);
    expect(former.map((one: Json) => one.state)).toEqual(['banned']);
  });

  it('take per_page, clamped (assumption)', async () => {
    const mode = await startMode();
    const size = async (query: string) => (await read(mode, `/members${query}`)).body.pagination.per_page;
    expect([await size('?per_page=7'), await size('?per_page=0'), await size('?per_page=5000')]).toEqual([
      7, 1000, 1000,
    ]);
  });

  it('tell the last activity that was ordered, to the second, and null where there was none', async () => {
    const mode = await startMode();
    const [, , third] = await membersIn(mode, 'active');
    const order = { op: 'touch', email: third.email, at: '2026-02-03T04:05:06.789Z' };
    await mode.control('POST', '/edit', order);
    expect(await rowOf(mode, third.email)).toMatchObject({
      token: third.membershipToken,
      member_token: third.memberToken,
      member_username: third.username,
      last_report_viewed_at: '2026-02-03T04:05:06Z',
      banned_at: null,
    });
    await mode.post('/api/acme/invites', inviting('new@acme.example'));
    expect(await rowOf(mode, 'new@acme.example')).toMatchObject({
      state: 'pending',
      activated_at: null,
      last_report_viewed_at: null,
    });
  });

  it('tell since when somebody is a former member, until they are back', async () => {
    const mode = await startMode({ now: () => new Date('2026-05-06T07:08:09.123Z') });
    const [, , { email }] = await membersIn(mode, 'active');
    await mode.control('POST', '/edit', { op: 'removeMember', email });
    expect((await rowOf(mode, email)).banned_at).toBe('2026-05-06T07:08:09Z');
    await mode.post('/api/acme/invites', inviting(email));
    await mode.control('POST', '/join', { email });
    expect(await rowOf(mode, email)).toMatchObject({ state: 'active', banned_at: null });
  });
});

it('lists collections, personal ones only when asked (INFERRED), and that there are no reports', async () => {
  const mode = await startMode();
  const { body } = await read(mode, '/spaces');
  expect([body.spaces.length, body.spaces[0].space_type]).toEqual([12, 'community']);
  expect((await read(mode, '/spaces?include_spaces=all')).body.spaces).toHaveLength(15);
  for (const name of ['reports', 'report_stats', 'queries', 'charts']) {
    const empty = await read(mode, `/${name}`);
    expect([empty.body[name], empty.body.pagination.total_pages]).toEqual([[], 1]);
  }
});

it('is counted and meets faults as REST does', async () => {
  const mode = await startMode();
  const bearer = await sign(mode);
  const route = 'GET /batch/{workspace}/members';
  await mode.control('POST', '/faults', { route, status: 429, headers: { 'Retry-After': '1' } });
  expect((await read(mode, '/members', bearer)).status).toBe(429);
  expect((await read(mode, '/members', bearer)).status).toBe(200);
  expect((await mode.control('GET', '/calls')).body.byRoute).toEqual({
    'POST /batch/{workspace}/signature_tokens': 1,
    [route]: 2,
  });
});
