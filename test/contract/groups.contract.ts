/** What the store promises about groups, who is in them, and what Mode was seen to hold. */
import type { OpenStore } from '../../src/store/index.ts';
import { A, at, B, group, insertMany, insertUser, manyIds, member, modeGroup, user } from './records.ts';

export const describeGroups = (store: () => OpenStore): void => {
  describe('groups', () => {
    it('gives back every field, and nothing to another connection', async () => {
      const record = group('g1', { externalId: 'e', attributes: { a: [1] }, groupToken: 't1' });
      await store().groups.insert(record);
      expect(await store().groups.find(A, 'g1')).toEqual(record);
      expect(await store().groups.find(B, 'g1')).toBeUndefined();
      expect(await store().groups.findAny(B, 'g1')).toBeUndefined();
      expect(await store().groups.idsByGroupToken(A)).toEqual(new Map([['t1', 'g1']]));
      expect(await store().groups.idsByGroupToken(B)).toEqual(new Map());
    });

    it('refuses a displayName that is taken by a living group', async () => {
      await store().groups.insert(group('g1', { displayName: 'Sales' }));
      const taken = {
        kind: 'conflict',
        code: 'store.groups.taken',
        message: 'A group with displayName "SALES" exists already.',
      };
      await expect(store().groups.insert(group('g2', { displayName: 'SALES' }))).rejects.toMatchObject(taken);
      await store().groups.insert(group('g3'));
      await expect(
        store().groups.update(group('g3', { displayName: 'SALES', version: 2 }), 1),
      ).rejects.toMatchObject(taken);
      expect(
        await store().groups.update(group('g1', { displayName: 'Sales', version: 2, deletedAt: at(1) }), 1),
      ).toBe(true);
      await store().groups.insert(group('g2', { displayName: 'SALES' }));
    });

    it('updates only the version that was read; touching adds one', async () => {
      await store().groups.insert(group('g1'));
      expect(await store().groups.update(group('g1', { displayName: 'New', version: 2 }), 1)).toBe(true);
      expect(await store().groups.update(group('g1', { version: 2 }), 1)).toBe(false);
      await store().groups.touch(A, 'g1', at(8));
      expect(await store().groups.find(A, 'g1')).toMatchObject({
        displayName: 'New',
        version: 3,
        modifiedAt: at(8),
      });
    });

    it('links and unlinks, lists those without a group in Mode, and purges with memberships', async () => {
      await store().groups.insert(group('g1'));
      await insertUser(store(), 'u1');
      await store().memberships.want(A, 'g1', ['u1']);
      expect((await store().groups.linkable(A)).map(({ id }) => id)).toEqual(['g1']);
      await store().groups.link(A, 'g1', { was: null, groupToken: 't1' });
      await store().mode.saveGroups(A, [modeGroup('t1')], at(1));
      expect(await store().groups.linkable(A)).toEqual([]);
      expect(await store().groups.update(group('g1', { version: 2 }), 1)).toBe(true);
      expect(await store().groups.find(A, 'g1')).toMatchObject({ groupToken: 't1', version: 2 });
      const unlink = (was: string | null) => store().groups.link(A, 'g1', { was, groupToken: null });
      expect([await unlink('t0'), await unlink(null), await unlink('t1')]).toEqual([false, false, true]);
      await store().groups.insert(group('g9', { deletedAt: at(1) }));
      expect((await store().groups.linkable(A)).map(({ id }) => id)).toEqual(['g1']);
      expect((await store().groups.leaving(A)).map(({ id }) => id)).toEqual(['g9']);
      expect(await store().groups.find(A, 'g1')).toMatchObject({ groupToken: null, version: 2 });
      await store().groups.insert(group('g2', { groupToken: 't2' }));
      expect(await store().groups.link(A, 'g1', { was: null, groupToken: 't2' })).toBe(false);
      await store().groups.purge(A, 'g1');
      expect(await store().groups.findAny(A, 'g1')).toBeUndefined();
      expect(await store().memberships.rows(A, 'g1')).toEqual([]);
      expect(await store().memberships.groupsOf(A, ['u1'])).toEqual([]);
    });
  });
};

