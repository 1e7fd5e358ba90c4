/** Remembers of a creation whether anybody was told of it (directory/answering.ts). */
import { flag } from './schema.ts';
import type { Session } from './session.ts';

export const setUnanswered = async (
  { db }: Session,
  table: 'users' | 'groups',
  { connectionId, id }: { readonly connectionId: string; readonly id: string },
  unanswered: boolean,
): Promise<void> => {
  await db
    .updateTable(table)
    .set({ unanswered: flag(unanswered) })
    .where('connection_id', '=', connectionId)
    .where('id', '=', id)
    .execute();
};
