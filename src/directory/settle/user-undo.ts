/**
 * Takes back what a request wished of a person and Mode refused. Of her record only what that very request wishes is as it was
 * before: what others wish is theirs, to be carried out, or to be told to them when they ask again
 * (docs/decisions/011-lost-answers.md).
 */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../errors.ts';
import { type Call, type Deps, isoNow } from '../deps.ts';
import { indexValues } from '../index-values.ts';
import { markWaitingGroups } from '../linking/members.ts';
import type { UserRecord } from '../model.ts';
import { userSchema } from '../schema.ts';
import type { Store } from '../store/store.ts';
import type { Claimed } from '../store/work.ts';
import { touchGroupsOf } from '../touch-groups.ts';
import { derived } from '../user-columns.ts';
import { owesMode } from './owes-mode.ts';
import type { Restored } from './settle.ts';
import { withoutChange } from './take-back.ts';

/** What is kept with the mark: the record before the change; null: it was not there. */
export interface UserUndo {
  readonly before: UserRecord | null;
}

/** What a request asks for. */
export interface UserWish {
  /** The record as the request would make it of that one. Throws where it cannot be asked of it. */
  readonly of: (user: UserRecord) => UserRecord;
  /** What undoes it; undefined where nothing changed, because what it wishes stood already. */
  readonly own: UserUndo | undefined;
}

interface Change {
  readonly before: UserRecord;
  readonly after: UserRecord;
}

const changeOf = ({ of }: UserWish, before: UserRecord | null | undefined): readonly Change[] => {
  if (!before) return [];
  try {
    return [{ before, after: of(before) }];
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
};

/**
 * What the request changes: of the record as it met it, unless something of that was taken back since, and of what lies before
 * all that Mode has not carried out.
 */
const changesOf = (wish: UserWish, first: UserRecord, { putBackVersion }: UserRecord): readonly Change[] => {
  const met = wish.own?.before;
  const isStale = met && putBackVersion > met.version;
  return [...changeOf(wish, isStale ? null : met), ...changeOf(wish, first)];
};

/** The record without the change, of which it may be that only her standing can be taken back. */
const without =
  (what: 'all' | 'standing') =>
  (current: UserRecord, { before, after }: Change): UserRecord => {
    const attributesOf = ({ attributes }: UserRecord) =>
      what === 'all' ? attributes : { active: attributes['active'] };
    const attributes = withoutChange(current.attributes, attributesOf(before), attributesOf(after));
    const hasStanding = before.active !== after.active && current.active === after.active;
    const deletedAt = before.deletedAt === after.deletedAt ? current.deletedAt : before.deletedAt;
    return { ...current, ...derived(attributes, hasStanding ? before : current), deletedAt };
  };

const isWanted = ({ active, deletedAt }: UserRecord): boolean => active && deletedAt === null;

const write = async (deps: Deps, store: Store, current: UserRecord, restored: UserRecord): Promise<void> => {
  const version = current.version + 1;
  const index = restored.deletedAt === null ? indexValues(userSchema, restored.attributes) : [];
  await store.users.update({ ...restored, version, putBackVersion: version }, index, current.version);
  if (current.deletedAt !== restored.deletedAt || current.displayName !== restored.displayName)
    await touchGroupsOf(deps, store, current);
  // A group that she was put into while she was to leave has not let her in.
  if (isWanted(restored) && !isWanted(current))
    await markWaitingGroups(deps, store, current.connectionId, [current.id]);
};

/** Who is new is as if she had never been created. */
const takeBackCreation = async (store: Store, entry: Claimed): Promise<Restored> => {
  if (!(await store.unsettled.drop(entry))) return 'kept';
  await store.users.purge(entry.connectionId, entry.id);
  return 'undone';
};

/** What undoes all that Mode has not carried out. */
const firstUndo = ({ undo }: Claimed, { own }: UserWish, current: UserRecord): UserUndo | undefined => {
  const first = undo === null ? own : (JSON.parse(undo) as UserUndo);
  // Who is to leave is in Mode: the creation that was never answered has happened.
  return first?.before === null && !isWanted(current) ? own : first;
};

interface Taking {
  readonly entry: Claimed;
  /** What lies before all that Mode has not carried out. */
  readonly first: UserRecord;
  readonly current: UserRecord;
  readonly taken: UserRecord;
}

/** Writes what was taken back; what is owed beyond that stays owed. */
const writeAndKeepRest = async (
  deps: Deps,
  call: Call,
  store: Store,
  { entry, first, current, taken }: Taking,
): Promise<Restored> => {
  await write(deps, store, current, taken);
  const isRest = owesMode(call, first, taken) || !(await store.unsettled.drop(entry));
  const undo = JSON.stringify({ before: first } satisfies UserUndo);
  if (isRest) await store.unsettled.keepRest(entry, { undo, now: isoNow(deps) });
  return 'undone';
};

const tryRestore = (
  deps: Deps,
  call: Call,
  entry: Claimed,
  { wish, what }: { readonly wish: UserWish; readonly what: 'all' | 'standing' },
): Promise<Restored> =>
  deps.store.transaction(async (store) => {
    const current = await store.users.lock(entry.connectionId, entry.id);
    const undo = current && firstUndo(entry, wish, current);
    if (!undo) return 'kept';
    const first = undo.before;
    if (first === null) return takeBackCreation(store, entry);
    const changes = changesOf(wish, first, current);
    const asked = changes.at(-1);
    if (!asked) return 'kept';
    if (!owesMode(call, asked.before, asked.after)) return 'others';
    const taken = changes.reduce(without(what), current);
    const whole = changes.find(({ before }) => isDeepStrictEqual(before.attributes, taken.attributes));
    const { modifiedAt } = whole?.before ?? current;
    return writeAndKeepRest(deps, call, store, { entry, first, current, taken: { ...taken, modifiedAt } });
  });

const isConflict = (error: unknown): boolean => error instanceof AppError && error.kind === 'conflict';

/**
 * Restores a person after a refusal. `others` when Mode has refused nothing of what this request wishes. `kept` when there is
 * nothing to restore, or her name is somebody else's by now; then what is owed stays owed.
 */
export const restoreUser = async (
  deps: Deps,
  call: Call,
  entry: Claimed,
  wish: UserWish,
): Promise<Restored> => {
  for (const what of ['all', 'standing'] as const) {
    try {
      return await tryRestore(deps, call, entry, { wish, what });
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  return 'kept';
};

/**
 * Whether what the request wishes was taken back from the record since that version, because Mode refused the same to somebody
 * else.
 */
export const isTakenBack = (call: Call, user: UserRecord, since: number, wish: UserWish): boolean =>
  user.putBackVersion > since &&
  changeOf(wish, user).some(({ before, after }) => owesMode(call, before, after));
