/**
 * Learns who is in the Mode workspace (2 calls): links people of the record, adopts the others as SCIM people, so that a
 * provider finds and takes over who exists, and records who left. Written in batches, between which others get their turn.
 */
import { setImmediate } from 'node:timers/promises';
import { type Deps, isoNow, type ModeCall } from '../deps.ts';
import { inParallel } from '../in-parallel.ts';
import { indexValues } from '../index-values.ts';
import { adoptedAttributes } from '../linking/adopt.ts';
import { pairUp } from '../linking/find-links.ts';
import type { Link, Unclear } from '../linking/linking.ts';
import { linkMembers, recordGone } from '../linking/members.ts';
import type { ModeMember, Origin } from '../model.ts';
import { userSchema } from '../schema.ts';
import { stillShownSince } from '../settle/lag.ts';
import type { Store } from '../store/store.ts';
import { newUser } from '../users.ts';
import type { OnProgress } from './progress.ts';

/** What a look at the people found. */
export interface PeopleFound {
  readonly members: number;
  readonly adoptedUsers: number;
  readonly linkedUsers: number;
  readonly unclear: readonly Unclear[];
}

/** Members written in one transaction: enough to be fast, few enough to let requests through. */
const BATCH = 2000;

/** While the database writes one batch the next is prepared. */
const AT_ONCE = 2;

function* batchesOf(members: readonly ModeMember[]): Generator<readonly ModeMember[]> {
  for (let from = 0; from < members.length; from += BATCH) yield members.slice(from, from + BATCH);
}

interface Look {
  readonly connectionId: string;
  /** Before Mode was asked: what is written here meanwhile is newer. */
  readonly seenAt: string;
  /** Of people who are adopted. */
  readonly origin: Origin;
}

const joinedSince = (before: ModeMember | undefined, now: ModeMember): boolean =>
  now.state === 'active' && before?.state !== 'active';

const leftSince = (before: ModeMember | undefined, now: ModeMember): boolean =>
  now.state === 'former' && before !== undefined && before.state !== 'former';

interface Refreshed {
  readonly known: readonly ModeMember[];
  /** What was known of them before this look. */
  readonly before: ReadonlyMap<string, ModeMember>;
}

/** Those linked already: groups waited for whoever has joined since; whoever left is in none any more. */
const refreshKnown = async (
  deps: Deps,
  store: Store,
  { connectionId, seenAt }: Look,
  { known, before }: Refreshed,
): Promise<void> => {
  const moved = known.filter((member) => {
    const was = before.get(member.memberToken);
    return joinedSince(was, member) || leftSince(was, member);
  });
  const links: Link[] = [];
  for (const member of moved) {
    const person = await store.users.findByMemberToken(connectionId, member.memberToken);
    if (person) links.push({ person, member });
  }
  const [joined, left] = [links.filter(isThere), links.filter((link) => !isThere(link))];
  await linkMembers(deps, store, connectionId, { links: joined, seenAt });
  const leftIds = left.map(({ person }) => person.id);
  await recordGone(store, connectionId, leftIds, seenAt);
};

const isThere = ({ member }: Link): boolean => member.state !== 'former';

interface Adopted {
  readonly count: number;
  /** Members whose name in SCIM somebody else has, linked to another member: a person must say who is who. */
  readonly clashing: readonly ModeMember[];
}

const adopt = async (
  deps: Deps,
  store: Store,
  { connectionId, seenAt, origin }: Look,
  members: readonly ModeMember[],
): Promise<Adopted> => {
  const people = members.map((member) => {
    const user = newUser(deps, connectionId, adoptedAttributes(member));
    const invitedAt = member.state === 'pending' ? seenAt : null;
    const { memberToken, username: invitedAs } = member;
    const adopted = { ...user, origin, memberToken, invitedAs, invitedAt };
    return { user: adopted, index: indexValues(userSchema, adopted.attributes) };
  });
  const written = await store.users.insertMany(people);
  const clashing = members.filter((_member, index) => !written.has(people[index]?.user.id ?? ''));
  return { count: written.size, clashing };
};

/** What is to be done with a member, decided over all of them before the first is written. */
interface Decisions {
  readonly linked: ReadonlyMap<string, string>;
  readonly links: ReadonlyMap<string, Link>;
  /** Tokens of members who are linked to somebody else than before. */
  readonly given: ReadonlySet<string>;
  readonly strangers: ReadonlySet<string>;
}

