/**
 * What a request wishes of a group. What Mode refuses is told to whoever wishes it, and taken back for nobody else: so the
 * wish says more than what the request changed, which is nothing where it asks again for what an earlier one asked for.
 */
import type { GroupRecord } from '../model.ts';

/** What is to happen to the members: all replaced by those added, or some added and some removed. */
export interface MemberDelta {
  readonly replaceAll: boolean;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Leaves the members as they are. */
export const NO_MEMBERS: MemberDelta = { replaceAll: false, add: [], remove: [] };

/** What is kept with the mark: the record before the change (null: it was not there) and whose membership changed. */
export interface GroupUndo {
  readonly before: GroupRecord | null;
  /** Of the record after the change: while it has this version, nothing else was changed. */
  readonly version: number;
  /** The name that the group was given. */
  readonly name: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface GroupWish {
  /** That the group be there, be as it says, or be gone. */
  readonly kind: 'create' | 'change' | 'delete';
  /** What the request changed itself; undefined where all was so already. */
  readonly own: GroupUndo | undefined;
  readonly members: MemberDelta;
  /** The name that it gives the group; null where it leaves it what it is. */
  readonly name: () => string | null;
}

/** Who is to be in the group, or out of it. */
export interface Place {
  readonly userId: string;
  readonly wanted: boolean;
}

/** Whether these places are as the request wishes them to be. */
export const wishesOf = ({ members: { replaceAll, add, remove } }: GroupWish) => {
  const [isAdded, isRemoved] = [new Set(add), new Set(remove)];
  return ({ userId, wanted }: Place): boolean => {
    if (isAdded.has(userId)) return wanted;
    return !wanted && (replaceAll || isRemoved.has(userId));
  };
};

/** Whether the group is as the request wishes it, with these people. */
export const standsIn = (
  { displayName }: GroupRecord,
  wanted: ReadonlySet<string>,
  wish: GroupWish,
): boolean => {
  const name = wish.name();
  const wishes = wishesOf(wish);
  return (
    (name === null || name === displayName) &&
    wish.members.add.every((userId) => wanted.has(userId)) &&
    ![...wanted].some((userId) => wishes({ userId, wanted: false }))
  );
};
