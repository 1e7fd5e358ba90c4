/**
 * What may be done to people. Each change commits the record together with a mark that Mode is owed something, then
 * settles with Mode, then answers; a refusal by Mode restores the record (product.md section 4 "No change is lost").
 */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../errors.ts';
import { answering } from './answering.ts';
import { type Call, type Deps, isoNow } from './deps.ts';
import { indexValues } from './index-values.ts';
import { type Attributes, URGENCY, type Urgency, type UserRecord } from './model.ts';
import { changeRefused, deletionRefused } from './passing.ts';
import { userSchema } from './schema.ts';
import { settleNow } from './settle/now.ts';
import { owesMode } from './settle/owes-mode.ts';
import { isTakenBack, restoreUser, type UserUndo, type UserWish } from './settle/user-undo.ts';
import type { Store } from './store/store.ts';
import { touchGroupsOf } from './touch-groups.ts';
import { derived } from './user-columns.ts';
import { findUser, requireUser, type UserView, viewUser } from './user-view.ts';
import { requireVersion } from './version.ts';

/** How often a change is computed anew when somebody else changed the same person meanwhile. */
const ATTEMPTS = 8;

/** A new person, not yet stored. `active` is true unless the attributes say otherwise. */
export const newUser = (deps: Deps, connectionId: string, attributes: Attributes): UserRecord => {
  const now = isoNow(deps);
  return {
    connectionId,
    id: deps.newId(),
    ...derived({ active: true, ...attributes }, { active: true }),
    origin: 'provider',
    unanswered: false,
    putBackVersion: 0,
    memberToken: null,
    invitedAs: null,
    invitedAt: null,
    provisionedId: null,
    provisioned: null,
    version: 1,
    createdAt: now,
    modifiedAt: now,
    deletedAt: null,
  };
};

/** Before it she was not there. */
const CREATED: UserUndo = { before: null };
const CREATION: UserWish = { of: (user) => user, own: CREATED };

/** Creates a person and, where the connection invites, invites her (1 Mode call). Throws `conflict`, or Mode's refusal. */
export const createUser = async (deps: Deps, call: Call, attributes: Attributes): Promise<UserView> => {
  const make = () => newUser(deps, call.connection.id, attributes);
  const made = await answering(deps.store.users, make, (user) =>
    deps.store.transaction(async (store) => {
      await store.users.insert(user, indexValues(userSchema, user.attributes));
      if (user.active) await owe(deps, store, user, CREATED, URGENCY.other);
    }),
  )((userId) => settleOrUndo(deps, call, userId, CREATION));
  return viewUser(deps, call, (await deps.store.users.find(made.connectionId, made.id)) ?? made);
};

const owe = (deps: Deps, store: Store, user: UserRecord, undo: UserUndo, priority: Urgency): Promise<void> =>
  store.unsettled.mark(
    {
      connectionId: user.connectionId,
      kind: 'user',
      id: user.id,
      undo: JSON.stringify(undo),
      members: null,
      priority,
    },
    isoNow(deps),
  );

/**
 * Settles; when Mode refuses what this very request wishes, takes that back from the record and throws the refusal. False when
 * nothing was owed any more.
 */
const settleOrUndo = (deps: Deps, call: Call, id: string, wish: UserWish): Promise<boolean> =>
  settleNow(deps, call, 'user', id, (entry) => restoreUser(deps, call, entry, wish));

interface Changed {
  /** Undefined when nothing changed. */
  readonly undo: UserUndo | undefined;
  /** Of the record as it is by now. */
  readonly version: number;
}

const tryChange = (
  deps: Deps,
  call: Call,
  id: string,
  compute: (user: UserRecord) => Attributes,
  boundTo: number | undefined,
): Promise<Changed | undefined> =>
  deps.store.transaction(async (store) => {
    const before = await requireUser(store, call.connection.id, id);
    requireVersion(before, boundTo);
    const attributes = compute(before);
    if (isDeepStrictEqual(attributes, before.attributes)) return { undo: undefined, version: before.version };
    const after = {
      ...before,
      ...derived(attributes, before),
      origin: 'provider' as const,
      unanswered: false,
      version: before.version + 1,
      modifiedAt: isoNow(deps),
    };
    const written = await store.users.update(after, indexValues(userSchema, attributes), before.version);
    if (!written) return undefined;
    if (after.displayName !== before.displayName) await touchGroupsOf(deps, store, after);
    const undo = { before };
    if (owesMode(call, before, after))
      await owe(deps, store, after, undo, after.active ? URGENCY.other : URGENCY.leaver);
    return { undo, version: after.version };
  });

/**
 * Changes a person: `compute` gets the record and gives its new attributes; it may run again when somebody else was
 * faster. The same attributes change nothing, neither version nor modifiedAt. Mode is called only when `active` changes,
 * when somebody gets the first address at which she can be invited, or when Mode can be told what changed (way in `scim`).
 * With `boundTo` the record must still have that version, else `stale`. Throws `notFound`, `conflict`, or Mode's refusal.
 */
export const changeUser = async (
  deps: Deps,
  call: Call,
  id: string,
  compute: (user: UserRecord) => Attributes,
  boundTo?: number,
): Promise<UserView> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const changed = await tryChange(deps, call, id, compute, boundTo);
    if (!changed) continue;
    // Also when nothing changed: a repeated request waits for what an earlier one left unfinished.
    const of = (user: UserRecord) => ({ ...user, ...derived(compute(user), user) });
    const wish: UserWish = { of, own: changed.undo };
    await settleOrUndo(deps, call, id, wish);
    const view = await findUser(deps, call, id);
    if (isTakenBack(call, view.user, changed.version, wish)) throw changeRefused('user');
    return view;
  }
  throw new AppError(
    'unavailable',
    'directory.users.contended',
    'Too many changes of this user at the same time; nothing of this request was applied. Try again.',
    { retryAfterMs: 1_000 },
  );
};

/** Writes the deletion down, and that Mode is owed it; gives what undoes it. */
const markDeleted = (deps: Deps, call: Call, id: string, boundTo: number | undefined): Promise<UserUndo> =>
  deps.store.transaction(async (store) => {
    const user = await requireUser(store, call.connection.id, id);
    requireVersion(user, boundTo);
    const gone = { ...user, deletedAt: isoNow(deps), version: user.version + 1 };
    const written = await store.users.update(gone, [], user.version);
    if (!written) {
      throw new AppError(
        'unavailable',
        'directory.users.contended',
        'This user changed meanwhile. Try again.',
        {
          retryAfterMs: 1_000,
        },
      );
    }
    await touchGroupsOf(deps, store, user);
    const undo = { before: user };
    await owe(deps, store, gone, undo, URGENCY.leaver);
    return undo;
  });

/** Deletes a person here and in Mode (1 Mode call when she is there). Throws `notFound`, or Mode's refusal. */
export const deleteUser = async (deps: Deps, call: Call, id: string, boundTo?: number): Promise<void> => {
  // Asked again after "not now": she is gone here, and Mode has still to be told.
  const earlier = await deps.store.users.findAny(call.connection.id, id);
  const own = earlier?.deletedAt ? undefined : await markDeleted(deps, call, id, boundTo);
  await settleOrUndo(deps, call, id, { of: (user) => ({ ...user, deletedAt: isoNow(deps) }), own });
  // Mode refused the same deletion to somebody else meanwhile, and the record was put back.
  if (await deps.store.users.find(call.connection.id, id)) throw deletionRefused('user');
};
