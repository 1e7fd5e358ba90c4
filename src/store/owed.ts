/** What Mode is owed, counted by the database: there may be very much of it. */
import { URGENCY } from '../directory/model.ts';
import type { Owed } from '../directory/store/work.ts';
import type { Session } from './session.ts';

/** Counts what is owed at that moment. What is done and only looked at once more later is not (`watch`, directory/store/work.ts). */
export const owed = async ({ db }: Session, connectionId: string, now: string): Promise<readonly Owed[]> => {
  const rows = await db
    .selectFrom('unsettled')
    .select(({ fn }) => [
      'priority',
      'last_error',
      fn.countAll().as('count'),
      fn.min('created_at').as('since'),
    ])
    .where('connection_id', '=', connectionId)
    .where((eb) =>
      eb.or([eb('attempts', '=', 0), eb('last_error', 'is not', null), eb('not_before', '<=', now)]),
    )
    .groupBy(['priority', 'last_error'])
    .orderBy('priority')
    .orderBy('since')
    .execute();
  return rows.map(({ priority, last_error: lastError, count, since }) => ({
    isRemoval: priority < URGENCY.other,
    lastError,
    count: Number(count),
    since,
  }));
};
