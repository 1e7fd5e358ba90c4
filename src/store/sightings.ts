/** Deviations that clients were seen to send: one row for each, counted by all instances together. */
import { sql } from 'kysely';
import type { SightingStore } from '../directory/store/sightings.ts';
import type { Session } from './session.ts';

/** Rows of one connection at most: names that a client makes up must not fill the disk. */
const MOST_ROWS = 1_000;

const countOf = async ({ db }: Session, connectionId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('sightings')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('connection_id', '=', connectionId)
    .executeTakeFirstOrThrow();
  return Number(count);
};

export const createSightingStore = (session: Session): SightingStore => ({
  add: async (sightings) => {
    const { db } = session;
    const room = new Map<string, boolean>();
    for (const { connectionId } of sightings)
      if (!room.has(connectionId)) room.set(connectionId, (await countOf(session, connectionId)) < MOST_ROWS);
    for (const { connectionId, name, count, firstSeen, lastSeen, userAgent } of sightings) {
      const latest = { last_seen: lastSeen, user_agent: userAgent };
      const { numUpdatedRows } = await db
        .updateTable('sightings')
        .set((eb) => ({ count: eb('count', '+', count), ...latest }))
        .where('connection_id', '=', connectionId)
        .where('name', '=', name)
        .executeTakeFirst();
      if (numUpdatedRows > 0n || !room.get(connectionId)) continue;
      await db
        .insertInto('sightings')
        .values({ connection_id: connectionId, name, count, first_seen: firstSeen, ...latest })
        .onConflict((conflict) =>
          conflict
            .columns(['connection_id', 'name'])
            .doUpdateSet({ count: sql`sightings.count + ${count}`, ...latest }),
        )
        .execute();
    }
  },

  list: async (connectionId) => {
    const rows = await session.db
      .selectFrom('sightings')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .orderBy('count', 'desc')
      .orderBy('name')
      .execute();
    return rows.map((row) => ({
      connectionId: row.connection_id,
      name: row.name,
      count: row.count,
      firstSeen: row.first_seen,
      lastSeen: row.last_seen,
      userAgent: row.user_agent,
    }));
  },
});
