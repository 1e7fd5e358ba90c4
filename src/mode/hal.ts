/**
 * Lists of Mode, row by row, whatever their paging does (mode-api.md §2, "Paging"). Counts by `pagination` alone:
 * `_links.next_page` is there past the end and leads nowhere.
 */
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { CallOptions } from '../directory/upstream.ts';
import { AppError } from '../errors.ts';
import type { Call } from './call.ts';
import type { ModeHttp } from './http.ts';
import type { Slim } from './large-json.ts';
import { unreadable } from './refusal.ts';
import { ListSchema, readAs } from './types.ts';

export interface List<Row> {
  readonly call: Call;
  /** Name of the rows under `_embedded`. */
  readonly key: string;
  readonly schema: z.ZodType<Row>;
  /** What makes a row the same when it is met twice. */
  readonly idOf: (row: Row) => string;
  /** False for a list known to answer everything at once: then no counters mean no more pages. */
  readonly isPaged: boolean;
  /** True for one that may hold very many rows in one answer. */
  readonly isLarge?: boolean;
}

/** A row that was read while it arrived. */
class ReadRow<Row> {
  readonly row: Row;

  constructor(row: Row) {
    this.row = row;
  }
}

/** A list as the walk sees it, which leaves the rows unread. */
type RowList = Pick<List<unknown>, 'call' | 'key' | 'isPaged'>;

/** Mode silently clamps to 30 (REPORTED), so asking for more would only hide what one gets. */
const PER_PAGE = 30;
/** 60,000 rows: past any workspace, and an end where the counters lie. */
const MOST_CALLS = 2000;
const MOST_RESTARTS = 3;
const ROWS_AT_A_STRETCH = 1000;

interface Page {
  readonly rows: readonly unknown[];
  readonly under: string;
  readonly totalPages: number | undefined;
  readonly totalCount: number | undefined;
}

/** Finds the rows: under the key, else the sole array there ("a safe reader", mode-api.md §7). */
const rowsIn = (embedded: Readonly<Record<string, unknown>>, list: RowList) => {
  const named = embedded[list.key];
  if (Array.isArray(named)) return { under: `_embedded.${list.key}`, rows: named as readonly unknown[] };
  const [first, ...others] = Object.entries(embedded).filter(([, value]) => Array.isArray(value));
  // No list at all is not an empty list: taken for one, it would say that everybody is gone.
  if (!first || others.length > 0) throw unreadable(list.call, `_embedded.${list.key} is not as expected`);
  return { under: `_embedded.${first[0]}`, rows: first[1] as readonly unknown[] };
};

const readPage = async (
  http: ModeHttp,
  list: RowList,
  at: { number: number; options: CallOptions },
): Promise<Page> => {
  const query = { ...list.call.query, page: at.number, per_page: PER_PAGE };
  const isPlain = at.number === 1 && !list.isPaged;
  const json = await http.request(isPlain ? list.call : { ...list.call, query }, at.options);
  const { _embedded: embedded, pagination } = readAs(ListSchema, json, { asked: list.call });
  return {
    ...rowsIn(embedded, list),
    totalPages: pagination?.total_pages,
    totalCount: pagination?.total_count,
  };
};

const isEnd = (list: RowList, number: number, page: Page): boolean => {
  // An empty page is past the end, whatever the counters say; a short one is not ("never stop on short page").
  if (page.rows.length === 0) return true;
  // Our own count of pages: a list that ignores `page` says "page 1" for ever.
  if (page.totalPages !== undefined) return number >= page.totalPages;
  return !list.isPaged;
};

const hasShrunk = (page: Page, before: Page | undefined): boolean =>
  page.totalCount !== undefined && before?.totalCount !== undefined && page.totalCount < before.totalCount;

/** Walks the pages one by one; the guards decide which is asked next, and when to stop. */
async function* walk(http: ModeHttp, list: RowList, options: CallOptions) {
  let number = 1;
  let restarts = 0;
  let before: Page | undefined;
  for (let calls = 0; calls < MOST_CALLS; calls += 1) {
    const page = await readPage(http, list, { number, options });
    // The list ignores `page` and repeats itself (as data sources do): everything has been seen.
    if (before && isDeepStrictEqual(page.rows, before.rows)) return;
    yield page;
    // The list got shorter on the way: a row may have moved to a page already read, so read from the start again.
    const isRestart = restarts < MOST_RESTARTS && hasShrunk(page, before);
    if (!isRestart && isEnd(list, number, page)) return;
    number = isRestart ? 1 : number + 1;
    restarts += isRestart ? 1 : 0;
    before = page;
  }
  // Cut off here, the list would say that everybody past the end is gone.
  throw new AppError(
    'unavailable',
    'mode.hal.endless',
    `Mode's list does not end when asked to ${list.call.to}.`,
  );
}

/** How rows are read: one by one as they come out of the answer, or, of a large list, as they arrive. */
const readerOf = <Row>(list: List<Row>) => {
  const parse = (json: unknown, index: number, under: string): Row =>
    readAs(list.schema, json, { asked: list.call, under: `${under}[${index}]` });
  const read: typeof parse = (json, index, under) =>
    json instanceof ReadRow ? (json as ReadRow<Row>).row : parse(json, index, under);
  const slim: Slim = (json, index) => new ReadRow(parse(json, index, `_embedded.${list.key}`));
  const call: Call = list.isLarge ? { ...list.call, slim } : list.call;
  return { call, read };
};

/** Yields every row of a list once, parsed (mode-api.md §2). */
export async function* pages<Row>(
  http: ModeHttp,
  list: List<Row>,
  options: CallOptions,
): AsyncGenerator<Row> {
  const seen = new Set<string>();
  const { call, read } = readerOf(list);
  for await (const { rows, under } of walk(http, { ...list, call }, options)) {
    for (const [index, json] of rows.entries()) {
      // A list of 50,000 rows in one answer must not hold up everybody else.
      if (index % ROWS_AT_A_STRETCH === ROWS_AT_A_STRETCH - 1) await setImmediate();
      const row = read(json, index, under);
      const id = list.idOf(row);
      if (seen.has(id)) continue;
      seen.add(id);
      yield row;
    }
  }
}

/** Collects every row of a list. */
export const allRows = async <Row>(
  http: ModeHttp,
  list: List<Row>,
  options: CallOptions,
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for await (const row of pages(http, list, options)) rows.push(row);
  return rows;
};
