/**
 * Lists of Mode's SCIM endpoint, row by row, however it pages: by index (RFC 7644 §3.4.2.4), by cursor (RFC 9865), or not
 * at all. Counters are believed only where they cannot cut a list short: whoever is missed would count as gone from Mode.
 */
import type { z } from 'zod';
import type { CallOptions } from '../../directory/upstream.ts';
import { AppError } from '../../errors.ts';
import type { Call } from '../call.ts';
import { readAs } from '../types.ts';
import type { ScimContext } from './context.ts';
import { ListSchema } from './types.ts';

export interface ScimList<Row> {
  readonly call: Call;
  readonly schema: z.ZodType<Row>;
}

interface Page<Row> {
  readonly rows: readonly Row[];
  /** Null where it is not said, or cannot be right. */
  readonly total: number | null;
  readonly nextCursor: string | null;
}

/** What the next page begins with. */
type Place = { readonly startIndex: number } | { readonly cursor: string };

const USUAL_COUNT = 100;
const LARGEST_COUNT = 1000;
/** 200,000 rows of 100: past any workspace. */
const MOST_CALLS = 2000;
const MOST_RESTARTS = 3;

/** Asks for one page. */
export const readPage = async <Row>(
  { http, discovery }: ScimContext,
  { call, schema }: ScimList<Row>,
  query: Readonly<Record<string, string | number>>,
  options: CallOptions,
): Promise<Page<Row>> => {
  const json = await http.request({ ...call, query: { ...call.query, ...query } }, options);
  const { Resources, totalResults, nextCursor } = readAs(ListSchema, json, { asked: call });
  const rows = (Resources ?? []).map((row, index) =>
    readAs(schema, row, { asked: call, under: `Resources[${index}]` }),
  );
  const total = totalResults ?? null;
  if (total !== null && total > rows.length) discovery.see('count all', true);
  return { rows, total: total !== null && total < rows.length ? null : total, nextCursor };
};

/** A walk so far. */
interface Walk<Row> {
  readonly list: ScimList<Row>;
  readonly options: CallOptions;
  readonly at: Place;
  readonly page: Page<Row>;
  readonly before: Page<Row> | undefined;
  /** Rows of the longest page. */
  readonly longest: number;
}

/**
 * Whether `totalResults` can be taken for all there is: of some servers it counts the page. Where it was never seen to say
 * more than its page, a page of one row tells (1 call, once).
 */
const countsAll = async <Row>(context: ScimContext, { list, options, page }: Walk<Row>): Promise<boolean> => {
  const { discovery } = context;
  if (discovery.seen('count all') === undefined && page.rows.length > 1) {
    const { rows, total } = await readPage(context, list, { startIndex: 1, count: 1 }, options);
    if (rows.length === 1 && total === 1) discovery.see('count all', false);
  }
  return discovery.seen('count all') === true;
};

/** The list ignores where it is to begin, and says the same again. */
const isRepeated = <Row extends { readonly id: string }>({ page, before }: Walk<Row>): boolean => {
  const known = new Set(before?.rows.map(({ id }) => id));
  return page.rows.length === known.size && page.rows.every(({ id }) => known.has(id));
};

/** Where the page after this one begins; undefined where this one is the last. */
const placeAfter = async <Row extends { readonly id: string }>(
  context: ScimContext,
  walk: Walk<Row>,
): Promise<Place | undefined> => {
  const { at, page, longest } = walk;
  if (page.nextCursor !== null) return { cursor: page.nextCursor };
  // Past the end, whatever the counters say; a short page is not.
  if ('cursor' in at || page.rows.length === 0 || isRepeated(walk)) return undefined;
  const next = at.startIndex + page.rows.length;
  if (page.total === null || next <= page.total) return { startIndex: next };
  // Shorter than a page before it, so it was not cut.
  const isLast = page.rows.length < longest || (await countsAll(context, walk));
  return isLast ? undefined : { startIndex: next };
};

/** Says, a few times at most, that the list got shorter on the way: a row may have moved to a page that was read already. */
const createRestarts = () => {
  let left = MOST_RESTARTS;
  return <Row>({ page, before }: Walk<Row>): boolean => {
    const hasShrunk = (page.total ?? Number.POSITIVE_INFINITY) < (before?.total ?? 0);
    if (!hasShrunk || left === 0) return false;
    left -= 1;
    return true;
  };
};

/** Says that a cursor leads where the walk has been since it last began. */
const createCircles = () => {
  const cursors = new Set<string>();
  return (at: Place, isStart: boolean): boolean => {
    if (isStart) cursors.clear();
    if (isStart || !('cursor' in at)) return false;
    const isKnown = cursors.has(at.cursor);
    cursors.add(at.cursor);
    return isKnown;
  };
};

const endless = ({ to }: Call): AppError =>
  new AppError('unavailable', 'mode.scim.endless', `Mode's SCIM list does not end when asked to ${to}.`);

/** Yields page after page. */
async function* pagesOf<Row extends { readonly id: string }>(
  context: ScimContext,
  list: ScimList<Row>,
  options: CallOptions,
): AsyncGenerator<Page<Row>> {
  const { maxResults, isByCursor } = await context.discovery.said(options);
  const count = Math.min(Math.max(maxResults ?? USUAL_COUNT, 1), LARGEST_COUNT);
  const start: Place = isByCursor ? { cursor: '' } : { startIndex: 1 };
  const [isToRestart, isCircle] = [createRestarts(), createCircles()];
  let at: Place | undefined = start;
  let before: Page<Row> | undefined;
  let longest = 0;
  for (let calls = 0; calls < MOST_CALLS; calls += 1) {
    const page: Page<Row> = await readPage(context, list, { ...at, count }, options);
    yield page;
    const walk: Walk<Row> = { list, options, at, page, before, longest };
    const isRestart = isToRestart(walk);
    at = isRestart ? start : await placeAfter(context, walk);
    if (at === undefined) return;
    if (isCircle(at, isRestart)) break;
    before = isRestart ? undefined : page;
    longest = Math.max(longest, page.rows.length);
  }
  throw endless(list.call);
}

/** Yields every row once. */
export async function* rowsOf<Row extends { readonly id: string }>(
  context: ScimContext,
  list: ScimList<Row>,
  options: CallOptions,
): AsyncGenerator<Row> {
  const seen = new Set<string>();
  for await (const { rows } of pagesOf(context, list, options)) {
    for (const row of rows) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      yield row;
    }
  }
}

/** Collects every row. */
export const allRowsOf = async <Row extends { readonly id: string }>(
  context: ScimContext,
  list: ScimList<Row>,
  options: CallOptions,
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for await (const row of rowsOf(context, list, options)) rows.push(row);
  return rows;
};
