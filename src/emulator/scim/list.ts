/**
 * Lists as a client may find them: filtered or not, in pages or whole. scimmy's own lists coerce every row before they
 * cut a page and miscount (scimmy.md §3), so rows are chosen here and only those shown go through scimmy.
 */
import SCIMMY from 'scimmy';
import type { ScimBehaviour } from './behaviour.ts';
import { scimRefusal } from './refusal.ts';

/** A user or group as plain values, before scimmy shapes it. */
export type Row = Readonly<Record<string, unknown>> & { readonly id: string };

/** What the query of a list says, raw. */
export interface ListQuery {
  readonly filter: string | undefined;
  readonly startIndex: string | undefined;
  readonly count: string | undefined;
  readonly cursor: string | undefined;
}

export interface Page {
  readonly rows: readonly Row[];
  /** Undefined where it is left out. */
  readonly total: number | undefined;
  readonly startIndex: number;
  readonly nextCursor?: string;
}

type Matches = (row: Row) => boolean;

/** Longer filters are refused: scimmy's lexer takes exponential time on some (scimmy.md §1). */
const LONGEST_FILTER = 300;

/** Whether two texts of an attribute are the same: `caseExact` holds for ids, not for names and addresses. */
const exact = (one: string, other: string): boolean => one === other;
const folded = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const emailsOf = (row: Row): string[] =>
  ((row['emails'] ?? []) as readonly { readonly value: string }[]).map(({ value }) => value);
const own = (name: string) => (row: Row) => [row[name] as string | undefined];

type Comparable = readonly [
  read: (row: Row) => (string | undefined)[],
  isSame: (a: string, b: string) => boolean,
];

/** By name in lower case, because attribute names have no case. */
const COMPARABLE: ReadonlyMap<string, Comparable> = new Map([
  ['id', [own('id'), exact]],
  ['externalid', [own('externalId'), exact]],
  ['username', [own('userName'), folded]],
  ['displayname', [own('displayName'), folded]],
  ['emails', [emailsOf, folded]],
  ['emails.value', [emailsOf, folded]],
]);

const text = (quoted: string): string | undefined => {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
};

/** Reads `attribute eq "value"` of an attribute that is compared here; undefined where the filter is anything else. */
const equality = (filter: string, { comparing }: ScimBehaviour): Matches | undefined => {
  const [, attribute = '', quoted = ''] =
    /^\s*([A-Za-z.]+)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i.exec(filter) ?? [];
  const comparable = COMPARABLE.get(attribute.toLowerCase());
  const wanted = text(quoted);
  if (!comparable || wanted === undefined) return undefined;
  const [read, usual] = comparable;
  const isSame = comparing === 'exact' ? exact : usual;
  return (row) => read(row).some((value) => value !== undefined && isSame(value, wanted));
};

/** Any other filter, by scimmy: row by row, because one row without the attribute makes it throw for all. */
const anyFilter = (filter: string): Matches => {
  try {
    const parsed = new SCIMMY.Types.Filter(filter);
    return (row) => {
      try {
        return parsed.match([row]).length > 0;
      } catch {
        return false;
      }
    };
  } catch {
    throw scimRefusal(400, `The filter cannot be read: ${filter}`, 'invalidFilter');
  }
};

const onlyEquality = (filter: string): Matches => {
  throw scimRefusal(400, `Only one attribute compared by eq is understood, not: ${filter}`, 'invalidFilter');
};

const refuse = (): Matches => {
  throw scimRefusal(400, 'Filters are not supported', 'invalidFilter');
};

type Reader = (filter: string, behaviour: ScimBehaviour) => Matches;

const READERS: Readonly<Record<ScimBehaviour['filter'], Reader>> = {
  full: (filter, behaviour) => equality(filter, behaviour) ?? anyFilter(filter),
  eq: (filter, behaviour) => equality(filter, behaviour) ?? onlyEquality(filter),
  ignored: () => () => true,
  refused: refuse,
};

const isReadable = (filter: string): boolean =>
  filter.length <= LONGEST_FILTER && filter.trim() !== '' && !/\p{Cc}/u.test(filter);

const matching = (behaviour: ScimBehaviour, filter: string | undefined): Matches => {
  if (filter === undefined) return () => true;
  if (isReadable(filter)) return READERS[behaviour.filter](filter, behaviour);
  throw scimRefusal(400, 'The filter is empty, too long or has control characters', 'invalidFilter');
};

const whole = (value: string | undefined, otherwise: number, least: number): number => {
  if (value === undefined) return otherwise;
  if (!/^-?\d{1,9}$/.test(value)) throw scimRefusal(400, `${value} is not a whole number`, 'invalidValue');
  return Math.max(Number(value), least);
};

/** A cursor is the place where its page begins. */
const placeOf = ({ startIndex, cursor }: ListQuery, { paging }: ScimBehaviour): number => {
  if (paging === 'index') return whole(startIndex, 1, 1);
  return cursor === undefined || cursor === '' ? 1 : whole(/^at-(\d+)$/.exec(cursor)?.[1] ?? cursor, 1, 1);
};

const TOTALS: Readonly<Record<ScimBehaviour['totals'], (found: number, page: number) => number | undefined>> =
  {
    all: (found) => found,
    page: (_found, page) => page,
    none: () => undefined,
  };

/** Chooses the rows of one answer; throws 400 `invalidFilter` or `invalidValue`. */
export const pageOf = (all: readonly Row[], query: ListQuery, behaviour: ScimBehaviour): Page => {
  const found = all.filter(matching(behaviour, query.filter));
  const isWhole = behaviour.paging === 'ignored';
  const startIndex = isWhole ? 1 : placeOf(query, behaviour);
  const most = isWhole ? found.length : behaviour.maxResults;
  const count = isWhole ? most : Math.min(whole(query.count, most, 0), most);
  const rows = found.slice(startIndex - 1, startIndex - 1 + count);
  const next = startIndex + rows.length;
  const hasMore = behaviour.paging === 'cursor' && next <= found.length;
  const total = TOTALS[behaviour.totals](found.length, rows.length);
  return { rows, total, startIndex, ...(hasMore ? { nextCursor: `at-${next}` } : {}) };
};
