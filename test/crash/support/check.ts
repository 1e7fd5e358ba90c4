/**
 * The judgement when the load rests: what SCIM says is what was acknowledged; what Mode truly holds is what SCIM says; and
 * nothing was done twice.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { applyPlan } from '../../../src/directory/plan/apply.ts';
import { makePlan } from '../../../src/directory/plan/plan.ts';
import { sync } from '../../../src/directory/sync/scopes.ts';
import type { Body } from './client.ts';
import {
  isIn,
  type Load,
  learnGroup,
  learnPerson,
  type ModeMember,
  memberIn,
  stateIn,
  type Truth,
  truth,
  wordsOf,
} from './load.ts';
import { isOfMelee } from './melee.ts';
import type { Group, Person } from './model.ts';

/** Longer than the lease of a process that died, and than a change waits that has been owed through many a failure. */
const OWED_MS = 180_000;
const SYNC_MS = 90_000;
const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';

const owed = ({ world }: Load) => world.deps.store.unsettled.list(world.connection.id);

/** Waits until Mode is owed nothing; gives how long that took. */
const untilSettled = async (load: Load): Promise<number> => {
  const from = performance.now();
  for (;;) {
    const left = await owed(load);
    const ms = performance.now() - from;
    if (left.length === 0) return ms;
    if (ms > OWED_MS) {
      for (const entry of left)
        load.history.problem(`STUCK after ${OWED_MS / 1000} s: ${JSON.stringify(entry)}`, [entry.id]);
      return ms;
    }
    await wait(20);
  }
};

/**
 * What a guard stops waits for a person (docs/plan.md), who means it here: with as few memberships as there may be after some
 * kills, a single one that was added by hand is more than 10 % of them.
 */
const applyStopped = async ({ world, history }: Load): Promise<void> => {
  const { deps, connection } = world;
  const { stops } = await makePlan(deps, connection);
  if (stops.length === 0) return;
  const override = stops.map(({ guard }) => guard);
  history.note(`a person overrides ${override.join(', ')}`);
  const wish = { reconcile: connection.reconcile, planId: null, override };
  await applyPlan(deps, { connection, deadline: Date.now() + SYNC_MS }, wish);
};

const syncOnce = async (load: Load): Promise<number> => {
  const { deps, connection } = load.world;
  const from = performance.now();
  const wish = { connection, scope: 'full', since: new Date().toISOString() } as const;
  try {
    await sync(deps, wish, { deadline: Date.now() + SYNC_MS });
    await applyStopped(load);
  } catch (error) {
    load.history.problem(`the sync failed: ${error instanceof Error ? error.message : error}`, []);
  }
  return performance.now() - from;
};

interface Seen {
  readonly users: readonly Body[];
  readonly groups: readonly Body[];
  readonly held: Truth;
}

const lookAround = async (load: Load): Promise<Seen> => ({
  users: (await load.client.read('/Users?count=1000')).body.Resources,
  groups: (await load.client.read('/Groups?count=1000')).body.Resources,
  held: await truth(load),
});

const isOf = (group: Group, displayName: string): boolean =>
  displayName === group.key || displayName.startsWith(`${group.key} v`);

const checkModelPeople = (load: Load, users: readonly Body[]): void => {
  const byName = new Map(users.map((user) => [user.userName, user]));
  for (const person of load.model.people) {
    const user = byName.get(person.key);
    learnPerson(load, person, user ? stateIn(user) : null);
    byName.delete(person.key);
  }
  for (const name of byName.keys())
    if (!isOfMelee(name)) load.history.problem(`SCIM has ${name}, whom nobody made`, [name]);
};

const checkModelGroups = (load: Load, groups: readonly Body[]): void => {
  const { model, history } = load;
  for (const group of model.groups) {
    const own = groups.filter(({ displayName }) => isOf(group, displayName));
    if (own.length > 1) history.problem(`SCIM has ${group.key} ${own.length} times`, [group.key]);
    learnGroup(load, group, own[0]);
  }
  const isKnown = ({ displayName }: Body) =>
    isOfMelee(displayName) || model.groups.some((group) => isOf(group, displayName));
  for (const { displayName } of groups.filter((group) => !isKnown(group)))
    history.problem(`SCIM has the group ${displayName}, which nobody made`, [displayName]);
};

