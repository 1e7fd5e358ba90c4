/**
 * The audit log over REST, as mode-api.md §8.3 has it, and what leaves an event in it; each claim with its label.
 */
import { createEmulator } from '../../src/emulator/server.ts';
import {
  basic,
  closeAll,
  inviting,
  type Json,
  type Mode,
  membersIn,
  send,
  startMode,
} from './support/emulator.ts';

afterEach(closeAll);

const WS = '/api/acme';
const KEY = basic('w', 'w');
const ALWAYS = 'start_timestamp=2000-01-01T00:00:00Z&end_timestamp=2100-01-01T00:00:00Z';

/** An emulator with a workspace key beside the admin's personal one. */
const start = (options: object = {}): Promise<Mode> =>
  startMode({ credentials: [{ token: 'w', secret: 'w', kind: 'workspace' }], ...options });

const read = (mode: Mode, query = ALWAYS, headers: Record<string, string> = {}) =>
  send(`${mode.url}${WS}/audit_logs?${query}`, {
    headers: { authorization: KEY, accept: 'application/json', ...headers },
  });

const events = async (mode: Mode, query = ''): Promise<Json[]> =>
  (await read(mode, `${ALWAYS}${query}`)).body.audit_logs;

const actions = async (mode: Mode): Promise<string[]> => (await events(mode)).map((one) => one.action);
const edit = (mode: Mode, body: object) => mode.control('POST', '/edit', body);
const truth = async (mode: Mode): Promise<Json> => (await mode.control('GET', '/state')).body;

describe('who may read it', () => {
  it('a workspace key alone (CONFIRMED-O); others get 401 without a body (REPORTED)', async () => {
    const mode = await start();
    expect(await read(mode)).toMatchObject({ status: 200, body: { audit_logs: [] } });
    const own = basic(mode.token, mode.secret);
    for (const authorization of [own, basic('w', 'wrong')]) {
      const { status, text } = await read(mode, ALWAYS, { authorization });
      expect([status, text]).toEqual([401, '']);
    }
  });

  it('nobody who asks for HAL: 406, before the credential is looked at (REPORTED)', async () => {
    const mode = await start();
    const hal = { accept: 'application/hal+json', authorization: 'none' };
    expect((await read(mode, ALWAYS, hal)).status).toBe(406);
    expect((await read(mode, ALWAYS, { accept: '*/*' })).type).toMatch(/^application\/json/);
  });
});

