/** What a filter finds: the same on every engine, case by case (filter-cases.ts). */
import type { Filter } from '../../src/directory/query.ts';
import type { Store } from '../../src/directory/store/store.ts';
import { type Case, ENTERPRISE, GROUP_CASES, g, LONG, not, or, PEOPLE_CASES, u } from './filter-cases.ts';
import { A, asking, at, B, group, insertUser, member, modeGroup } from './records.ts';

const seedPeople = async (store: Store): Promise<void> => {
  const email = (value: string, type: string, primary = false) => ({ value, type, primary });
  const person = (id: string, n: number, userName: string, attributes: Record<string, unknown>) =>
    insertUser(store, id, {
      userName,
      active: attributes['active'] !== false,
      externalId: (attributes['externalId'] as string | undefined) ?? null,
      memberToken: n < 3 ? `m${n}` : null,
      createdAt: at(n),
      modifiedAt: at(n),
      attributes: { active: true, ...attributes, userName },
    });
  await person('u1', 1, 'Ann@Example.com', {
    displayName: 'Ann A',
    externalId: 'EXT-1',
    title: 'back\\slash\\',
    nickName: `${LONG}a`,
    name: { familyName: '\u00c5ngström' },
    emails: [email('ann@work.example', 'work', true), email('Ann@Home.example', 'home')],
  });
  await person('u2', 2, 'bob@example.com', {
    title: '100% sure',
    nickName: `${LONG}b`,
    name: { familyName: 'Adams' },
    emails: [email('bob@home.example', 'work'), email('bob@x.example', 'home')],
    [ENTERPRISE]: { department: 'Sales', manager: { value: 'u1' } },
  });
  await person('u3', 3, 'u3@example.org', {
    active: false,
    title: '0_o',
    name: { familyName: 'éclair' },
    emails: [email('c@work.example', 'work')],
  });
  await person('u4', 4, 'u4@example.org', { title: `O'Brien "x"` });
  await person('u5', 5, 'u5@example.org', { title: '🚀 to 👩‍💻' });
  await insertUser(store, 'u6', { deletedAt: at(6) });
  await insertUser(store, 'u7', { connectionId: B, userName: 'ann@example.com', memberToken: 'm1' });
};

const seedGroups = async (store: Store): Promise<void> => {
  await store.groups.insert(group('g1', { displayName: 'Sales', groupToken: 't1' }));
  await store.groups.insert(
    group('g2', { displayName: '100%', externalId: 'E2', groupToken: 't2', createdAt: at(2) }),
  );
  await store.groups.insert(group('g3', { displayName: 'Empty' }));
  await store.groups.insert(group('g4', { displayName: 'Gone', deletedAt: at(6) }));
  await store.memberships.want(A, 'g1', ['u1', 'u2', 'u3']);
  await store.memberships.unwant(A, 'g1', ['u3']);
  await store.mode.saveMembers(
    A,
    [member('m1', { username: 'ann' }), member('m2', { username: 'bob', state: 'pending', admin: true })],
    at(1),
  );
  await store.mode.saveGroups(
    A,
    [modeGroup('t1', { groupType: 'Full' }), modeGroup('t2', { managed: true })],
    at(1),
  );
};

/** Runs all cases in one test per table: the rows are the same for all, and a difference names its case. */
export const describeFilters = (store: () => Store): void => {
  const found = async (table: 'users' | 'groups', cases: readonly Case[]) => {
    const answers: [string, string][] = [];
    for (const [title, filter] of cases) {
      const { total, rows } = await store()[table].list(A, asking({ filter }));
      const counted = await store()[table].list(A, asking({ filter, limit: 0 }));
      const ids = rows.map(({ id }) => id).join(' ');
      answers.push([title, total === counted.total ? ids : `${ids} but ${counted.total} counted`]);
    }
    return answers;
  };
  const expected = (cases: readonly Case[]) => cases.map(([title, , ids]) => [title, ids]);

  describe('filters', () => {
    beforeEach(async () => {
      await seedPeople(store());
      await seedGroups(store());
    });

    it.each(Object.entries(PEOPLE_CASES))('finds people by %s', async (_, cases) => {
      expect(await found('users', cases)).toEqual(expected(cases));
    });

    it('finds groups', async () => {
      expect(await found('groups', GROUP_CASES)).toEqual(expected(GROUP_CASES));
    });

    it('pages through what fits', async () => {
      const filter = u.is('userName', 'ew', '.org');
      const page = await store().users.list(A, asking({ filter, offset: 1, limit: 1 }));
      expect([page.total, ...page.rows.map(({ id }) => id)]).toEqual([3, 'u4']);
    });

    it.each<[string, 'users' | 'groups', Filter]>([
      ['meta.version', 'users', u.is('meta.version', 'eq', 'x')],
      ['meta.resourceType', 'users', u.is('meta.resourceType', 'eq', 'User')],
      ['groups.$ref', 'users', u.is('groups.$ref', 'eq', 'x')],
      ['members.type', 'groups', g.is('members.type', 'eq', 'User')],
      ['schemas of a group', 'groups', g.is('schemas', 'eq', 'x')],
    ])('refuses %s instead of finding everything or nothing', async (_, table, filter) => {
      await expect(store()[table].list(A, asking({ filter: not(filter), limit: 9 }))).rejects.toMatchObject({
        kind: 'invalid',
        code: 'store.filter.unsupported',
      });
    });

    it('refuses a filter beyond all measure in its own words', async () => {
      const wide = or(...Array.from({ length: 5_001 }, () => u.is('title', 'co', 'x')));
      const deep = Array.from({ length: 300 }).reduce<Filter>((of) => not(of), u.pr('title'));
      for (const filter of [wide, deep]) {
        await expect(store().users.list(A, asking({ filter, limit: 9 }))).rejects.toMatchObject({
          kind: 'invalid',
          code: 'store.filter.tooLarge',
        });
      }
    });
  });
};
