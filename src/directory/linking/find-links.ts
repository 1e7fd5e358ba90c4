/** Reads from the record who could be whom among the members of Mode. */
import type { Deps } from '../deps.ts';
import { fold } from '../fold.ts';
import type { ModeMember, UserRecord } from '../model.ts';
import { inviteAddress } from './emails.ts';
import { type Linkable, linkableOf, matchAll } from './linking.ts';

/** Records are read so many at a time and let go of again. */
const PAGE = 1_000;

/** The records of everybody whom nobody in Mode stands for. */
export async function* linkableRecords(deps: Deps, connectionId: string): AsyncGenerator<UserRecord> {
  for (let after: string | null = null; ; ) {
    const page: readonly UserRecord[] = await deps.store.users.linkable(connectionId, { after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.id;
  }
}

/** Everybody whom nobody in Mode stands for. */
const readLinkable = async (deps: Deps, connectionId: string): Promise<readonly Linkable[]> => {
  const people: Linkable[] = [];
  for await (const user of linkableRecords(deps, connectionId)) people.push(linkableOf(user));
  return people;
};

/** Those who leave at once that are paired anew at once; where Mode seems to have lost more, that is for the next look. */
const MOST_LEAVING = 1_000;

/** Everybody for whom nobody of this listing stands: also those whom it is the first to show as gone. */
const readFree = async (
  deps: Deps,
  connectionId: string,
  linked: ReadonlyMap<string, string>,
  members: readonly ModeMember[],
): Promise<readonly Linkable[]> => {
  const people = [...(await readLinkable(deps, connectionId))];
  const known = new Set(people.map(({ id }) => id));
  const live = new Set(members.flatMap(({ memberToken, state }) => (state === 'former' ? [] : memberToken)));
  const left = [...linked].filter(([token, id]) => !live.has(token) && !known.has(id));
  for (const [, id] of left.slice(0, MOST_LEAVING)) {
    const user = await deps.store.users.find(connectionId, id);
    if (user) people.push(linkableOf(user));
  }
  return people;
};

/**
 * Pairs the members that Mode lists with the people of the record. Whoever is linked is not free, unless the person of that
 * link left Mode: then her account may have been given to somebody else since, and she may be back with another.
 */
export const pairUp = async (deps: Deps, connectionId: string, members: readonly ModeMember[]) => {
  const linked = await deps.store.users.idsByMemberToken(connectionId);
  const people = await readFree(deps, connectionId, linked, members);
  const loose = new Set(people.flatMap(({ memberToken }) => memberToken ?? []));
  const free = members.filter(
    ({ memberToken, state }) => !linked.has(memberToken) || (loose.has(memberToken) && state !== 'former'),
  );
  const present = matchAll(free, people);
  // Whoever is deleted here and has yet to be removed there is no stranger; linked, she is removed.
  const leaving = await deps.store.users.leaving(connectionId);
  const { strangers, ...gone } = matchAll(present.strangers, leaving.map(linkableOf));
  return {
    linked,
    links: [...present.links, ...gone.links],
    unclear: [...present.unclear, ...gone.unclear],
    strangers,
  };
};

/** Whether the account is hers who was invited to it: Mode says that it was joined after that. */
const isJoinedBy =
  ({ username, email, activatedAt }: ModeMember) =>
  ({ isWanted, invitedAs, invitedAt }: Linkable): boolean =>
    isWanted &&
    (invitedAs === username || (email !== null && invitedAs === fold(email))) &&
    invitedAt !== null &&
    activatedAt !== null &&
    Date.parse(activatedAt) >= Date.parse(invitedAt);

/**
 * The member that this person is, of all that Mode lists; undefined where there is none, or where it is not clear.
 * Whoever is linked to somebody else is nobody's. Nor is she hers who is not to be there and whose account somebody else
 * was invited to since, and has joined, or has yet to: then nobody has access by it.
 */
export const findMember = async (
  deps: Deps,
  user: UserRecord,
  members: readonly ModeMember[],
): Promise<ModeMember | undefined> => {
  const own = members.find(({ memberToken }) => memberToken === user.memberToken);
  const isWanted = user.active && user.deletedAt === null;
  if (own && isWanted && own.state !== 'former') return own;
  const linked = await deps.store.users.idsByMemberToken(user.connectionId);
  const others = (await readLinkable(deps, user.connectionId)).filter(({ id }) => id !== user.id);
  if (own?.state === 'active' && !others.some(isJoinedBy(own))) return own;
  // Also somebody who is deleted here and has yet to be removed there.
  const people = [...others, linkableOf(user)];
  const free = members.filter(({ memberToken }) => (linked.get(memberToken) ?? user.id) === user.id);
  const found = matchAll(free, people).links.find(({ person }) => person.id === user.id);
  return found?.member ?? (own?.state === 'former' ? own : undefined);
};

/** Whether Mode knows this person's address as that of somebody else who is deleted here and has yet to be removed there. */
export const isHeldByLeaver = async (
  deps: Deps,
  { connectionId, id: own, attributes }: UserRecord,
  members: readonly ModeMember[],
): Promise<boolean> => {
  const address = inviteAddress(attributes);
  const linked = await deps.store.users.idsByMemberToken(connectionId);
  const holders = members
    .filter(
      ({ email, state }) =>
        state !== 'former' && email !== null && address !== null && fold(email) === fold(address),
    )
    .flatMap(({ memberToken }) => linked.get(memberToken) ?? []);
  for (const id of holders.filter((holder) => holder !== own)) {
    if ((await deps.store.users.findAny(connectionId, id))?.deletedAt) return true;
  }
  return false;
};
