/**
 * What was written down of people is never untrue: whatever is done to the store, a document says what the record, the
 * groups and Mode say now, or it is not given. Random changes with a fixed seed, each followed by a look at everybody.
 */
import type { Deps } from '../../src/directory/deps.ts';
import { refreshDocuments } from '../../src/directory/documents.ts';
import type { Connection } from '../../src/directory/model.ts';
import type { DocumentPage } from '../../src/directory/store/documents.ts';
import { findUser } from '../../src/directory/user-view.ts';
import { userDocuments } from '../../src/scim/user-documents.ts';
import type { OpenStore } from '../../src/store/index.ts';
import { u } from './filter-cases.ts';
import { A, asking, at, B, connection, group, indexOf, insertUser, member, user } from './records.ts';

const { write } = userDocuments('https://scim.example.com/scim/v2');
export const format = 7;
const writer = { format, write };

/** Numbers below `end`, the same for the same seed (Mulberry32). */
const randomOf = (seed: number) => {
  let state = seed;
  return (end: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
};

const PEOPLE = ['u1', 'u2', 'u3', 'u4'];
const GROUPS = ['g1', 'g2'];
const MEMBERS = ['m1', 'm2', 'm3'];

interface Turn {
  readonly store: OpenStore;
  readonly pick: <T>(of: readonly T[]) => T;
  readonly some: <T>(of: readonly T[]) => readonly T[];
  readonly now: string;
}

const changed = async ({ store, pick, now }: Turn, deletedAt: string | null): Promise<unknown> => {
  const before = await store.users.findAny(A, pick(PEOPLE));
  if (!before) return;
  const active = pick([true, false]);
  const attributes = { userName: before.userName, active, title: pick(['Analyst', 'Ärztin "x"', '$&']) };
  const after = { ...before, attributes, active, deletedAt, version: before.version + 1, modifiedAt: now };
  return store.users.update(after, indexOf(after), before.version);
};

const renamed = async ({ store, pick, now }: Turn, deletedAt: string | null): Promise<unknown> => {
  const before = await store.groups.findAny(A, pick(GROUPS));
  if (!before) return;
  const displayName = `${before.id} ${pick(['a', 'b', 'c'])}`;
  const after = { ...before, displayName, deletedAt, version: before.version + 1, modifiedAt: now };
  return store.groups.update(after, before.version);
};

const seenIn = ({ pick, some }: Turn) =>
  some(PEOPLE).map((userId) => ({ userId, membershipToken: pick([null, `t ${userId}`]) }));

/** Everything that the store can do to people, groups and what is in between. */
const CHANGES: readonly ((turn: Turn) => Promise<unknown>)[] = [
  ({ store, pick }) => insertUser(store, pick(PEOPLE)),
  ({ store, some }) => store.users.insertMany(some(PEOPLE).map((id) => ({ user: user(id), index: [] }))),
  (turn) => changed(turn, null),
  (turn) => changed(turn, null),
  (turn) => changed(turn, turn.now),
  ({ store, pick }) => store.users.purge(A, pick(PEOPLE)),
  ({ store, pick }) => store.users.answer(A, pick(PEOPLE)),
  ({ store, pick, now }) =>
    store.users.invited(A, pick(PEOPLE), { invitedAs: pick(['ann', 'bob']), invitedAt: now }),
  ({ store, some, now }) => store.users.endInvitations(A, some(PEOPLE), now),
  ({ store, pick, now }) => {
    const seen = { was: null, memberToken: pick(MEMBERS), invited: pick([true, false]) };
    return store.users.linkMany(A, [{ id: pick(PEOPLE), ...seen }], now);
  },
  ({ store, some }) => store.users.loosen(A, some(MEMBERS)),
  ({ store, pick }) => store.groups.insert(group(pick(GROUPS))),
  (turn) => renamed(turn, null),
  (turn) => renamed(turn, null),
  (turn) => renamed(turn, turn.now),
  ({ store, pick }) => store.groups.purge(A, pick(GROUPS)),
  ({ store, pick, now }) => store.groups.touch(A, pick(GROUPS), now),
  ({ store, pick, some }) => store.memberships.want(A, pick(GROUPS), some(PEOPLE)),
  ({ store, pick, some }) => store.memberships.want(A, pick(GROUPS), some(PEOPLE)),
  ({ store, pick, some }) => store.memberships.unwant(A, pick(GROUPS), pick([null, some(PEOPLE)])),
  (turn) => {
    const how = { adopt: turn.pick([true, false]), drift: turn.pick([true, false]), seenAt: turn.now };
    return turn.store.memberships.observe(A, turn.pick(GROUPS), seenIn(turn), how);
  },
  ({ store, pick, some, now }) => {
    const present = new Map(some(PEOPLE).map((id) => [id, `t ${id}`]));
    const how = { adopt: pick([true, false]), seenAt: now };
    return store.memberships.observeListings(A, [{ groupId: pick(GROUPS), present }], how);
  },
  ({ store, some, now }) => store.memberships.forgetPresence(A, some(PEOPLE), now),
  ({ store, some, now }) => store.memberships.forgetGroups(A, some(GROUPS), now),
  ({ store, pick, some }) =>
    store.drift.settle(A, pick(GROUPS), some(PEOPLE), pick(['keep', 'want', 'unwant'])),
  ({ store, pick, some, now }) => {
    const state = pick(['active', 'pending', 'former'] as const);
    const seen = { state, admin: pick([true, false]), username: pick(['ann', 'bob']) };
    return store.mode.saveMembers(
      A,
      some(MEMBERS).map((token) => member(token, seen)),
      now,
    );
  },
  ({ store, now }) => store.mode.retireMembersUnseenSince(A, now),
  ({ store, pick }) =>
    store.connections.update(connection(A, { wayIn: pick(['jit', 'invite']), strict: pick([true, false]) })),
];

/** A conflict is the store's right to refuse. */
const orRefused = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

/** Of all that the directory is given, these tests need the store. */
export const depsOf = (store: OpenStore): Deps => ({ store }) as unknown as Deps;

const callOf = async ({ store }: Deps, id: string) => {
  const connection = (await store.connections.find(id)) as Connection;
  return { connection, deadline: 0 };
};

/** Writes down all that is outdated. */
export const drain = async (deps: Deps): Promise<void> => {
  while ((await refreshDocuments(deps, writer)) !== 'nothing');
};
const refreshOnce = (deps: Deps) => refreshDocuments(deps, writer);
const leaveIt = async (): Promise<void> => undefined;

/** What everybody's document says, and the page of all, as far as they are given. */
export const given = async ({ store }: Deps) => {
  const found = await Promise.all(PEOPLE.map((id) => store.documents.find(A, id, format)));
  const page = await store.documents.list(A, asking(), format);
  const groups = (await store.groups.list(A, asking({ limit: 0 }))).total;
  return { found, page, groups };
};

/** The same as SCIM would put it together now; what is not given need not be true. */
export const trueOf = async (deps: Deps) => {
  const { found, page } = await given(deps);
  const call = await callOf(deps, A);
  const views = await Promise.all(PEOPLE.map((id) => findUser(deps, call, id).catch(() => undefined)));
  const living = views.flatMap((view) => (view ? [write(view)] : []));
  const whole: DocumentPage = {
    documents: living.length === 0 ? [] : [living.map(({ document }) => document).join(',')],
    rows: living.length,
    total: living.length,
    next: null,
  };
  return {
    found: views.map((view, index) => found[index] && (view ? write(view) : 'nobody')),
    page: page && whole,
    groups: (await deps.store.groups.list(A, asking({ counted: false }))).rows.length,
  };
};

export const describeDocuments = (store: () => OpenStore): void => {
  describe('documents', () => {
    beforeEach(() => store().connections.insert(connection(A)));

    it.each([1, 2])('are true or not given, whatever is done (seed %i)', async (seed) => {
      const random = randomOf(seed);
      const pick = <T>(of: readonly T[]): T => of[random(of.length)] as T;
      const some = <T>(of: readonly T[]): readonly T[] => of.filter(() => random(2) === 1);
      const deps = depsOf(store());
      for (let turn = 0; turn < 150; turn += 1) {
        const change = pick(CHANGES);
        await orRefused(change({ store: store(), pick, some, now: at(turn) }));
        await pick([drain, refreshOnce, refreshOnce, leaveIt])(deps);
        expect({ turn, change, ...(await given(deps)) }).toEqual({ turn, change, ...(await trueOf(deps)) });
      }
      await drain(deps);
      expect(await given(deps)).toEqual(await trueOf(deps));
      expect(await store().documents.list(A, asking(), format)).toBeDefined();
    });

    it('are pages of the living, in the order of creation, from any place, counted in full', async () => {
      const ids = ['p1', 'p2', 'p3', 'p4', 'p5'];
      for (const id of ids) await insertUser(store(), id);
      await insertUser(store(), 'p2b', { deletedAt: at(1) });
      await insertUser(store(), 'other', { connectionId: B });
      await drain(depsOf(store()));
      const page = async (given: Parameters<typeof asking>[0]) => {
        const found = await store().documents.list(A, asking(given), format);
        const text = found?.documents.join(',');
        const rows = JSON.parse(`[${text}]`) as { id: string }[];
        return [rows.map(({ id }) => id).join(' '), found?.rows, found?.total, found?.next?.id];
      };
      expect(await page({ limit: 2 })).toEqual(['p1 p2', 2, 5, 'p2']);
      expect(await page({ after: { key: null, id: 'p2' }, limit: 2 })).toEqual(['p3 p4', 2, 5, 'p4']);
      expect(await page({ after: { key: null, id: 'p2' }, limit: 3 })).toEqual(['p3 p4 p5', 3, 5, undefined]);
      expect(await page({ offset: 3, limit: 9 })).toEqual(['p4 p5', 2, 5, undefined]);
      expect(await page({ after: { key: null, id: 'p1' }, offset: 2, limit: 1 })).toEqual(['p4', 1, 5, 'p4']);
      expect(await page({ offset: 9 })).toEqual(['', 0, 5, undefined]);
      expect(await page({ after: { key: null, id: 'p9' } })).toEqual(['', 0, 5, undefined]);
    });

    it('are found by name as by any other filter, and never once they are outdated', async () => {
      await insertUser(store(), 'p1');
      await insertUser(store(), 'p2', { deletedAt: at(1) });
      await insertUser(store(), 'p3', { connectionId: B });
      await drain(depsOf(store()));
      const byName = (value: string | null, query: Parameters<typeof asking>[0] = {}) =>
        store().documents.list(A, asking({ filter: u.is('userName', 'eq', value), ...query }), format);
      const p1 = (await store().documents.find(A, 'p1', format))?.document;
      expect(await byName('P1@EXAMPLE.COM')).toEqual({ documents: [p1], rows: 1, total: 1, next: null });
      const nobody = { documents: [], rows: 0, total: 0, next: null };
      for (const name of ['p2@example.com', 'p3@example.com', 'p', null]) {
        expect({ name, page: await byName(name) }).toEqual({ name, page: nobody });
      }
      expect(await byName('p1@example.com', { offset: 1 })).toEqual({ ...nobody, total: 1 });
      expect(await byName('p1@example.com', { after: { key: null, id: 'p1' } })).toEqual({
        ...nobody,
        total: 1,
      });
      expect(
        await store().documents.list(A, asking({ filter: u.is('userName', 'eq', 'p1@example.com') }), 99),
      ).toBeUndefined();
      await store().users.update({ ...user('p1'), version: 2 }, [], 1);
      expect(await byName('p1@example.com')).toBeUndefined();
    });

    it('are found by externalId, all that have it, in its letters and to its end, and never once they are outdated', async () => {
      const long = 'x'.repeat(128);
      await insertUser(store(), 'p1', { externalId: 'E-1' });
      await insertUser(store(), 'p2', { externalId: 'E-2' });
      await insertUser(store(), 'p3', { externalId: 'E-2' });
      await insertUser(store(), 'p4', { externalId: `${long}1` });
      await insertUser(store(), 'p5', { externalId: `${long}2` });
      await insertUser(store(), 'p6', { externalId: 'E-1', deletedAt: at(1) });
      await insertUser(store(), 'p7', { externalId: 'E-1', connectionId: B });
      await insertUser(store(), 'p8', { externalId: `${'y'.repeat(128)}1` });
      await drain(depsOf(store()));
      const found = async (value: string, query: Parameters<typeof asking>[0] = {}) => {
        const filter = u.is('externalId', 'eq', value);
        const page = await store().documents.list(A, asking({ filter, ...query }), format);
        return (
          page && [page.documents.join().match(/(?<="id":")p\d/g) ?? [], page.rows, page.total, page.next]
        );
      };
      expect(await found('E-1')).toEqual([['p1'], 1, 1, null]);
      expect(await found('e-1')).toEqual([[], 0, 0, null]);
      expect(await found('E-2')).toEqual([['p2', 'p3'], 2, 2, null]);
      expect(await found('E-2', { limit: 1 })).toEqual([['p2'], 1, 2, { key: null, id: 'p2' }]);
      expect(await found(`${long}2`)).toEqual([['p5'], 1, 1, null]);
      expect(await found(long)).toEqual([[], 0, 0, null]);
      expect(await found(`${'y'.repeat(128)}2`)).toEqual([[], 0, 0, null]);
      await store().users.update({ ...user('p1'), externalId: 'E-1', version: 2 }, [], 1);
      expect(await found('E-1')).toBeUndefined();
    });

    it('are given for long pages too, without loss or repetition where one text ends', async () => {
      const ids = Array.from({ length: 130 }, (_, index) => `p${String(index).padStart(3, '0')}`);
      await store().users.insertMany(ids.map((id) => ({ user: user(id), index: [] })));
      await drain(depsOf(store()));
      for (const [offset, limit] of [
        [0, 130],
        [0, 129],
        [7, 120],
        [100, 1_000],
      ] as const) {
        const page = await store().documents.list(A, asking({ offset, limit }), format);
        const rows = JSON.parse(`[${page?.documents.join(',')}]`) as { id: string }[];
        expect(rows.map(({ id }) => id)).toEqual(ids.slice(offset, offset + limit));
        const next = offset + limit < 130 ? ids[offset + limit - 1] : undefined;
        expect([page?.rows, page?.total, page?.next?.id]).toEqual([rows.length, 130, next]);
      }
    });

    it("are void in another format, another connection's, and when somebody else wrote meanwhile", async () => {
      await insertUser(store(), 'u1');
      const marks = await store().documents.marks(10);
      await drain(depsOf(store()));
      const true_ = await store().documents.find(A, 'u1', format);
      expect(true_).toBeDefined();
      expect(await store().documents.find(A, 'u1', format + 1)).toBeUndefined();
      expect(await store().documents.find(B, 'u1', format)).toBeUndefined();
      const old = new Map([['u1', { document: 'old', version: 'old' }]]);
      expect(await store().documents.save(marks, old, format)).toBe(false);
      expect(await store().documents.spread(marks)).toBe(false);
      expect(await store().documents.find(A, 'u1', format)).toEqual(true_);
    });

    it('are written anew in the next format, and left alone by a program that knows only an earlier one', async () => {
      await insertUser(store(), 'u1');
      await drain(depsOf(store()));
      const earlier = { ...writer, format: format - 1 };
      const next = { write: () => ({ document: 'next', version: 'next' }), format: format + 1 };
      expect(await refreshDocuments(depsOf(store()), earlier)).toBe('nothing');
      expect(await store().documents.find(A, 'u1', format)).toBeDefined();
      while ((await refreshDocuments(depsOf(store()), next)) !== 'nothing');
      expect(await store().documents.find(A, 'u1', format)).toBeUndefined();
      expect(await store().documents.find(A, 'u1', format + 1)).toEqual(next.write());
    });

    it('are counted right, also when many amounts were made one', async () => {
      for (let index = 0; index < 120; index += 1) {
        await insertUser(store(), `p${index}`);
        if (index % 3 === 0) await store().users.purge(A, `p${index}`);
      }
      await store().groups.insert(group('g1'));
      const counts = async () => [
        (await store().users.list(A, asking({ limit: 0 }))).total,
        (await store().groups.list(A, asking({ limit: 1 }))).total,
      ];
      expect(await counts()).toEqual([80, 1]);
      await store().documents.tidyTallies();
      expect(await counts()).toEqual([80, 1]);
      await store().users.purge(A, 'p1');
      expect(await counts()).toEqual([79, 1]);
    });
  });
};
