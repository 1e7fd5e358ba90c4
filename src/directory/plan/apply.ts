/**
 * Carries out a plan. What is decided is committed in one transaction together with the marks that Mode is owed it, so that
 * all of it is wanted or none; then it is settled as any change is, here or, after a crash, in the background.
 */
import { AppError } from '../../errors.ts';
import { type Call, type Deps, isoNow } from '../deps.ts';
import { indexValues } from '../index-values.ts';
import { type Reconcile, type Unsettled, URGENCY, type Urgency } from '../model.ts';
import { userSchema } from '../schema.ts';
import { type OnSettled, type SettledAll, settleAll } from '../settle/all.ts';
import type { Store } from '../store/store.ts';
import type { Difference } from './compare.ts';
import { guardNames } from './guards.ts';
import { makePlan, type Plan } from './plan.ts';
import type { Action } from './situations.ts';

type Marked = Pick<Unsettled, 'kind' | 'id' | 'priority'>;

interface Deciding {
  readonly deps: Deps;
  readonly store: Store;
  readonly connectionId: string;
}

/** Writes the decision into the record; gives what Mode is owed by it. */
type Decide = (deciding: Deciding, difference: Difference) => Promise<readonly Marked[]>;

const idsOf = ({ person, group }: Difference) => ({ userId: person?.id ?? '', groupId: group?.id ?? '' });

const markUser =
  (priority: Urgency): Decide =>
  (_deciding, difference) =>
    Promise.resolve([{ kind: 'user', id: idsOf(difference).userId, priority }]);

const removePerson: Decide = async ({ deps, store, connectionId }, difference) => {
  const { userId } = idsOf(difference);
  const user = await store.users.find(connectionId, userId);
  if (!user) return [];
  if (user.active) {
    const attributes = { ...user.attributes, active: false };
    const changed = {
      ...user,
      attributes,
      active: false,
      version: user.version + 1,
      modifiedAt: isoNow(deps),
    };
    await store.users.update(changed, indexValues(userSchema, attributes), user.version);
  }
  return [{ kind: 'user', id: userId, priority: URGENCY.leaver }];
};

const decideMember =
  (how: 'keep' | 'want' | 'unwant', priority: Urgency | null): Decide =>
  async ({ deps, store, connectionId }, difference) => {
    const { userId, groupId } = idsOf(difference);
    await store.drift.settle(connectionId, groupId, [userId], how);
    if (priority !== null) return [{ kind: 'group', id: groupId, priority }];
    await store.groups.touch(connectionId, groupId, isoNow(deps));
    return [];
  };

const createGroup: Decide = async ({ store, connectionId }, difference) => {
  const { groupId } = idsOf(difference);
  await store.drift.loosenGroup(connectionId, groupId);
  return [{ kind: 'group', id: groupId, priority: URGENCY.other }];
};

/** Changes the record of a group where it stands; gives what Mode is owed by it. */
const changeGroup =
  (change: (difference: Difference, now: string) => object, owed: readonly Omit<Marked, 'id'>[]): Decide =>
  async ({ deps, store, connectionId }, difference) => {
    const { groupId } = idsOf(difference);
    const group = await store.groups.find(connectionId, groupId);
    if (!group) return [];
    const now = isoNow(deps);
    const changed = { ...group, ...change(difference, now), version: group.version + 1, modifiedAt: now };
    await store.groups.update(changed, group.version);
    return owed.map((one) => ({ ...one, id: groupId }));
  };

const takeName = changeGroup(({ group }) => {
  const displayName = group?.seenName ?? group?.displayName ?? '';
  return { displayName, attributes: { displayName } };
}, []);

const decisions: Readonly<Record<Action, Decide>> = {
  show: () => Promise.resolve([]),
  invitePerson: markUser(URGENCY.other),
  removePerson,
  createGroup,
  deleteGroup: changeGroup(
    (_difference, deletedAt) => ({ deletedAt }),
    [{ kind: 'group', priority: URGENCY.outOfGroup }],
  ),
  renameGroup: (_deciding, difference) =>
    Promise.resolve([{ kind: 'group', id: idsOf(difference).groupId, priority: URGENCY.other }]),
  takeName,
  forgetGroup: async ({ store, connectionId }, difference) => {
    await store.groups.purge(connectionId, idsOf(difference).groupId);
    return [];
  },
  addMember: decideMember('keep', URGENCY.other),
  removeMember: decideMember('keep', URGENCY.outOfGroup),
  takeMember: decideMember('want', null),
  dropMember: decideMember('unwant', null),
};

