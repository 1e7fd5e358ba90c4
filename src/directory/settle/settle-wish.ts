/** Settles a group for a request, which hears what Mode refuses of that which it wishes. */
import type { Call, Deps } from '../deps.ts';
import { GroupRefused } from './group-refused.ts';
import { toldTo } from './group-told.ts';
import { restoreGroup } from './group-undo.ts';
import type { GroupWish } from './group-wish.ts';
import { settleNow } from './now.ts';

/**
 * Settles; when Mode refuses what this request wishes, takes that back and throws the refusal. False when nothing of a wish
 * was owed any more.
 */
export const settleWish = async (deps: Deps, call: Call, id: string, wish: GroupWish): Promise<boolean> => {
  try {
    return await settleNow(deps, call, 'group', id, (entry, refusal) =>
      restoreGroup(deps, entry, wish, refusal),
    );
  } catch (error) {
    throw error instanceof GroupRefused ? await toldTo(deps, call.connection.id, wish, error) : error;
  }
};
