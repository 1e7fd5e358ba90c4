/**
 * What may be done to groups. Members change as deltas: adding one person to a group of 10,000 reads and writes that
 * person's row alone. Each change is committed with a mark that Mode is owed something, then settled, then answered; a
 * refusal by Mode takes back the whole change, also the part that Mode had carried out already.
 */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../errors.ts';
import { answering } from './answering.ts';
import { changeMembers } from './change-members.ts';
import { type Call, type Deps, isoNow } from './deps.ts';
import { lockGroup, requireGroup } from './group-view.ts';
import { type Attributes, type GroupRecord, URGENCY } from './model.ts';
import { changeRefused, deletionRefused } from './passing.ts';
import {
  type GroupUndo,
  type GroupWish,
  type MemberDelta,
  NO_MEMBERS,
  standsIn,
} from './settle/group-wish.ts';
import { settleWish } from './settle/settle-wish.ts';
import type { Store } from './store/store.ts';
import { requireVersion } from './version.ts';

export interface GroupChange {
  readonly attributes: Attributes;
  readonly members: MemberDelta;
}

type ComputeGroup = (group: GroupRecord) => GroupChange;

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
  const { displayName } = derived(attributes);
  const wish: GroupWish = {
    kind: 'create',
    own: CREATED,
    members: { ...NO_MEMBERS, add: memberIds },
    name: () => displayName,
  };
  const insert = (group: GroupRecord) =>
    deps.store.transaction(async (store) => {
      await store.groups.insert(group);
      await changeMembers(store, group, { replaceAll: false, add: memberIds, remove: [] });
      await owe(deps, store, group, { undo: CREATED, members: null });
    });
  const hasThem = async ({ connectionId, id }: GroupRecord): Promise<boolean> =>
    isDeepStrictEqual(await deps.store.memberships.wantedIds(connectionId, id), new Set(memberIds));
  return answering(
    deps.store.groups,
    make,
    insert,
    hasThem,
  )((groupId) => settleWish(deps, call, groupId, wish));
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

/** The name that the change gives the group, where it does not only leave it. `before`: the group as it was found. */
const nameGiven = ({ newId }: Deps, compute: ComputeGroup, before: GroupRecord): string | null => {
  const other = newId();
  const renamed = derived({ ...before.attributes, displayName: other });
  const { displayName } = derived(compute({ ...before, ...renamed }).attributes);
  return displayName === other ? null : displayName;
};

interface Changed {
  readonly wish: GroupWish;
  /** Of the record as it is by then. */
  readonly version: number;
}

/** Writes down what the request changes; undefined when somebody else was faster. */
const tryChange = (
  deps: Deps,
  call: Call,
  id: string,
  compute: ComputeGroup,
  boundTo: number | undefined,
): Promise<Changed | undefined> =>
  deps.store.transaction(async (store) => {
    // Two that replace the members at once must not come out as both.
    const before = await lockGroup(store, call.connection.id, id);
    requireVersion(before, boundTo);
    const { attributes, members } = compute(before);
    const rewritten = !isDeepStrictEqual(attributes, before.attributes);
    const written = !rewritten || (await changeRecord(deps, store, before, attributes));
    if (!written) return undefined;
    const { added, removed } = await changeMembers(store, before, members);
    const moved = added.length + removed.length > 0;
    if (moved && !rewritten) await store.groups.touch(before.connectionId, id, isoNow(deps));
    const renamed = attributes['displayName'] !== before.attributes['displayName'];
    const version = before.version + (moved || rewritten ? 1 : 0);
    const wish = { kind: 'change', members, name: () => nameGiven(deps, compute, before) } as const;
    if (!moved && !renamed) return { wish: { ...wish, own: undefined }, version };
    const own = { before, version, name: derived(attributes).displayName, added, removed };
    await owe(deps, store, before, { undo: own, members: [...added, ...removed] });
    return { wish: { ...wish, own }, version };
  });

/** Throws where Mode refused the same to somebody else meanwhile, so that it was taken back. */
const checkStands = async (
  { store }: Deps,
  call: Call,
  id: string,
  { wish, version }: Changed,
): Promise<void> => {
  const group = await requireGroup(store, call.connection.id, id);
  if (group.putBackVersion <= version) return;
  const wanted = await store.memberships.wantedIds(group.connectionId, id);
  if (!standsIn(group, wanted, wish)) throw changeRefused('group');
};

/**
 * Changes a group: `compute` gets the record and gives its attributes and what happens to the members; it may run again.
 * What is the same already changes nothing and costs no call. With `boundTo` the record must still have that version,
 * else `stale`. Throws `notFound`, `conflict`, `invalid` naming unknown members, or Mode's refusal; `unavailable` where Mode
 * refused the same to somebody else.
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
    await settleWish(deps, call, id, changed.wish);
    await checkStands(deps, call, id, changed);
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
  const own = earlier?.deletedAt ? undefined : await markDeleted(deps, call, id, boundTo);
  await settleWish(deps, call, id, { kind: 'delete', own, members: NO_MEMBERS, name: () => null });
  // Mode refused the same deletion to somebody else meanwhile, and the record was put back.
  if (await deps.store.groups.find(call.connection.id, id)) throw deletionRefused('group');
};
