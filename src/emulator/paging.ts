/**
 * The pages of those few lists that have pages at all, groups and collections (REPORTED, SDK).
 */
import { MAX_PER_PAGE } from './assumptions.ts';

export interface Page<T> {
  readonly number: number;
  readonly rows: readonly T[];
  readonly totalPages: number;
  /** The envelope's `pagination`: five keys REPORTED (SDK), three of them CONFIRMED-O (WH). */
  readonly pagination: Readonly<Record<string, number | string>>;
}

const wholeNumber = (text: string | null, otherwise: number): number =>
  text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : otherwise;

/**
 * Cuts the page that the query asks for. `per_page` is clamped to 30 without a word (REPORTED, SDK).
 * `first_page` and `last_page` are what the REST Swagger wants beside the rest (CONFIRMED-O, contents UNKNOWN).
 */
export const pageOf = <T>(all: readonly T[], query: URLSearchParams, defaultPerPage: number): Page<T> => {
  const number = wholeNumber(query.get('page'), 1);
  const perPage = Math.min(wholeNumber(query.get('per_page'), defaultPerPage), MAX_PER_PAGE);
  const rows = all.slice((number - 1) * perPage, number * perPage);
  const totalPages = Math.max(1, Math.ceil(all.length / perPage));
  const pagination = {
    page: number,
    per_page: perPage,
    count: rows.length,
    total_pages: totalPages,
    total_count: all.length,
    first_page: '1',
    last_page: String(totalPages),
  };
  return { number, rows, totalPages, pagination };
};
