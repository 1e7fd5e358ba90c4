/**
 * Who is who: finds the people of the record among the members of Mode. The link, once made, is Mode's user token and
 * stays, whatever becomes of addresses. Before that the username that answered the invitation decides, then the e-mail
 * address as it is written, letter case aside. Where more than one could be meant nothing is guessed
 * (docs/decisions/008-linking.md).
 */
import { addressesOf, inviteAddress } from './emails.ts';
import { fold } from './fold.ts';
import type { ModeMember, UserRecord } from './model.ts';

/** What linking needs to know of a person: far less than the record, of which there may be very many. */
export interface Linkable extends Pick<UserRecord, 'id' | 'memberToken' | 'invitedAs'> {
  /** Folded. */
  readonly addresses: readonly string[];
  /** The one that Mode is to know, folded. */
  readonly inviteAddress: string | null;
}

/** A member of whom it is not clear who she is; `userIds` are those she could be. */
export interface Unclear {
  readonly memberToken: string;
  readonly why: 'severalPeople' | 'severalMembers' | 'nameTaken';
  readonly userIds: readonly string[];
}

/** A person and the member that she is. */
export interface Link {
  readonly person: Pick<Linkable, 'id' | 'memberToken'>;
  readonly member: ModeMember;
}

interface Matching {
  readonly links: readonly Link[];
  readonly unclear: readonly Unclear[];
  /** Members whom nobody in the record could be. */
  readonly strangers: readonly ModeMember[];
}

/** Reduces a record to what linking needs. */
export const linkableOf = (user: UserRecord): Linkable => {
  const { id, memberToken, invitedAs, attributes } = user;
  const address = inviteAddress(attributes);
  return {
    id,
    memberToken,
    invitedAs,
    addresses: addressesOf(attributes),
    inviteAddress: address === null ? null : fold(address),
  };
};

/** Finds who could be that member, in constant time, whatever the size of the record. */
const createIndex = (people: readonly Linkable[]) => {
  const byInvitation = new Map<string, Linkable[]>();
  const byAddress = new Map<string, Linkable[]>();
  const add = (index: Map<string, Linkable[]>, key: string, person: Linkable): void => {
    const known = index.get(key);
    if (known) known.push(person);
    else index.set(key, [person]);
  };
  for (const person of people) {
    if (person.invitedAs !== null) add(byInvitation, person.invitedAs, person);
    for (const address of new Set(person.addresses)) add(byAddress, address, person);
  }
  return ({ username, email }: ModeMember): readonly Linkable[] => {
    const invited = byInvitation.get(username);
    if (invited) return invited;
    return email === null ? [] : (byInvitation.get(fold(email)) ?? byAddress.get(fold(email)) ?? []);
  };
};

const isLive = ({ state }: ModeMember): boolean => state !== 'former';

/** Of several members who could be this person: she who is there now, was invited as her, has the address to invite. */
const rankOf = (person: Linkable, member: ModeMember): number =>
  (isLive(member) ? 4 : 0) +
  (member.username === person.invitedAs ? 2 : 0) +
  (member.email !== null && fold(member.email) === person.inviteAddress ? 1 : 0);

/** The one member who is this person; undefined where two are as good, or the only one left Mode as she did before. */
const choose = (person: Linkable, members: readonly ModeMember[]): ModeMember | undefined => {
  const [best, next] = [...members].sort((a, b) => rankOf(person, b) - rankOf(person, a));
  if (!best || (next && rankOf(person, best) === rankOf(person, next))) return undefined;
  return person.memberToken !== null && !isLive(best) ? undefined : best;
};

/** Pairs members to whom nobody is linked with people to whom nobody in Mode is. A former member is never unclear. */
export const matchAll = (members: readonly ModeMember[], people: readonly Linkable[]): Matching => {
  const candidatesOf = createIndex(people);
  const claims = new Map<Linkable, ModeMember[]>();
  const strangers: ModeMember[] = [];
  const unclear: Unclear[] = [];
  for (const member of members) {
    const candidates = candidatesOf(member);
    const [only] = candidates;
    if (!only) strangers.push(member);
    else if (candidates.length === 1) claims.set(only, [...(claims.get(only) ?? []), member]);
    else if (isLive(member)) unclear.push(severalPeople(member, candidates));
  }
  const chosen = [...claims].map(([person, claiming]) => settleClaims(person, claiming));
  return {
    links: chosen.flatMap(({ links }) => links),
    unclear: [...unclear, ...chosen.flatMap((one) => one.unclear)],
    strangers,
  };
};

/** Of the members who could only be this person one is her; the others who are there are unclear. */
const settleClaims = (
  person: Linkable,
  claiming: readonly ModeMember[],
): Pick<Matching, 'links' | 'unclear'> => {
  const member = choose(person, claiming);
  const others = claiming.filter((each) => each !== member && isLive(each));
  return {
    links: member ? [{ person, member }] : [],
    unclear: others.map(({ memberToken }) => ({ memberToken, why: 'severalMembers', userIds: [person.id] })),
  };
};

const severalPeople = ({ memberToken }: ModeMember, candidates: readonly Linkable[]): Unclear => ({
  memberToken,
  why: 'severalPeople',
  userIds: candidates.map(({ id }) => id),
});
