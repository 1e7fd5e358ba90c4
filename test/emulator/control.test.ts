/**
 * The control calls do what product.md section 4 says: calls, faults, state, join, edit; and webhooks.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  basic,
  closeAll,
  inviting,
  type Json,
  type Mode,
  memberOf,
  membersIn,
  startMode,
} from './support/emulator.ts';

afterEach(closeAll);

const WS = '/api/acme';
const GROUPS = 'GET /api/{workspace}/groups';
const order = (mode: Mode, fault: unknown) => mode.control('POST', '/faults', fault);
const edit = (mode: Mode, body: unknown) => mode.control('POST', '/edit', body);
const join = (mode: Mode, email: string) => mode.control('POST', '/join', { email });

describe('calls', () => {
  it('counts by method and route template, refused and unknown ones too, control calls never', async () => {
    const mode = await startMode();
    const [person] = await membersIn(mode, 'active');
    await mode.get(WS);
    await mode.get(`/api/${person.username}`);
    await mode.get(`${WS}/groups?page=1`);
    await mode.get(`${WS}/groups`);
    await mode.get(`${WS}/groups/000000000000/memberships/111111111111`);
    await mode.call('GET', `${WS}/memberships/lite`, undefined, null);
    await mode.post(`${WS}/invites`, {});
    await mode.get('/somewhere');
    expect((await mode.control('GET', '/calls')).body).toEqual({
      total: 8,
      byRoute: {
        'GET /api/{workspace}': 1,
        'GET /api/{username}': 1,
        'GET /api/{workspace}/groups': 2,
        'GET /api/{workspace}/groups/{group_token}/memberships/{membership_token}': 1,
        'GET /api/{workspace}/memberships/lite': 1,
        'POST /api/{workspace}/invites': 1,
        'GET unmatched': 1,
      },
    });
    expect((await mode.control('DELETE', '/calls')).status).toBe(200);
    expect((await mode.control('GET', '/calls')).body).toEqual({ total: 0, byRoute: {} });
  });
});

describe('faults', () => {
  it('answers as told so many times, then as ever, and counts each call', async () => {
    const mode = await startMode();
    await order(mode, { route: GROUPS, status: 429, headers: { 'Retry-After': '2' }, times: 2 });
    for (const _time of [1, 2]) {
      const { status, headers, body } = await mode.get(`${WS}/groups`);
      expect([status, headers.get('retry-after'), body.id]).toEqual([429, '2', 'rate_limited']);
    }
    expect((await mode.get(`${WS}/groups`)).status).toBe(200);
    expect((await mode.control('GET', '/calls')).body.total).toBe(3);
  });

  it('meets only the route that it names, once by default, and before authentication', async () => {
    const mode = await startMode();
    await order(mode, { route: GROUPS, status: 503 });
    expect((await mode.get(`${WS}/memberships/lite`)).status).toBe(200);
    const { status, body } = await mode.call('GET', `${WS}/groups`, undefined, null);
    expect([status, body.id]).toEqual([503, 'service_unavailable']);
    expect((await mode.get(`${WS}/groups`)).status).toBe(200);
  });

  it('meets any route by *, in the order of the orders, until cleared', async () => {
    const mode = await startMode();
    await order(mode, { route: '*', status: 500, body: { odd: true } });
    await order(mode, {
      route: '*',
      status: 502,
      body: '<html>Bad gateway</html>',
      headers: { 'content-type': 'text/html' },
    });
    await order(mode, { route: '*', status: 401, times: 9 });
    expect((await mode.get(WS)).body).toEqual({ odd: true });
    const second = await mode.get(`${WS}/groups`);
    expect([second.status, second.type, second.text]).toEqual([
      502,
      'text/html; charset=utf-8',
      '<html>Bad gateway</html>',
    ]);
    expect((await mode.get('/nowhere')).status).toBe(401);
    await mode.control('DELETE', '/faults');
    expect((await mode.get(WS)).status).toBe(200);
  });

  it('meets each so manieth call of its route alone, and leaves those between to the next order', async () => {
    const mode = await startMode();
    await order(mode, { route: GROUPS, status: 429, every: 3, times: 2 });
    await order(mode, { route: '*', status: 503, every: 2, times: 9 });
    const seen: number[] = [];
    for (let call = 0; call < 9; call += 1) {
      seen.push((await mode.get(`${WS}/groups`)).status);
      // Calls of other routes do not count for the first order, and do for the second.
      if (call === 0) seen.push((await mode.get(WS)).status);
    }
    expect(seen).toEqual([200, 503, 200, 429, 503, 200, 429, 503, 200, 503]);
  });

  it('drops the connection without effect', async () => {
    const mode = await startMode();
    await order(mode, { route: 'POST /api/{workspace}/groups', drop: true });
    await expect(mode.post(`${WS}/groups`, { user_group: { name: 'Robotics' } })).rejects.toThrow(
      'fetch failed',
    );
    expect((await mode.get(`${WS}/groups`)).body.pagination.total_count).toBe(8);
    expect((await mode.control('GET', '/calls')).body.byRoute['POST /api/{workspace}/groups']).toBe(1);
  });

  it('drops the connection after the effect', async () => {
    const mode = await startMode();
    await order(mode, { route: 'POST /api/{workspace}/groups', dropAfter: true });
    await expect(mode.post(`${WS}/groups`, { user_group: { name: 'Robotics' } })).rejects.toThrow(
      'fetch failed',
    );
    const { groups } = (await mode.control('GET', '/state')).body;
    expect(groups.map((one: Json) => one.name)).toContain('Robotics');
  });

  it('drops before or after the effect by drop alone, and after it by after', async () => {
    const mode = await startMode();
    const route = 'POST /api/{workspace}/groups';
    const orders = [{ drop: true }, { drop: 'after' }, { drop: true, after: true }];
    for (const [at, fault] of orders.entries()) {
      await order(mode, { route, ...fault });
      await expect(mode.post(`${WS}/groups`, { user_group: { name: `Group ${at}` } })).rejects.toThrow();
    }
    const { groups } = (await mode.control('GET', '/state')).body;
    expect(groups.slice(8).map((one: Json) => one.name)).toEqual(['Group 1', 'Group 2']);
  });

  it('answers with a status though the change took effect, with nothing of the true answer', async () => {
    const mode = await startMode();
    await order(mode, { route: '*', status: 502, after: true });
    const { status, type, body, text } = await mode.post(`${WS}/groups`, {
      user_group: { name: 'Robotics' },
    });
    expect([status, body.id, text.includes('Robotics')]).toEqual([502, 'internal_server_error', false]);
    expect(type).toMatch(/^application\/hal\+json/);
    const { groups } = (await mode.control('GET', '/state')).body;
    expect(groups.at(-1).name).toBe('Robotics');
  });

  it.each([
    ['GET', `${WS}/groups`],
    ['POST', `${WS}/groups`],
    ['GET', '/api/nobody'],
    ['POST', '/batch/acme/signature_tokens'],
  ])('answers %s %s with half a body, in the usual type, when malformed is ordered', async (method, path) => {
    const mode = await startMode();
    const body = method === 'POST' ? { user_group: { name: 'Robotics' } } : undefined;
    const whole = await (await startMode()).call(method, path, body);
    await order(mode, { route: '*', malformed: true });
    const { status, type, text } = await mode.call(method, path, body);
    expect([status, type]).toEqual([whole.status, whole.type]);
    expect(text.length).toBe(Math.floor(whole.text.length / 2));
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('keeps what a malformed answer tells of', async () => {
    const mode = await startMode();
    await order(mode, { route: '*', malformed: true });
    await mode.post(`${WS}/groups`, { user_group: { name: 'Robotics' } });
    expect((await mode.get(`${WS}/groups?page=1`)).body.pagination.total_count).toBe(9);
  });

  it('can answer anything that is no JSON without effect, by a body of text', async () => {
    const mode = await startMode();
    const headers = { 'content-type': 'application/hal+json' };
    await order(mode, { route: '*', status: 200, body: '{"_links"', headers });
    const { type, text } = await mode.post(`${WS}/groups`, { user_group: { name: 'Robotics' } });
    expect([type, text]).toEqual([expect.stringContaining('hal+json'), '{"_links"']);
    expect((await mode.get(`${WS}/groups`)).body.pagination.total_count).toBe(8);
  });

  it('delays after the effect, so that a caller who gives up has made the change all the same', async () => {
    const mode = await startMode();
    await order(mode, { route: '*', delayMs: 40_000, after: true });
    const given = fetch(`${mode.url}${WS}/invites`, {
      method: 'POST',
      headers: { authorization: basic(mode.token, mode.secret), 'content-type': 'application/json' },
      body: JSON.stringify(inviting('late@acme.example')),
      signal: AbortSignal.timeout(200),
    });
    await expect(given).rejects.toThrow('timeout');
    expect((await memberOf(mode, 'late@acme.example')).state).toBe('pending');
  });

  it('is counted and met on every route by its template', async () => {
    const mode = await startMode();
    const refused = (await order(mode, { route: 'GET /nowhere', status: 500 })).body.error as string;
    const routes = [...refused.matchAll(/(GET|POST|PATCH|PUT|DELETE) (\/(?:api|batch)\/[^\s,]+)/g)];
    expect(routes.length).toBeGreaterThanOrEqual(40);
    for (const [route, method = '', template = ''] of routes) {
      await order(mode, { route, status: 418 });
      const path = template.replace('{workspace}', 'acme').replace(/\{\w+\}/g, 'zz');
      expect([route, (await mode.call(method, path)).status]).toEqual([route, 418]);
    }
    const { byRoute, total } = (await mode.control('GET', '/calls')).body;
    expect(Object.keys(byRoute).sort()).toEqual(routes.map(([route]) => route).sort());
    expect(total).toBe(routes.length);
  });

  it('carries out, after the delay, what was asked for by a caller who has given up', async () => {
    const mode = await startMode({ groups: 0 });
    await order(mode, { route: 'POST /api/{workspace}/groups', delayMs: 200 });
    const asked = fetch(`${mode.url}${WS}/groups`, {
      method: 'POST',
      headers: { authorization: basic(mode.token, mode.secret), 'content-type': 'application/json' },
      body: JSON.stringify({ user_group: { name: 'Late' } }),
      signal: AbortSignal.timeout(50),
    });
    await expect(asked).rejects.toThrow();
    const names = async () =>
      (await mode.control('GET', '/state')).body.groups.map(({ name }: { name: string }) => name);
    expect(await names()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await names()).toEqual(['Late']);
  });

  it('delays, then answers as ever', async () => {
    const mode = await startMode();
    await order(mode, { route: '*', delayMs: 150 });
    const begun = performance.now();
    expect((await mode.get(WS)).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(145);
  });

  it.each([
    [{ status: 429 }, 'route'],
    [{ route: 'GET /groups', status: 429 }, 'must be one of: \\*, GET /api/verify'],
    [{ route: '*' }, 'at least one of status, drop, dropAfter, malformed and delayMs'],
    [{ route: '*', drop: true, dropAfter: true }, 'one of status, drop, dropAfter and malformed'],
    [{ route: '*', status: 500, malformed: true }, 'not several'],
    [{ route: '*', after: true }, 'at least one'],
    [{ route: '*', drop: 'before' }, 'drop'],
    [{ route: '*', status: 99 }, 'status'],
    [{ route: '*', status: 429, times: 0 }, 'times'],
    [{ route: '*', status: 429, every: 0 }, 'every'],
    [{ route: '*', drop: true, headers: { a: 'b' } }, 'need a status'],
    [{ route: '*', status: 429, headers: { 'a b': 'c' } }, 'headers'],
    [{ route: '*', status: 429, time: 2 }, 'Unrecognized key: "time"'],
    ['{"route"', 'JSON'],
  ])('refuses the order %j with 400 and the reason', async (fault, reason) => {
    const mode = await startMode();
    const { status, body } = await order(mode, fault);
    expect(status).toBe(400);
    expect(body.error).toMatch(new RegExp(reason));
    expect((await mode.get(WS)).status).toBe(200);
  });
});

describe('state', () => {
  it('shows exactly the promised fields', async () => {
    const mode = await startMode();
    const { members, invites, groups } = (await mode.control('GET', '/state')).body;
    const memberFields = ['admin', 'email', 'memberToken', 'membershipToken', 'state', 'username'];
    expect(Object.keys(members[0]).sort()).toEqual(memberFields);
    expect(invites).toEqual([{ email: members[39].email, acceptedAt: null }]);
    expect(Object.keys(groups[0]).sort()).toEqual(['memberTokens', 'name', 'state', 'token']);
  });
});

describe('join', () => {
  it('accepts an invitation: active, not invited, accepted', async () => {
    const mode = await startMode({ now: () => new Date('2026-03-04T05:06:07.089Z') });
    await mode.post(`${WS}/invites`, inviting('ann.lee@acme.example'));
    const { status, body } = await join(mode, 'Ann.Lee@acme.example');
    expect([status, body.state, body.admin]).toEqual([200, 'active', false]);
    const read = await mode.get(`${WS}/memberships/${body.membershipToken}`);
    expect(read.body).toMatchObject({
      invited: false,
      state: 'active',
      activated_at: '2026-03-04T05:06:07.089Z',
    });
    const { invites } = (await mode.control('GET', '/state')).body;
    const accepted = { email: 'ann.lee@acme.example', acceptedAt: '2026-03-04T05:06:07.089Z' };
    expect(invites).toContainEqual(accepted);
  });

  it('creates somebody unknown, as a first sign-in by SAML does (CONFIRMED-O), once', async () => {
    const mode = await startMode();
    const first = await join(mode, 'jit.person@acme.example');
    expect(first.body).toMatchObject({ state: 'active', username: 'jitperson' });
    expect((await join(mode, 'JIT.person@acme.example')).body).toEqual(first.body);
    expect((await mode.get('/api/jitperson')).body.name).toBe('Jit Person');
  });

  it('refuses a former member with 409 until re-invited (CONFIRMED-O)', async () => {
    const mode = await startMode();
    const [former] = await membersIn(mode, 'former');
    const refused = await join(mode, former.email);
    expect(refused.status).toBe(409);
    expect(refused.body.error).toContain('cannot rejoin unless an admin re-invites them');
    await mode.post(`${WS}/invites`, inviting(former.email));
    const { body } = await join(mode, former.email);
    expect([body.state, body.memberToken, body.username]).toEqual([
      'active',
      former.memberToken,
      former.username,
    ]);
  });

  it.each([{}, { email: 'nobody' }, { email: 'a@b.example', name: 'Ann' }])(
    'refuses %j with 400',
    async (body) => {
      const mode = await startMode();
      expect((await mode.control('POST', '/join', body)).status).toBe(400);
    },
  );
});

describe('edit', () => {
  it('adds to a group and removes from it', async () => {
    const mode = await startMode();
    const { members, groups } = (await mode.control('GET', '/state')).body;
    const [group] = groups;
    const outsider = members.find((one: Json) => !group.memberTokens.includes(one.memberToken));
    const order = { groupToken: group.token, email: outsider.email };
    const isIn = async () =>
      (await mode.control('GET', '/state')).body.groups[0].memberTokens.includes(outsider.memberToken);
    expect((await edit(mode, { op: 'addToGroup', ...order })).status).toBe(200);
    expect(await isIn()).toBe(true);
    expect((await edit(mode, { op: 'removeFromGroup', ...order })).status).toBe(200);
    expect(await isIn()).toBe(false);
    expect((await edit(mode, { op: 'removeFromGroup', ...order })).status).toBe(404);
  });

  it('makes an admin and takes it back, but never from the last one', async () => {
    const mode = await startMode();
    const [one, two, three] = await membersIn(mode, 'active');
    await edit(mode, { op: 'setAdmin', email: three.email, admin: true });
    expect((await mode.get(`${WS}/memberships/${three.membershipToken}`)).body.admin).toBe(true);
    for (const { email } of [one, two]) {
      expect((await edit(mode, { op: 'setAdmin', email, admin: false })).status).toBe(200);
    }
    expect((await edit(mode, { op: 'setAdmin', email: three.email, admin: false })).status).toBe(400);
    expect((await edit(mode, { op: 'removeMember', email: three.email })).status).toBe(400);
    expect((await memberOf(mode, three.email)).admin).toBe(true);
  });

  it('renames a group', async () => {
    const mode = await startMode();
    const [group] = (await mode.control('GET', '/state')).body.groups;
    expect((await edit(mode, { op: 'renameGroup', groupToken: group.token, name: 'By hand' })).status).toBe(
      200,
    );
    expect((await mode.get(`${WS}/groups/${group.token}`)).body.name).toBe('By hand');
  });

  it('makes and deletes a group, softly', async () => {
    const mode = await startMode();
    expect((await edit(mode, { op: 'createGroup', name: 'By hand' })).status).toBe(200);
    const named = async () =>
      (await mode.control('GET', '/state')).body.groups.find(
        ({ name }: { name: string }) => name === 'By hand',
      );
    const { token, state } = await named();
    expect(state).toBe('active');
    expect((await edit(mode, { op: 'deleteGroup', groupToken: token })).status).toBe(200);
    expect((await named()).state).toBe('soft_deleted');
    expect((await edit(mode, { op: 'deleteGroup', groupToken: token })).status).toBe(404);
  });

  it('gives somebody another address, under which she is found, and nobody the address of another', async () => {
    const mode = await startMode();
    const [one, two] = await membersIn(mode, 'active');
    const to = 'new.name@acme.example';
    expect((await edit(mode, { op: 'setEmail', email: one.email, to })).status).toBe(200);
    expect((await memberOf(mode, to)).memberToken).toBe(one.memberToken);
    expect((await edit(mode, { op: 'setEmail', email: one.email, to })).status).toBe(404);
    expect((await edit(mode, { op: 'setEmail', email: to, to: two.email })).status).toBe(409);
    expect((await edit(mode, { op: 'setEmail', email: to, to: 'nonsense' })).status).toBe(400);
  });

  it('takes touch for known people and instants only', async () => {
    const mode = await startMode();
    const [, person] = await membersIn(mode, 'active');
    const touch = (email: string, at: string) => edit(mode, { op: 'touch', email, at });
    expect((await touch(person.email, '2026-01-02T03:04:05+02:00')).status).toBe(200);
    expect((await touch('nobody@acme.example', '2026-01-02T03:04:05Z')).status).toBe(404);
    expect((await touch(person.email, 'yesterday')).status).toBe(400);
  });

  it('names the ops there are, and what is missing', async () => {
    const mode = await startMode();
    const unknown = await edit(mode, { op: 'zap' });
    expect([unknown.status, unknown.body.error]).toEqual([
      400,
      expect.stringContaining('addToGroup, removeFromGroup'),
    ]);
    const incomplete = await edit(mode, { op: 'setAdmin', email: 'a@b.example' });
    expect([incomplete.status, incomplete.body.error]).toEqual([400, expect.stringContaining('admin')]);
    expect((await edit(mode, { op: 'addToGroup', groupToken: 'x', email: 'a@b.example' })).status).toBe(404);
  });

  it('lists the control calls where an address is wrong', async () => {
    const mode = await startMode();
    const { status, body } = await mode.control('GET', '/nothing');
    expect([status, body.error]).toEqual([404, expect.stringContaining('POST /_control/edit')]);
  });
});

describe('webhooks', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const listen = async (status = 200) => {
    const got: Json[] = [];
    const waiting: (() => void)[] = [];
    const server = createServer(async (req, res) => {
      got.push(await json(req));
      res.writeHead(status).end();
      for (const wake of waiting.splice(0)) wake();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const next = async (): Promise<Json> => {
      if (got.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return got.shift();
    };
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, next, got };
  };

  it('tells every target who joined (CONFIRMED-O) and who was removed (REPORTED), by addresses that answer', async () => {
    const [one, two] = [await listen(), await listen(500)];
    const mode = await startMode({ webhooks: [one.url] });
    expect((await mode.control('POST', '/webhooks', { url: two.url })).body.urls).toEqual([one.url, two.url]);
    const { membershipToken } = (await join(mode, 'jit@acme.example')).body;
    const address = `https://modeanalytics.com/api/acme/memberships/${membershipToken}?embed[user]=1`;
    const joined = { event: 'member_joined_organization', member_url: address };
    expect([await one.next(), await two.next()]).toEqual([joined, joined]);
    await edit(mode, { op: 'removeMember', email: 'jit@acme.example' });
    const removed = { event: 'member_removed_from_organization', member_url: address };
    expect([await one.next(), await two.next()]).toEqual([removed, removed]);
    const { body } = await mode.get(address.replace('https://modeanalytics.com', ''));
    expect([body.state, body._embedded.user.username]).toEqual(['banned', 'jit']);
  });

  it('tells of a removal over REST only where it is told to, as the facts say nothing (UNKNOWN)', async () => {
    const target = await listen();
    const quiet = await startMode({ webhooks: [target.url] });
    const mode = await startMode({ webhooks: [target.url], webhookOnRestRemoval: true });
    const [, , third] = await membersIn(mode, 'active');
    const path = `${WS}/memberships/${third.membershipToken}`;
    expect((await quiet.call('DELETE', path)).status).toBe(200);
    expect((await mode.call('DELETE', path)).status).toBe(200);
    expect((await mode.call('DELETE', path)).status).toBe(404);
    expect((await target.next()).event).toBe('member_removed_from_organization');
    expect(target.got).toEqual([]);
  });

  it('says nothing of a second sign-in, nor to targets that were cleared', async () => {
    const target = await listen();
    const mode = await startMode({ webhooks: [target.url] });
    const [person] = await membersIn(mode, 'active');
    await join(mode, person.email);
    await join(mode, 'new@acme.example');
    await target.next();
    expect(target.got).toEqual([]);
    await mode.control('DELETE', '/webhooks');
    expect((await mode.control('GET', '/webhooks')).body).toEqual({ urls: [] });
    await join(mode, 'other@acme.example');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(target.got).toEqual([]);
  });

  it('answers the join though nobody listens, and logs the failure', async () => {
    const events: string[] = [];
    const mode = await startMode({ webhooks: ['http://127.0.0.1:1/'], log: (event) => events.push(event) });
    expect((await join(mode, 'jit@acme.example')).status).toBe(200);
    while (!events.includes('emulator.webhook.failed'))
      await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it.each(['', 'nowhere', 'file:///etc/passwd'])('refuses the target "%s"', async (url) => {
    const mode = await startMode();
    expect((await mode.control('POST', '/webhooks', { url })).status).toBe(400);
  });
});
