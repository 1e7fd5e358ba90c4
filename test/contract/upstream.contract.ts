/**
 * What directory/upstream.ts promises, for every way to Mode alike, each against the emulator. What only one way can do,
 * and how many calls it takes, is tested in test/mode/.
 */
import type { ModeGroup } from '../../src/directory/model.ts';
import type { CallOptions } from '../../src/directory/upstream.ts';
import type { EmulatorOptions, RunningEmulator } from '../../src/emulator/server.ts';
import type { Connecting } from '../mode/support/connect.ts';
import {
  collect,
  type Emulated,
  emulate,
  failureOf,
  invitationOf,
  leaverOf,
  soon,
  soughtBy,
} from '../mode/support/emulated.ts';

export interface Way {
  /** How the emulated Mode must be for it. */
  readonly emulator?: EmulatorOptions;
  /** How one connects to it; with its API token unless said. */
  readonly connect?: (running: RunningEmulator) => Partial<Connecting>;
}

const NEW = 'new.person@acme.example';
const NOBODY = '000000000000';

const starting =
  (way: Way) =>
  (emulator: EmulatorOptions = {}): Promise<Emulated> =>
    emulate({ ...way.emulator, ...emulator }, way.connect);

/** Runs the part of the contract that is about what a way does. */
export const describeUpstream = (name: string, way: Way): void => {
  const start = starting(way);

  const invite = ({ mode }: Emulated, email: string) => mode.invite(invitationOf(email), soon());
  const found = async ({ mode }: Emulated, email: string) =>
    (await mode.candidates(soughtBy(email), soon())).find((one) => one.email === email);
  const stateOf = async ({ truth }: Emulated, email: string) =>
    (await truth()).members.filter((one) => one.email === email).map(({ state }) => state);
  const remove = async (emulated: Emulated, email: string): Promise<void> => {
    const { membershipToken } = (await found(emulated, email)) ?? {};
    await emulated.mode.removeMember(leaverOf(membershipToken), soon());
  };
  /** Somebody in Mode who is no admin. */
  const plainMember = async ({ truth }: Emulated) => {
    const { members } = await truth();
    const member = members.findLast((one) => one.state === 'active' && !one.admin);
    if (!member) throw new Error('the seed has nobody like that');
    return member;
  };
  const tokensOf = async ({ mode }: Emulated, emails: readonly string[]) => {
    const byEmail = new Map((await mode.members(soon())).map((one) => [one.email, one.memberToken]));
    return emails.map((email) => byEmail.get(email) ?? '');
  };
  /** Addresses of those who are truly in a group. */
  const inGroup = async ({ truth }: Emulated, groupName: string) => {
    const { groups, members } = await truth();
    const group = groups.find((one) => one.name === groupName);
    return members.filter((one) => group?.memberTokens.includes(one.memberToken)).map((one) => one.email);
  };
  const activeEmails = async ({ truth }: Emulated, count: number) =>
    (await truth()).members
      .filter(({ state }) => state === 'active')
      .slice(0, count)
      .map(({ email }) => email);
  const change = async (
    { mode }: Emulated,
    group: ModeGroup,
    { add = [], remove: gone = [] }: Partial<Parameters<typeof mode.changeMembers>[1]>,
  ) => {
    const size = mode.membersPerCall;
    const added = [];
    for (let at = 0; at < add.length; at += size)
      added.push(
        ...(await mode.changeMembers(
          group.groupToken,
          { add: add.slice(at, at + size), remove: [] },
          soon(),
        )),
      );
    for (let at = 0; at < gone.length; at += size)
      await mode.changeMembers(group.groupToken, { add: [], remove: gone.slice(at, at + size) }, soon());
    return added;
  };

  describe(`upstream over ${name}: people`, () => {
    it('are all listed, each once, by address and with what removes them, however many pages that takes', async () => {
      const emulated = await start({ people: 240 });
      const members = await emulated.mode.members(soon());
      const real = (await emulated.truth()).members.filter(({ state }) => state !== 'former');
      expect(members.filter(({ state }) => state !== 'former').map(({ email }) => email)).toEqual(
        real.map(({ email }) => email),
      );
      expect(new Set(members.map(({ memberToken }) => memberToken)).size).toBe(members.length);
      expect(
        members.every(({ membershipToken, state }) => membershipToken !== null || state === 'former'),
      ).toBe(true);
    });

    it('are found by an address among others, and nobody is by one that nobody has', async () => {
      const emulated = await start();
      const { email } = await plainMember(emulated);
      expect(await found(emulated, email)).toMatchObject({ email, state: 'active' });
      expect(await found(emulated, NEW)).toBeUndefined();
    });

    it('are found by their token when their address has changed', async () => {
      const { mode, truth } = await start();
      const { email } = await plainMember({ truth } as Emulated);
      const [before] = (await mode.members(soon())).filter((one) => one.email === email);
      const asked = soughtBy(NEW, [NEW], before?.memberToken);
      expect(await mode.candidates(asked, soon())).toContainEqual(before);
    });

    it('come in by one call, and are found then', async () => {
      const emulated = await start();
      await invite(emulated, NEW);
      expect(await found(emulated, NEW)).toMatchObject({ email: NEW, admin: false });
      expect((await found(emulated, NEW))?.state).not.toBe('former');
      expect(await stateOf(emulated, NEW)).toHaveLength(1);
    });

    it('may be sent for twice, as after a lost answer: there is still one of her', async () => {
      const emulated = await start();
      // Whatever a way wants to know first, it knows by then.
      await invite(emulated, 'first.person@acme.example');
      await emulated.fault({ route: '*', drop: 'after' });
      expect(await failureOf(invite(emulated, NEW))).toMatchObject({ kind: 'unavailable' });
      expect(await stateOf(emulated, NEW)).toHaveLength(1);
      await invite(emulated, NEW);
      expect(await stateOf(emulated, NEW)).toHaveLength(1);
    });

    it('are removed: access ends, and once more is as good as done', async () => {
      const emulated = await start();
      const { email } = await plainMember(emulated);
      const { membershipToken } = (await found(emulated, email)) ?? {};
      await emulated.mode.removeMember(leaverOf(membershipToken), soon());
      expect(await stateOf(emulated, email)).toEqual(['former']);
      await emulated.mode.removeMember(leaverOf(membershipToken), soon());
      await emulated.mode.removeMember(leaverOf(NOBODY), soon());
      const after = (await found(emulated, email))?.state ?? 'former';
      expect(after).toBe('former');
    });

    it('who were removed come back as the same person', async () => {
      const emulated = await start();
      const { email } = await plainMember(emulated);
      const [before] = await tokensOf(emulated, [email]);
      await remove(emulated, email);
      await invite(emulated, email);
      expect((await stateOf(emulated, email))[0]).not.toBe('former');
      expect(await tokensOf(emulated, [email])).toEqual([before]);
    });

    it('whom Mode does not let go stay, and it is said', async () => {
      const emulated = await start({ people: 1 });
      const [admin] = (await emulated.truth()).members;
      const failure = await failureOf(remove(emulated, admin?.email ?? ''));
      expect(failure).toMatchObject({ kind: 'invalid', message: expect.stringContaining('last admin') });
      expect(await stateOf(emulated, admin?.email ?? '')).toEqual(['active']);
    });
  });

  describe(`upstream over ${name}: groups`, () => {
    it('are all listed, each once, however many pages that takes', async () => {
      const { mode, truth } = await start({ groups: 130 });
      const listed = await collect(mode.groups(soon()));
      const real = (await truth()).groups;
      expect(listed.map((one) => one.name).sort()).toEqual(real.map((one) => one.name).sort());
    });

    it('are made, renamed and deleted; a second deletion is as good as done', async () => {
      const { mode, truth } = await start({ groups: 0 });
      const made = await mode.createGroup('Données & "Co"', soon());
      expect(made).toMatchObject({ name: 'Données & "Co"', state: 'active' });
      expect(await collect(mode.groups(soon()))).toEqual([made]);
      expect(await mode.renameGroup(made.groupToken, 'Data', soon())).toEqual({ ...made, name: 'Data' });
      await mode.deleteGroup(made.groupToken, soon());
      expect((await truth()).groups).toMatchObject([{ name: 'Data', state: 'soft_deleted' }]);
      expect(await collect(mode.groups(soon()))).toEqual([]);
      await mode.deleteGroup(made.groupToken, soon());
      await mode.deleteGroup(NOBODY, soon());
    });

    it('that are gone cannot be renamed, read or given members, and are told apart from refusals', async () => {
      const emulated = await start();
      const { mode } = emulated;
      const [memberToken] = await tokensOf(emulated, await activeEmails(emulated, 1));
      const add = [memberToken ?? ''];
      for (const asked of [
        mode.renameGroup(NOBODY, 'New', soon()),
        mode.groupMemberships(NOBODY, soon()),
        mode.changeMembers(NOBODY, { add, remove: [] }, soon()),
      ])
        expect(await failureOf(asked)).toMatchObject({ kind: 'notFound' });
    });

    it('of one name cannot be two, and it is said', async () => {
      const { mode, truth } = await start({ groups: 0 });
      await mode.createGroup('Data', soon());
      const failure = await failureOf(mode.createGroup('Data', soon()));
      expect((failure as { kind: string }).kind).toMatch(/^(invalid|conflict)$/);
      expect((await truth()).groups).toHaveLength(1);
    });
  });

  describe(`upstream over ${name}: who is in a group`, () => {
    it('is listed in full', async () => {
      const emulated = await start({ people: 120, groups: 1 });
      const [group] = await collect(emulated.mode.groups(soon()));
      const rows = (await emulated.mode.groupMemberships(group?.groupToken ?? '', soon())) ?? [];
      const real = await inGroup(emulated, group?.name ?? '');
      expect(real.length).toBeGreaterThan(90);
      expect(rows.map(({ memberToken }) => memberToken).sort()).toEqual(
        (await tokensOf(emulated, real)).sort(),
      );
    });

    it('is changed, many at a time, and what is done already may be asked for again', async () => {
      const emulated = await start({ groups: 0, people: 150 });
      const emails = await activeEmails(emulated, 120);
      const tokens = await tokensOf(emulated, emails);
      const group = await emulated.mode.createGroup('Data', soon());
      const added = await change(emulated, group, { add: tokens });
      expect(added.map(({ memberToken }) => memberToken)).toEqual(tokens);
      expect(await inGroup(emulated, 'Data')).toEqual(emails);
      expect(await emulated.mode.groupMemberships(group.groupToken, soon())).toEqual(
        expect.arrayContaining(added),
      );
      await change(emulated, group, { remove: added.slice(1) });
      expect(await inGroup(emulated, 'Data')).toEqual(emails.slice(0, 1));
      await change(emulated, group, { remove: added.slice(1, 3) });
      expect(await inGroup(emulated, 'Data')).toEqual(emails.slice(0, 1));
    });

    it('is left as it is by a change of nothing, without a call', async () => {
      const emulated = await start({ groups: 0 });
      const group = await emulated.mode.createGroup('Data', soon());
      const { total } = await emulated.calls();
      expect(await emulated.mode.changeMembers(group.groupToken, { add: [], remove: [] }, soon())).toEqual(
        [],
      );
      expect((await emulated.calls()).total).toBe(total);
    });

    it('cannot be a stranger, and it is said', async () => {
      const emulated = await start({ groups: 0 });
      const group = await emulated.mode.createGroup('Data', soon());
      const failure = await failureOf(change(emulated, group, { add: [NOBODY] }));
      expect((failure as { kind: string }).kind).toMatch(/^(invalid|notFound)$/);
      expect(await inGroup(emulated, 'Data')).toEqual([]);
    });
  });
};