/** What became of a plan. */
export interface Applied extends SettledAll {
  readonly plan: Plan;
}

export interface ApplyWish {
  readonly reconcile: Reconcile;
  /** The id of the plan that is meant; null takes whatever the plan is now. */
  readonly planId: string | null;
  /** Names of guards that are overridden. */
  readonly override: readonly string[];
  readonly onProgress?: OnSettled;
}

/**
 * Throws where somebody has changed what is to be written since it was compared, as can be where transactions run side by side:
 * a newer wish would be overwritten. From here on nobody does before the end of the transaction.
 */
const lockCompared = async ({ store, connectionId }: Deciding, plan: Plan): Promise<void> => {
  for (const { person, group, version } of plan.changes) {
    // Of a membership it is the group that is settled, by what is wanted then.
    if (version === 0) continue;
    const record = group
      ? await store.groups.lock(connectionId, group.id)
      : await store.users.lock(connectionId, person?.id ?? '');
    if (record?.version === version) continue;
    const name = group?.displayName ?? person?.userName;
    const message = `"${name}" was changed while the plan was carried out; nothing was written. Look at "plan ${plan.connection}" again.`;
    throw new AppError('stale', 'directory.apply.moved', message);
  }
};

const checkMeant = (plan: Plan, { planId, override }: ApplyWish): void => {
  const strange = override.find((name) => !guardNames.includes(name));
  if (strange !== undefined) {
    const message = `There is no guard "${strange}". Guards: ${guardNames.join(', ')}.`;
    throw new AppError('invalid', 'directory.apply.unknown-guard', message);
  }
  if (planId !== null && planId !== plan.id) {
    throw new AppError(
      'stale',
      'directory.apply.moved',
      `Plan ${planId} is out of date: the record or Mode has changed since; nothing was written. The plan is now ${plan.id}: look at it with "plan ${plan.connection}".`,
    );
  }
  const standing = plan.stops.filter(({ guard }) => !override.includes(guard));
  if (standing.length === 0) return;
  const why = standing.map(({ guard, message }) => `${guard}: ${message}`).join(' ');
  throw new AppError(
    'forbidden',
    'directory.apply.stopped',
    `Stopped, nothing was written. ${why} If every line of the plan is meant, add --override ${standing.map(({ guard }) => guard).join(',')}.`,
  );
};

/**
 * Decides all changes of the plan in the transaction. Gives each person and group that Mode is owed once. Throws `stale` where
 * what was compared has changed.
 */
const decide = async (deciding: Deciding, plan: Plan): Promise<readonly Marked[]> => {
  await lockCompared(deciding, plan);
  const marked = new Map<string, Marked>();
  for (const difference of plan.changes) {
    for (const one of await decisions[difference.action](deciding, difference)) {
      const key = `${one.kind} ${one.id}`;
      const known = marked.get(key)?.priority ?? one.priority;
      marked.set(key, known < one.priority ? { ...one, priority: known } : one);
    }
  }
  const { deps, store, connectionId } = deciding;
  for (const one of marked.values()) {
    await store.unsettled.mark({ connectionId, ...one, undo: null, members: null }, isoNow(deps));
  }
  // Access that must end goes first.
  return [...marked.values()].sort((a, b) => a.priority - b.priority);
};

/**
 * Carries out the plan of a connection as it is now. Throws `stale` when it is not the one that was meant, `forbidden` when
 * a guard stops it that was not overridden, `invalid` for a guard that does not exist; then nothing was written.
 */
export const applyPlan = async (deps: Deps, call: Call, wish: ApplyWish): Promise<Applied> => {
  const { connection } = call;
  const { plan, marked } = await deps.store.transaction(async (store) => {
    const current = await makePlan({ store }, connection, wish.reconcile);
    checkMeant(current, wish);
    return { plan: current, marked: await decide({ deps, store, connectionId: connection.id }, current) };
  });
  return { plan, ...(await settleAll(deps, call, marked, wish.onProgress)) };
};
