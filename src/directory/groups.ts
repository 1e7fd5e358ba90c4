/**
 * What may be done to groups. Members change as deltas: adding one person to a group of 10,000 reads and writes that
 * person's row alone. Each change is committed with a mark that Mode is owed something, then settled, then answered; a
 * refusal by Mode takes back the whole change, also the part that Mode had carried out already.
 */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../errors.ts';
import { answering } from './answering.ts';
import { type Call, type Deps, isoNow } from './deps.ts';
import { lockGroup, requireGroup } from './group-view.ts';
import { type Attributes, type GroupRecord, URGENCY } from './model.ts';
import { deletionRefused } from './passing.ts';
import { type GroupUndo, restoreGroup } from './settle/group-undo.ts';
import { settleNow } from './settle/now.ts';
import type { Store } from './store/store.ts';
import { requireVersion } from './version.ts';

/** What is to happen to the members: all replaced by those added, or some added and some removed. */
export interface MemberDelta {
  readonly replaceAll: boolean;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Leaves the members as they are. */
export const NO_MEMBERS: MemberDelta = { replaceAll: false, add: [], remove: [] };

export interface GroupChange {
  readonly attributes: Attributes;
  readonly members: MemberDelta;
}

type ComputeGroup = (group: GroupRecord, store: Store) => GroupChange | Promise<GroupChange>;

const ATTEMPTS = 8;

const derived = (attributes: Attributes) => ({
  attributes,
  displayName: String(attributes['displayName'] ?? ''),
  externalId: typeof attributes['externalId'] === 'string' ? attributes['externalId'] : null,
});

/** A new group, not yet stored. */
export const newGroup = (deps: Deps, connectionId: string, attributes: Attributes): GroupRecord => {
  const now = isoNow(deps);
  return {
    connectionId,
    id: deps.newId(),
    ...derived(attributes),
    origin: 'provider',
    unanswered: false,
    putBackVersion: 0,
    groupToken: null,
    version: 1,
    createdAt: now,
    modifiedAt: now,
    deletedAt: null,
  };
};

const requirePeople = async (store: Store, connectionId: string, ids: readonly string[]): Promise<void> => {
  const existing = await store.users.existing(connectionId, ids);
  const unknown = ids.filter((id) => !existing.has(id));
  if (unknown.length === 0) return;
  const shown = unknown.slice(0, 5).map((id) => JSON.stringify(id));
  const more = unknown.length > shown.length ? ` and ${unknown.length - shown.length} more` : '';
  throw new AppError(
    'invalid',
    'directory.groups.unknown-member',
    `There is no user with id ${shown.join(', ')}${more}; nothing of this request was applied. Create the user first.`,
  );
};

interface MembersChanged {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const changeMembers = async (
  store: Store,
  group: GroupRecord,
  delta: MemberDelta,
): Promise<MembersChanged> => {
  const { connectionId, id } = group;
  await requirePeople(store, connectionId, delta.add);
  let surplus = delta.remove;
  if (delta.replaceAll) {
    const kept = new Set(delta.add);
    surplus = [...(await store.memberships.wantedIds(connectionId, id))].filter(
      (userId) => !kept.has(userId),
    );
  }
  const removed = await store.memberships.unwant(connectionId, id, surplus);
  const added = await store.memberships.want(connectionId, id, delta.add);
  return { added, removed };
};

/** `members`: whose membership it is about; null: of a group that is new or goes all are meant. */
const owe = (
  deps: Deps,
  store: Store,
  { connectionId, id }: GroupRecord,
  { undo, members }: { readonly undo: GroupUndo; readonly members: readonly string[] | null },
): Promise<void> => {
  const priority = undo.removed.length > 0 ? URGENCY.outOfGroup : URGENCY.other;
  return store.unsettled.mark(
    { connectionId, kind: 'group', id, undo: JSON.stringify(undo), members, priority },
    isoNow(deps),
  );
};

/**
 * Settles; when Mode refuses, takes the change back and throws the refusal. `undo`: of this very request. False when
 * nothing was owed any more.
 */
const settleOrUndo = (deps: Deps, call: Call, id: string, undo: GroupUndo | undefined): Promise<boolean> =>
  settleNow(deps, call, 'group', id, (entry, refusal) => restoreGroup(deps, entry, undo, refusal));

/** Before it the group was not there. */
const CREATED: GroupUndo = { before: null, version: 1, name: '', added: [], removed: [] };

/** Creates a group with its members (1 Mode call, and 1 for each member who has joined). Gives it. Throws `conflict`. */
export const createGroup = async (
  deps: Deps,
  call: Call,
  attributes: Attributes,
  memberIds: readonly string[],
): Promise<GroupRecord> => {
  const make = () => newGroup(deps, call.connection.id, attributes);
  return answering(deps.store.groups, make, (group) =>
    deps.store.transaction(async (store) => {
      await store.groups.insert(group);
      await changeMembers(store, group, { replaceAll: false, add: memberIds, remove: [] });
      await owe(deps, store, group, { undo: CREATED, members: null });
    }),
  )((groupId) => settleOrUndo(deps, call, groupId, CREATED));
};

/** False when somebody else changed the record meanwhile. */
const changeRecord = (
  deps: Deps,
  store: Store,
  before: GroupRecord,
  attributes: Attributes,
): Promise<boolean> => {
  const after = {
    ...before,
    ...derived(attributes),
    origin: 'provider' as const,
    unanswered: false,
    version: before.version + 1,
    modifiedAt: isoNow(deps),
  };
  return store.groups.update(after, before.version);
};

/** What undoes it, where Mode is owed something by it; undefined when somebody else was faster. */
const tryChange = (
  deps: Deps,
  call: Call,
  id: string,
  compute: ComputeGroup,
  boundTo: number | undefined,
): Promise<{ readonly undo: GroupUndo | undefined } | undefined> =>
  deps.store.transaction(async (store) => {
    // Two that replace the members at once must not come out as both.
    const before = await lockGroup(store, call.connection.id, id);
    requireVersion(before, boundTo);
    const { attributes, members } = await compute(before, store);
    const rewritten = !isDeepStrictEqual(attributes, before.attributes);
    const written = !rewritten || (await changeRecord(deps, store, before, attributes));
    if (!written) return undefined;
    const { added, removed } = await changeMembers(store, before, members);
    const moved = added.length + removed.length > 0;
    if (moved && !rewritten) await store.groups.touch(before.connectionId, id, isoNow(deps));
    const renamed = attributes['displayName'] !== before.attributes['displayName'];
    if (!moved && !renamed) return { undo: undefined };
    const name = derived(attributes).displayName;
    const undo = { before, version: before.version + 1, name, added, removed };
    await owe(deps, store, before, { undo, members: [...added, ...removed] });
    return { undo };
  });

/**
 * Changes a group: `compute` gets the record and gives its attributes and what happens to the members; it may run again.
 * What is the same already changes nothing and costs no call. With `boundTo` the record must still have that version,
 * else `stale`. Throws `notFound`, `conflict`, `invalid` naming unknown
 * members, or Mode's refusal.
 */
export const changeGroup = async (
  deps: Deps,
  call: Call,
  id: string,
  compute: ComputeGroup,
  boundTo?: number,
): Promise<void> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const changed = await tryChange(deps, call, id, compute, boundTo);
    if (!changed) continue;
    await settleOrUndo(deps, call, id, changed.undo);
    return;
  }
  throw new AppError(
    'unavailable',
    'directory.groups.contended',
    'Too many changes of this group at the same time; nothing of this request was applied. Try again.',
    { retryAfterMs: 1_000 },
  );
};

