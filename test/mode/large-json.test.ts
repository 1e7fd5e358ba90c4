/** Lists of any length: rows are cut out of the bytes as they arrive, wherever the pieces begin and end. */
import { describe, expect, it } from '@jest/globals';
import { readLarge } from '../../src/mode/large-json.ts';

async function* piecesOf(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const DOCUMENT = {
  pagination: { total_count: 4, pages: [1, 2] },
  _links: { self: { href: '/api/acme' } },
  _embedded: {
    empty: [],
    memberships: [
      { name: 'a "quoted", [bracketed] {braced} \\ name', tags: [1, [2, { x: ',' }]] },
      { name: 'Ödön 😀', _embedded: { rows: [{ deep: ['}', ']'] }] } },
      7,
      [null, { y: [] }],
    ],
    others: ['one', 'two'],
  },
  list: [{ _embedded: { not: ['rows'] } }],
  '_embedded ': { no: [1] },
  last: '\\"_embedded',
  more: { no: [1] },
};

/** What the reader makes of lists in `_embedded`; no other list is touched. */
const slimmed = {
  ...DOCUMENT,
  _embedded: Object.fromEntries(
    Object.entries(DOCUMENT._embedded).map(([name, rows]) => [
      name,
      rows.map((row, index) => ({ index, row })),
    ]),
  ),
};

const slim = (row: unknown, index: number) => ({ index, row });

describe('a document in pieces', () => {
  it.each([1, 2, 3, 7, 64, 100_000])('is the same in pieces of %i bytes', async (size) => {
    for (const text of [JSON.stringify(DOCUMENT), JSON.stringify(DOCUMENT, null, 2)]) {
      expect(await readLarge(piecesOf(text, size), slim)).toEqual(slimmed);
    }
  });

  it.each(['[1,{"a":[2]}]', '"text"', 'null', '{}', '{"a":[1,2]}', '{"a":{"b":{"c":[1]}}}'])(
    'without rows is what it is: %s',
    async (text) => {
      const never = () => {
        throw new Error('a row where there is none');
      };
      expect(await readLarge(piecesOf(text, 2), never)).toEqual(JSON.parse(text));
    },
  );

  it.each([
    '',
    '{"_embedded":{"rows":[{"a":1}',
    '{"_embedded":{"rows":[{"a":1},{"a":}]}}',
    '{"_embedded":{"rows":[{"a":1}]}',
    '{"_embedded":{"rows":[1]}}]',
    '<html></html>',
    ']]]}}}',
  ])('that is no JSON is refused as such: %s', async (text) => {
    await expect(readLarge(piecesOf(text, 3), slim)).rejects.toBeInstanceOf(SyntaxError);
  });

  it('never holds more than a row and the rest', async () => {
    const row = `{"name":"${'x'.repeat(1_000)}"}`;
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from('{"_embedded":{"rows":[');
      for (let count = 0; count < 100_000; count += 1) yield Buffer.from(`${row},`);
      yield Buffer.from(`${row}]}}`);
    }
    const before = process.memoryUsage.rss();
    let peak = 0;
    const read = (await readLarge(endless(), (_row, index) => {
      if (index % 10_000 === 0) peak = Math.max(peak, process.memoryUsage.rss() - before);
      return index;
    })) as { readonly _embedded: { readonly rows: readonly number[] } };
    expect(read._embedded.rows).toHaveLength(100_001);
    // The text alone has 100 MB.
    expect(peak).toBeLessThan(90 * 1024 * 1024);
  });
});