export const describeMemberships = (store: () => OpenStore): void => {
  const rowsOf = async (groupId: string) =>
    (await store().memberships.rows(A, groupId)).map((row) => [row.userId, row.wanted, row.membershipToken]);
  const see = (userId: string, membershipToken: string | null, adopt: boolean, seenAt: string) =>
    store().memberships.observe(A, 'g1', [{ userId, membershipToken }], { adopt, seenAt });

  describe('memberships', () => {
    beforeEach(async () => {
      await store().groups.insert(group('g1'));
      await insertMany(store(), ['u1', 'u2', 'u3']);
    });

    it('wants and no longer wants, and says for whom that was new', async () => {
      expect([...(await store().memberships.want(A, 'g1', ['u1', 'u2', 'u1']))].sort()).toEqual(['u1', 'u2']);
      expect(await store().memberships.want(A, 'g1', ['u2', 'u3'])).toEqual(['u3']);
      expect(await store().memberships.want(A, 'g1', [])).toEqual([]);
      expect(await store().memberships.wantedIds(A, 'g1')).toEqual(new Set(['u1', 'u2', 'u3']));
      expect(await store().memberships.unwant(A, 'g1', ['u1', 'unknown'])).toEqual(['u1']);
      expect(await store().memberships.unwant(A, 'g1', ['u1'])).toEqual([]);
      expect([...(await store().memberships.unwant(A, 'g1', null))].sort()).toEqual(['u2', 'u3']);
      expect(await rowsOf('g1')).toEqual([]);
    });

    it('does not know people or groups of another connection', async () => {
      await insertUser(store(), 'b1', { connectionId: B });
      await store().groups.insert(group('gb', { connectionId: B }));
      expect(await store().memberships.want(A, 'g1', ['b1', 'unknown'])).toEqual([]);
      expect(await store().memberships.want(A, 'gb', ['u1'])).toEqual([]);
      await store().memberships.want(A, 'g1', ['u1']);
      expect(await store().memberships.wantedIds(B, 'g1')).toEqual(new Set());
      expect(await store().memberships.membersOf(B, ['g1'])).toEqual([]);
      expect(await store().memberships.unwant(B, 'g1', null)).toEqual([]);
      expect(await store().memberships.rows(B, 'g1')).toEqual([]);
    });

    it('shows wanted members and groups, the living only, in order', async () => {
      await store().groups.insert(group('g0', { displayName: 'Zero' }));
      await store().memberships.want(A, 'g1', ['u2', 'u1', 'u3']);
      await store().memberships.want(A, 'g0', ['u2']);
      await store().users.update(user('u3', { version: 2, deletedAt: at(1) }), [], 1);
      const view = (groupId: string, userId: string, display: string) => ({ groupId, userId, display });
      expect(await store().memberships.membersOf(A, ['g1', 'g0'])).toEqual([
        view('g0', 'u2', 'u2@example.com'),
        view('g1', 'u1', 'u1@example.com'),
        view('g1', 'u2', 'u2@example.com'),
      ]);
      expect(await store().memberships.wantedIds(A, 'g1')).toEqual(new Set(['u1', 'u2', 'u3']));
      expect(await store().memberships.groupsOf(A, ['u2', 'u1'])).toEqual([
        view('g1', 'u1', 'Group g1'),
        view('g0', 'u2', 'Zero'),
        view('g1', 'u2', 'Group g1'),
      ]);
      await store().groups.update(group('g0', { displayName: 'Zero', version: 2, deletedAt: at(1) }), 1);
      expect(await store().memberships.groupsOf(A, ['u2'])).toEqual([view('g1', 'u2', 'Group g1')]);
    });

    it('finds what Mode lacks and what it has too much, as far as it can be put right now', async () => {
      const links = ['u1', 'u2', 'u3'].map((id) => ({
        id,
        was: null,
        memberToken: `m-${id}`,
        invited: false,
      }));
      await store().users.linkMany(A, links, at(0));
      await store().mode.saveMembers(
        A,
        [member('m-u1'), member('m-u2', { state: 'pending' }), member('m-u3')],
        at(1),
      );
      await store().memberships.want(A, 'g1', ['u1', 'u2']);
      await see('u3', 't3', false, at(1));
      const add = { userId: 'u1', memberToken: 'm-u1', wanted: true, membershipToken: null };
      const remove = { userId: 'u3', memberToken: 'm-u3', wanted: false, membershipToken: 't3' };
      expect(await store().memberships.pending(A, 'g1', null)).toEqual([add, remove]);
      expect(await store().memberships.pending(A, 'g1', [add.userId, 'nobody'])).toEqual([add]);
      expect(await store().memberships.pending(A, 'g1', [])).toEqual([]);
      await see('u1', 't1', false, at(2));
      await see('u3', null, false, at(2));
      expect(await store().memberships.pending(A, 'g1', null)).toEqual([]);
      expect(await rowsOf('g1')).toEqual([
        ['u1', true, 't1'],
        ['u2', true, null],
      ]);
      expect(await store().memberships.groupsWaitingFor(A, ['u2'])).toEqual(new Map([['g1', ['u2']]]));
      expect(await store().memberships.groupsWaitingFor(A, ['u1'])).toEqual(new Map());
    });

    it('adds nobody in Mode who is inactive, deleted or unknown there; removes the deleted', async () => {
      await store().memberships.want(A, 'g1', ['u1', 'u2', 'u3']);
      const link = (id: string) => ({ memberToken: `m-${id}`, invitedAs: null, invitedAt: null });
      await store().mode.saveMembers(A, [member('m-u1'), member('m-u2')], at(1));
      await store().users.update(user('u1', { ...link('u1'), active: false, version: 2 }), [], 1);
      await store().users.update(user('u2', { ...link('u2'), deletedAt: at(1), version: 2 }), [], 1);
      expect(await store().memberships.pending(A, 'g1', null)).toEqual([]);
      await see('u2', 't2', false, at(2));
      await store().memberships.unwant(A, 'g1', ['u2']);
      expect(await store().memberships.pending(A, 'g1', null)).toMatchObject([
        { userId: 'u2', wanted: false },
      ]);
    });

    it('adopts whom Mode shows and nobody knew; who is unwanted stays so', async () => {
      await see('u1', 't1', true, at(1));
      await see('u2', 't2', false, at(1));
      expect(await rowsOf('g1')).toEqual([
        ['u1', true, 't1'],
        ['u2', false, 't2'],
      ]);
      await store().memberships.unwant(A, 'g1', ['u1']);
      await see('u1', 't1', true, at(2));
      expect(await rowsOf('g1')).toContainEqual(['u1', false, 't1']);
      await see('u3', null, true, at(3));
      expect((await rowsOf('g1')).map(([id]) => id)).not.toContain('u3');
    });

    it('never lets an older look undo a newer one, not even for a row that is gone', async () => {
      await store().memberships.want(A, 'g1', ['u1']);
      await see('u1', 'new', false, at(5));
      await see('u1', 'old', true, at(4));
      await see('u1', null, true, at(4));
      expect(await rowsOf('g1')).toEqual([['u1', true, 'new']]);
      await store().memberships.unwant(A, 'g1', ['u1']);
      await see('u1', null, false, at(7));
      await see('u1', 'new', true, at(6));
      expect(await rowsOf('g1')).toEqual([]);
      expect(await store().memberships.pending(A, 'g1', null)).toEqual([]);
      // By hand, after the removal: adopted like anybody new.
      await see('u1', 'again', true, at(8));
      expect(await rowsOf('g1')).toEqual([['u1', true, 'again']]);
    });

    it('forgets presence everywhere when the person left Mode, and keeps what is wanted', async () => {
      await store().groups.insert(group('g2'));
      await store().memberships.want(A, 'g1', ['u1']);
      await see('u1', 't1', true, at(1));
      await store().memberships.observe(A, 'g2', [{ userId: 'u1', membershipToken: 't2' }], {
        adopt: false,
        seenAt: at(1),
      });
      await store().memberships.forgetPresence(A, ['u1'], at(0));
      expect(await rowsOf('g2')).toEqual([['u1', false, 't2']]);
      await store().memberships.forgetPresence(A, ['u1'], at(2));
      expect(await rowsOf('g1')).toEqual([['u1', true, null]]);
      expect(await rowsOf('g2')).toEqual([]);
    });

    it('takes nobody for taken out by hand who was missing from a listing because she had left Mode', async () => {
      await store().memberships.want(A, 'g1', ['u1']);
      await see('u1', 't1', false, at(1));
      const nobody = [{ groupId: 'g1', present: new Map<string, string>() }];
      await store().memberships.observeListings(A, nobody, { adopt: false, seenAt: at(3) });
      expect((await store().drift.memberships(A)).map(({ userId }) => userId)).toEqual(['u1']);
      await store().memberships.forgetPresence(A, ['u1'], at(2));
      expect(await store().drift.memberships(A)).toEqual([]);
    });

    it('takes for owed whom a debt of the group is about, and anybody else for taken out by hand', async () => {
      await store().memberships.want(A, 'g1', ['u1', 'u2']);
      await see('u1', 't1', false, at(1));
      await see('u2', 't2', false, at(1));
      const debt = { connectionId: A, kind: 'group', id: 'g1', undo: null, priority: 1 } as const;
      await store().unsettled.mark({ ...debt, members: ['u1'] }, at(2));
      const nobody = [{ groupId: 'g1', present: new Map<string, string>() }];
      // What is owed needs no plan: shown is what is left once the debt is paid.
      const drifted = async () => {
        const work = await store().unsettled.claim(debt, { owner: 'me', now: at(7), leaseUntil: at(9) });
        if (work) await store().unsettled.settle(work);
        return (await store().drift.memberships(A)).map(({ userId }) => userId);
      };
      await store().memberships.observeListings(A, nobody, { adopt: false, seenAt: at(3) });
      expect(await drifted()).toEqual(['u2']);
      // About all: nobody more.
      await see('u1', 't1', false, at(4));
      await store().unsettled.mark({ ...debt, members: null }, at(5));
      await store().memberships.observeListings(A, nobody, { adopt: false, seenAt: at(6) });
      expect(await drifted()).toEqual(['u2']);
    });

    it('takes 10,000 people at once', async () => {
      const ids = manyIds(10_000);
      await insertMany(store(), ids);
      expect(await store().memberships.want(A, 'g1', ids)).toHaveLength(10_000);
      const seen = ids.map((userId) => ({ userId, membershipToken: `t-${userId}` }));
      await store().memberships.observe(A, 'g1', seen, { adopt: true, seenAt: at(1) });
      expect(await store().memberships.membersOf(A, ['g1'])).toHaveLength(10_000);
      expect(await store().memberships.unwant(A, 'g1', ids.slice(1))).toHaveLength(9_999);
      expect(await store().memberships.wantedIds(A, 'g1')).toEqual(new Set([ids[0]]));
    });
  });
};

