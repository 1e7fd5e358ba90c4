/** What the store promises a sync: very many rows at once, complete listings of groups, and one who reads at a time. */
import type { OpenStore } from '../../src/store/index.ts';
import {
  A,
  asking,
  at,
  B,
  connection,
  group,
  indexOf,
  insertMany,
  insertUser,
  member,
  modeGroup,
  user,
} from './records.ts';

export const describeBulk = (store: () => OpenStore): void => {
  describe('many at once', () => {
    it('links many as a listing showed them, but keeps an invitation that was sent after it', async () => {
      const link = { memberToken: null, invitedAs: null };
      await insertUser(store(), 'u1', { ...link, invitedAt: at(3) });
      await insertUser(store(), 'u2', { ...link, invitedAt: at(7), active: false });
      await insertUser(store(), 'u3', { ...link, invitedAt: null });
      await insertUser(store(), 'u4', { ...link, invitedAt: at(4), deletedAt: at(5) });
      await insertUser(store(), 'b1', { connectionId: B });
      const seen = ['u1', 'u2', 'u3', 'u4', 'b1', 'nobody'].map((id) => ({
        id,
        was: null,
        memberToken: `m-${id}`,
        invited: id === 'u3' || id === 'u4',
      }));
      const linked = await store().users.linkMany(A, seen, at(5));
      expect([...linked].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        { id: 'u1', active: true, deletedAt: null },
        { id: 'u2', active: false, deletedAt: null },
        { id: 'u3', active: true, deletedAt: null },
        { id: 'u4', active: true, deletedAt: at(5) },
      ]);
      const invitedAt = async (id: string) => (await store().users.findAny(A, id))?.invitedAt;
      expect([await invitedAt('u1'), await invitedAt('u2')]).toEqual([null, at(7)]);
      expect([await invitedAt('u3'), await invitedAt('u4')]).toEqual([at(5), at(4)]);
      expect(await store().users.findByMemberToken(A, 'm-u1')).toMatchObject({ id: 'u1', version: 1 });
      expect(await store().users.find(B, 'b1')).toMatchObject({ memberToken: null });
      expect(await store().users.linkMany(A, [], at(5))).toEqual([]);
    });

    it('leaves alone who was linked to another meanwhile, and members whom somebody else became', async () => {
      await insertUser(store(), 'again', { memberToken: 'm1', invitedAt: at(1) });
      await insertUser(store(), 'moved', { memberToken: 'm3' });
      await insertUser(store(), 'other');
      await insertUser(store(), 'successor');
      await insertUser(store(), 'gone', { memberToken: 'm4', deletedAt: at(1) });
      const seen = (id: string, was: string | null, memberToken: string) => ({
        id,
        was,
        memberToken,
        invited: false,
      });
      const links = [
        seen('again', null, 'm1'),
        seen('moved', 'm2', 'm5'),
        seen('other', null, 'm3'),
        seen('successor', null, 'm4'),
      ];
      const linked = await store().users.linkMany(A, links, at(5));
      expect(linked.map(({ id }) => id).sort()).toEqual(['again', 'successor']);
      const tokens = await store().users.idsByMemberToken(A);
      expect([...tokens].sort()).toEqual([
        ['m1', 'again'],
        ['m3', 'moved'],
        ['m4', 'successor'],
      ]);
      expect(await store().users.find(A, 'again')).toMatchObject({ invitedAt: null, version: 1 });
    });

    it('inserts many, index and all, leaves out whose name is taken, and keeps any text', async () => {
      await insertUser(store(), 'u0', { userName: 'Ann@example.com' });
      const odd = `${String.fromCodePoint(0x1f600)} "\\ \n' ${String.fromCharCode(0xd800)}`;
      const people = [
        user('u1', { userName: 'ANN@example.com' }),
        user('u2', { displayName: odd, attributes: { displayName: odd, title: 'Countess' } }),
        user('u3', { userName: 'bob@example.com' }),
        user('u4', { userName: 'BOB@example.com' }),
      ];
      const written = await store().users.insertMany(
        people.map((each) => ({ user: each, index: indexOf(each) })),
      );
      expect([...written].sort()).toEqual(['u2', 'u3']);
      // Half of a pair of surrogates is no character: both engines keep what UTF-8 makes of it.
      const kept = odd.replace(String.fromCharCode(0xd800), String.fromCharCode(0xfffd));
      expect((await store().users.find(A, 'u2'))?.displayName).toBe(kept);
      const countess = asking({
        filter: {
          op: 'eq',
          attribute: { path: 'title', caseExact: false, multiValued: false, type: 'string' },
          value: 'countess',
        },
      });
      expect((await store().users.list(A, countess)).rows.map(({ id }) => id)).toEqual(['u2']);
      const nul = user('u5', { displayName: 'a\u0000b' });
      await expect(store().users.insertMany([{ user: nul, index: [] }])).rejects.toMatchObject({
        code: 'store.text.nul',
      });
      expect(await store().users.insertMany([])).toEqual(new Set());
    });

    it('inserts many groups and leaves out whose name is taken; finds those for which none in Mode stands', async () => {
      await store().groups.insert(group('g0', { displayName: 'Sales' }));
      const groups = [group('g1', { displayName: 'SALES' }), group('g2', { groupToken: 't2' }), group('g3')];
      expect(await store().groups.insertMany(groups)).toEqual(new Set(['g2', 'g3']));
      expect(await store().groups.find(A, 'g2')).toEqual(groups[1]);
      await store().mode.saveGroups(A, [modeGroup('t2')], at(1));
      expect((await store().groups.linkable(A)).map(({ id }) => id)).toEqual(['g0', 'g3']);
      expect(await store().mode.retireGroupsUnseenSince(A, at(2))).toEqual(['t2']);
      expect((await store().groups.linkable(A)).map(({ id }) => id)).toEqual(['g0', 'g2', 'g3']);
    });

    it('keeps no membership token of a member who left', async () => {
      await store().mode.saveMembers(A, [member('m1', { state: 'former' })], at(1));
      expect(await store().mode.member(A, 'm1')).toMatchObject({ state: 'former', membershipToken: null });
    });

    it('marks many, and those again that are marked', async () => {
      const entry = { connectionId: A, kind: 'group', undo: null, members: null, priority: 1 } as const;
      await store().unsettled.mark({ ...entry, id: 'g1', undo: '{}' }, at(1));
      await store().unsettled.markMany(
        [
          { ...entry, id: 'g1', priority: 0 },
          { ...entry, id: 'g2' },
        ],
        at(2),
      );
      const marked = await store().unsettled.list(A);
      expect(marked.map(({ id, revision, priority, undo }) => [id, revision, priority, undo])).toEqual([
        ['g1', 2, 0, '{}'],
        ['g2', 1, 1, null],
      ]);
      await store().unsettled.markMany([], at(3));
    });
  });

  describe('listings of groups', () => {
    const rowsOf = async (groupId: string) =>
      (await store().memberships.rows(A, groupId)).map((row) => [
        row.userId,
        row.wanted,
        row.membershipToken,
      ]);
    const driftOf = async () =>
      (await store().drift.memberships(A)).map(({ groupId, userId, isPresent }) => [
        groupId,
        userId,
        isPresent,
      ]);
    const list = (present: Readonly<Record<string, readonly string[]>>, adopt: boolean, seenAt: string) =>
      store().memberships.observeListings(
        A,
        Object.entries(present).map(([groupId, ids]) => ({
          groupId,
          present: new Map(ids.map((id) => [id, `t-${id}`])),
        })),
        { adopt, seenAt },
      );

    beforeEach(async () => {
      await store().groups.insertMany([group('g1'), group('g2'), group('g3')]);
      await insertMany(store(), ['u1', 'u2', 'u3']);
    });

    it('adopt whom they show at first; later they show who was added and who was taken out by hand', async () => {
      await store().memberships.want(A, 'g1', ['u3']);
      await list({ g1: ['u1', 'u2'], g2: ['u1'] }, true, at(1));
      expect(await rowsOf('g1')).toEqual([
        ['u1', true, 't-u1'],
        ['u2', true, 't-u2'],
        ['u3', true, null],
      ]);
      expect(await driftOf()).toEqual([]);
      await list({ g1: ['u2'], g2: ['u1', 'u3'] }, false, at(2));
      expect(await rowsOf('g1')).toEqual([
        ['u1', true, null],
        ['u2', true, 't-u2'],
        ['u3', true, null],
      ]);
      expect(await rowsOf('g2')).toContainEqual(['u3', false, 't-u3']);
      expect(await driftOf()).toEqual([
        ['g1', 'u1', false],
        ['g2', 'u3', true],
      ]);
      await list({ g1: [] }, false, at(3));
      expect((await rowsOf('g1')).map(([, , token]) => token)).toEqual([null, null, null]);
      expect(await rowsOf('g2')).toHaveLength(2);
    });

    it('never undo what was seen later: who came stays, who went stays away', async () => {
      await list({ g1: ['u1', 'u2'] }, true, at(1));
      const observe = (userId: string, membershipToken: string | null) =>
        store().memberships.observe(A, 'g1', [{ userId, membershipToken }], { adopt: false, seenAt: at(5) });
      await store().memberships.unwant(A, 'g1', ['u1']);
      await observe('u1', null);
      await store().memberships.want(A, 'g1', ['u3']);
      await observe('u3', 'new');
      // Asked for before both, recorded after them.
      await list({ g1: ['u1', 'u2'] }, false, at(3));
      expect(await rowsOf('g1')).toEqual([
        ['u2', true, 't-u2'],
        ['u3', true, 'new'],
      ]);
      expect(await driftOf()).toEqual([]);
    });

    it('of groups that are gone leave nobody in them, what is wanted stays wanted, and it is no drift', async () => {
      await list({ g1: ['u1'], g2: ['u1'] }, true, at(1));
      await store().memberships.forgetGroups(A, ['g1'], at(2));
      expect(await rowsOf('g1')).toEqual([['u1', true, null]]);
      expect(await rowsOf('g2')).toEqual([['u1', true, 't-u1']]);
      expect(await driftOf()).toEqual([]);
      expect(await store().memberships.groupsWaitingFor(A, ['u1', 'u2'])).toEqual(new Map([['g1', ['u1']]]));
    });
  });

  describe('who reads Mode', () => {
    const lease = (owner: string, now: number, until: number) => ({
      owner,
      now: at(now),
      leaseUntil: at(until),
    });

    it('is one at a time for each connection, until it lets go or its time runs out', async () => {
      await store().connections.insert(connection(A));
      const syncs = store().syncs;
      expect(await syncs.claim(A, lease('one', 1, 10))).toBe(true);
      expect(await syncs.claim(A, lease('two', 2, 12))).toBe(false);
      expect(await syncs.claim(A, lease('one', 2, 12))).toBe(false);
      expect(await syncs.claim(B, lease('two', 2, 12))).toBe(true);
      expect((await syncs.state(A, at(3))).holder).toEqual({ owner: 'one', since: at(1) });
      expect(await syncs.renew(A, lease('one', 9, 20))).toBe(true);
      expect(await syncs.claim(A, lease('two', 11, 21))).toBe(false);
      expect((await syncs.state(A, at(20))).holder).toBeNull();
      expect(await syncs.claim(A, lease('two', 20, 30))).toBe(true);
      expect(await syncs.renew(A, lease('one', 21, 31))).toBe(false);
      await syncs.release(A, 'one');
      expect((await syncs.state(A, at(22))).holder).toEqual({ owner: 'two', since: at(20) });
      await syncs.release(A, 'two');
      expect((await syncs.state(A, at(22))).holder).toBeNull();
      expect(await syncs.claim(A, lease('one', 22, 32))).toBe(true);
    });

    it('lets one of many have it who ask at once', async () => {
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, index) => store().syncs.claim(A, lease(`p${index}`, 1, 10))),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
    });

    it('remembers what was read when, and how far the log', async () => {
      const unread = { full: null, members: null, changes: null, access: null };
      const nothing = { ...unread, position: null, holder: null };
      expect(await store().syncs.state(A, at(1))).toEqual(nothing);
      await store().connections.insert(connection(A));
      await store().connections.markSynced(A, at(2), 'hidden');
      await store().syncs.markMembers(A, at(3));
      const position = { readUntil: at(4), seen: ['e1', 'e2'] };
      await store().syncs.markChanges(A, at(4), position);
      await store().syncs.claim(A, lease('one', 5, 9));
      const holder = { owner: 'one', since: at(5) };
      await store().connections.markAccessSynced(A, at(3));
      const state = { full: at(2), members: at(3), changes: at(4), access: at(3), position, holder };
      expect(await store().syncs.state(A, at(6))).toEqual(state);
    });
  });
};
