/** The index of searchable values: what a filter finds that is no column of users. */
import type { Insertable } from 'kysely';
import type { IndexedUser } from '../directory/store/store.ts';
import { insertable } from './bulk.ts';
import { hasColumn } from './filter-paths.ts';
import type { UserValuesTable } from './schema.ts';
import { chunks, type Session } from './session.ts';

/** Writes the index rows of all these people. A value that filters find in a column needs no row besides. */
export const writeIndex = async (session: Session, people: readonly IndexedUser[]): Promise<void> => {
  const rows: Insertable<UserValuesTable>[] = [];
  for (const { user, index } of people) {
    for (const { path, element, value } of index) {
      if (hasColumn('users', path)) continue;
      rows.push({ connection_id: user.connectionId, user_id: user.id, path, element, value });
    }
  }
  // In the order of the index by value, whose pages then are each met once and not at every turn.
  if (people.length > 1) rows.sort((a, b) => compare(a.path, b.path) || compare(a.value, b.value));
  for (const chunk of chunks(rows, VALUES)) {
    const { names, select } = insertable(session, chunk);
    await session.db.insertInto('user_values').columns(names).expression(select).execute();
  }
};

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Rows of one statement: some 20 ms of work. */
const VALUES = 4_000;
