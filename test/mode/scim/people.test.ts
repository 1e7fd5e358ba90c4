/** People over Mode's SCIM endpoint: what is sent, how often, and what becomes of those whom Mode knows already. */
import type { Invitation, Told } from '../../../src/directory/upstream.ts';
import {
  type Emulated,
  emulate,
  failureOf,
  invitationOf,
  leaverOf,
  overScim,
  soon,
  soughtBy,
} from '../support/emulated.ts';

const USER = '/scim/v2/Users';
const ANN = 'ann.lee@acme.example';

type Behaviour = Parameters<Emulated['behave']>[0];

const connect = (scim: Behaviour = {}) => emulate({ scim: { enabled: true, ...scim } }, overScim);

/** An endpoint whose documents were read already. */
const endpoint = async (scim: Behaviour = {}) => {
  const emulated = await connect(scim);
  await emulated.mode.candidates(soughtBy('warm', []), soon());
  return emulated;
};

/** Calls of the work, by method and route. */
const callsOf = async ({ calls }: Emulated, work: () => Promise<unknown>) => {
  const { byRoute: before } = await calls();
  await work();
  const made = Object.entries((await calls()).byRoute).map(
    ([route, count]) => [route.replace(USER, 'Users'), count - (before[route] ?? 0)] as const,
  );
  return Object.fromEntries(made.filter(([, count]) => count > 0));
};

const profile = {
  email: ANN,
  userName: 'Ann.Lee',
  givenName: 'Ann',
  familyName: 'Lee',
  displayName: 'Ann L.',
  externalId: 'e-1',
};
const ann = (more: Partial<Invitation> = {}): Invitation => ({ ...invitationOf(ANN), profile, ...more });

const userOf = ({ scim }: Emulated, id: string) => scim('GET', `/Users/${id}`);
const stateOf = async ({ truth }: Emulated, email = ANN) =>
  (await truth()).members.find((one) => one.email === email)?.state;

describe('somebody new', () => {
  it('is created by one call, with all that is known of her, and told as a member at once', async () => {
    const emulated = await endpoint();
    const made = await callsOf(emulated, async () => {
      const { member, username } = await emulated.mode.invite(ann(), soon());
      expect([member, username]).toEqual([
        expect.objectContaining({ email: ANN, username: 'Ann.Lee', name: 'Ann L.', state: 'active' }),
        null,
      ]);
      expect(await userOf(emulated, member?.memberToken ?? '')).toMatchObject({
        userName: 'Ann.Lee',
        externalId: 'e-1',
        displayName: 'Ann L.',
        name: { givenName: 'Ann', familyName: 'Lee' },
        emails: [{ value: ANN, primary: true }],
        active: true,
      });
    });
    expect(made).toEqual({ 'POST Users': 1, 'GET Users/{id}': 1 });
  });

  it("is not told what Mode's schemas do not have", async () => {
    const emulated = await connect();
    const id = 'urn:ietf:params:scim:schemas:core:2.0:User';
    const attributes = [
      { name: 'userName' },
      { name: 'name', mutability: 'readWrite' },
      { name: 'displayName', mutability: 'readOnly' },
    ];
    const body = { totalResults: 1, Resources: [{ id, attributes }, { odd: true }] };
    await emulated.fault({ route: 'GET /scim/v2/Schemas', status: 200, body });
    const { member } = await emulated.mode.invite(ann(), soon());
    const user = await userOf(emulated, member?.memberToken ?? '');
    expect([user.displayName, user.name.givenName, user.externalId]).toEqual([undefined, 'Ann', 'e-1']);
  });

  it('of whom nothing but an address is known is created with it', async () => {
    const emulated = await endpoint();
    const { member } = await emulated.mode.invite(invitationOf(ANN), soon());
    expect(member).toMatchObject({ email: ANN, username: ANN });
  });

  it('whom Mode does not let in is refused in its words', async () => {
    const emulated = await endpoint();
    const failure = await failureOf(
      emulated.mode.invite(ann({ profile: { ...profile, email: 'no address' } }), soon()),
    );
    expect(failure).toMatchObject({
      kind: 'invalid',
      message: 'Mode refused to create the person: There is no e-mail address in emails or userName',
    });
    await emulated.behave({ enabled: false, refusalStatus: 403 });
    expect(await failureOf(emulated.mode.invite(ann(), soon()))).toMatchObject({ kind: 'forbidden' });
    expect(emulated.mode.can.has('invite')).toBe(false);
  });
});