/** Strangers who left so shortly before that Mode may still show them; when it is read for the first time nobody did. */
const leftShortlyBefore = (
  store: Store,
  { connectionId, seenAt, origin }: Look,
  tokens: readonly string[],
): Promise<ReadonlySet<string>> =>
  store.mode.membersGoneSince(connectionId, origin === 'baseline' ? [] : tokens, stillShownSince(seenAt));

const writeBatch = async (
  deps: Deps,
  look: Look,
  { linked, links, given, strangers }: Decisions,
  batch: readonly ModeMember[],
): Promise<Adopted> =>
  deps.store.transaction(async (store) => {
    const { connectionId, seenAt } = look;
    const tokens = batch.map(({ memberToken }) => memberToken);
    const before = await store.mode.membersByToken(
      connectionId,
      tokens.filter((token) => linked.has(token)),
    );
    const left = await leftShortlyBefore(
      store,
      look,
      tokens.filter((token) => strangers.has(token)),
    );
    const believed = batch.filter(({ memberToken }) => !left.has(memberToken));
    const written = await store.mode.saveMembers(connectionId, believed, seenAt);
    // Of whom somebody saw later, such as whoever was removed since, this look says nothing.
    const news = batch.filter(({ memberToken }) => written.has(memberToken));
    const known = news.filter(({ memberToken }) => linked.has(memberToken));
    await refreshKnown(deps, store, look, { known, before });
    const found = news.flatMap(({ memberToken }) => links.get(memberToken) ?? []);
    const handedOn = found.map(({ member }) => member.memberToken).filter((token) => given.has(token));
    await store.users.loosen(connectionId, handedOn);
    await linkMembers(deps, store, connectionId, { links: found, seenAt });
    // A former member is nobody's access: nothing to adopt.
    const strange = news.filter(({ memberToken, state }) => strangers.has(memberToken) && state !== 'former');
    return adopt(deps, store, look, strange);
  });

/** Whom a complete listing no longer shows is out of Mode. */
const retireMembers = (deps: Deps, { connectionId, seenAt }: Look, linked: Decisions['linked']) =>
  deps.store.transaction(async (store) => {
    const gone = await store.mode.retireMembersUnseenSince(connectionId, seenAt);
    const userIds = gone.flatMap((memberToken) => linked.get(memberToken) ?? []);
    await recordGone(store, connectionId, userIds, seenAt);
  });

/**
 * Decides who is who, over the whole workspace. Who was out of Mode and is back is mostly who she was; but an account may
 * have been given to somebody else since, as where a provider deactivates a person and makes her anew under another name.
 */
const decide = async (deps: Deps, { connectionId }: Look, members: readonly ModeMember[]) => {
  const paired = await pairUp(deps, connectionId, members);
  const { links, strangers, unclear } = paired;
  const linked = new Map(paired.linked);
  const news = links.filter(({ person, member }) => linked.get(member.memberToken) !== person.id);
  const given = news.flatMap(({ member: { memberToken } }) => (linked.has(memberToken) ? [memberToken] : []));
  for (const memberToken of given) linked.delete(memberToken);
  return {
    linked,
    links: new Map(news.map((link) => [link.member.memberToken, link])),
    given: new Set(given),
    strangers: new Set(strangers.map(({ memberToken }) => memberToken)),
    unclear,
  };
};

const nameTaken = ({ memberToken }: ModeMember): Unclear => ({ memberToken, why: 'nameTaken', userIds: [] });

/** Learns who is in the workspace, links and adopts. Throws what Mode answers. */
export const syncMembers = async (
  deps: Deps,
  call: ModeCall,
  { origin, onProgress }: { readonly origin: Origin; readonly onProgress: OnProgress },
): Promise<PeopleFound> => {
  const look: Look = { connectionId: call.connection.id, seenAt: isoNow(deps), origin };
  const members = await deps.upstreamOf(call.connection).members(call);
  const { unclear, ...decisions } = await decide(deps, look, members);
  const clashing: ModeMember[] = [];
  let adoptedUsers = 0;
  let done = 0;
  await inParallel(batchesOf(members), AT_ONCE, async (batch) => {
    const adopted = await writeBatch(deps, look, decisions, batch);
    adoptedUsers += adopted.count;
    clashing.push(...adopted.clashing);
    done += batch.length;
    onProgress({ step: 'people', done, total: members.length });
    await setImmediate();
  });
  await retireMembers(deps, look, decisions.linked);
  await deps.store.syncs.markMembers(look.connectionId, look.seenAt);
  return {
    members: members.length,
    adoptedUsers,
    linkedUsers: decisions.links.size,
    unclear: [...unclear, ...clashing.map(nameTaken)],
  };
};
