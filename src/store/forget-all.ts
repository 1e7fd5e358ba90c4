/** Forgets what was read from Mode: for a connection whose new credentials name people and groups otherwise. */
import { atomically, type Session } from './session.ts';

/** Leaves the connection as one that was never synced. What is wanted stays, and is linked anew by the next sync. */
export const forgetAll = (session: Session, connectionId: string): Promise<void> =>
  atomically(session, async ({ db }) => {
    const unlinked = { member_token: null, invited_as: null, invited_at: null };
    await db.updateTable('users').set(unlinked).where('connection_id', '=', connectionId).execute();
    await db
      .updateTable('groups')
      .set({ group_token: null })
      .where('connection_id', '=', connectionId)
      .execute();
    await db
      .deleteFrom('memberships')
      .where('connection_id', '=', connectionId)
      .where('wanted', '=', 0)
      .execute();
    const unseen = { membership_token: null, observed_at: null, drift: 0 } as const;
    await db.updateTable('memberships').set(unseen).where('connection_id', '=', connectionId).execute();
    for (const table of ['mode_members', 'mode_groups', 'syncs'] as const)
      await db.deleteFrom(table).where('connection_id', '=', connectionId).execute();
    const groups = { groups_synced_at: null, groups_hidden_since: null };
    const unread = { synced_at: null, access_synced_at: null, ...groups };
    await db.updateTable('connections').set(unread).where('id', '=', connectionId).execute();
  });