describe('somebody whom Mode knows', () => {
  const existing = async (emulated: Emulated, more: object = {}): Promise<string> =>
    (await emulated.scim('POST', '/Users', { userName: 'ann.lee', emails: [{ value: ANN }], ...more })).id;

  it('by her id comes back by one call, with what is known of her by now', async () => {
    for (const updates of ['patch', 'put'] as const) {
      const emulated = await endpoint({ updates });
      const id = await existing(emulated, { active: false, nickName: 'Annie' });
      const made = await callsOf(emulated, async () => {
        const { member } = await emulated.mode.invite(ann({ memberToken: id }), soon());
        expect(member).toMatchObject({ memberToken: id, membershipToken: id, state: 'active', email: ANN });
      });
      expect(made).toEqual(
        updates === 'patch' ? { 'PATCH Users/{id}': 1 } : { 'GET Users/{id}': 1, 'PUT Users/{id}': 1 },
      );
      expect(await userOf(emulated, id)).toMatchObject({ active: true, name: { familyName: 'Lee' } });
      expect(await stateOf(emulated)).toBe('active');
    }
  });

  it('by an id that is gone is created anew', async () => {
    const emulated = await endpoint();
    const id = await existing(emulated);
    await emulated.scim('DELETE', `/Users/${id}`);
    const { member } = await emulated.mode.invite(ann({ memberToken: '999999' }), soon());
    expect(member).toMatchObject({ email: ANN, state: 'active' });
    expect(await stateOf(emulated)).toBe('active');
  });

  it.each([
    ['folded', 'full'],
    ['exact', 'full'],
    ['folded', 'ignored'],
    ['exact', 'refused'],
  ] as const)(
    'is taken over when she is created again, active or not (letters %s, filter %s)',
    async (comparing, filter) => {
      for (const active of [true, false]) {
        const emulated = await endpoint({ comparing, filter, maxResults: 30 });
        const id = await existing(emulated, { active });
        const { member } = await emulated.mode.invite(ann(), soon());
        expect(member).toMatchObject({ memberToken: id, state: 'active' });
        expect(await userOf(emulated, id)).toMatchObject({ active: true, name: { givenName: 'Ann' } });
        expect(await stateOf(emulated)).toBe('active');
      }
    },
  );

  it('and who is just so costs no call more than the look', async () => {
    const emulated = await endpoint();
    await emulated.mode.invite(ann(), soon());
    const made = await callsOf(emulated, () => emulated.mode.invite(ann(), soon()));
    expect(made).toEqual({ 'POST Users': 1, 'GET Users': 1 });
  });

  it('by her address alone is taken over too, unless somebody else here is she: then nothing is written', async () => {
    const emulated = await endpoint();
    const id = await existing(emulated, { userName: 'somebody' });
    const failure = await failureOf(
      emulated.mode.invite(ann({ isFree: ({ memberToken }) => Promise.resolve(memberToken !== id) }), soon()),
    );
    expect(failure).toMatchObject({ kind: 'conflict', code: 'mode.scim.unclear' });
    expect(await userOf(emulated, id)).toMatchObject({ userName: 'somebody' });
    await emulated.mode.invite(ann(), soon());
    expect(await userOf(emulated, id)).toMatchObject({ userName: 'Ann.Lee' });
  });

  it('as two is nobody: a person must say who is who', async () => {
    const emulated = await endpoint({ filter: 'refused' });
    await existing(emulated, { emails: [{ value: 'other@acme.example' }] });
    await existing(emulated, { userName: 'somebody' });
    expect(await failureOf(emulated.mode.invite(ann(), soon()))).toMatchObject({
      kind: 'conflict',
      code: 'mode.scim.unclear',
    });
  });
});

