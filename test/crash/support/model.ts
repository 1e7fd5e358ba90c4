/**
 * What must hold of everybody: the last state that was acknowledged, and beside it those that requests may have brought
 * about that nobody was told of. Where several are possible a look at SCIM tells which it is, and it must be one of them.
 */

export interface PersonState {
  /** Empty where a creation was not answered. */
  readonly id: string;
  readonly active: boolean;
  readonly title: string;
}

export interface Person {
  /** userName and e-mail address. */
  readonly key: string;
  /** Null: she is not there. */
  allowed: readonly (PersonState | null)[];
  /** A request about her is under way: one at a time, so that their order is known. */
  isBusy: boolean;
  /** Requests under way about groups that count on her being there. */
  pins: number;
  /** She is being deleted. */
  isLeaving: boolean;
  /** She has joined, and nobody has asked to remove her since. */
  isJoined: boolean;
  /** Written by the provider alone: what is changed by hand in Mode is undone. Whom Mode had from the start it may change. */
  readonly isProviders: boolean;
}

export interface GroupState {
  readonly id: string;
  readonly name: string;
}

/** A person's place in a group. */
export interface Place {
  allowed: readonly boolean[];
  isBusy: boolean;
}

export interface Group {
  readonly key: string;
  /** As of people. */
  readonly isProviders: boolean;
  allowed: readonly (GroupState | null)[];
  readonly places: Map<Person, Place>;
  /** Requests under way about single places; different ones at the same time. */
  sharers: number;
  /** A request about the whole of it is under way. */
  isBusy: boolean;
}

export interface Model {
  readonly people: Person[];
  readonly groups: Group[];
}

export const newPerson = (key: string, state: PersonState | null): Person => ({
  key,
  isProviders: state === null,
  allowed: [state],
  isBusy: false,
  pins: 0,
  isLeaving: false,
  isJoined: false,
});

export const newGroup = (key: string, state: GroupState | null): Group => ({
  key,
  isProviders: state === null,
  allowed: [state],
  places: new Map(),
  sharers: 0,
  isBusy: false,
});

/** The one state that is possible; undefined where there are several. */
export const certain = <T>({ allowed }: { readonly allowed: readonly T[] }): T | undefined =>
  allowed.length === 1 ? allowed[0] : undefined;

/** Who is there for certain, with her id. */
export const present = (person: Person): PersonState | undefined => certain(person) ?? undefined;

export const placeOf = (group: Group, person: Person): Place => {
  const known = group.places.get(person);
  if (known) return known;
  const place: Place = { allowed: [false], isBusy: false };
  group.places.set(person, place);
  return place;
};

/** All of these, each once. */
export const either = <T>(...lists: readonly (readonly T[])[]): readonly T[] => {
  const all = new Map(lists.flat().map((one) => [JSON.stringify(one), one]));
  return [...all.values()];
};
