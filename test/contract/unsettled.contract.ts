/** What the store promises about debts to Mode, and about transactions. */
import { type Unsettled, URGENCY, type Urgency } from '../../src/directory/model.ts';
import type { OpenStore } from '../../src/store/index.ts';
import { A, at, B, group, insertUser, user } from './records.ts';

const key = (id: string, connectionId = A) => ({ connectionId, kind: 'user' as const, id });
const work = (id: string, revision: number, owner = 'me') => ({ ...key(id), revision, owner });
const lease = (owner: string, now: number, until: number) => ({ owner, now: at(now), leaseUntil: at(until) });

export const describeUnsettled = (store: () => OpenStore): void => {
  const mark = (
    id: string,
    now: number,
    given: Partial<Pick<Unsettled, 'undo' | 'members' | 'priority'>> = {},
  ) =>
    store().unsettled.mark(
      { ...key(id), undo: null, members: null, priority: URGENCY.other, ...given },
      at(now),
    );

  describe('unsettled', () => {
    it('keeps the first undo and the more urgent priority, and counts revisions', async () => {
      await mark('u1', 1, { undo: 'first' });
      await mark('u1', 2, { undo: 'second', priority: URGENCY.leaver });
      await mark('u1', 3);
      expect(await store().unsettled.find(key('u1'))).toEqual({
        ...key('u1'),
        undo: 'first',
        priority: 0,
        revision: 3,
        members: null,
        attempts: 0,
        open: null,
        lastError: null,
        settledRevision: null,
        leaseUntil: null,
        notBefore: at(3),
        createdAt: at(1),
      });
      expect(await store().unsettled.find(key('u1', B))).toBeUndefined();
      expect(await store().unsettled.find({ ...key('u1'), kind: 'group' })).toBeUndefined();
      await mark('u2', 4);
      await mark('u2', 5, { undo: 'first' });
      expect(await store().unsettled.find(key('u2'))).toMatchObject({ undo: 'first', revision: 2 });
      expect((await store().unsettled.list(A)).map(({ id }) => id)).toEqual(['u1', 'u2']);
      expect(await store().unsettled.list(B)).toEqual([]);
    });

    it('counts what is owed by urgency and last error, with the oldest of each', async () => {
      for (const [id, now] of [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ] as const)
        await mark(id, now);
      await mark('d', 4, { priority: URGENCY.leaver });
      await store().unsettled.mark({ ...key('e', B), undo: null, members: null, priority: 1 }, at(5));
      const failed = { error: 'mode.http.failing', notBefore: at(9) };
      for (const id of ['b', 'c']) {
        await store().unsettled.claim(key(id), lease('me', 5, 9));
        await store().unsettled.postpone(work(id, 1), failed);
      }
      expect(await store().unsettled.owed(A, at(6))).toEqual([
        { isRemoval: true, lastError: null, count: 1, since: at(4) },
        { isRemoval: false, lastError: null, count: 1, since: at(1) },
        { isRemoval: false, lastError: 'mode.http.failing', count: 2, since: at(2) },
      ]);
      await mark('b', 6);
      await store().unsettled.claim(key('b'), lease('me', 6, 9));
      await store().unsettled.watch(work('b', 2), at(8));
      const [, , last] = await store().unsettled.owed(A, at(7));
      expect(last).toMatchObject({ count: 1, since: at(3) });
      expect(await store().unsettled.owed('nobody', at(7))).toEqual([]);
    });

    it('leases a row to one claim until the lease ends, also against the same owner', async () => {
      await mark('u1', 1);
      expect(await store().unsettled.claim(key('unknown'), lease('me', 1, 5))).toBeUndefined();
      expect(await store().unsettled.claim(key('u1'), lease('me', 1, 5))).toMatchObject({
        id: 'u1',
        revision: 1,
      });
      expect(await store().unsettled.claim(key('u1'), lease('you', 4, 9))).toBeUndefined();
      expect(await store().unsettled.claimDue(lease('you', 4, 9), URGENCY.other)).toBeUndefined();
      expect(await store().unsettled.claim(key('u1'), lease('me', 4, 6))).toBeUndefined();
      expect(await store().unsettled.claim(key('u1'), lease('you', 5, 9))).toBeDefined();
      expect(await store().unsettled.claimDue(lease('me', 9, 12), URGENCY.other)).toMatchObject({ id: 'u1' });
    });

    it('prolongs a lease for its owner alone', async () => {
      await mark('u1', 1);
      await store().unsettled.claim(key('u1'), lease('me', 1, 5));
      await store().unsettled.prolong(work('u1', 1, 'you'), at(9));
      expect(await store().unsettled.claim(key('u1'), lease('you', 5, 7))).toBeDefined();
      await store().unsettled.prolong(work('u1', 1), at(99));
      await store().unsettled.prolong(work('u1', 1, 'you'), at(9));
      expect(await store().unsettled.claimDue(lease('me', 8, 12), URGENCY.other)).toBeUndefined();
      expect(await store().unsettled.claimDue(lease('me', 9, 12), URGENCY.other)).toBeDefined();
    });

    it('counts a lease that ran out as an attempt: nobody knows how far its owner got', async () => {
      await mark('u1', 1);
      const attempts = async (now: number) =>
        (await store().unsettled.claim(key('u1'), lease('me', now, now + 1)))?.attempts;
      expect([await attempts(1), await attempts(2)]).toEqual([0, 1]);
      expect((await store().unsettled.claimDue(lease('me', 3, 4), URGENCY.other))?.attempts).toBe(2);
    });

    it('gives what is due, most urgent and then oldest first', async () => {
      await mark('later', 2);
      await mark('first', 1);
      await mark('urgent', 3, { priority: URGENCY.leaver });
      await mark('out of a group', 3, { priority: URGENCY.outOfGroup });
      await mark('postponed', 0);
      await store().unsettled.claim(key('postponed'), lease('me', 0, 9));
      await store().unsettled.postpone(work('postponed', 1), { error: 'Mode is down', notBefore: at(50) });
      const due = async (now: number, least: Urgency = URGENCY.other) =>
        (await store().unsettled.claimDue(lease('me', now, 99), least))?.id;
      expect([await due(4, URGENCY.leaver), await due(4, URGENCY.leaver)]).toEqual(['urgent', undefined]);
      expect([await due(4), await due(4), await due(4), await due(4)]).toEqual([
        'out of a group',
        'first',
        'later',
        undefined,
      ]);
      expect(await due(50)).toBe('postponed');
    });

    it('settles what was done and keeps what was asked meanwhile, with the undo that the first of it brought', async () => {
      await mark('u1', 1, { undo: 'before' });
      const claimed = await store().unsettled.claim(key('u1'), lease('me', 1, 50));
      await mark('u1', 2, { undo: 'between' });
      await mark('u1', 3, { undo: 'later' });
      await store().unsettled.settle(work('u1', claimed?.revision ?? 0));
      expect(await store().unsettled.find(key('u1'))).toMatchObject({ undo: 'between', revision: 3 });
      const again = await store().unsettled.claimDue(lease('you', 3, 50), URGENCY.other);
      expect(again).toMatchObject({ revision: 3 });
      await store().unsettled.settle(work('u1', 3));
      expect(await store().unsettled.find(key('u1'))).toBeDefined();
      await store().unsettled.settle(work('u1', 3, 'you'));
      expect(await store().unsettled.find(key('u1'))).toBeUndefined();
    });

    it('gathers whose membership a debt is about, and forgets those who are done', async () => {
      const marked = (now: number, members: readonly string[] | null) => mark('g', now, { members });
      const members = async () => (await store().unsettled.find(key('g')))?.members;
      await marked(1, ['u1', 'u2']);
      await marked(2, ['u1', 'u3']);
      expect(await members()).toEqual(['u1', 'u2', 'u3']);
      const claimed = await store().unsettled.claim(key('g'), lease('me', 3, 50));
      expect(claimed).toMatchObject({ revision: 2, members: ['u1', 'u2', 'u3'] });
      await marked(4, ['u2']);
      await marked(5, []);
      expect(await members()).toEqual(['u1', 'u2', 'u3']);
      await store().unsettled.settle(work('g', 2));
      expect(await members()).toEqual(['u2']);
      await store().unsettled.claim(key('g'), lease('me', 6, 50));
      await store().unsettled.postpone(work('g', 4), { error: 'timeout', notBefore: at(7) });
      expect(await members()).toEqual(['u2']);
    });

    it('is about all once that is not known, until all are done', async () => {
      const marked = (now: number, members: readonly string[] | null) => mark('g', now, { members });
      const members = async () => (await store().unsettled.find(key('g')))?.members;
      await marked(1, ['u1']);
      await marked(2, null);
      await marked(3, ['u2']);
      expect(await members()).toBe(null);
      const claimed = await store().unsettled.claim(key('g'), lease('me', 4, 50));
      expect(claimed).toMatchObject({ revision: 3, members: null });
      await marked(5, ['u3']);
      expect(await members()).toBe(null);
      await store().unsettled.settle(work('g', 3));
      expect(await members()).toEqual(['u3']);
      await store().unsettled.claim(key('g'), lease('me', 6, 50));
      await store().unsettled.keepRest(work('g', 4), { undo: null, now: at(7) });
      expect(await members()).toBe(null);
    });

    it('is about all where there are very many, also while somebody is at work', async () => {
      const many = Array.from({ length: 300 }, (_, index) => `a-person-with-a-long-id-${index}`);
      const members = async () => (await store().unsettled.find(key('g')))?.members;
      await mark('g', 1, { members: many });
      expect(await members()).toBe(null);
      await store().unsettled.claim(key('g'), lease('me', 2, 50));
      await mark('g', 3, { members: many.slice(0, 200) });
      await mark('g', 4, { members: many.slice(100, 300) });
      await mark('g', 5, { members: ['u1'] });
      await mark('g', 6, { members: ['u2'] });
      await store().unsettled.settle(work('g', 1));
      expect(await members()).toBe(null);
      // What comes after so many, while those are worked at, is not lost among them either.
      await store().unsettled.claim(key('g'), lease('me', 7, 50));
      await mark('g', 8, { members: ['u3'] });
      await store().unsettled.settle(work('g', 5));
      expect(await members()).toBe(null);
      await store().unsettled.claim(key('g'), lease('me', 9, 50));
      await mark('g', 10, { members: ['u4'] });
      await store().unsettled.settle(work('g', 6));
      expect(await members()).toEqual(['u4']);
    });

    it('says who is at work, and how far it came, to those who wait for it', async () => {
      await mark('u1', 1);
      await store().unsettled.claim(key('u1'), lease('me', 1, 5));
      await mark('u1', 2);
      await mark('u1', 3);
      const found = () => store().unsettled.find(key('u1'));
      expect(await found()).toMatchObject({ leaseUntil: at(5), settledRevision: null, revision: 3 });
      await store().unsettled.settle(work('u1', 1));
      expect(await found()).toMatchObject({ leaseUntil: null, settledRevision: 1, revision: 3 });
      await store().unsettled.claim(key('u1'), lease('me', 4, 9));
      await store().unsettled.postpone(work('u1', 3), { error: 'timeout', notBefore: at(5) });
      expect(await found()).toMatchObject({ leaseUntil: null, settledRevision: 1, revision: 3 });
    });

    it('begins anew once all before is done; not while a call for the same is open', async () => {
      const failed = { error: 'timeout', notBefore: at(3) };
      for (const [id, openedAt] of [
        ['u1', undefined],
        ['u2', at(2)],
      ] as const) {
        await mark(id, 1);
        await store().unsettled.claim(key(id), lease('me', 1, 5));
        await store().unsettled.postpone(work(id, 1), { ...failed, openedAt });
        await store().unsettled.claim(key(id), lease('me', 3, 5));
        await mark(id, 4);
        await store().unsettled.settle(work(id, 1));
      }
      const [done, open] = await store().unsettled.list(A);
      expect(done).toMatchObject({ id: 'u1', revision: 2, attempts: 0, lastError: null, open: null });
      expect(open).toMatchObject({ id: 'u2', attempts: 1, open: { at: at(2), revision: 1 } });
    });

    it('postpones what failed, and not what was asked while it failed', async () => {
      await mark('u1', 1);
      await store().unsettled.claim(key('u1'), lease('me', 1, 50));
      await mark('u1', 2, { undo: 'between' });
      await store().unsettled.postpone(work('u1', 1), { error: 'timeout', notBefore: at(20) });
      expect(await store().unsettled.claimDue(lease('you', 2, 50), URGENCY.other)).toMatchObject({
        attempts: 1,
        revision: 2,
        undo: 'between',
      });
    });

    it('postpones with the attempt counted; a new mark makes it due at once', async () => {
      await mark('u1', 1);
      await store().unsettled.claim(key('u1'), lease('me', 1, 50));
      await store().unsettled.postpone(work('u1', 1), { error: 'timeout', notBefore: at(20) });
      expect(await store().unsettled.find(key('u1'))).toMatchObject({
        attempts: 1,
        lastError: 'timeout',
        notBefore: at(20),
      });
      expect(await store().unsettled.claimDue(lease('you', 19, 50), URGENCY.other)).toBeUndefined();
      await mark('u1', 10);
      expect(await store().unsettled.claimDue(lease('you', 10, 50), URGENCY.other)).toMatchObject({
        attempts: 1,
        revision: 2,
      });
    });

    it('drops what is not to be done after all, unless it was marked again or is somebody else’s work by now', async () => {
      await mark('u1', 1);
      await store().unsettled.claim(key('u1'), lease('me', 1, 5));
      expect(await store().unsettled.drop(work('u1', 1, 'you'))).toBe(false);
      await mark('u1', 2);
      expect(await store().unsettled.drop(work('u1', 1))).toBe(false);
      await store().unsettled.settle(work('u1', 1));
      await store().unsettled.claim(key('u1'), lease('you', 3, 5));
      expect(await store().unsettled.drop(work('u1', 2, 'you'))).toBe(true);
      expect(await store().unsettled.list(A)).toEqual([]);
    });

    it('keeps the rest of what was put back in part, due at once, for the next to look at', async () => {
      await mark('u1', 1, { undo: 'own' });
      await store().unsettled.claim(key('u1'), lease('me', 1, 50));
      await store().unsettled.keepRest(work('u1', 1), { undo: 'of others', now: at(4) });
      expect(await store().unsettled.claimDue(lease('you', 4, 50), URGENCY.other)).toMatchObject({
        undo: 'of others',
        attempts: 1,
        revision: 2,
      });
    });

    it('says whose membership was marked since the work was taken, to whoever has it', async () => {
      const since = (owner: string) => store().unsettled.concernedSince(work('g', 1, owner));
      await mark('g', 1, { members: ['u1'] });
      await store().unsettled.claim(key('g'), lease('me', 2, 50));
      expect(await since('me')).toEqual([]);
      await mark('g', 3, { members: ['u2', 'u1'] });
      await mark('g', 4, { members: null });
      await mark('g', 5, { members: ['u2'] });
      expect(await since('me')).toEqual(['u2', 'u1']);
      expect(await since('you')).toEqual([]);
    });

    it('keeps with the rest what undoes what was marked meanwhile, unless all is over', async () => {
      await mark('u1', 1, { undo: 'own' });
      await store().unsettled.claim(key('u1'), lease('me', 1, 50));
      await mark('u1', 2, { undo: 'newer' });
      await store().unsettled.keepRest(work('u1', 1), { undo: null, now: at(4) });
      expect((await store().unsettled.claim(key('u1'), lease('you', 5, 50)))?.undo).toBe('newer');
      await mark('u1', 6, { undo: 'newest' });
      await store().unsettled.keepRest(work('u1', 3, 'you'), { undo: null, isOver: true, now: at(7) });
      expect((await store().unsettled.find(key('u1')))?.undo).toBe(null);
    });

    it('lets nobody touch what somebody else has taken over', async () => {
      await mark('u1', 1);
      await store().unsettled.claim(key('u1'), lease('slow', 1, 3));
      await store().unsettled.claim(key('u1'), lease('you', 4, 50));
      const late = work('u1', 1, 'slow');
      await store().unsettled.settle(late);
      await store().unsettled.watch(late, at(9));
      await store().unsettled.postpone(late, { error: 'timeout', notBefore: at(20) });
      await store().unsettled.keepRest(late, { undo: null, now: at(5) });
      expect(await store().unsettled.find(key('u1'))).toMatchObject({
        attempts: 1,
        revision: 1,
        lastError: null,
      });
      expect(await store().unsettled.claimDue(lease('me', 9, 60), URGENCY.other)).toBeUndefined();
    });

    it('remembers a call that was given up, and one of whoever died over the work, with the wish that it served', async () => {
      const open = async () => (await store().unsettled.find(key('u1')))?.open;
      await mark('u1', 1);
      const first = await store().unsettled.claim(key('u1'), lease('me', 1, 5));
      expect(first?.open).toBe(null);
      const failed = { error: 'timeout', notBefore: at(3) };
      await store().unsettled.postpone(work('u1', 1), { ...failed, openedAt: at(2) });
      await mark('u1', 3);
      const second = await store().unsettled.claim(key('u1'), lease('me', 3, 5));
      expect([second?.revision, second?.open]).toEqual([2, { at: at(2), revision: 1 }]);
      await store().unsettled.postpone(work('u1', 2), failed);
      expect(await open()).toEqual({ at: at(2), revision: 1 });
      await store().unsettled.claim(key('u1'), lease('dies', 6, 9));
      await mark('u1', 7);
      const third = await store().unsettled.claim(key('u1'), lease('me', 20, 25));
      expect([third?.revision, third?.open]).toEqual([3, { at: at(9), revision: 2 }]);
      await mark('u1', 21);
      await store().unsettled.settle(work('u1', 3));
      expect(await open()).toBe(null);
    });

    it('watches what is done, and has nobody wait for it before it is marked again', async () => {
      await mark('u1', 1, { undo: 'before' });
      await store().unsettled.claim(key('u1'), lease('dies', 1, 2));
      const claimed = await store().unsettled.claim(key('u1'), lease('me', 3, 9));
      await store().unsettled.watch(work('u1', claimed?.revision ?? 0), at(20));
      expect(await store().unsettled.claim(key('u1'), lease('me', 10, 12))).toBeUndefined();
      expect(await store().unsettled.claimDue(lease('me', 19, 22), URGENCY.other)).toBeUndefined();
      expect(await store().unsettled.find(key('u1'))).toMatchObject({
        undo: null,
        attempts: 1,
        notBefore: at(20),
      });
      await mark('u1', 10);
      const again = await store().unsettled.claim(key('u1'), lease('me', 11, 12));
      expect(again).toMatchObject({ attempts: 1, revision: 2 });
      await mark('u1', 11, { undo: 'between' });
      await store().unsettled.watch(work('u1', 2), at(20));
      expect(await store().unsettled.claimDue(lease('me', 12, 30), URGENCY.other)).toMatchObject({
        revision: 3,
        undo: 'between',
      });
      await store().unsettled.watch(work('u1', 3), at(20));
      expect(await store().unsettled.claimDue(lease('me', 20, 30), URGENCY.other)).toMatchObject({
        revision: 3,
      });
    });

    it('lets one of many concurrent owners win, and gives each row once', async () => {
      const owners = Array.from({ length: 8 }, (_, index) => `owner ${index}`);
      await mark('only', 1);
      const claims = await Promise.all(
        owners.map((owner) => store().unsettled.claim(key('only'), lease(owner, 1, 50))),
      );
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
      for (let index = 0; index < 8; index += 1) await mark(`u${index}`, 2);
      const due = await Promise.all(
        owners.map((owner) => store().unsettled.claimDue(lease(owner, 3, 50), URGENCY.other)),
      );
      expect(new Set(due.map((row) => row?.id)).size).toBe(8);
      expect(due).not.toContain(undefined);
    });
  });
};

