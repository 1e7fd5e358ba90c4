/** People over REST, against the emulator (mode-api.md §1, §4, §5). */
import { emulate, failureOf, invitationOf, leaverOf, soon } from './support/emulated.ts';

const LISTS = { 'GET /api/{workspace}/memberships': 1, 'GET /api/{workspace}/memberships/lite': 1 };

describe('the credential check', () => {
  it('names the workspace and, where Mode says it, the scope of the key', async () => {
    const legacy = await emulate();
    expect(await legacy.mode.verify(soon())).toEqual({ workspace: 'acme', scope: null });
    const member = await emulate({ tokenKind: 'member' });
    expect(await member.mode.verify(soon())).toEqual({ workspace: 'acme', scope: 'member' });
  });

  it('says that a refused token may have expired, and never shows token or secret', async () => {
    const { connect } = await emulate();
    const mode = connect({ credentials: { token: 'wrongtoken', secret: 'wrongsecret' } });
    const failure = await failureOf(mode.verify(soon()));
    expect(failure).toMatchObject({ kind: 'unauthorized', code: 'mode.http.credentials-refused' });
    expect(String(failure)).toContain('expired');
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(
      /wrongtoken|wrongsecret/,
    );
  });
});

describe('the list of members', () => {
  it('joins both lists by member token in two calls', async () => {
    const { mode, calls, truth } = await emulate({ people: 95 });
    const members = await mode.members(soon());
    expect(await calls()).toEqual({ total: 2, byRoute: LISTS });
    const real = (await truth()).members.filter((member) => member.state !== 'former');
    expect(members).toHaveLength(95);
    expect(
      members.map(({ memberToken, membershipToken, email, username, state, admin }) => ({
        memberToken,
        membershipToken,
        email,
        username,
        state,
        admin,
      })),
    ).toEqual(
      real.map(({ memberToken, membershipToken, email, username, state, admin }) => ({
        memberToken,
        membershipToken,
        email,
        username,
        state,
        admin,
      })),
    );
    expect(members.every(({ name }) => name !== null && name !== '')).toBe(true);
  });

  it('shows who was invited and has not come as pending, without an instant of activation', async () => {
    const { mode } = await emulate({ people: 6 });
    const pending = (await mode.members(soon())).filter((member) => member.state === 'pending');
    expect(pending).toHaveLength(1);
    expect(pending[0]).toMatchObject({ activatedAt: null, admin: false, managedByScim: false });
  });

  it('does with the lite list alone where a member key may not see the full one, and says so', async () => {
    const { mode } = await emulate({ tokenKind: 'member', people: 40 });
    expect(mode.can.has('removeMember')).toBe(true);
    const members = await mode.members(soon());
    expect(members).toHaveLength(40);
    expect(members.every(({ membershipToken, email }) => membershipToken === null && email !== null)).toBe(
      true,
    );
    expect(mode.can.has('removeMember')).toBe(false);
    expect(mode.can.has('listMembers')).toBe(true);
  });

  it.each([404, 403])('does with the full list alone where the lite one answers %i', async (status) => {
    const { mode, fault } = await emulate();
    await fault({ route: 'GET /api/{workspace}/memberships/lite', status });
    const members = await mode.members(soon());
    expect(members).toHaveLength(40);
    expect(
      members.every(
        (member) => member.membershipToken !== null && member.email === null && member.name === null,
      ),
    ).toBe(true);
    expect(mode.can.has('listEmails')).toBe(false);
    await mode.members(soon());
    expect(mode.can.has('listEmails')).toBe(true);
  });

  it('takes no list at all for a refusal, never for an empty workspace', async () => {
    const { connect } = await emulate();
    const mode = connect({ connection: { modeUrl: (await emulate()).running.url, workspace: 'elsewhere' } });
    expect(await failureOf(mode.members(soon()))).toMatchObject({
      kind: 'forbidden',
      code: 'mode.rest.members-hidden',
    });
  });
});

