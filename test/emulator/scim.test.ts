/**
 * Mode's own SCIM endpoint in the emulator: what it does to people and groups shows in the REST lists and in
 * `_control/state`, and what REST and hands do shows in SCIM.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { basic, closeAll, type Json, memberOf, membersIn, send } from './support/emulator.ts';
import { createPerson, findPerson, group, patch, person, type ScimMode, startScim } from './support/scim.ts';

afterEach(closeAll);

const ANN = 'ann.lee@acme.example';
const lite = async (mode: ScimMode): Promise<Json[]> =>
  (await mode.get('/api/acme/memberships/lite')).body._embedded.memberships;
const liteOf = async (mode: ScimMode, email: string): Promise<Json> =>
  (await lite(mode)).find((one) => one.email === email);
const deactivate = (mode: ScimMode, id: string) =>
  mode.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false }));

describe('a person', () => {
  it('who is created is a member in REST and in the truth, managed by SCIM', async () => {
    const mode = await startScim();
    const name = { givenName: 'Ann', familyName: 'Lee' };
    const { status, body, headers, type } = await mode.scim(
      'POST',
      '/Users',
      person(ANN, { externalId: 'idp-1', name, title: 'not kept' }),
    );
    expect([status, type]).toEqual([201, 'application/scim+json; charset=utf-8']);
    expect(body).toMatchObject({ userName: ANN, externalId: 'idp-1', active: true, name });
    expect(body.emails).toEqual([{ value: ANN, type: 'work', primary: true }]);
    expect(body).not.toHaveProperty('title');
    const location = `${mode.scimUrl}/Users/${body.id}`;
    expect([headers.get('location'), body.meta.location]).toEqual([location, location]);
    expect(await liteOf(mode, ANN)).toMatchObject({ name: 'Ann Lee', state: 'active', admin: false });
    const { membershipToken, memberToken, state } = await memberOf(mode, ANN);
    expect(state).toBe('active');
    expect(body.id).not.toBe(memberToken);
    expect((await mode.get(`/api/acme/memberships/${membershipToken}`)).body.managed_by_scim).toBe(true);
    expect((await mode.control('GET', '/state')).body.invites.map((one: Json) => one.email)).not.toContain(
      ANN,
    );
  });

  it('who is in already is found by address, refused a second time, and managed once written', async () => {
    const mode = await startScim();
    const [member] = await membersIn(mode, 'active');
    const found = await findPerson(mode, member.email.toUpperCase());
    expect(found).toMatchObject({ userName: member.email, active: true });
    const again = await mode.scim('POST', '/Users', person(member.email));
    expect([again.status, again.body.scimType]).toEqual([409, 'uniqueness']);
    const managed = async () =>
      (await mode.get(`/api/acme/memberships/${member.membershipToken}`)).body.managed_by_scim;
    expect(await managed()).toBe(false);
    await mode.scim('PATCH', `/Users/${found.id}`, patch({ op: 'add', path: 'externalId', value: 'idp-2' }));
    expect(await managed()).toBe(true);
  });

  it('who is deactivated is a former member, out of all groups, and comes back under the same tokens', async () => {
    const mode = await startScim();
    const id = await createPerson(mode, ANN);
    await mode.scim('POST', '/Groups', group('Robotics', [id]));
    const before = await memberOf(mode, ANN);
    expect((await deactivate(mode, id)).body.active).toBe(false);
    expect(await liteOf(mode, ANN)).toBeUndefined();
    expect((await memberOf(mode, ANN)).state).toBe('former');
    const { body } = await mode.scim('GET', `/Users/${id}`);
    expect([body.active, body.groups]).toEqual([false, []]);
    const back = await mode.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    expect([back.status, back.body.active]).toEqual([200, true]);
    const after = await memberOf(mode, ANN);
    expect([after.state, after.memberToken, after.username]).toEqual([
      'active',
      before.memberToken,
      before.username,
    ]);
  });

  it('who is deleted is a former member, unknown to SCIM, and can be created again', async () => {
    const mode = await startScim();
    const id = await createPerson(mode, ANN, { externalId: 'idp-1' });
    expect((await mode.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      expect((await mode.scim(method, `/Users/${id}`)).status).toBe(404);
    }
    expect((await memberOf(mode, ANN)).state).toBe('former');
    const { status, body } = await mode.scim('POST', '/Users', person(ANN));
    expect([status, body.active, body.externalId]).toEqual([201, true, undefined]);
    expect((await memberOf(mode, ANN)).state).toBe('active');
  });

  it('takes a new name and address, unless another has the address', async () => {
    const mode = await startScim();
    const [member] = await membersIn(mode, 'active');
    const id = await createPerson(mode, ANN, { name: { givenName: 'Ann', familyName: 'Lee' } });
    const email = 'ann.kim@acme.example';
    const renamed = person(email, { name: { givenName: 'Ann', familyName: 'Kim' } });
    expect((await mode.scim('PUT', `/Users/${id}`, renamed)).status).toBe(200);
    expect(await liteOf(mode, email)).toMatchObject({ name: 'Ann Kim' });
    expect(await findPerson(mode, ANN)).toBeUndefined();
    const taken = await mode.scim('PUT', `/Users/${id}`, person(member.email));
    expect([taken.status, taken.body.scimType]).toEqual([409, 'uniqueness']);
    expect(await createPerson(mode, ANN)).not.toBe(id);
  });

  it('is left alone by a change that changes nothing', async () => {
    const mode = await startScim();
    const id = await createPerson(mode, ANN);
    const before = (await mode.scim('GET', `/Users/${id}`)).text;
    const order = patch({ op: 'replace', path: 'userName', value: ANN });
    expect((await mode.scim('PATCH', `/Users/${id}`, order)).status).toBe(204);
    expect((await mode.scim('GET', `/Users/${id}`)).text).toBe(before);
  });

  it('keeps everything when a PATCH asks for some attributes only', async () => {
    const mode = await startScim();
    const id = await createPerson(mode, ANN, { externalId: 'idp-1' });
    const order = patch({ op: 'replace', path: 'displayName', value: 'Ann' });
    await mode.scim('PATCH', `/Users/${id}?attributes=userName`, order);
    expect((await mode.scim('GET', `/Users/${id}`)).body).toMatchObject({
      externalId: 'idp-1',
      displayName: 'Ann',
    });
  });

  it('who is the last admin cannot be deactivated', async () => {
    const mode = await startScim({}, { people: 1 });
    const [admin] = await membersIn(mode, 'active');
    const { id } = await findPerson(mode, admin.email);
    const { status, body } = await deactivate(mode, id);
    expect([status, body.scimType, body.detail]).toEqual([
      400,
      'invalidValue',
      expect.stringMatching(/admin/),
    ]);
    expect((await memberOf(mode, admin.email)).state).toBe('active');
  });

  it('who was removed by hand is inactive', async () => {
    const mode = await startScim();
    const id = await createPerson(mode, ANN);
    await mode.control('POST', '/edit', { op: 'removeMember', email: ANN });
    expect((await mode.scim('GET', `/Users/${id}`)).body.active).toBe(false);
  });

  it.each([
    ['without an address', person('nobody'), 'e-mail'],
    ['without a userName', { schemas: person('').schemas }, 'userName'],
    ['as text', '{bad', 'JSON'],
  ])('%s is refused with 400', async (_how, body, reason) => {
    const mode = await startScim();
    const refused = await mode.scim('POST', '/Users', body);
    expect([refused.status, refused.type]).toEqual([400, 'application/scim+json; charset=utf-8']);
    expect(refused.body).toMatchObject({ status: '400', detail: expect.stringContaining(reason) });
  });
});

describe('webhooks', () => {
  it('tell who joined (CONFIRMED-O) and who was removed (REPORTED) by SCIM', async () => {
    const got: Json[] = [];
    const server = createServer(async (req, res) => {
      got.push(await json(req));
      res.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const mode = await startScim({}, { webhooks: [url] });
      const id = await createPerson(mode, ANN);
      await deactivate(mode, id);
      await mode.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }));
      while (got.length < 3) await new Promise((wake) => setTimeout(wake, 5));
      expect(got.map((one) => one.event).sort()).toEqual([
        'member_joined_organization',
        'member_joined_organization',
        'member_removed_from_organization',
      ]);
    } finally {
      server.close();
    }
  });
});

describe('a group', () => {
  const truth = async (mode: ScimMode, token: string): Promise<Json> =>
    (await mode.control('GET', '/state')).body.groups.find((one: Json) => one.token === token);
  const tokensOf = async (mode: ScimMode, ...emails: string[]): Promise<string[]> =>
    Promise.all(emails.map(async (email) => (await memberOf(mode, email)).memberToken));

  it('that is created with members is in REST with them', async () => {
    const mode = await startScim();
    const id = await createPerson(mode, ANN);
    const { status, body } = await mode.scim(
      'POST',
      '/Groups',
      group('Robotics', [id], { externalId: 'g-1' }),
    );
    expect([status, body.displayName, body.externalId]).toEqual([201, 'Robotics', 'g-1']);
    const $ref = `${mode.scimUrl}/Users/${id}`;
    expect(body.members).toEqual([{ value: id, display: 'Ann Lee', type: 'User', $ref }]);
    const rest = await mode.get(`/api/acme/groups/${body.id}`);
    expect(rest.body).toMatchObject({ name: 'Robotics', managed: 'true', member_count: '1' });
    expect((await truth(mode, body.id)).memberTokens).toEqual(await tokensOf(mode, ANN));
    expect((await mode.scim('GET', `/Users/${id}`)).body.groups).toMatchObject([
      { value: body.id, display: 'Robotics' },
    ]);
  });

  it('gains and loses members by PATCH in the forms of Okta and Entra, and by PUT', async () => {
    const mode = await startScim();
    const bob = 'bob.ray@acme.example';
    const [annId, bobId] = [await createPerson(mode, ANN), await createPerson(mode, bob)];
    const { id } = (await mode.scim('POST', '/Groups', group('Robotics'))).body;
    const members = async () => (await truth(mode, id)).memberTokens;
    const change = (operation: Json) => mode.scim('PATCH', `/Groups/${id}`, patch(operation));
    await change({ op: 'add', path: 'members', value: [{ value: annId }, { value: bobId }] });
    expect(await members()).toEqual(await tokensOf(mode, ANN, bob));
    await change({ op: 'remove', path: `members[value eq "${annId}"]` });
    expect(await members()).toEqual(await tokensOf(mode, bob));
    await change({ op: 'Replace', path: 'members', value: [{ value: annId }] });
    expect(await members()).toEqual(await tokensOf(mode, ANN));
    await mode.scim('PUT', `/Groups/${id}`, group('Robots', [bobId]));
    expect(await truth(mode, id)).toMatchObject({
      name: 'Robots',
      memberTokens: await tokensOf(mode, bob),
    });
  });

  it('made in REST is found by name, renamed by PATCH, and deleted though its name was deleted before', async () => {
    const mode = await startScim();
    const { id: first } = (await mode.scim('POST', '/Groups', group('Robotics'))).body;
    await mode.scim('DELETE', `/Groups/${first}`);
    const { token } = (await mode.post('/api/acme/groups', { user_group: { name: 'Temporary' } })).body;
    const filter = encodeURIComponent('displayName eq "temporary"');
    expect((await mode.scim('GET', `/Groups?filter=${filter}`)).body.Resources).toMatchObject([
      { id: token },
    ]);
    await mode.scim(
      'PATCH',
      `/Groups/${token}`,
      patch({ op: 'replace', value: { displayName: 'Robotics' } }),
    );
    expect((await mode.get(`/api/acme/groups/${token}`)).body.name).toBe('Robotics');
    expect((await mode.scim('DELETE', `/Groups/${token}`)).status).toBe(204);
    expect((await truth(mode, token)).state).toBe('soft_deleted');
    expect((await mode.scim('GET', `/Groups/${token}`)).status).toBe(404);
  });

  it('is refused a name in use and a member who is not there, and stays as it was', async () => {
    const mode = await startScim();
    const { id } = (await mode.scim('POST', '/Groups', group('Robotics'))).body;
    const taken = await mode.scim('POST', '/Groups', group('Robotics'));
    expect([taken.status, taken.body.scimType]).toEqual([409, 'uniqueness']);
    const refused = await mode.scim('PUT', `/Groups/${id}`, group('Robots', ['424242']));
    expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await truth(mode, id)).name).toBe('Robotics');
  });
});

it('leaves its events in the audit log, once each, as the workspace’s', async () => {
  const key = { token: 'w', secret: 'w', kind: 'workspace' } as const;
  const mode = await startScim({}, { credentials: [key] });
  const id = await createPerson(mode, ANN);
  await mode.scim('POST', '/Groups', group('Robotics', [id], { externalId: 'g-1' }));
  const span = 'start_timestamp=2000-01-01T00:00:00Z&end_timestamp=2100-01-01T00:00:00Z';
  const headers = { authorization: basic('w', 'w'), accept: 'application/json' };
  const { body } = await send(`${mode.url}/api/acme/audit_logs?${span}`, { headers });
  const seen = body.audit_logs.map(({ action, actor }: Json) => [action, actor.username]);
  expect(seen.sort()).toEqual([
    ['group_created', 'acme'],
    ['group_member_added', 'acme'],
  ]);
});

it('remembers what SCIM wrote after it was closed', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mode-emulator-'));
  try {
    const first = await startScim({}, { dataDir });
    const id = await createPerson(first, ANN, { externalId: 'idp-1' });
    const { body } = await first.scim('POST', '/Groups', group('Robotics', [id], { externalId: 'g-1' }));
    await closeAll();
    const again = await startScim({}, { dataDir });
    expect((await again.scim('GET', `/Users/${id}`)).body).toMatchObject({
      externalId: 'idp-1',
      userName: ANN,
    });
    expect((await again.scim('GET', `/Groups/${body.id}`)).body).toMatchObject({ externalId: 'g-1' });
  } finally {
    await closeAll();
    rmSync(dataDir, { recursive: true });
  }
});