/** Writes the deletion down, and that Mode is owed it; gives what undoes it. */
const markDeleted = (deps: Deps, call: Call, id: string, boundTo: number | undefined): Promise<GroupUndo> =>
  deps.store.transaction(async (store) => {
    const before = await requireGroup(store, call.connection.id, id);
    requireVersion(before, boundTo);
    const gone = { ...before, deletedAt: isoNow(deps), version: before.version + 1 };
    if (!(await store.groups.update(gone, before.version))) {
      throw new AppError(
        'unavailable',
        'directory.groups.contended',
        'This group changed meanwhile. Try again.',
        {
          retryAfterMs: 1_000,
        },
      );
    }
    const { version, displayName: name } = gone;
    const kept: GroupUndo = { before, version, name, added: [], removed: [] };
    await owe(deps, store, before, { undo: kept, members: null });
    return kept;
  });

/** Deletes a group here and in Mode (2 calls: renamed aside, then deleted). Its people stay. Throws `notFound`. */
export const deleteGroup = async (deps: Deps, call: Call, id: string, boundTo?: number): Promise<void> => {
  const earlier = await deps.store.groups.findAny(call.connection.id, id);
  const undo = earlier?.deletedAt ? undefined : await markDeleted(deps, call, id, boundTo);
  await settleOrUndo(deps, call, id, undo);
  // Mode refused the same deletion to somebody else meanwhile, and the record was put back.
  if (await deps.store.groups.find(call.connection.id, id)) throw deletionRefused('group');
};