export const describeTransactions = (store: () => OpenStore): void => {
  describe('transactions', () => {
    it('writes everything or nothing', async () => {
      const failure = new Error('half way');
      const broken = store().transaction(async (inner) => {
        await insertUser(inner, 'u1');
        await inner.groups.insert(group('g1'));
        expect(await inner.users.find(A, 'u1')).toBeDefined();
        throw failure;
      });
      await expect(broken).rejects.toBe(failure);
      expect(await store().users.find(A, 'u1')).toBeUndefined();
      expect(await store().groups.find(A, 'g1')).toBeUndefined();
      expect(await store().transaction(async (inner) => (await insertUser(inner, 'u1')).id)).toBe('u1');
      expect(await store().users.find(A, 'u1')).toBeDefined();
    });

    it('rolls back a person whose index cannot be written', async () => {
      const twice = { path: 'title', element: 0, value: 'x' };
      await expect(store().users.insert(user('u1'), [twice, twice])).rejects.toThrow();
      expect(await store().users.findAny(A, 'u1')).toBeUndefined();
    });

    it('lets one of two writers of the same version win', async () => {
      await insertUser(store(), 'u1');
      const write = (displayName: string) =>
        store().transaction((inner) => inner.users.update(user('u1', { version: 2, displayName }), [], 1));
      const outcomes = await Promise.all([write('one'), write('two'), write('three')]);
      expect(outcomes.filter(Boolean)).toHaveLength(1);
    });

    it('lets one of many who create the same person win, and tells the others why', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 6 }, (_, index) => insertUser(store(), `u${index}`, { userName: 'ann' })),
      );
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused).toHaveLength(5);
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'store.users.taken' });
    });

    it('answers a ping', async () => {
      await expect(store().ping()).resolves.toBeUndefined();
    });
  });
};
