/**
 * Fills a new workspace: a believable company, the same to the byte for the same numbers, whatever the clock says.
 * `people` counts active and pending; from 6 on the last is pending and one former member comes on top.
 * The first two people are admins.
 */
import { type AccessSize, accessChanges } from './access/seed.ts';
import type { Change, Group, Person, Workspace } from './model.ts';
import { createRandom, type Random } from './random.ts';
import { FAMILY_NAMES, GIVEN_NAMES, REGIONS, TEAMS } from './seed-names.ts';

export interface SeedSize extends AccessSize {
  readonly slug: string;
  readonly people: number;
  readonly groups: number;
}

const SEED = 0x4d4f4445;
const FOUNDED_MS = Date.UTC(2022, 0, 10, 9);
const HIRING_MS = 3 * 365 * 86_400_000;
const LATEST_ACTIVITY_MS = Date.UTC(2025, 9, 1, 12);
const DAY_MS = 86_400_000;
const ADMINS = 2;
/** Fewer people than this have nobody pending or former among them. */
const LEAST_FOR_ALL_STATES = 6;
const PENDING_DAYS = 30;

const iso = (ms: number): string => new Date(ms).toISOString();

/** Letters that Unicode does not take apart into a plain one and an accent. */
const PLAIN: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', ı: 'i', æ: 'ae', ß: 'ss', đ: 'd' };

const spell = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[øłıæßđ]/g, (letter) => PLAIN[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^a-z]/g, '');

interface Name {
  readonly name: string;
  readonly plain: string;
}

const spelled = (names: readonly string[]): readonly Name[] =>
  names.map((name) => ({ name, plain: spell(name) }));

const makeWorkspace = (slug: string, random: Random): Workspace => ({
  id: '1204377',
  token: random.token(),
  slug,
  name: slug.replace(
    /(^|-)([a-z])/g,
    (_all, dash: string, letter: string) => (dash ? ' ' : '') + letter.toUpperCase(),
  ),
  domain: `${slug}.example`,
  createdAt: iso(FOUNDED_MS),
});

/** Gives each name its own number: none for the first who bears it, 2 for the next. */
const createNumbering = (): ((base: string) => string) => {
  const seen = new Map<string, number>();
  return (base) => {
    const number = (seen.get(base) ?? 0) + 1;
    seen.set(base, number);
    return number === 1 ? base : `${base}${number}`;
  };
};

const stateOf = (index: number, people: number): Person['state'] => {
  if (index === people) return 'former';
  return people >= LEAST_FOR_ALL_STATES && index === people - 1 ? 'pending' : 'active';
};

const lastActivity = (random: Random, state: Person['state']): string | null => {
  const daysAgo = random.next() * 120;
  const isKnown = random.next() < 0.9;
  return isKnown && state !== 'pending' ? iso(Math.round(LATEST_ACTIVITY_MS - daysAgo * DAY_MS)) : null;
};

const makePeople = (size: SeedSize, workspace: Workspace, random: Random): Person[] => {
  const numberedEmail = createNumbering();
  const numberedUsername = createNumbering();
  numberedUsername(workspace.slug);
  const [givenNames, familyNames] = [spelled(GIVEN_NAMES), spelled(FAMILY_NAMES)];
  const total = size.people + (size.people >= LEAST_FOR_ALL_STATES ? 1 : 0);
  return Array.from({ length: total }, (_none, index): Person => {
    const given = random.pick(givenNames);
    const family = random.pick(familyNames);
    const state = stateOf(index, size.people);
    const createdMs = FOUNDED_MS + Math.floor(((index + random.next()) / total) * HIRING_MS);
    return {
      id: String(1_905_000 + index),
      memberToken: random.token(),
      membershipToken: random.token(),
      username: numberedUsername(given.plain + family.plain),
      name: `${given.name} ${family.name}`,
      email: `${numberedEmail(`${given.plain}.${family.plain}`)}@${workspace.domain}`,
      state,
      admin: index < ADMINS && state === 'active',
      createdAt: iso(createdMs),
      activatedAt: state === 'pending' ? null : iso(createdMs + random.below(DAY_MS)),
      lastActivityAt: lastActivity(random, state),
      ...(state === 'former' ? { bannedAt: iso(LATEST_ACTIVITY_MS) } : {}),
    };
  });
};

const groupName = (index: number): string => {
  const team = TEAMS[index % TEAMS.length] ?? '';
  const round = Math.floor(index / TEAMS.length);
  if (round === 0) return team;
  const region = REGIONS[(round - 1) % REGIONS.length] ?? '';
  const repeat = Math.floor((round - 1) / REGIONS.length);
  return repeat === 0 ? `${team} ${region}` : `${team} ${region} ${repeat + 1}`;
};

const makeGroups = (size: SeedSize, random: Random): Group[] =>
  Array.from({ length: size.groups }, (_none, index) => ({
    token: random.token(),
    name: groupName(index),
    state: 'active',
    createdAt: iso(FOUNDED_MS + (index + 1) * 3_600_000),
  }));

/** Puts a person into one group, often two, sometimes three. */
const joinSome = (person: Person, groups: readonly Group[], random: Random): Change[] => {
  const wanted = 1 + (random.next() < 0.4 ? 1 : 0) + (random.next() < 0.15 ? 1 : 0);
  const chosen = new Set(Array.from({ length: wanted }, () => random.pick(groups).token));
  return [...chosen].map((groupToken) => ({
    kind: 'joinedGroup',
    membership: {
      token: random.token(),
      groupToken,
      memberToken: person.memberToken,
      createdAt: person.activatedAt ?? person.createdAt,
    },
  }));
};

const invitation = (person: Person, inviter: Person): Change => ({
  kind: 'invite',
  invite: {
    memberToken: person.memberToken,
    email: person.email,
    message: 'Welcome to our Mode workspace.',
    inviterId: inviter.id,
    inviterUsername: inviter.username,
    sentAt: person.createdAt,
    resentAt: null,
    acceptedAt: null,
    expiresAt: iso(Date.parse(person.createdAt) + PENDING_DAYS * DAY_MS),
    createdAt: person.createdAt,
  },
});

/** Lists the changes that make the workspace; the first of them is the workspace itself. */
export const seedChanges = (size: SeedSize): Change[] => {
  const used = new Set<string>();
  const random = createRandom(SEED, used);
  const workspace = makeWorkspace(size.slug, random);
  const people = makePeople(size, workspace, random);
  const groups = makeGroups(size, random);
  const [inviter] = people;
  const active = people.filter((person) => person.state === 'active');
  const pending = people.filter((person) => person.state === 'pending');
  const joined = groups.length > 0 ? active.flatMap((person) => joinSome(person, groups, random)) : [];
  return [
    { kind: 'workspace', workspace },
    ...people.map((person): Change => ({ kind: 'person', person })),
    ...pending.flatMap((person) => (inviter ? [invitation(person, inviter)] : [])),
    ...groups.map((group): Change => ({ kind: 'group', group })),
    ...joined,
    // After everything else has drawn its tokens.
    ...accessChanges(size, people, groups, used),
  ];
};
