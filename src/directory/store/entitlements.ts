/** What the directory needs its memory to say of what people can be given. Part of store.ts; the same contract. */
import type { AssetKind, Entitlement, ModeAsset } from '../model.ts';
import type { Page, Query } from '../query.ts';

/** An asset, and the id that it gets if it was never seen before. */
export interface SeenAsset extends ModeAsset {
  readonly id: string;
}

/** What people can be given: living groups, and the connections and collections that Mode was last seen to hold. */
export interface EntitlementStore {
  find(connectionId: string, id: string): Promise<Entitlement | undefined>;
  list(connectionId: string, query: Query): Promise<Page<Entitlement>>;
  /**
   * Records a complete listing of one kind at `seenAt`, all or nothing: what it does not show is gone, what comes back has
   * the id that it had. Nothing that was looked at later changes.
   */
  observe(connectionId: string, kind: AssetKind, assets: readonly SeenAsset[], seenAt: string): Promise<void>;
}
