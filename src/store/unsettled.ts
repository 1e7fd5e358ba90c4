/** What Mode is owed: marked, and looked up. The work on it is in unsettled-work.ts. */
import { sql } from 'kysely';
import type { UnsettledStore } from '../directory/store/work.ts';
import { insertable } from './bulk.ts';
import { CONCERNED_TOO, concernedText } from './concerned.ts';
import { owed } from './owed.ts';
import { chunks, type Session } from './session.ts';
import { fromRow } from './unsettled-rows.ts';
import { createWork } from './unsettled-work.ts';

type Mark = Parameters<UnsettledStore['markMany']>[0][number];

const markMany = async (session: Session, entries: readonly Mark[], now: string): Promise<void> => {
  const fresh = {
    revision: 1,
    concerned_revision: 1,
    attempts: 0,
    last_error: null,
    not_before: now,
    created_at: now,
  };
  for (const chunk of chunks(entries)) {
    const { names, select } = insertable(
      session,
      chunk.map(({ connectionId, kind, id, undo, members, priority }) => ({
        connection_id: connectionId,
        kind,
        id,
        undo,
        concerned: concernedText(members),
        priority,
        ...fresh,
      })),
    );
    await session.db
      .insertInto('unsettled')
      .columns(names)
      .expression(select)
      .onConflict((conflict) =>
        conflict.columns(['connection_id', 'kind', 'id']).doUpdateSet({
          // The first undo stays: nothing later than it lies before all that Mode has not seen. While somebody is at work,
          // the first newer wish says what to restore once that work is done.
          undo: sql`case when unsettled.lease_until > ${now} then unsettled.undo
            else coalesce(unsettled.undo, excluded.undo) end`,
          undo_next: sql`case when unsettled.lease_until > ${now} then coalesce(unsettled.undo_next, excluded.undo)
            else unsettled.undo_next end`,
          priority: sql`case when excluded.priority < unsettled.priority then excluded.priority else unsettled.priority end`,
          revision: sql`unsettled.revision + 1`,
          not_before: now,
          ...CONCERNED_TOO,
        }),
      )
      .execute();
  }
};

export const createUnsettled = (session: Session): UnsettledStore => ({
  mark: (entry, now) => markMany(session, [entry], now),
  markMany: (entries, now) => markMany(session, entries, now),
  ...createWork(session),

  find: async ({ connectionId, kind, id }) => {
    const row = await session.db
      .selectFrom('unsettled')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .where('kind', '=', kind)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  owed: (connectionId, now) => owed(session, connectionId, now),

  list: async (connectionId) => {
    const rows = await session.db
      .selectFrom('unsettled')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .orderBy('priority')
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(fromRow);
  },
});