describe('what is asked', () => {
  it.each([
    ['end_timestamp=2100-01-01T00:00:00Z', 'start_timestamp'],
    ['start_timestamp=2000-01-01T00:00:00Z', 'end_timestamp'],
    ['start_timestamp=yesterday&end_timestamp=2100-01-01T00:00:00Z', 'start_timestamp'],
    ['start_timestamp=2100-01-01T00:00:00Z&end_timestamp=2000-01-01T00:00:00Z', 'start_timestamp'],
    [`${ALWAYS}&next_token=zz`, 'next_token'],
  ])('is refused with 400, in no shape of Mode’s other errors (REPORTED): %s', async (query, name) => {
    const { status, body } = await read(await start(), query);
    expect([status, Object.keys(body.errors), body.id]).toEqual([400, [name], undefined]);
  });

  it('is a time range with both ends, UTC where no offset is given (REPORTED)', async () => {
    const mode = await start({ now: () => new Date('2026-05-06T07:08:09.123Z') });
    await mode.post(`${WS}/groups`, { user_group: { name: 'Robotics' } });
    const count = async (from: string, to: string) =>
      (await read(mode, `start_timestamp=${from}&end_timestamp=${to}`)).body.audit_logs.length;
    expect(await count('2026-05-06T07:08:09', '2026-05-06T07:08:10')).toBe(1);
    expect(await count('2026-05-06T09:08:09%2B02:00', '2026-05-06T09:08:10+02:00')).toBe(1);
    expect(await count('2026-05-06', '2026-05-07')).toBe(1);
    expect(await count('2026-05-06T07:08:10', '2026-05-06T07:08:11')).toBe(0);
  });

  it('is narrowed by the documented filters (CONFIRMED-O)', async () => {
    const mode = await start();
    const made = (await mode.post(`${WS}/groups`, { user_group: { name: 'Robotics' } })).body;
    await mode.post(`${WS}/groups`, { user_group: { name: 'Logistics of robots' } });
    const [first] = await events(mode);
    const one = [
      `&entity_id=${made.token}`,
      '&entity_name=Robotics',
      `&entity_name=Robotics&username=${first.actor.username}`,
    ];
    for (const query of one) expect(await events(mode, query)).toEqual([first]);
    for (const query of ['&action=group_created', '&entity_type=workspace_group', `&ip=${first.actor.ip}`])
      expect(await events(mode, query)).toHaveLength(2);
    for (const query of ['&action=Group_created', '&username=nobody'])
      expect(await events(mode, query)).toEqual([]);
  });

  it('comes in pages by next_token (CONFIRMED-O), none twice and none lost though more come in between', async () => {
    const mode = await start();
    for (let count = 0; count < 120; count += 1)
      await mode.post(`${WS}/groups`, { user_group: { name: `Group ${count}` } });
    const first = await read(mode);
    expect([first.body.audit_logs.length, typeof first.body.next_token]).toEqual([100, 'string']);
    await mode.post(`${WS}/groups`, { user_group: { name: 'Late' } });
    const second = await read(mode, `${ALWAYS}&next_token=${first.body.next_token}`);
    expect([second.body.audit_logs.length, second.body.next_token]).toEqual([21, undefined]);
    const ids = [...first.body.audit_logs, ...second.body.audit_logs].map((one: Json) => one.id);
    expect(new Set(ids).size).toBe(121);
  });
});

