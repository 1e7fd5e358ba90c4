/** Mode over REST and SCIM together: which way does what, and how often each is called. */
import type { Known } from '../../src/directory/upstream.ts';
import type { EmulatorOptions } from '../../src/emulator/server.ts';
import { type Emulated, emulate, failureOf, invitationOf, overBoth, soon } from './support/emulated.ts';

const ANN = 'ann.lee@acme.example';
const SCIM_USER = '/scim/v2/Users/{id}';
const MEMBERSHIP = '/api/{workspace}/memberships/{membership}';

/** With a Workspace token, which may not invite (mode-api.md §1), and with the documents of SCIM read. */
const both = async (scim: EmulatorOptions['scim'] = {}, options: EmulatorOptions = {}) => {
  const emulator = { tokenKind: 'workspace' as const, ...options, scim: { enabled: true, ...scim } };
  const emulated = await emulate(emulator, overBoth);
  await emulated.mode.invite(invitationOf('first@acme.example'), soon());
  return emulated;
};

const callsOf = async ({ calls }: Emulated, work: () => Promise<unknown>) => {
  const { byRoute: before } = await calls();
  await work();
  const made = Object.entries((await calls()).byRoute).map(
    ([route, count]) => [route, count - (before[route] ?? 0)] as const,
  );
  return Object.fromEntries(made.filter(([, count]) => count > 0));
};

const stateOf = async ({ truth }: Emulated, email: string) =>
  (await truth()).members.find((one) => one.email === email)?.state;

/** Somebody as REST lists her. */
const leaver = async ({ mode }: Emulated, email: string, provisionedId: string | null): Promise<Known> => {
  const member = (await mode.members(soon())).find((one) => one.email === email);
  if (!member) throw new Error(`${email} is not in Mode`);
  return { ...member, userName: email, addresses: [email], provisionedId };
};

const invited = async (emulated: Emulated, email = ANN): Promise<string> => {
  const { provisionedId } = await emulated.mode.invite(invitationOf(email), soon());
  return provisionedId ?? '';
};

it('can do what either can, and invites though the API token may not', async () => {
  const emulated = await both();
  expect([...emulated.mode.can].sort()).toEqual([
    'invite',
    'listCollections',
    'listConnections',
    'listEmails',
    'listMembers',
    'listPending',
    'readChanges',
    'removeMember',
    'updateProfile',
    'writeGroups',
  ]);
  const made = await callsOf(emulated, async () => {
    const { member, provisionedId } = await emulated.mode.invite(invitationOf(ANN), soon());
    expect([member, provisionedId]).toEqual([null, expect.stringMatching(/^\d+$/)]);
  });
  expect(made).toEqual({ 'POST /scim/v2/Users': 1 });
});

it('lists people over REST, with the standing and the tokens that only REST tells', async () => {
  const emulated = await both();
  await invited(emulated);
  const made = await callsOf(emulated, async () => {
    const ann = (await emulated.mode.members(soon())).find(({ email }) => email === ANN);
    expect(ann).toMatchObject({ managedByScim: true, state: 'active', activatedAt: expect.any(String) });
  });
  expect(made).toEqual({ 'GET /api/{workspace}/memberships': 1, 'GET /api/{workspace}/memberships/lite': 1 });
});