const known = (load: Load, key: string): Person | undefined =>
  load.model.people.find((person) => person.key === key);

const checkMember = (load: Load, user: Body, member: ModeMember | undefined): void => {
  const { history, tally } = load;
  const person = known(load, user.userName);
  const about = [user.userName, user.id, ...(person ? wordsOf(person, member) : [])];
  const state = member?.state ?? 'unknown there';
  tally.checked += 1;
  if (user.active !== isIn(member)) {
    tally.lost += 1;
    history.problem(
      `LOST ${user.userName} is ${user.active ? '' : 'not '}wanted in Mode and is ${state}`,
      about,
    );
  }
  if (person?.isJoined && member?.state !== 'active') {
    tally.twice += 1;
    history.problem(`TWICE ${user.userName} had joined and is ${state}: nobody asked for that`, about);
  }
  const shown = user[MODE_USER]?.state;
  const isShownRight = isIn(member) ? shown === member?.state : shown === undefined || shown === 'former';
  if (!isShownRight)
    history.problem(`SCIM shows ${user.userName} as ${shown} after a sync; she is ${state}`, about);
};

/** Mode against SCIM, people. */
const checkPeople = (load: Load, { users, held }: Seen): void => {
  const names = new Set(users.map(({ userName }) => userName));
  for (const user of users) checkMember(load, user, memberIn(held, user.userName));
  for (const member of held.members.filter(isIn)) {
    if (names.has(member.email)) continue;
    load.tally.lost += 1;
    const about = [member.email, member.memberToken, member.membershipToken];
    load.history.problem(`LOST ${member.email} is ${member.state} in Mode and nobody wants her`, about);
  }
};

/** A group of SCIM against the one in Mode: there once, with the members who have joined and no others. */
const checkGroup = (load: Load, group: Body, { users, held }: Seen): void => {
  const { history, tally } = load;
  const { displayName, id, members = [] } = group;
  const own = held.groups.filter(({ name, state }) => state === 'active' && name === displayName);
  const [inMode] = own;
  tally.checked += 1;
  if (own.length !== 1 || !inMode) {
    tally.lost += 1;
    history.problem(`LOST the group ${displayName} is ${own.length} times in Mode`, [displayName, id]);
    return;
  }
  const memberIds = new Set(members.map(({ value }: { value: string }) => value));
  const isWanted = (user: Body): boolean =>
    memberIds.has(user.id) && user.active && memberIn(held, user.userName)?.state === 'active';
  const wanted = new Set(users.filter(isWanted).map(({ userName }) => userName));
  const present = new Set(
    held.members
      .filter(({ memberToken }) => inMode.memberTokens.includes(memberToken))
      .map(({ email }) => email),
  );
  tally.checked += wanted.size;
  for (const name of new Set([...wanted, ...present])) {
    if (wanted.has(name) && present.has(name)) continue;
    tally.lost += 1;
    const how = wanted.has(name) ? 'is not' : 'is, unwanted,';
    history.problem(`LOST ${name} ${how} in ${displayName} in Mode`, [displayName, id, name, inMode.token]);
  }
};

/** Mode against SCIM, groups. */
const checkGroups = (load: Load, seen: Seen): void => {
  const { history, tally } = load;
  for (const group of seen.groups) checkGroup(load, group, seen);
  const names = new Set(seen.groups.map(({ displayName }) => displayName));
  for (const { name, token, state } of seen.held.groups) {
    if (state !== 'active' || names.has(name)) continue;
    tally.lost += 1;
    history.problem(`LOST the group ${name} is in Mode and nobody wants it`, [name, token]);
  }
};

/** How long it took until all agreed. */
export interface Convergence {
  readonly settledMs: number;
  readonly syncMs: number;
}

/** Waits until nothing is owed, lets one sync pass, and judges. All processes must be up, and the load at rest. */
export const check = async (load: Load): Promise<Convergence> => {
  const settledMs = await untilSettled(load);
  const syncMs = (await syncOnce(load)) + (await untilSettled(load));
  const seen = await lookAround(load);
  checkModelPeople(load, seen.users);
  checkModelGroups(load, seen.groups);
  checkPeople(load, seen);
  checkGroups(load, seen);
  load.history.note(`checked: settled after ${settledMs.toFixed(0)} ms, synced in ${syncMs.toFixed(0)} ms`);
  return { settledMs, syncMs };
};
