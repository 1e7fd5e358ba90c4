/** Remembers of a creation whether anybody was told of it (directory/answering.ts). */
import type { Session } from './session.ts';

/** True for one of all who ask. Whoever changed the record since knows of it, but was not the one to be told that it was made. */
export const answer = async (
  { db }: Session,
  table: 'users' | 'groups',
  { connectionId, id }: { readonly connectionId: string; readonly id: string },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable(table)
    .set({ unanswered: 0 })
    .where('connection_id', '=', connectionId)
    .where('id', '=', id)
    .where((eb) => eb.or([eb('unanswered', '=', 1), eb('version', '>', 1)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};
