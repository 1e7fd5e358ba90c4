/** The guards of paging, list by list (mode-api.md §2 "Paging"). */
import { z } from 'zod';
import type { CallOptions } from '../../src/directory/upstream.ts';
import type { Call } from '../../src/mode/call.ts';
import { allRows, type List } from '../../src/mode/hal.ts';
import { failureOf } from './support/emulated.ts';

interface Row {
  readonly id: number;
}

const OPTIONS: CallOptions = { deadline: 0, priority: 'request' };

const list = (isPaged: boolean): List<Row> => ({
  call: { method: 'GET', route: '/api/{workspace}/things', at: { workspace: 'acme' }, to: 'list the things' },
  key: 'things',
  schema: z.object({ id: z.number() }),
  idOf: (row) => String(row.id),
  isPaged,
});

const rows = (from: number, to: number): Row[] =>
  Array.from({ length: to - from + 1 }, (_none, at) => ({ id: from + at }));
const ids = (all: readonly Row[]): number[] => all.map(({ id }) => id);

/** A Mode whose list answers by the number of the call. */
const serving = (answer: (call: number, query: Call['query']) => unknown) => {
  const queries: Call['query'][] = [];
  const request = async (call: Call): Promise<unknown> => {
    queries.push(call.query);
    return answer(queries.length, call.query);
  };
  return { http: { request }, queries };
};

const page = (things: readonly Row[], pagination?: object) => ({
  ...(pagination === undefined ? {} : { pagination }),
  _links: { next_page: { href: '/api/1234567/groups.acme?page=2' } },
  _embedded: { things },
});

it('asks for 30 rows a page, and follows the counters, not the link', async () => {
  const { http, queries } = serving((call) =>
    page(call === 1 ? rows(1, 30) : rows(31, 40), { page: call, total_pages: 2 }),
  );
  expect(ids(await allRows(http, list(true), OPTIONS))).toEqual(ids(rows(1, 40)));
  expect(queries).toEqual([
    { page: 1, per_page: 30 },
    { page: 2, per_page: 30 },
  ]);
});

it('does not stop on a short page', async () => {
  const { http } = serving((call) => page(rows(call * 10, call * 10 + 2), { total_pages: 3 }));
  expect(await allRows(http, list(true), OPTIONS)).toHaveLength(9);
});

it('asks a list that answers everything at once only once, without page', async () => {
  const { http, queries } = serving(() => page(rows(1, 100)));
  expect(await allRows(http, list(false), OPTIONS)).toHaveLength(100);
  expect(queries).toEqual([undefined]);
});

it('goes on where such a list turns out to have pages', async () => {
  const { http, queries } = serving((call) => page(rows(call * 100, call * 100 + 29), { total_pages: 3 }));
  expect(await allRows(http, list(false), OPTIONS)).toHaveLength(90);
  expect(queries).toEqual([undefined, { page: 2, per_page: 30 }, { page: 3, per_page: 30 }]);
});

it('stops on a page that repeats the one before', async () => {
  const { http, queries } = serving(() => page(rows(1, 45), { page: 1, total_pages: 9 }));
  expect(await allRows(http, list(true), OPTIONS)).toHaveLength(45);
  expect(queries).toHaveLength(2);
});

it('stops on an empty page, whatever the counters say', async () => {
  const { http, queries } = serving((call) => page(call === 1 ? rows(1, 30) : [], { total_pages: 50 }));
  expect(await allRows(http, list(true), OPTIONS)).toHaveLength(30);
  expect(queries).toHaveLength(2);
});

it('goes on to an empty page where a paged list has no counters', async () => {
  const { http, queries } = serving((call) => page(call < 3 ? rows(call * 100, call * 100 + 19) : []));
  expect(await allRows(http, list(true), OPTIONS)).toHaveLength(40);
  expect(queries).toHaveLength(3);
});

it('takes nonsense in the counters for none', async () => {
  const { http } = serving((call) =>
    page(call === 1 ? rows(1, 3) : [], { total_pages: 'many', total_count: -1 }),
  );
  expect(await allRows(http, list(true), OPTIONS)).toHaveLength(3);
});

it('gives a row that is met twice only once', async () => {
  const { http } = serving((call) => page(call === 1 ? rows(1, 30) : rows(30, 40), { total_pages: 2 }));
  expect(ids(await allRows(http, list(true), OPTIONS))).toEqual(ids(rows(1, 40)));
});

it('reads a list again that got shorter on the way, so that no row slips through', async () => {
  let things = rows(1, 61);
  const { http, queries } = serving((call, query) => {
    if (call === 2) things = things.filter(({ id }) => id !== 1);
    const from = (Number(query?.['page'] ?? 1) - 1) * 30;
    return page(things.slice(from, from + 30), {
      total_pages: Math.ceil(things.length / 30),
      total_count: things.length,
    });
  });
  const read = ids(await allRows(http, list(true), OPTIONS));
  expect(new Set(read)).toEqual(new Set(ids(rows(1, 61))));
  expect(queries).toHaveLength(4);
});

it('does not read again for ever where the count falls for ever', async () => {
  const { http, queries } = serving((call) =>
    page(rows(call * 100, call * 100 + 1), { total_pages: 5, total_count: 1000 - call }),
  );
  await allRows(http, list(true), OPTIONS);
  expect(queries.length).toBeLessThan(20);
});

it('gives up on a list without end instead of cutting it off', async () => {
  const { http } = serving((call) => page([{ id: call }], { total_pages: 1e9 }));
  expect(await failureOf(allRows(http, list(true), OPTIONS))).toMatchObject({
    kind: 'unavailable',
    code: 'mode.hal.endless',
  });
});

it('reads the sole list there is where the key is another', async () => {
  const { http } = serving(() => ({ _embedded: { stuff: rows(1, 3), note: 'x' } }));
  expect(await allRows(http, list(false), OPTIONS)).toHaveLength(3);
});

it.each([{}, { stuff: [], others: [] }, { things: null }])(
  'takes %j for no list, not for an empty one',
  async (embedded) => {
    const { http } = serving(() => ({ _embedded: embedded }));
    expect(await failureOf(allRows(http, list(false), OPTIONS))).toMatchObject({
      code: 'mode.http.unreadable',
    });
  },
);
