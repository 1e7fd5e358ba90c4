/** What processes that call one Mode tell each other of it. Who died says nothing any more once its row has run out. */
import type { LineStore } from '../directory/store/work.ts';
import type { Session } from './session.ts';

export const createLines = ({ db }: Session): LineStore => ({
  exchange: async ({ connectionId, modeUrl, owner }, { says, now, until }) => {
    const said = { says, said_at: now, until };
    await db
      .insertInto('mode_lines')
      .values({ connection_id: connectionId, mode_url: modeUrl, owner, ...said })
      .onConflict((conflict) => conflict.columns(['connection_id', 'mode_url', 'owner']).doUpdateSet(said))
      .execute();
    const rows = await db
      .selectFrom('mode_lines')
      .select(['owner', 'says', 'said_at', 'until'])
      .where('connection_id', '=', connectionId)
      .where('mode_url', '=', modeUrl)
      .where('owner', '<>', owner)
      .execute();
    if (rows.some((row) => row.until <= now))
      await db
        .deleteFrom('mode_lines')
        .where('connection_id', '=', connectionId)
        .where('until', '<=', now)
        .execute();
    return rows.filter((row) => row.until > now).map((row) => ({ says: row.says, saidAt: row.said_at }));
  },
});