describe('an invitation', () => {
  const invitation = invitationOf('new.person@acme.example');

  it('is one call and gives the username that Mode chose', async () => {
    const { mode, calls, truth } = await emulate();
    const { username } = await mode.invite(invitation, soon());
    expect(await calls()).toEqual({ total: 1, byRoute: { 'POST /api/{workspace}/invites': 1 } });
    const member = (await truth()).members.find(({ email }) => email === invitation.profile.email);
    expect(username).toBe(member?.username);
    expect(member?.state).toBe('pending');
  });

  it.each([403, 401, 400])(
    'that a workspace key may not send is told with the remedy, when Mode says it by %i',
    async (status) => {
      const { mode } = await emulate({ tokenKind: 'workspace', inviteRefusalStatus: status });
      const failure = await failureOf(mode.invite(invitation, soon()));
      expect(failure).toMatchObject({ kind: 'forbidden', code: 'mode.rest.invite-refused' });
      expect(String(failure)).toContain('. Workspace API tokens cannot invite');
      expect(mode.can.has('invite')).toBe(false);
    },
  );

  it('with a dead token is told as such, not as a token that may not invite', async () => {
    const { connect } = await emulate();
    const mode = connect({ credentials: { token: 'dead', secret: 'dead' } });
    expect(await failureOf(mode.invite(invitation, soon()))).toMatchObject({
      kind: 'unauthorized',
      code: 'mode.http.credentials-refused',
    });
    expect(mode.can.has('invite')).toBe(true);
  });

  it("that Mode finds faulty is refused in Mode's words", async () => {
    const { mode, truth } = await emulate();
    const email = (await truth()).members[0]?.email ?? '';
    const failure = await failureOf(mode.invite(invitationOf(email), soon()));
    expect(failure).toMatchObject({ kind: 'invalid', code: 'mode.http.refused' });
    expect(String(failure)).toContain('Mode refused to invite the person: ');
  });
});

it('cannot be told what changed of somebody, and does not say that it can', async () => {
  const { mode, calls } = await emulate();
  const { profile } = invitationOf('ann@acme.example');
  const person = { ...leaverOf('aaaaaaaaaaaa'), provisioned: null, profile };
  expect(mode.can.has('updateProfile')).toBe(false);
  expect(await failureOf(mode.updateProfile(person, soon()))).toMatchObject({ kind: 'unsupported' });
  expect(await calls()).toMatchObject({ total: 0 });
});

describe('a removal', () => {
  const one = async (emulated: Awaited<ReturnType<typeof emulate>>, index = 5) => {
    const member = (await emulated.truth()).members[index];
    if (!member) throw new Error('no such member');
    return member;
  };

  it('is one call', async () => {
    const emulated = await emulate();
    const member = await one(emulated);
    await emulated.mode.removeMember(leaverOf(member.membershipToken), soon());
    expect(await emulated.calls()).toMatchObject({ total: 1 });
    expect((await one(emulated)).state).toBe('former');
  });

  it('of somebody who is gone already counts as done, twice or unknown to Mode', async () => {
    const emulated = await emulate();
    const { membershipToken } = await one(emulated);
    await emulated.mode.removeMember(leaverOf(membershipToken), soon());
    await emulated.mode.removeMember(leaverOf(membershipToken), soon());
    await emulated.mode.removeMember(leaverOf('000000000000'), soon());
    expect(emulated.mode.can.has('removeMember')).toBe(true);
  });

  it('that Mode denies a token without rights by 404 is never reported as done', async () => {
    const seeded = await emulate();
    const { email, membershipToken } = await one(seeded);
    const credentials = [
      {
        token: 'plain',
        secret: 'plain',
        kind: 'personal' as const,
        ownerEmail: (await one(seeded, 7)).email,
      },
    ];
    const emulated = await emulate({ credentials });
    const mode = emulated.connect({ credentials: { token: 'plain', secret: 'plain' } });
    expect(await failureOf(mode.removeMember(leaverOf(membershipToken), soon()))).toMatchObject({
      kind: 'forbidden',
      code: 'mode.rest.removal-refused',
    });
    expect((await emulated.truth()).members.find((member) => member.email === email)?.state).toBe('active');
    expect(mode.can.has('removeMember')).toBe(false);
  });

  it("in a workspace that is not the token's is never reported as done", async () => {
    const { connect, running } = await emulate();
    const mode = connect({ connection: { modeUrl: running.url, workspace: 'renamed' } });
    for (const asked of [
      mode.removeMember(leaverOf('000000000000'), soon()),
      mode.deleteGroup('000000000000', soon()),
    ]) {
      expect(await failureOf(asked)).toMatchObject({ kind: 'forbidden', code: 'mode.rest.other-workspace' });
    }
  });

  it("that Mode refuses leaves Mode's reason in the message", async () => {
    const emulated = await emulate({ people: 1 });
    const { membershipToken } = await one(emulated, 0);
    expect(await failureOf(emulated.mode.removeMember(leaverOf(membershipToken), soon()))).toMatchObject({
      kind: 'invalid',
    });
  });

  it('with an empty token is never sent', async () => {
    const { mode, calls } = await emulate();
    expect(await failureOf(mode.removeMember(leaverOf(''), soon()))).toMatchObject({
      code: 'mode.http.bad-segment',
    });
    expect(await failureOf(mode.removeMember(leaverOf('..'), soon()))).toMatchObject({
      code: 'mode.http.bad-segment',
    });
    expect(await calls()).toMatchObject({ total: 0 });
  });
});
