/** Rows of what Mode is owed, as records, and one of them to write. */
import type { Selectable } from 'kysely';
import type { Unsettled } from '../directory/model.ts';
import type { UnsettledStore } from '../directory/store/work.ts';
import { concernedOf } from './concerned.ts';
import type { UnsettledTable } from './schema.ts';
import type { Session } from './session.ts';

export type Key = Pick<Unsettled, 'connectionId' | 'kind' | 'id'>;
export type Work = Parameters<UnsettledStore['settle']>[0];

export const fromRow = (row: Selectable<UnsettledTable>): Unsettled => ({
  connectionId: row.connection_id,
  kind: row.kind,
  id: row.id,
  undo: row.undo,
  priority: row.priority,
  revision: row.revision,
  members: concernedOf(row),
  settledRevision: row.settled_revision,
  leaseUntil: row.lease_until,
  attempts: row.attempts,
  open: row.open_at === null ? null : { at: row.open_at, revision: row.open_revision ?? 0 },
  lastError: row.last_error,
  notBefore: row.not_before,
  createdAt: row.created_at,
});

export const update = ({ db }: Session, { connectionId, kind, id }: Key) =>
  db
    .updateTable('unsettled')
    .where('connection_id', '=', connectionId)
    .where('kind', '=', kind)
    .where('id', '=', id);

export const remove = ({ db }: Session, { connectionId, kind, id }: Key) =>
  db
    .deleteFrom('unsettled')
    .where('connection_id', '=', connectionId)
    .where('kind', '=', kind)
    .where('id', '=', id);
