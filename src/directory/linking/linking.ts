/**
 * Who is who: finds the people of the record among the members of Mode. The link, once made, is Mode's user token and
 * stays, whatever becomes of addresses. Before that the username that answered the invitation decides, then the e-mail
 * address as it is written, letter case aside. Whoever is deactivated is meant only where nobody else is. Where more than
 * one could be meant nothing is guessed (docs/decisions/008-linking.md).
 */

import { fold } from '../fold.ts';
import type { ModeMember, UserRecord } from '../model.ts';
import { addressesOf, inviteAddress } from './emails.ts';

/** What linking needs to know of a person: far less than the record, of which there may be very many. */
export interface Linkable extends Pick<UserRecord, 'id' | 'memberToken' | 'invitedAs' | 'invitedAt'> {
  /** Folded. */
  readonly addresses: readonly string[];
  /** The one that Mode is to know, folded. */
  readonly inviteAddress: string | null;
  /** Whether she is to be in Mode. */
  readonly isWanted: boolean;
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
  const { id, memberToken, invitedAs, invitedAt, attributes, active, deletedAt } = user;
  const address = inviteAddress(attributes);
  return {
    id,
    memberToken,
    invitedAs,
    invitedAt,
    addresses: addressesOf(attributes),
    inviteAddress: address === null ? null : fold(address),
    isWanted: active && deletedAt === null,
  };
};

type Index = ReadonlyMap<string, readonly Linkable[]>;

const indexBy = (
  people: readonly Linkable[],
  keysOf: (person: Linkable) => Iterable<string | null>,
): Index => {
  const index = new Map<string, Linkable[]>();
  for (const person of people) {
    for (const key of keysOf(person)) {
      const known = key === null ? undefined : index.get(key);
      if (known) known.push(person);
      else if (key !== null) index.set(key, [person]);
    }
  }
  return index;
};

/** Finds who could be that member, in constant time, whatever the size of the record: by the first trace that leads to anybody. */
const createIndex = (people: readonly Linkable[]) => {
  const byToken = indexBy(people, ({ memberToken }) => [memberToken]);
  const byInvitation = indexBy(people, ({ invitedAs }) => [invitedAs]);
  const byAddress = indexBy(people, ({ addresses }) => new Set(addresses));
  return ({ memberToken, username, email }: ModeMember): readonly Linkable[] => {
    const address = email === null ? '' : fold(email);
    const traces = [
      byToken.get(memberToken),
      byInvitation.get(username),
      byInvitation.get(address),
      byAddress.get(address),
    ];
    for (const isWanted of [true, false]) {
      for (const trace of traces) {
        const found = trace?.filter((person) => person.isWanted === isWanted) ?? [];
        if (found.length > 0) return found;
      }
    }
    return [];
  };
};

const isLive = ({ state }: ModeMember): boolean => state !== 'former';

/** Of several members who could be this person: she who is there now, always was her, was invited as her, has the address to invite. */
const rankOf = (person: Linkable, member: ModeMember): number =>
  (isLive(member) ? 8 : 0) +
  (member.memberToken === person.memberToken ? 4 : 0) +
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
