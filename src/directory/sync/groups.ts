/**
 * Learns which groups Mode has (1 call for each 30): links those of the record by name, adopts the others, and records
 * which are gone. Who is in them is for memberships.ts.
 */
import { type Deps, isoNow, type ModeCall } from '../deps.ts';
import { fold } from '../fold.ts';
import { newGroup } from '../groups.ts';
import type { GroupRecord, ModeGroup, Origin } from '../model.ts';
import type { Store } from '../store/store.ts';
import type { LinkedGroup } from './memberships.ts';

/** With its name in Mode. */
export interface ListedGroup extends LinkedGroup {
  readonly name: string;
}

/** What a look at the groups found. */
export interface GroupsFound {
  readonly listed: readonly ListedGroup[];
  /** Those of them that were not linked before. */
  readonly fresh: readonly ListedGroup[];
  readonly adoptedGroups: number;
  /** Tokens of groups whose name in SCIM is that of another group: a person must say which is which. */
  readonly unclearGroups: readonly string[];
}

interface Look {
  readonly connectionId: string;
  readonly seenAt: string;
  /** Of groups that are adopted. */
  readonly origin: Origin;
}

/** Which groups of the record wait for these, by name; between two in Mode of one name nothing is guessed. */
const matchByName = (strangers: readonly ModeGroup[], linkable: readonly GroupRecord[]) => {
  const waiting = new Map(linkable.map((group) => [fold(group.displayName), group]));
  const namesakes = new Map<string, number>();
  for (const { name } of strangers) namesakes.set(fold(name), (namesakes.get(fold(name)) ?? 0) + 1);
  return strangers.flatMap(({ name, groupToken }) => {
    const found = namesakes.get(fold(name)) === 1 ? waiting.get(fold(name)) : undefined;
    return found === undefined ? [] : [{ id: found.id, was: found.groupToken, groupToken }];
  });
};

const without = (groups: readonly ModeGroup[], taken: readonly Pick<ModeGroup, 'groupToken'>[]) => {
  const tokens = new Set(taken.map(({ groupToken }) => groupToken));
  return groups.filter(({ groupToken }) => !tokens.has(groupToken));
};

const adopt = async (
  deps: Deps,
  store: Store,
  { connectionId, origin }: Look,
  strangers: readonly ModeGroup[],
) => {
  const groups = strangers.map(({ name, groupToken }) => ({
    ...newGroup(deps, connectionId, { displayName: name }),
    origin,
    groupToken,
  }));
  const written = await store.groups.insertMany(groups);
  return {
    adopted: groups.filter(({ id }) => written.has(id)),
    unclear: groups.filter(({ id }) => !written.has(id)),
  };
};

/** A group that a complete listing no longer shows is gone; its record keeps the link, by which a plan knows it. */
const retire = async (
  store: Store,
  { connectionId, seenAt }: Look,
  idsByToken: ReadonlyMap<string, string>,
) => {
  const gone = await store.mode.retireGroupsUnseenSince(connectionId, seenAt);
  const groupIds = gone.flatMap((groupToken) => idsByToken.get(groupToken) ?? []);
  await store.memberships.forgetGroups(connectionId, groupIds, seenAt);
};

/** Writes what a look showed; gives the groups of the record among them. */
const record = async (deps: Deps, store: Store, look: Look, seen: readonly ModeGroup[]) => {
  const { connectionId, seenAt } = look;
  const idsByToken = await store.groups.idsByGroupToken(connectionId);
  const written = await store.mode.saveGroups(connectionId, seen, seenAt);
  // First, so that a group which was deleted and made anew between two looks finds its record.
  await retire(store, look, idsByToken);
  // Of what somebody saw later, such as a group that was deleted since, this look says nothing.
  const strangers = seen.filter(({ groupToken }) => written.has(groupToken) && !idsByToken.has(groupToken));
  const matched = matchByName(strangers, await store.groups.linkable(connectionId));
  const others = without(strangers, matched);
  // What is deleted here and has yet to be deleted there is no stranger.
  const leaving = matchByName(others, await store.groups.leaving(connectionId));
  for (const { id, was, groupToken } of [...matched, ...leaving])
    await store.groups.link(connectionId, id, { was, groupToken });
  const rest = without(others, leaving);
  const { adopted, unclear } = await adopt(deps, store, look, rest);
  return { idsByToken, matched, adopted, unclear };
};

/** How groups are looked at. */
interface GroupsSync {
  readonly origin: Origin;
  /** Hears of each as Mode lists it. */
  readonly onListed?: (group: ModeGroup) => void;
}

/** Learns which groups there are, links and adopts. Throws what Mode answers. */
export const syncGroups = async (
  deps: Deps,
  call: ModeCall,
  { origin, onListed }: GroupsSync,
): Promise<GroupsFound> => {
  const look: Look = { connectionId: call.connection.id, seenAt: isoNow(deps), origin };
  const seen: ModeGroup[] = [];
  for await (const group of deps.upstreamOf(call.connection).groups(call)) {
    seen.push(group);
    onListed?.(group);
  }
  const { idsByToken, matched, adopted, unclear } = await deps.store.transaction((store) =>
    record(deps, store, look, seen),
  );
  const freshIds = new Map([...matched, ...adopted].map(({ id, groupToken }) => [groupToken, id]));
  const listedBy = (ids: ReadonlyMap<string, string>): readonly ListedGroup[] =>
    seen.flatMap(({ groupToken, name }) => {
      const id = ids.get(groupToken);
      return id === undefined ? [] : [{ id, groupToken, name }];
    });
  const fresh = listedBy(freshIds);
  return {
    listed: [...listedBy(idsByToken), ...fresh],
    fresh,
    adoptedGroups: adopted.length,
    unclearGroups: unclear.map(({ groupToken }) => groupToken),
  };
};