/** Runs the part of the contract that is about a Mode that is slow, down, or says no. */
export const describeTrouble = (name: string, way: Way): void => {
  const start = starting(way);

  describe(`upstream over ${name}: trouble`, () => {
    type Ask = (emulated: Emulated, options: CallOptions) => Promise<unknown>;
    const asks: readonly (readonly [string, Ask])[] = [
      ['verify', ({ mode }, options) => mode.verify(options)],
      ['members', ({ mode }, options) => mode.members(options)],
      ['candidates', ({ mode }, options) => mode.candidates(soughtBy(NEW), options)],
      ['invite', ({ mode }, options) => mode.invite(invitationOf(NEW), options)],
      ['removeMember', ({ mode }, options) => mode.removeMember(leaverOf('aaaaaaaaaaaa'), options)],
      ['groups', ({ mode }, options) => collect(mode.groups(options))],
      ['createGroup', ({ mode }, options) => mode.createGroup('Data', options)],
      ['renameGroup', ({ mode }, options) => mode.renameGroup('aaaaaaaaaaaa', 'Data', options)],
      ['deleteGroup', ({ mode }, options) => mode.deleteGroup('aaaaaaaaaaaa', options)],
      ['groupMemberships', ({ mode }, options) => mode.groupMemberships('aaaaaaaaaaaa', options)],
      [
        'changeMembers',
        ({ mode }, options) =>
          mode.changeMembers('aaaaaaaaaaaa', { add: ['bbbbbbbbbbbb'], remove: [] }, options),
      ],
    ];

    const troubles = [
      // Of two calls side by side the second may find no time left.
      [{ status: 429 }, 'rateLimited|unavailable'],
      [{ status: 503 }, 'unavailable'],
      [{ status: 500 }, 'unavailable'],
      [{ drop: true }, 'unavailable'],
      [{ status: 302, headers: { Location: 'https://elsewhere.example/' } }, 'unavailable'],
      [{ status: 401 }, 'unauthorized'],
    ] as const;

    it.each(asks)('%s tells time that heals from a dead token, and shows no secret', async (_name, ask) => {
      for (const [fault, kind] of troubles) {
        const emulated = await start();
        await emulated.fault({ route: '*', times: 1_000, ...fault });
        const failure = await failureOf(
          ask(emulated, soon('status' in fault && fault.status === 429 ? 5_000 : undefined)),
        );
        expect([fault, failure]).toEqual([
          fault,
          expect.objectContaining({ kind: expect.stringMatching(kind) }),
        ]);
        const { secret, scimToken } = emulated.running;
        const text = JSON.stringify(failure, Object.getOwnPropertyNames(failure));
        expect([text.includes(secret), text.includes(scimToken)]).toEqual([false, false]);
      }
    });

    it.each(asks.filter(([what]) => !/^(invite|remove|delete)/.test(what)))(
      '%s tells an answer that makes no sense from one of nothing',
      async (_name, ask) => {
        for (const body of [[], {}, { Resources: 'all' }, { _embedded: { groups: {} } }]) {
          const emulated = await start();
          await emulated.fault({ route: '*', times: 1_000, status: 200, body });
          const failure = await failureOf(ask(emulated, soon()));
          expect([body, failure]).toEqual([
            body,
            expect.objectContaining({ kind: 'unavailable', code: 'mode.http.unreadable' }),
          ]);
        }
      },
    );

    it('a write without an answer is sent once: only the caller can look whether it happened', async () => {
      const emulated = await start({ groups: 0 });
      await emulated.mode.members(soon());
      for (const fault of [{ drop: true }, { drop: 'after' as const }, { status: 503 }]) {
        const { total } = await emulated.calls();
        await emulated.fault({ route: '*', ...fault });
        expect(await failureOf(emulated.mode.createGroup('Data', soon()))).toMatchObject({
          kind: 'unavailable',
        });
        expect((await emulated.calls()).total - total).toBe(1);
      }
    });

    it('a 429 is waited for and heals by itself', async () => {
      const emulated = await start({ groups: 0 });
      await emulated.fault({ route: '*', status: 429, headers: { 'Retry-After': '1' }, times: 3 });
      await emulated.mode.createGroup('Data', soon());
      expect((await emulated.truth()).groups).toMatchObject([{ name: 'Data' }]);
    });
  });
};