describe('a deactivation', () => {
  const member = async (emulated: Emulated): Promise<string> =>
    (await emulated.scim('POST', '/Users', { userName: ANN, name: { givenName: 'A', familyName: 'L' } })).id;

  it('is one call, or two where there is PUT alone, which keeps what it does not change', async () => {
    for (const [updates, calls] of [
      ['both', { 'PATCH Users/{id}': 1 }],
      ['patch', { 'PATCH Users/{id}': 1 }],
      ['put', { 'GET Users/{id}': 1, 'PUT Users/{id}': 1 }],
    ] as const) {
      const emulated = await endpoint({ updates });
      const id = await member(emulated);
      expect(await callsOf(emulated, () => emulated.mode.removeMember(leaverOf(id), soon()))).toEqual(calls);
      expect(await stateOf(emulated)).toBe('former');
      expect(await userOf(emulated, id)).toMatchObject({ active: false, name: { givenName: 'A' } });
    }
  });

  it.each([404, 405, 501] as const)(
    'is made by PUT where PATCH is answered %i though the documents promise it, and by PUT from then on',
    async (unsupportedStatus) => {
      const emulated = await connect({ updates: 'put', unsupportedStatus });
      const config = { patch: { supported: true }, filter: { supported: true, maxResults: 100 } };
      await emulated.fault({ route: 'GET /scim/v2/ServiceProviderConfig', status: 200, body: config });
      const first = await member(emulated);
      const { id: second } = await emulated.scim('POST', '/Users', { userName: 'bob@acme.example' });
      await emulated.mode.removeMember(leaverOf(first), soon());
      expect(await stateOf(emulated)).toBe('former');
      const made = await callsOf(emulated, () => emulated.mode.removeMember(leaverOf(second), soon()));
      expect(made['PATCH Users/{id}']).toBeUndefined();
    },
  );

  it('follows a Mode that changes its ways, and reads its documents again', async () => {
    const emulated = await endpoint({ updates: 'patch' });
    const id = await member(emulated);
    await emulated.mode.removeMember(leaverOf(id), soon());
    await emulated.behave({ updates: 'put' });
    await emulated.mode.invite(ann({ memberToken: id }), soon());
    const made = await callsOf(emulated, () => emulated.mode.removeMember(leaverOf(id), soon()));
    expect(made).toMatchObject({ 'PUT Users/{id}': 1, 'GET /scim/v2/ServiceProviderConfig': 1 });
    expect(await stateOf(emulated)).toBe('former');
  });

  it('of somebody who is gone is done, and costs a look whether it is SCIM that says so', async () => {
    const emulated = await endpoint();
    const id = await member(emulated);
    await emulated.scim('DELETE', `/Users/${id}`);
    await emulated.mode.removeMember(leaverOf(id), soon());
    const other = await emulate({ scim: { enabled: true } }, (running) => {
      const { credentials, connection } = overScim(running);
      return { connection, credentials: { scim: { ...credentials.scim, url: `${running.url}/nowhere` } } };
    });
    expect(await failureOf(other.mode.removeMember(leaverOf(id), soon()))).toMatchObject({
      kind: 'forbidden',
      code: 'mode.scim.not-there',
    });
  });

  it('that Mode takes and does not make is never reported as done', async () => {
    const emulated = await endpoint();
    const id = await member(emulated);
    await emulated.fault({ route: 'PATCH /scim/v2/Users/{id}', status: 200, body: { id, active: true } });
    expect(await failureOf(emulated.mode.removeMember(leaverOf(id), soon()))).toMatchObject({
      kind: 'forbidden',
      code: 'mode.scim.still-active',
    });
  });

  it('that Mode can make neither way is refused with the reason', async () => {
    const emulated = await endpoint();
    const id = await member(emulated);
    for (const method of ['PATCH', 'PUT'])
      await emulated.fault({ route: `${method} /scim/v2/Users/{id}`, status: 501 });
    expect(await failureOf(emulated.mode.removeMember(leaverOf(id), soon()))).toMatchObject({
      kind: 'unsupported',
      code: 'mode.scim.no-updates',
    });
  });
});

