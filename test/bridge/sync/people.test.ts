/** Who is who between Mode and SCIM: adopted, linked, left alone (docs/decisions/008-linking.md). */
import { describe, expect, test } from '@jest/globals';
import type { Bridge, BridgeOptions } from '../../support/bridge.ts';
import { until } from '../../support/bridge.ts';
import { engines } from '../../support/engines.ts';
import { type Workspace, workspaceOf } from '../../support/workspace.ts';

describe.each(engines)('people, on $engine', ({ bridges }) => {
  const start = bridges();
  let bridge: Bridge;
  const open = async (options: BridgeOptions = {}): Promise<Workspace> => {
    bridge = await start({ emulator: { people: 8, groups: 2 }, ...options });
    return workspaceOf(bridge);
  };
  const named = async (mode: Workspace, name: string) =>
    (await mode.users()).filter(({ userName }) => userName.toLowerCase() === name.toLowerCase());
  const unclear = () =>
    bridge.logged
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'sync.unclear')
      .map(({ why }) => why);

  describe('the first sync', () => {
    test('adopts everybody who is there, with her groups, and nobody who left', async () => {
      const mode = await open({ sync: false });
      await mode.sync();
      const { members, groups } = await mode.truth();
      const there = members.filter(({ state }) => state !== 'former');
      const states = (await mode.users()).map((user) => [user.userName, user]);
      expect(states.map(([name]) => name).sort()).toEqual(there.map(({ email }) => email).sort());
      expect(there.map(({ state }) => state)).toContain('pending');
      for (const group of await mode.groups()) {
        const truth = groups.find(({ name }) => name === group.displayName);
        expect(await mode.membersOf(group.id)).toHaveLength(truth?.memberTokens.length ?? -1);
      }
      const taken = await bridge.scim('POST', '/Users', { userName: there[0]?.email.toUpperCase() });
      expect(taken.status).toBe(409);
    });

    test.each([1, 30, 31])('costs 2 + ⌈%i/30⌉ calls and one for each group', async (groups) => {
      const mode = await open({ sync: false, emulator: { people: 8, groups } });
      await mode.sync();
      expect((await bridge.calls()).total).toBe(2 + Math.ceil(groups / 30) + groups);
      await mode.sync();
      expect((await bridge.calls()).total).toBe(2 + Math.ceil(groups / 30) + groups);
    });

    test('with a member key, which sees the lite list alone, adopts the people, whom it cannot remove', async () => {
      const mode = await open({ sync: false, emulator: { people: 8, groups: 2, tokenKind: 'member' } });
      await mode.sync();
      const there = (await mode.truth()).members.filter(({ state }) => state !== 'former');
      expect((await mode.users()).map(({ userName }) => userName).sort()).toEqual(
        there.map(({ email }) => email).sort(),
      );
      const [someone] = await named(mode, there.at(-2)?.email ?? '');
      const { status, body } = await mode.patch(`/Users/${someone?.id}`, {
        op: 'replace',
        path: 'active',
        value: false,
      });
      expect([status, body.detail]).toEqual([403, expect.stringMatching(/use one of a workspace admin/)]);
      expect((await mode.user(someone?.id ?? '')).active).toBe(true);
    });
  });

  describe('somebody who joins later', () => {
    const waiting = async (mode: Workspace): Promise<string> => {
      const id = await mode.create('ann@acme.example');
      await mode.createGroup('Treasury', [id]);
      return id;
    };
    const isIn = async (mode: Workspace) => (await mode.peopleIn('Treasury')).includes('ann@acme.example');

    test('is linked and gets the groups that waited for her: by webhook', async () => {
      const mode = await open();
      const id = await waiting(mode);
      await mode.join('ann@acme.example');
      await until('she is in her group', () => isIn(mode));
      expect(await mode.stateOf(id)).toBe('active');
      expect(await named(mode, 'ann@acme.example')).toHaveLength(1);
    });

    test('the same by interval, where nobody calls', async () => {
      const mode = await open({ config: { SYNC_INTERVAL_SECONDS: '1' } });
      await mode.withoutWebhooks();
      await waiting(mode);
      await mode.join('ann@acme.example');
      await until('she is in her group', () => isIn(mode), 15_000);
    });

    test('the same by hand', async () => {
      const mode = await open();
      await mode.withoutWebhooks();
      await waiting(mode);
      await mode.join('ann@acme.example');
      expect(await isIn(mode)).toBe(false);
      await mode.sync('members');
      await until('she is in her group', () => isIn(mode));
    });
  });

  describe('an address', () => {
    test('is the same in any letter case', async () => {
      const mode = await open({ wayIn: 'jit' });
      const id = await mode.create('Ann.Lee@Acme.Example');
      await mode.join('ann.lee@ACME.example');
      await mode.untilState(id, 'active');
      expect(await named(mode, 'ann.lee@acme.example')).toHaveLength(1);
    });

    test('with another tag behind a plus is another address', async () => {
      const mode = await open({ wayIn: 'jit' });
      const id = await mode.create('ann@acme.example');
      await mode.join('ann+mode@acme.example');
      await until(
        'the other is there',
        async () => (await named(mode, 'ann+mode@acme.example')).length === 1,
      );
      expect(await mode.stateOf(id)).toBe('awaitingSignIn');
    });

    test('that changes in the provider, or in Mode, leaves her who she is', async () => {
      const mode = await open();
      const id = await mode.create('ann@acme.example');
      await mode.join('ann@acme.example');
      await mode.untilState(id, 'active');
      const married = 'ann.moore@acme.example';
      const { status } = await mode.patch(
        `/Users/${id}`,
        { op: 'replace', path: 'userName', value: married },
        { op: 'replace', path: 'emails', value: [{ value: married, type: 'work', primary: true }] },
      );
      expect(status).toBe(200);
      await mode.edit({ op: 'setEmail', email: 'ann@acme.example', to: 'ann.jones@acme.example' });
      const before = (await mode.users()).length;
      await mode.sync();
      expect([await mode.stateOf(id), (await mode.users()).length]).toEqual(['active', before]);
    });

    test('that changes between the invitation and the day she comes does not lose her', async () => {
      const mode = await open();
      const id = await mode.create('ann@acme.example');
      const moved = { op: 'replace', path: 'emails', value: [{ value: 'ann@other.example', primary: true }] };
      await mode.patch(`/Users/${id}`, moved, {
        op: 'replace',
        path: 'userName',
        value: 'ann@other.example',
      });
      await mode.join('ann@acme.example');
      await mode.untilState(id, 'active');
      expect(await named(mode, 'ann@acme.example')).toEqual([]);
    });
  });

  describe('where nothing is sure', () => {
    test('between two people nothing is guessed, until the provider says who has the address', async () => {
      const mode = await open({ wayIn: 'jit' });
      const twin = (name: string) =>
        mode.create(`${name}@acme.example`, {
          emails: [{ value: `${name}@acme.example` }, { value: 'twin@acme.example' }],
        });
      const [one, two] = [await twin('one'), await twin('two')];
      const WAITING = ['awaitingSignIn', 'awaitingSignIn'];
      await mode.join('twin@acme.example');
      await mode.sync('members');
      expect([await mode.stateOf(one), await mode.stateOf(two)]).toEqual(WAITING);
      expect(await named(mode, 'twin@acme.example')).toEqual([]);
      await mode.patch(`/Users/${one}`, { op: 'remove', path: 'emails[value eq "twin@acme.example"]' });
      await mode.sync();
      expect([await mode.stateOf(one), await mode.stateOf(two)]).toEqual(['awaitingSignIn', 'active']);
      expect(unclear()).toEqual([]);
    });

    test('of two members who could be one person the one with the address to invite is hers, the other is said to be unclear', async () => {
      const mode = await open({ wayIn: 'jit' });
      await mode.withoutWebhooks();
      for (const email of ['ann@acme.example', 'ann@old.example']) await mode.join(email);
      const emails = [{ value: 'ann@old.example' }, { value: 'ann@acme.example', primary: true }];
      const id = await mode.create('ann', { emails });
      const outcome = await mode.sync();
      expect(await mode.stateOf(id)).toBe('active');
      expect(outcome?.read === 'full' && outcome.found.unclear).toMatchObject([{ why: 'severalMembers' }]);
      const { members } = await mode.truth();
      const record = await bridge.deps.store.users.find(bridge.connection.id, id);
      expect(members.find(({ memberToken }) => memberToken === record?.memberToken)?.email).toBe(
        'ann@acme.example',
      );
      expect(unclear()).toEqual(['severalMembers']);
    });

    test('a member whose name in SCIM is that of somebody else who is linked is left to a person', async () => {
      const mode = await open();
      await mode.withoutWebhooks();
      const id = await mode.create('bob@acme.example', {
        emails: [{ value: 'robert@acme.example', primary: true }],
      });
      await mode.join('robert@acme.example');
      await mode.sync();
      await mode.join('bob@acme.example');
      const outcome = await mode.sync();
      expect(outcome?.read === 'full' && outcome.found.unclear).toMatchObject([{ why: 'nameTaken' }]);
      expect((await named(mode, 'bob@acme.example')).map((user) => user.id)).toEqual([id]);
      expect(await mode.stateOf(id)).toBe('active');
    });
  });

  describe('somebody who left', () => {
    test('and comes back by other hands is the same person, in her groups again', async () => {
      const mode = await open();
      const id = await mode.create('ann@acme.example');
      await mode.createGroup('Treasury', [id]);
      await mode.join('ann@acme.example');
      await until('she is in her group', async () => (await mode.peopleIn('Treasury')).length === 1);
      await mode.edit({ op: 'removeMember', email: 'ann@acme.example' });
      await mode.untilState(id, 'former');
      await mode.inviteByHand('ann@acme.example');
      await mode.join('ann@acme.example');
      await mode.untilState(id, 'active');
      await until('she is in her group again', async () => (await mode.peopleIn('Treasury')).length === 1);
      expect(await named(mode, 'ann@acme.example')).toHaveLength(1);
    });

    test('and comes back with another account is the same person, in her groups again', async () => {
      const mode = await open({ wayIn: 'jit' });
      const id = await mode.create('ann', { emails: [{ value: 'ann@acme.example', primary: true }] });
      await mode.createGroup('Treasury', [id]);
      await mode.join('ann@acme.example');
      await until('she is in her group', async () => (await mode.peopleIn('Treasury')).length === 1);
      await mode.withoutWebhooks();
      await mode.edit({ op: 'setEmail', email: 'ann@acme.example', to: 'ann.old@acme.example' });
      await mode.edit({ op: 'removeMember', email: 'ann.old@acme.example' });
      await mode.join('ann@acme.example');
      const before = (await mode.users()).length;
      await mode.sync();
      expect([await mode.stateOf(id), (await mode.users()).length]).toEqual(['active', before]);
      await until('she is in her group again', async () =>
        (await mode.peopleIn('Treasury')).includes('ann@acme.example'),
      );
      await mode.sync();
      expect(await mode.peopleIn('Treasury')).toEqual(['ann@acme.example']);
    });

    test('before the bridge came is nobody in SCIM, and is linked when the provider brings her back', async () => {
      const mode = await open();
      const former = (await mode.truth()).members.find(({ state }) => state === 'former')?.email ?? '';
      expect(await named(mode, former)).toEqual([]);
      const id = await mode.create(former);
      expect(await mode.standing(former)).toBe('pending');
      await mode.join(former);
      await mode.untilState(id, 'active');
    });

    test('and was deactivated by the provider is removed again when somebody lets her in by hand', async () => {
      const mode = await open();
      const id = await mode.create('ann@acme.example');
      await mode.join('ann@acme.example');
      await mode.untilState(id, 'active');
      await mode.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
      expect(await mode.standing('ann@acme.example')).toBe('former');
      await mode.inviteByHand('ann@acme.example');
      await mode.join('ann@acme.example');
      await until('she is out again', async () => (await mode.standing('ann@acme.example')) === 'former');
    });
  });

  describe('somebody whom the provider makes anew under another userName, with the same address', () => {
    const again = async (mode: Workspace, end: (id: string) => Promise<unknown>) => {
      const old = await mode.create('ann@acme.example');
      await mode.join('ann@acme.example');
      await mode.untilState(old, 'active');
      await end(old);
      const emails = [{ value: 'ann@acme.example', primary: true }];
      const id = await mode.create('ann.moore', { emails });
      await mode.createGroup('Treasury', [id]);
      await mode.sync();
      expect(await mode.stateOf(id)).toBe('pending');
      await mode.join('ann@acme.example');
      await mode.untilState(id, 'active');
      await until('she is in her group', async () => (await mode.peopleIn('Treasury')).length === 1);
      await mode.sync();
      expect(await mode.standing('ann@acme.example')).toBe('active');
      return old;
    };

    test('is the new one, where the old one was deleted', async () => {
      const mode = await open();
      await again(mode, (id) => bridge.scim('DELETE', `/Users/${id}`));
    });

    test('is the new one, where the old one is deactivated and stays', async () => {
      const mode = await open();
      const old = await again(mode, (id) =>
        mode.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }),
      );
      expect((await mode.user(old)).active).toBe(false);
    });
  });
});
