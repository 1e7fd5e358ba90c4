/** The index of searchable values: what a filter finds that is no column of users. */
import type { IndexedUser } from '../directory/store.ts';
import { insertable } from './bulk.ts';
import { hasColumn } from './filter-paths.ts';
import { chunks, type Session } from './session.ts';

/** Writes the index rows of all these people. A value that filters find in a column needs no row besides. */
export const writeIndex = async (session: Session, people: readonly IndexedUser[]): Promise<void> => {
  const rows = people.flatMap(({ user, index }) =>
    index
      .filter(({ path }) => !hasColumn('users', path))
      .map(({ path, element, value }) => ({
        connection_id: user.connectionId,
        user_id: user.id,
        path,
        element,
        value,
      })),
  );
  for (const chunk of chunks(rows, VALUES)) {
    const { names, select } = insertable(session, chunk);
    await session.db.insertInto('user_values').columns(names).expression(select).execute();
  }
};

/** Rows of one statement: some 20 ms of work. */
const VALUES = 4_000;
