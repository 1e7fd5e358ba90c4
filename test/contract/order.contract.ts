/** The order of lists and walks through them (RFC 7644 §3.4.2.3, RFC 9865): the same on every engine. */
import type { Position, Sort } from '../../src/directory/query.ts';
import { findAttribute, refOf, userSchema } from '../../src/directory/schema.ts';
import type { Store } from '../../src/directory/store/store.ts';
import { A, asking, at, insertUser } from './records.ts';

const by = (path: string, descending = false): Sort => {
  const found = findAttribute(userSchema, path);
  if (!found) throw new Error(`The schema has no ${path}.`);
  return { attribute: refOf(found), descending };
};

const seed = async (store: Store): Promise<void> => {
  const person = (id: string, n: number, userName: string, attributes: Record<string, unknown>) =>
    insertUser(store, id, {
      userName,
      createdAt: at(n),
      active: attributes['active'] !== false,
      externalId: (attributes['externalId'] as string | undefined) ?? null,
      attributes: { active: true, ...attributes, userName },
    });
  const email = (value: string, primary = false) => ({ value, primary });
  await person('u1', 5, 'Delta', { title: 'b', emails: [email('z@x'), email('b@x', true)] });
  await person('u2', 4, 'alpha', { title: 'Á', active: false, externalId: 'B' });
  await person('u3', 3, 'Charlie', { title: 'B', emails: [email('a@x')] });
  await person('u4', 2, 'bravo', { externalId: 'a' });
};

/** Without a value: last when ascending, first when descending; equals by id. */
const CASES: readonly (readonly [string, Sort | null, string])[] = [
  ['creation', null, 'u1 u2 u3 u4'],
  ['userName', by('userName'), 'u2 u4 u3 u1'],
  ['userName, descending', by('userName', true), 'u1 u3 u4 u2'],
  ['title, folded, equals by id', by('title'), 'u1 u3 u2 u4'],
  ['title, descending', by('title', true), 'u4 u2 u1 u3'],
  ['the primary e-mail', by('emails.value'), 'u3 u1 u2 u4'],
  ['the primary e-mail, descending', by('emails.value', true), 'u2 u4 u1 u3'],
  ['externalId, exact', by('externalId'), 'u2 u4 u1 u3'],
  ['active', by('active'), 'u2 u1 u3 u4'],
  ['meta.created', by('meta.created'), 'u4 u3 u2 u1'],
];

export const describeOrder = (store: () => Store): void => {
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).join(' ');

  const walk = async (sort: Sort | null, limit: number) => {
    const pages: string[] = [];
    let after: Position | null = null;
    do {
      const page = await store().users.list(A, asking({ sort, after, limit }));
      pages.push(idsOf(page.rows));
      after = page.next;
    } while (after !== null && pages.length < 10);
    return pages.join(' ');
  };

  describe('order', () => {
    beforeEach(() => seed(store()));

    it.each(CASES)('lists by %s', async (_, sort, ids) => {
      const page = await store().users.list(A, asking({ sort }));
      expect([idsOf(page.rows), page.total, page.next]).toEqual([ids, 4, null]);
    });

    it.each(CASES)(
      'walks by %s without loss or repetition, one by one and two by two',
      async (_, sort, ids) => {
        expect(await walk(sort, 1)).toBe(ids);
        expect(await walk(sort, 2)).toBe(ids);
      },
    );

    it('goes on behind a position whose row is gone', async () => {
      const { next } = await store().users.list(A, asking({ limit: 2 }));
      await store().users.purge(A, 'u2');
      await store().users.purge(A, 'u1');
      const page = await store().users.list(A, asking({ after: next }));
      expect([idsOf(page.rows), page.total]).toEqual(['u3 u4', 2]);
      expect((await store().users.list(A, asking({ after: next, counted: false }))).total).toBe(0);
    });
  });
};