export const describeMode = (store: () => OpenStore): void => {
  describe('what Mode holds', () => {
    it('overwrites members, except with what was seen earlier', async () => {
      await store().mode.saveMembers(A, [member('m1'), member('m2')], at(2));
      await store().mode.saveMembers(A, [member('m1', { admin: true, name: 'new' })], at(3));
      const older = [member('m1', { name: 'old' }), member('m2'), member('m4')];
      expect(await store().mode.saveMembers(A, older, at(2))).toEqual(new Set(['m2', 'm4']));
      expect(await store().mode.member(A, 'm1')).toEqual(member('m1', { admin: true, name: 'new' }));
      expect(await store().mode.member(B, 'm1')).toBeUndefined();
      const known = await store().mode.membersByToken(A, ['m1', 'm2', 'm3', ...manyIds(10_000)]);
      expect([...known.keys()].sort()).toEqual(['m1', 'm2']);
      expect(await store().mode.membersByToken(A, [])).toEqual(new Map());
    });

    it('retires members that a listing no longer showed, once', async () => {
      await store().mode.saveMembers(A, [member('m1'), member('m2')], at(1));
      await store().mode.saveMembers(B, [member('m1')], at(1));
      await store().mode.saveMembers(A, [member('m2')], at(2));
      expect(await store().mode.retireMembersUnseenSince(A, at(2))).toEqual(['m1']);
      expect(await store().mode.member(A, 'm1')).toEqual(
        member('m1', { state: 'former', membershipToken: null }),
      );
      expect(await store().mode.member(B, 'm1')).toEqual(member('m1'));
      expect(await store().mode.retireMembersUnseenSince(A, at(2))).toEqual([]);
      expect(await store().mode.saveMembers(A, [member('m1')], at(1))).toEqual(new Set());
    });

    it('keeps groups likewise and forgets those that are gone', async () => {
      await store().mode.saveGroups(A, [modeGroup('t1'), modeGroup('t2')], at(2));
      await store().mode.saveGroups(A, [modeGroup('t1', { name: 'new', groupType: 'Full' })], at(3));
      await store().mode.saveGroups(A, [modeGroup('t1', { name: 'old' })], at(1));
      expect(await store().mode.groupsByToken(A, ['t1', 't3'])).toEqual(
        new Map([['t1', modeGroup('t1', { name: 'new', groupType: 'Full' })]]),
      );
      expect(await store().mode.retireGroupsUnseenSince(A, at(3))).toEqual(['t2']);
      expect([...(await store().mode.groupsByToken(A, ['t1', 't2'])).keys()]).toEqual(['t1']);
    });

    it('knows a buried group no more, and no older look brings it back', async () => {
      await store().groups.insert(group('g1', { groupToken: 't1' }));
      await store().mode.saveGroups(A, [modeGroup('t1'), modeGroup('t2')], at(5));
      await store().mode.buryGroup(A, 't1', at(4));
      expect((await store().mode.groupsByToken(A, ['t1'])).size).toBe(1);
      await store().mode.buryGroup(A, 't1', at(7));
      expect(await store().mode.groupsByToken(A, ['t1'])).toEqual(new Map());
      expect((await store().groups.linkable(A)).map(({ id }) => id)).toEqual(['g1']);
      expect(await store().drift.totals(A)).toMatchObject({ groups: 1 });
      expect(await store().mode.saveGroups(A, [modeGroup('t1'), modeGroup('t2')], at(6))).toEqual(
        new Set(['t2']),
      );
      expect(await store().mode.retireGroupsUnseenSince(A, at(7))).toEqual(['t2']);
      expect(await store().mode.saveGroups(A, [modeGroup('t1')], at(7))).toEqual(new Set(['t1']));
      expect((await store().mode.groupsByToken(A, ['t1'])).size).toBe(1);
    });

    it('tells who left, and since when', async () => {
      await store().mode.saveMembers(A, [member('m1', { state: 'former' }), member('m2')], at(5));
      const goneSince = (n: number) => store().mode.membersGoneSince(A, ['m1', 'm2', 'm3'], at(n));
      expect([await goneSince(5), await goneSince(6)]).toEqual([new Set(['m1']), new Set()]);
    });
  });
};
