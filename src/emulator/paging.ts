/**
 * The pages of those lists that have pages at all: groups and collections (REPORTED, SDK), and all of Discovery.
 */
import { MAX_PER_PAGE } from './assumptions.ts';

export interface Page<T> {
  readonly number: number;
  readonly rows: readonly T[];
  readonly totalPages: number;
  readonly pagination: Readonly<
    Record<'page' | 'per_page' | 'count' | 'total_pages' | 'total_count', number>
  >;
}

const wholeNumber = (text: string | null, otherwise: number): number =>
  text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : otherwise;

/** Cuts the page that the query asks for; `per_page` is clamped without a word. The five keys: CONFIRMED-O for Discovery. */
export const cutPage = <T>(
  all: readonly T[],
  query: URLSearchParams,
  defaultPerPage: number,
  mostPerPage: number,
): Page<T> => {
  const number = wholeNumber(query.get('page'), 1);
  const perPage = Math.min(wholeNumber(query.get('per_page'), defaultPerPage), mostPerPage);
  const rows = all.slice((number - 1) * perPage, number * perPage);
  const totalPages = Math.max(1, Math.ceil(all.length / perPage));
  const pagination = {
    page: number,
    per_page: perPage,
    count: rows.length,
    total_pages: totalPages,
    total_count: all.length,
  };
  return { number, rows, totalPages, pagination };
};

/**
 * Cuts a page as REST does: at most 30 rows, and the same five keys (REPORTED, SDK; three CONFIRMED-O, WH).
 * `first_page` and `last_page` are what the REST Swagger wants beside them (CONFIRMED-O, contents UNKNOWN).
 */
export const pageOf = <T>(all: readonly T[], query: URLSearchParams, defaultPerPage: number) => {
  const page = cutPage(all, query, defaultPerPage, MAX_PER_PAGE);
  const ends = { first_page: '1', last_page: String(page.totalPages) };
  return { ...page, pagination: { ...page.pagination, ...ends } };
};
