/** What the parts of the load share, and how what was learnt of a person or group is set against what is allowed. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Body, Client, Outcome } from './client.ts';
import type { History } from './history.ts';
import type { Invitations } from './invitations.ts';
import {
  certain,
  type Group,
  type GroupState,
  type Model,
  type Person,
  type PersonState,
  placeOf,
} from './model.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export interface Load {
  readonly world: World;
  readonly client: Client;
  readonly model: Model;
  readonly random: Random;
  readonly history: History;
  readonly tally: Tally;
  readonly invitations: Invitations;
  /** Whether somebody may change Mode by hand now: seldom, so that no guard stops what undoes it. */
  mayEditByHand(): boolean;
}

/** What was compared, and what was wrong. */
export interface Tally {
  /** People, groups and memberships set against what is allowed. */
  checked: number;
  /** Acknowledged and not there any more. */
  lost: number;
  /** Carried out more often than asked for. */
  twice: number;
  joins: number;
  byHand: number;
}

/** One way to load the bridge. */
export interface Deed<T> {
  readonly name: string;
  readonly weight: number;
  readonly suits: (subject: T) => boolean;
  readonly run: (load: Load, subject: T) => Promise<void>;
}

/** Draws one of the deeds that suit, by weight; undefined where none does. */
export const drawDeed = <T>(
  { random }: Pick<Load, 'random'>,
  deeds: readonly Deed<T>[],
  subject: T,
): Deed<T> | undefined => {
  const suiting = deeds.filter(({ suits }) => suits(subject));
  let left = random.next() * suiting.reduce((sum, { weight }) => sum + weight, 0);
  return suiting.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
};

export interface ModeMember {
  readonly email: string;
  readonly state: 'active' | 'pending' | 'former';
  readonly memberToken: string;
  readonly membershipToken: string;
}

export interface ModeGroup {
  readonly token: string;
  readonly name: string;
  readonly state: string;
  readonly memberTokens: readonly string[];
}

export interface Truth {
  readonly members: readonly ModeMember[];
  readonly groups: readonly ModeGroup[];
}

/** What Mode truly holds; waits while it is down. */
export const truth = async ({ world }: Pick<Load, 'world'>): Promise<Truth> => {
  for (;;) {
    try {
      return (await world.control('GET', '/state')).body as Truth;
    } catch {
      await wait(50);
    }
  }
};

export const memberIn = ({ members }: Truth, email: string): ModeMember | undefined =>
  members.find((member) => member.email === email);

export const isIn = (member: ModeMember | undefined): boolean =>
  member !== undefined && member.state !== 'former';

export const groupIn = ({ groups }: Truth, name: string): ModeGroup | undefined =>
  groups.find((group) => group.state === 'active' && group.name === name);

export const stateIn = (body: Body): PersonState => ({
  id: body.id,
  active: body.active,
  title: body.title ?? '',
});

const fits = (allowed: PersonState | null, seen: PersonState | null): boolean =>
  allowed === null || seen === null
    ? allowed === seen
    : allowed.active === seen.active &&
      allowed.title === seen.title &&
      (allowed.id === '' || allowed.id === seen.id);

const show = (state: object | null): string => (state === null ? 'not there' : JSON.stringify(state));

/** Words by which the history knows a person. */
export const wordsOf = (person: Person, member?: ModeMember): readonly string[] => [
  person.key,
  ...person.allowed.flatMap((state) => (state?.id ? [state.id] : [])),
  ...(member ? [member.memberToken, member.membershipToken] : []),
];

/** Takes what SCIM says of a person for true; a problem where that is none of what is allowed. */
export const learnPerson = (
  { history, tally, model }: Load,
  person: Person,
  seen: PersonState | null,
): void => {
  tally.checked += 1;
  if (!person.allowed.some((state) => fits(state, seen))) {
    tally.lost += 1;
    const allowed = person.allowed.map(show).join(' or ');
    history.problem(`LOST ${person.key} is ${show(seen)} and must be ${allowed}`, wordsOf(person));
  }
  person.allowed = [seen];
  if (seen !== null) return;
  // Whoever is deleted is in no group, also when she is made anew.
  for (const group of model.groups) placeOf(group, person).allowed = [false];
};

/** Asks SCIM which of the states that are possible it is. */
export const lookAtPerson = async (load: Load, person: Person): Promise<void> => {
  const filter = encodeURIComponent(`userName eq "${person.key}"`);
  const { body } = await load.client.read(`/Users?filter=${filter}`);
  const [found] = body.Resources ?? [];
  learnPerson(load, person, found === undefined ? null : stateIn(found));
};

const fitsGroup = (allowed: GroupState | null, seen: GroupState | null): boolean =>
  allowed === null || seen === null
    ? allowed === seen
    : allowed.name === seen.name && (allowed.id === '' || allowed.id === seen.id);

/** Takes what SCIM says of somebody's place in a group for true. */
const learnPlace = (
  { history, tally }: Load,
  group: Group,
  person: Person,
  memberIds: ReadonlySet<string> | null,
): void => {
  const known = certain(person);
  if (known === undefined || person.isLeaving) return;
  const place = placeOf(group, person);
  const isMember = known !== null && memberIds?.has(known.id) === true;
  tally.checked += 1;
  if (known !== null && memberIds && !place.allowed.includes(isMember)) {
    tally.lost += 1;
    const must = isMember ? 'must not be' : 'must be';
    history.problem(`LOST ${person.key} ${must} in ${group.key}`, [known.id, person.key, group.key]);
  }
  place.allowed = [isMember];
};

/** Takes what SCIM says of a group for true. */
export const learnGroup = (load: Load, group: Group, body: Body | undefined): void => {
  const { history, tally, model } = load;
  const seen = body ? { id: body.id, name: body.displayName } : null;
  tally.checked += 1;
  if (!group.allowed.some((state) => fitsGroup(state, seen))) {
    tally.lost += 1;
    const allowed = group.allowed.map(show).join(' or ');
    const words = [group.key, seen?.id, ...group.allowed.map((state) => state?.id)];
    history.problem(`LOST ${group.key} is ${show(seen)} and must be ${allowed}`, words);
  }
  group.allowed = [seen];
  const memberIds =
    body && new Set<string>((body.members ?? []).map(({ value }: { value: string }) => value));
  for (const person of model.people) learnPlace(load, group, person, memberIds ?? null);
};

/** Asks SCIM how a group is. */
export const lookAtGroup = async (load: Load, group: Group): Promise<void> => {
  const names = new Set(group.allowed.flatMap((state) => (state === null ? [] : [state.name])));
  const found: Body[] = [];
  for (const name of names) {
    const filter = encodeURIComponent(`displayName eq "${name}"`);
    found.push(...((await load.client.read(`/Groups?filter=${filter}`)).body.Resources ?? []));
  }
  learnGroup(load, group, found[0]);
};

/** An answer that was not to be expected of a request that is right. */
export const unexpected = (
  { history }: Load,
  what: string,
  outcome: Outcome,
  about: readonly string[],
): void => {
  const { status, body } = outcome.reply ?? { status: 0, body: undefined };
  history.problem(`${what} was answered ${status}: ${body?.detail ?? JSON.stringify(body)}`, about);
};
