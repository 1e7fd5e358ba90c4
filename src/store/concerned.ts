/**
 * Whose membership a debt for a group is about, so that settling it compares them and not everybody who waits: their ids one
 * after the other, each with a space behind it. Each mark adds its own at the end, so that what stood there when somebody
 * took the work can be cut off once it is done, and what was added meanwhile remains. An earlier program knows nothing of
 * it and only counts the revision on, which shows.
 */
import { sql } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { UnsettledTable } from './schema.ts';

/** Stands for everybody, and for whoever is not known. */
const ALL = '* ';

/** Longer is not worth it: so many are as well found by comparing all. */
const LONGEST = 8_000;

/** For a mark that is about these; null: all. */
export const concernedText = (members: readonly string[] | null): string => {
  const text = members?.map((id) => `${id} `).join('') ?? ALL;
  return text.length > LONGEST ? ALL : text;
};

/** Those whom it names. */
export const namedIn = (concerned: string): readonly string[] => [
  ...new Set(concerned.split(' ').filter((id) => id !== '' && id !== ALL.trim())),
];

/** What a row says; null: all. */
export const concernedOf = (
  row: Pick<UnsettledTable, 'concerned' | 'concerned_revision' | 'revision'>,
): readonly string[] | null => {
  const { concerned, concerned_revision, revision } = row;
  if (concerned === null || concerned_revision !== revision) return null;
  const ids = concerned.split(' ').slice(0, -1);
  return ids.includes(ALL.trim()) ? null : [...new Set(ids)];
};

/** What stands there, of a row that may have been marked by an earlier program. */
const known = sql<string>`case when unsettled.concerned_revision = unsettled.revision
  then coalesce(unsettled.concerned, ${sql.lit(ALL)}) else coalesce(unsettled.concerned, '') || ${sql.lit(ALL)} end`;

/** Of a row that is marked again. */
export const CONCERNED_TOO = {
  concerned: sql<string>`${known} || case when length(${known}) > ${sql.lit(LONGEST)} then ${sql.lit(ALL)}
    else excluded.concerned end`,
  concerned_revision: sql<number>`unsettled.revision + 1`,
};

/** Of a row that somebody takes. */
export const CONCERNED_TAKEN = { lease_concerned: sql<number | null>`length(concerned)` };

/** Of a row that was marked again while somebody was at work, who has done what stood there before. */
export const CONCERNED_SINCE = { concerned: sql<string | null>`substr(concerned, lease_concerned + 1)` };

/** Whether the debt in the row `owed` is about the person in the column. */
export const isConcerned = ({ position }: Dialect, userId: string) =>
  sql<boolean>`(owed.concerned is null or owed.concerned_revision is distinct from owed.revision
    or ${position}(owed.concerned, ${sql.lit(ALL)}) > 0 or ${position}(owed.concerned, ${sql.ref(userId)} || ' ') > 0)`;