describe('events', () => {
  it('tell who did what to what, from where and when (CONFIRMED-O)', async () => {
    const mode = await start({ now: () => new Date('2026-05-06T07:08:09.123Z') });
    const { members, connections, groups } = await truth(mode);
    const group = groups.find(
      (one: Json) => !connections[0].permissions.some((had: Json) => had.accessorToken === one.token),
    );
    await send(`${mode.url}${WS}/data_sources/${connections[0].token}/permissions`, {
      method: 'POST',
      headers: {
        authorization: basic(mode.token, mode.secret),
        'content-type': 'application/json',
        'user-agent': 'bridge/1',
      },
      body: JSON.stringify({
        permission: { action: 'query', accessor_type: 'UserGroup', accessor_token: group.token },
      }),
    });
    const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await events(mode)).toEqual([
      {
        id: uuid,
        action: 'connection_group_added_with_role',
        description: 'connection group added with role',
        timestamp: '2026-05-06T07:08:09.123000Z',
        workspace_username: 'acme',
        context: { correlation_id: uuid, group_id: group.token, group_name: group.name, role: 'Query' },
        actor: {
          ip: expect.stringContaining('127.0.0.1'),
          user_agent: 'bridge/1',
          user_id: members[0].memberToken,
          username: members[0].username,
        },
        entity: {
          entity_type: 'workspace_connection',
          entity_id: connections[0].token,
          entity_name: connections[0].name,
        },
      },
    ]);
  });

  it('come of groups and who is in them (CONFIRMED-O), not of a new name (by absence)', async () => {
    const mode = await start();
    const [, , third] = await membersIn(mode, 'active');
    const { token } = (await mode.post(`${WS}/groups`, { user_group: { name: 'Robotics' } })).body;
    const add = { membership: { member_token: third.memberToken } };
    const added = (await mode.post(`${WS}/groups/${token}/memberships`, add)).body;
    await mode.call('PATCH', `${WS}/groups/${token}`, { user_group: { name: 'Robots' } });
    await mode.call('DELETE', added._links.self.href);
    await mode.post(`${WS}/groups/${token}/memberships`, add);
    await mode.call('DELETE', `${WS}/groups/${token}`);
    expect(await actions(mode)).toEqual([
      'group_created',
      'group_member_added',
      'group_member_removed',
      'group_member_added',
      'group_deleted',
    ]);
    const [, joined] = await events(mode);
    expect([joined.entity.entity_name, joined.context.user_id]).toEqual(['Robotics', third.memberToken]);
  });

  it('come of invitations (CONFIRMED-O), but not of joining nor of being removed (by absence)', async () => {
    const mode = await start();
    const email = 'ann@acme.example';
    await mode.post(`${WS}/invites`, inviting(email));
    await mode.post(`${WS}/invites`, inviting(email));
    await mode.control('POST', '/join', { email });
    await edit(mode, { op: 'removeMember', email });
    await mode.post(`${WS}/invites`, inviting(email));
    await mode.control('POST', '/join', { email: 'jit@acme.example' });
    expect(await actions(mode)).toEqual([
      'org_user_invited',
      'org_user_invitation_resent',
      'org_user_reinvited',
    ]);
  });

  it('come of what is done by hand, by an admin at a desk', async () => {
    const mode = await start();
    const { members, groups } = await truth(mode);
    const [first, , third] = members;
    await edit(mode, { op: 'setAdmin', email: third.email, admin: true });
    await edit(mode, { op: 'setAdmin', email: third.email, admin: false });
    await edit(mode, { op: 'touch', email: third.email, at: '2026-01-02T03:04:05Z' });
    const outside = groups.find((one: Json) => !one.memberTokens.includes(third.memberToken));
    await edit(mode, { op: 'addToGroup', groupToken: outside.token, email: third.email });
    const all = await events(mode);
    expect(all.map((one) => [one.action, one.context.role])).toEqual([
      ['org_user_role_changed', 'Admin'],
      ['org_user_role_changed', 'Full Member'],
      ['group_member_added', undefined],
    ]);
    expect(all[0].actor).toMatchObject({ username: first.username, ip: '198.51.100.23' });
  });

  it('come of collections and of who may use what (CONFIRMED-O, three connection names INFERRED)', async () => {
    const mode = await start();
    const { members, groups } = await truth(mode);
    const { token } = (await mode.post(`${WS}/spaces`, { space: { name: 'Robots' } })).body;
    await mode.call('PATCH', `${WS}/spaces/${token}`, { space: { default_access_level: 'view' } });
    const accessors = [members[4].memberToken, groups[0].token];
    for (const accessorToken of accessors) {
      const access = { resourceToken: token, accessorToken };
      await edit(mode, { op: 'grantAccess', ...access, action: 'view' });
      await edit(mode, { op: 'grantAccess', ...access, action: 'edit' });
      await edit(mode, { op: 'revokeAccess', ...access });
    }
    await mode.call('DELETE', `${WS}/spaces/${token}`);
    const steps = (who: string) =>
      ['added', 'access_changed', 'removed'].map((step) => `collection_${who}_${step}`);
    expect(await actions(mode)).toEqual([
      'collection_created',
      'workspace_default_access_changed',
      ...steps('member'),
      ...steps('group'),
      'collection_deleted',
    ]);
  });

  it('are none where nothing changed: a refusal, a silent failure, the same again', async () => {
    const mode = await start();
    const { groups, connections } = await truth(mode);
    await mode.post(`${WS}/groups`, { user_group: { name: groups[0].name } });
    await mode.call('DELETE', `${WS}/groups/${groups[0].token}`);
    const again = (await mode.post(`${WS}/groups`, { user_group: { name: groups[0].name } })).body;
    await mode.call('DELETE', `${WS}/groups/${again.token}`);
    const [had] = connections[1].permissions;
    const access = { resourceToken: connections[1].token, accessorToken: had.accessorToken };
    await edit(mode, { op: 'grantAccess', ...access, action: had.action });
    expect(await actions(mode)).toEqual(['group_deleted', 'group_created']);
  });

  it('begin with the first change: the seed leaves none, and people can be many', () => {
    expect(createEmulator({ people: 1000 }).state.auditLog).toEqual([]);
  });
});