describe('a removal', () => {
  it('of whom SCIM manages is a deactivation there; once it is looked whether the membership ended', async () => {
    const emulated = await both();
    const [ann, bob] = [await invited(emulated), await invited(emulated, 'bob@acme.example')];
    const [first, second] = [
      await leaver(emulated, ANN, ann),
      await leaver(emulated, 'bob@acme.example', bob),
    ];
    expect(await callsOf(emulated, () => emulated.mode.removeMember(first, soon()))).toEqual({
      [`PATCH ${SCIM_USER}`]: 1,
      [`GET ${MEMBERSHIP}`]: 1,
    });
    expect(await callsOf(emulated, () => emulated.mode.removeMember(second, soon()))).toEqual({
      [`PATCH ${SCIM_USER}`]: 1,
    });
    expect([await stateOf(emulated, ANN), await stateOf(emulated, 'bob@acme.example')]).toEqual([
      'former',
      'former',
    ]);
  });

  it('ends the membership over REST where a deactivation leaves it', async () => {
    const emulated = await both({ deactivation: 'flag' });
    for (const email of [ANN, 'bob@acme.example']) {
      const gone = await leaver(emulated, email, await invited(emulated, email));
      await emulated.mode.removeMember(gone, soon());
      expect(await stateOf(emulated, email)).toBe('former');
    }
  });

  it('of whom SCIM does not manage is one call over REST', async () => {
    const emulated = await both();
    const { email = '' } = (await emulated.truth()).members.find(({ admin }) => !admin) ?? {};
    const gone = await leaver(emulated, email, null);
    expect(await callsOf(emulated, () => emulated.mode.removeMember(gone, soon()))).toEqual({
      [`DELETE ${MEMBERSHIP}`]: 1,
    });
    expect(await stateOf(emulated, email)).toBe('former');
  });

  it('of whom SCIM manages under an id that is not known is looked for there', async () => {
    const emulated = await both();
    await invited(emulated);
    const gone = await leaver(emulated, ANN, null);
    expect(await callsOf(emulated, () => emulated.mode.removeMember(gone, soon()))).toMatchObject({
      'GET /scim/v2/Users': 1,
      [`PATCH ${SCIM_USER}`]: 1,
    });
    expect(await stateOf(emulated, ANN)).toBe('former');
  });

  it('of whom SCIM does not know any more is made over REST, also once it is known what a deactivation does', async () => {
    const emulated = await both();
    const gone = [];
    for (const email of [ANN, 'bob@acme.example']) {
      const id = await invited(emulated, email);
      const known = await leaver(emulated, email, email === ANN ? id : '999999');
      expect(await emulated.mode.removeMember(known, soon())).toBe(true);
      expect(await stateOf(emulated, email)).toBe('former');
      gone.push(known);
    }
    // Nobody is there by these any more, so she may be back by others.
    expect(await emulated.mode.removeMember({ ...gone[1], membershipToken: 'gone' } as Known, soon())).toBe(
      false,
    );
  });

  it('of whom SCIM does not show is made over REST', async () => {
    const emulated = await both({ listing: 'managed' });
    const { email = '' } = (await emulated.truth()).members.find(({ admin }) => !admin) ?? {};
    const gone = { ...(await leaver(emulated, email, null)), managedByScim: true };
    await emulated.mode.removeMember(gone, soon());
    expect(await stateOf(emulated, email)).toBe('former');
  });

  it('goes over SCIM where the API token may not even list memberships', async () => {
    const emulated = await both({}, { tokenKind: 'member' });
    const { email = '' } = (await emulated.truth()).members.find(({ admin }) => !admin) ?? {};
    const gone = await leaver(emulated, email, null);
    expect(gone.membershipToken).toBeNull();
    await emulated.mode.removeMember(gone, soon());
    expect(await stateOf(emulated, email)).toBe('former');
  });

  it('of somebody invited who has yet to be listed goes by her id over SCIM alone', async () => {
    const emulated = await both({ creates: 'invitation' });
    const provisionedId = await invited(emulated);
    const gone: Known = {
      memberToken: null,
      membershipToken: null,
      managedByScim: false,
      provisionedId,
      userName: ANN,
      addresses: [ANN],
    };
    expect(await callsOf(emulated, () => emulated.mode.removeMember(gone, soon()))).toEqual({
      [`PATCH ${SCIM_USER}`]: 1,
    });
    expect(await stateOf(emulated, ANN)).toBe('former');
  });
});

describe('what changed of somebody', () => {
  const told = async (
    emulated: Emulated,
    email: string,
    provisionedId: string | null,
    familyName: string,
  ) => {
    const known = await leaver(emulated, email, provisionedId);
    const { profile } = invitationOf(email);
    return { ...known, provisioned: null, profile: { ...profile, familyName } };
  };
  const familyName = async (emulated: Emulated, id: string) =>
    (await emulated.scim('GET', `/Users/${id}`)).name.familyName;

  it('is told over SCIM by her id, which is looked for where it is not known or not hers any more', async () => {
    const emulated = await both();
    const id = await invited(emulated);
    for (const [known, name] of [
      [id, 'One'],
      [null, 'Two'],
      ['999999', 'Three'],
    ] as const) {
      const person = await told(emulated, ANN, known, name);
      expect(await emulated.mode.updateProfile(person, soon())).toBe(id);
      expect(await familyName(emulated, id)).toBe(name);
    }
  });

  it('is told nobody where SCIM does not show her', async () => {
    const emulated = await both({ listing: 'managed' });
    const { email = '' } = (await emulated.truth()).members.find(({ admin }) => !admin) ?? {};
    expect(await emulated.mode.updateProfile(await told(emulated, email, null, 'One'), soon())).toBeNull();
  });
});

describe('a credential that is refused', () => {
  it('is told of whichever it is, and stops what needs it alone', async () => {
    const emulated = await both();
    const { connection, credentials } = overBoth(emulated.running);
    const scim = { ...credentials.scim, token: 'dead' };
    const half = emulated.connect({ connection, credentials: { ...credentials, scim } });
    expect(await failureOf(half.verify(soon()))).toMatchObject({ kind: 'unauthorized' });
    expect(await failureOf(half.invite(invitationOf(ANN), soon()))).toMatchObject({ kind: 'unauthorized' });
    expect(half.trouble).toMatchObject({
      code: 'mode.credential.refused',
      message: expect.stringContaining('SCIM token'),
    });
    expect((await half.members(soon())).length).toBeGreaterThan(0);
    const other = emulated.connect({ connection, credentials: { ...credentials, secret: 'dead' } });
    expect(await failureOf(other.verify(soon()))).toMatchObject({ kind: 'unauthorized' });
    expect(other.trouble?.message).toContain('API token');
  });
});
