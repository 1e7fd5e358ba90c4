/** What people can be given: read from a view of living groups and assets (migrations/0003-entitlements.ts). */
import { type Selectable, sql } from 'kysely';
import { fold } from '../directory/fold.ts';
import type { AssetKind, Entitlement } from '../directory/model.ts';
import type { EntitlementStore, SeenAsset } from '../directory/store/entitlements.ts';
import { readPage } from './page.ts';
import { type EntitlementsView, isLiving } from './schema.ts';
import { atomically, chunks, type Session } from './session.ts';

const fromRow = (row: Selectable<EntitlementsView>): Entitlement => ({
  id: row.id,
  kind: row.kind,
  displayName: row.display_name,
  description: row.description,
});

interface Listing {
  readonly connectionId: string;
  readonly kind: AssetKind;
  readonly seenAt: string;
}

const save = async ({ db }: Session, listing: Listing, assets: readonly SeenAsset[]): Promise<void> => {
  const { connectionId, kind, seenAt } = listing;
  for (const chunk of chunks(assets)) {
    const rows = chunk.map(({ id, token, name, description }) => ({
      connection_id: connectionId,
      kind,
      token,
      id,
      name,
      name_key: fold(name),
      description,
      description_key: description === null ? null : fold(description),
      living: 1 as const,
      seen_at: seenAt,
    }));
    await db
      .insertInto('mode_assets')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['connection_id', 'kind', 'token'])
          // The id stays what it was.
          .doUpdateSet((eb) => ({
            name: eb.ref('excluded.name'),
            name_key: eb.ref('excluded.name_key'),
            description: eb.ref('excluded.description'),
            description_key: eb.ref('excluded.description_key'),
            living: eb.ref('excluded.living'),
            seen_at: eb.ref('excluded.seen_at'),
          }))
          .where('mode_assets.seen_at', '<=', sql.ref<string>('excluded.seen_at')),
      )
      .execute();
  }
};

/** The time is kept with what is gone, so that an older listing does not bring it back. */
const retireUnseen = async ({ db }: Session, { connectionId, kind, seenAt }: Listing): Promise<void> => {
  await db
    .updateTable('mode_assets')
    .set({ living: 0, seen_at: seenAt })
    .where('connection_id', '=', connectionId)
    .where('kind', '=', kind)
    .where('seen_at', '<', seenAt)
    .execute();
};

export const createEntitlements = (session: Session): EntitlementStore => ({
  find: async (connectionId, id) => {
    const row = await session.db
      .selectFrom('entitlements')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .where('id', '=', id)
      .where(isLiving('entitlements'))
      .executeTakeFirst();
    return row && fromRow(row);
  },

  list: async (connectionId, query) => {
    const page = await readPage(session, 'entitlements', connectionId, query);
    return { ...page, rows: page.rows.map(fromRow) };
  },

  observe: (connectionId, kind, assets, seenAt) =>
    atomically(session, async (within) => {
      const listing = { connectionId, kind, seenAt };
      await save(within, listing, assets);
      await retireUnseen(within, listing);
    }),
});
