/**
 * What may be done to people. Each change commits the record together with a mark that Mode is owed something, then
 * settles with Mode, then answers; a refusal by Mode restores the record (product.md section 4 "No change is lost").
 */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../errors.ts';
import { answering } from './answering.ts';
import { type Call, type Deps, isoNow } from './deps.ts';
import { inviteAddress, isUnaddressed } from './emails.ts';
import { indexValues } from './index-values.ts';
import type { Attributes, UserRecord } from './model.ts';
import { isRefusal } from './passing.ts';
import { userSchema } from './schema.ts';
import { settleNow } from './settle.ts';
import type { Store } from './store.ts';
import { findUser, requireUser, type UserView } from './user-view.ts';
import { requireVersion } from './version.ts';

/** How often a change is computed anew when somebody else changed the same person meanwhile. */
const ATTEMPTS = 8;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

/**
 * The columns of a record that follow from its attributes. Where these do not say whether the person is active, because a
 * client removed the attribute, her standing stays as it was: silence brings nobody back and locks nobody out.
 */
const derived = (attributes: Attributes, standing: { readonly active: boolean }) => {
  const name = attributes['name'] as { readonly formatted?: unknown } | undefined;
  const userName = text(attributes['userName']) ?? '';
  return {
    attributes,
    userName,
    displayName: text(attributes['displayName']) ?? text(name?.formatted) ?? userName,
    // As it is, also of white space: what is shown must be found (groups.ts does the same).
    externalId: typeof attributes['externalId'] === 'string' ? attributes['externalId'] : null,
    active: typeof attributes['active'] === 'boolean' ? attributes['active'] : standing.active,
  };
};

/** A new person, not yet stored. `active` is true unless the attributes say otherwise. */
export const newUser = (deps: Deps, connectionId: string, attributes: Attributes): UserRecord => {
  const now = isoNow(deps);
  return {
    connectionId,
    id: deps.newId(),
    ...derived({ active: true, ...attributes }, { active: true }),
    origin: 'provider',
    unanswered: false,
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

/** Creates a person and, where the connection invites, invites her (1 Mode call). Throws `conflict`, or Mode's refusal. */
export const createUser = async (deps: Deps, call: Call, attributes: Attributes): Promise<UserView> => {
  const make = () => newUser(deps, call.connection.id, attributes);
  const id = await answering(deps.store.users, make, (user) =>
    deps.store.transaction(async (store) => {
      await store.users.insert(user, indexValues(userSchema, user.attributes));
      if (user.active) await owe(deps, store, user, null, 1);
    }),
  )((userId) => settleOrUndo(deps, call, userId, null));
  return findUser(deps, call, id);
};

const owe = (deps: Deps, store: Store, user: UserRecord, before: UserRecord | null, priority: 0 | 1) =>
  store.unsettled.mark(
    {
      connectionId: user.connectionId,
      kind: 'user',
      id: user.id,
      undo: before === null ? null : JSON.stringify(before),
      priority,
    },
    isoNow(deps),
  );

/** Settles; when Mode refuses, puts the record back as it was (null: it was not there) and throws the refusal. */
const settleOrUndo = async (deps: Deps, call: Call, id: string, before: UserRecord | null): Promise<void> => {
  try {
    await settleNow(deps, call, 'user', id);
  } catch (error) {
    if (isRefusal(error)) await restore(deps, call.connection.id, id, before);
    throw error;
  }
};

const restore = (deps: Deps, connectionId: string, id: string, known: UserRecord | null): Promise<void> =>
  deps.store.transaction(async (store) => {
    const current = await store.users.findAny(connectionId, id);
    const owed = await store.unsettled.find({ connectionId, kind: 'user', id });
    // What is stored lies before every change that Mode has not carried out, also one of an earlier request.
    const before = owed?.undo ? (JSON.parse(owed.undo) as UserRecord) : known;
    if (current && before === null) await store.users.purge(connectionId, id);
    if (current && before !== null) {
      const { attributes, modifiedAt } = before;
      const restored = { ...current, ...derived(attributes, before), modifiedAt, deletedAt: null };
      const version = current.version + 1;
      await store.users.update(
        { ...restored, version },
        indexValues(userSchema, attributes),
        current.version,
      );
      if (current.deletedAt !== null || restored.displayName !== current.displayName)
        await touchGroupsOf(deps, store, restored);
    }
    await store.unsettled.forget({ connectionId, kind: 'user', id });
  });

interface Changed {
  readonly before: UserRecord;
  readonly after: UserRecord;
}

/** A change of standing; or the first address of somebody who could not be invited for want of one. */
const owesMode = (before: UserRecord, after: UserRecord): boolean =>
  after.active !== before.active ||
  (isUnaddressed(before) && after.active && inviteAddress(after.attributes) !== null);

/** The groups that show her name have another version then; in one order, so that two who do it never wait for each other. */
const touchGroupsOf = async (deps: Deps, store: Store, { connectionId, id }: UserRecord): Promise<void> => {
  const memberships = await store.memberships.groupsOf(connectionId, [id]);
  const groupIds = memberships.map(({ groupId }) => groupId).sort();
  for (const groupId of groupIds) await store.groups.touch(connectionId, groupId, isoNow(deps));
};

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
    if (isDeepStrictEqual(attributes, before.attributes)) return { before, after: before };
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
    if (owesMode(before, after)) await owe(deps, store, after, before, after.active ? 1 : 0);
    return { before, after };
  });

/**
 * Changes a person: `compute` gets the record and gives its new attributes; it may run again when somebody else was
 * faster. The same attributes change nothing, neither version nor modifiedAt. Mode is called only when `active` changes,
 * or when somebody gets the first address at which she can be invited: no other attribute can be written there. With `boundTo` the record must still have that version, else `stale`.
 * Throws `notFound`, `conflict`, or Mode's refusal.
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
    await settleOrUndo(deps, call, id, changed.before);
    return findUser(deps, call, id);
  }
  throw new AppError(
    'unavailable',
    'directory.users.contended',
    'Too many changes of this user at the same time; nothing of this request was applied. Try again.',
    { retryAfterMs: 1_000 },
  );
};

/** Deletes a person here and in Mode (1 Mode call when she is there). Throws `notFound`, or Mode's refusal. */
export const deleteUser = async (deps: Deps, call: Call, id: string, boundTo?: number): Promise<void> => {
  // Asked again after "not now": she is gone here, and Mode has still to be told.
  const earlier = await deps.store.users.findAny(call.connection.id, id);
  if (earlier?.deletedAt) return settleNow(deps, call, 'user', id);
  const before = await deps.store.transaction(async (store) => {
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
    await owe(deps, store, gone, user, 0);
    return user;
  });
  await settleOrUndo(deps, call, id, before);
};