describe('what changed of somebody', () => {
  const told = (id: string, more: object, provisioned: Invitation['profile'] | null = profile): Told => ({
    ...leaverOf(id),
    provisionedId: id,
    provisioned,
    profile: { ...profile, ...more },
  });
  const created = async (emulated: Emulated): Promise<string> =>
    (await emulated.mode.invite(ann(), soon())).provisionedId ?? '';

  it.each(['patch', 'put'] as const)('is written by %s, and nothing else is', async (updates) => {
    const emulated = await endpoint({ updates });
    const id = await created(emulated);
    const hand = { ...(await userOf(emulated, id)), displayName: 'By Hand' };
    await emulated.behave({ updates: 'both' });
    await emulated.scim('PUT', `/Users/${id}`, hand);
    await emulated.behave({ updates });
    const change = { familyName: 'Li', email: 'ann.li@acme.example' };
    const made = await callsOf(emulated, () => emulated.mode.updateProfile(told(id, change), soon()));
    expect(made).toEqual(
      updates === 'patch' ? { 'PATCH Users/{id}': 1 } : { 'GET Users/{id}': 1, 'PUT Users/{id}': 1 },
    );
    expect(await userOf(emulated, id)).toMatchObject({
      displayName: 'By Hand',
      name: { givenName: 'Ann', familyName: 'Li' },
      emails: [{ value: 'ann.li@acme.example' }],
      active: true,
    });
  });

  it('may be that there is nothing any more', async () => {
    for (const updates of ['patch', 'put'] as const) {
      const emulated = await endpoint({ updates });
      const id = await created(emulated);
      await emulated.mode.updateProfile(told(id, { givenName: null, displayName: null }), soon());
      const { name, displayName } = await userOf(emulated, id);
      expect([name.givenName, name.familyName, displayName]).toEqual([undefined, 'Lee', undefined]);
    }
  });

  it('is all that is known where Mode was told by others, and no call where nothing is new', async () => {
    const emulated = await endpoint();
    const id = await created(emulated);
    await emulated.mode.updateProfile(told(id, { givenName: 'Anna', displayName: null }, null), soon());
    expect(await userOf(emulated, id)).toMatchObject({ name: { givenName: 'Anna' }, displayName: 'Ann L.' });
    expect(await callsOf(emulated, () => emulated.mode.updateProfile(told(id, {}), soon()))).toEqual({});
  });

  it('is left out where Mode’s schemas say that it cannot be changed', async () => {
    const emulated = await connect();
    const id = 'urn:ietf:params:scim:schemas:core:2.0:User';
    const attributes = [
      { name: 'userName', mutability: 'immutable' },
      { name: 'name', mutability: 'readWrite' },
    ];
    const body = { totalResults: 1, Resources: [{ id, attributes }] };
    await emulated.fault({ route: 'GET /scim/v2/Schemas', status: 200, body });
    const user = await created(emulated);
    await emulated.mode.updateProfile(told(user, { userName: 'Other', familyName: 'Li' }), soon());
    expect(await userOf(emulated, user)).toMatchObject({ userName: 'Ann.Lee', name: { familyName: 'Li' } });
  });

  it('that Mode refuses is refused in its words; of somebody who is gone, as of nobody', async () => {
    const emulated = await endpoint();
    const id = await created(emulated);
    await emulated.scim('POST', '/Users', { userName: 'taken@acme.example' });
    const taken = told(id, { email: 'taken@acme.example' });
    expect(await failureOf(emulated.mode.updateProfile(taken, soon()))).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('exists already'),
    });
    await emulated.scim('DELETE', `/Users/${id}`);
    expect(await failureOf(emulated.mode.updateProfile(told(id, { givenName: 'A' }), soon()))).toMatchObject({
      kind: 'notFound',
    });
  });

  it('cannot be told a Mode that takes neither PATCH nor PUT, and that is known from then on', async () => {
    const emulated = await endpoint();
    const id = await created(emulated);
    for (const method of ['PATCH', 'PUT'])
      await emulated.fault({ route: `${method} /scim/v2/Users/{id}`, status: 501 });
    expect(await failureOf(emulated.mode.updateProfile(told(id, { givenName: 'A' }), soon()))).toMatchObject({
      kind: 'unsupported',
    });
    expect(emulated.mode.can.has('updateProfile')).toBe(false);
  });
});

describe('the documents of discovery', () => {
  const DOCUMENTS = ['ServiceProviderConfig', 'ResourceTypes', 'Schemas'];

  it('are read once each, when something is asked for the first time', async () => {
    const emulated = await connect();
    await emulated.mode.verify(soon());
    expect((await emulated.calls()).byRoute).toEqual({ 'GET /scim/v2/Users': 1 });
    for (let turn = 0; turn < 3; turn += 1) await emulated.mode.invite(ann(), soon());
    const { byRoute } = await emulated.calls();
    for (const name of DOCUMENTS) expect([name, byRoute[`GET /scim/v2/${name}`]]).toEqual([name, 1]);
  });

  it.each([
    [{ status: 404 }],
    [{ status: 403 }],
    [{ status: 500 }],
    [{ status: 200, body: [] }],
    [{ status: 200, body: { patch: 'yes', filter: { maxResults: 'many' }, Resources: [7] } }],
    [{ status: 200, body: 'hello' }],
  ])('may be missing or make no sense (%j)', async (answer) => {
    const emulated = await connect();
    for (const name of DOCUMENTS)
      await emulated.fault({ route: `GET /scim/v2/${name}`, times: 9, ...answer });
    const { member } = await emulated.mode.invite(ann(), soon());
    await emulated.mode.removeMember(leaverOf(member?.membershipToken), soon());
    expect(await stateOf(emulated)).toBe('former');
  });

  it('that need another token stop everything: it is the token that is refused', async () => {
    const emulated = await connect();
    await emulated.fault({ route: '*', status: 401, times: 20 });
    expect(await failureOf(emulated.mode.invite(ann(), soon()))).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining('--mode-scim-token'),
    });
  });
});

it.each([
  'http://mode.example/scim',
  'https://u:p@mode.example/scim',
  'https://mode.example/scim?x=1',
  'scim',
])('never sends the token to %s', async (url) => {
  const { connect: another } = await connect();
  const connection = { modeUrl: 'https://app.mode.com', workspace: 'acme', wayIn: 'scim' } as const;
  expect(() => another({ connection, credentials: { scim: { url, token: 't' } } })).toThrow(
    expect.objectContaining({ kind: 'invalid', code: 'mode.index.bad-scim-url' }),
  );
  expect(() => another({ connection, credentials: { token: 'a', secret: 'b' } })).toThrow(
    expect.objectContaining({ kind: 'invalid', message: expect.stringContaining('--mode-scim-url') }),
  );
});
