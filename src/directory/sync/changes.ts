/**
 * Learns what changed since the last look, from Mode's own log where the credential may read it (1 call, and the calls for
 * what the log names). What the bridge did itself it knows already.
 */
import { AppError } from '../../errors.ts';
import { type Deps, isoNow, type ModeCall } from '../deps.ts';
import { inParallel } from '../in-parallel.ts';
import type { Connection, ModeChange } from '../model.ts';
import type { LogPosition, SyncState } from '../store/work.ts';
import { type Look, lookAfter } from './events.ts';
import { type ListedGroup, syncGroups } from './groups.ts';
import { idsOf, type LinkedGroup, type Listing, readListing, recordListings } from './memberships.ts';
import { syncMembers } from './people.ts';
import { unwatched } from './progress.ts';

/** What the log named and was looked at. */
export interface ChangesFound {
  readonly events: number;
  /** Whether everybody was listed. */
  readonly people: boolean;
  /** Whether the groups were listed. */
  readonly groupList: boolean;
  /** Groups whose members were listed. */
  readonly groups: number;
}

/**
 * Why the log does not tell what changed: it was never read or too long ago, everything is better read at once, the
 * credential may not read it, or it names groups that Mode does not show to the credential any more.
 */
export type WhyNot = 'tooLongAgo' | 'tooMuch' | 'unreadable' | 'groupsHidden';

/** How late an event may appear in the log: read again each time, and known again by its id. */
const OVERLAP_MS = 120_000;
/** How far Mode's clock may be from ours. */
const SKEW_MS = 5_000;
/** After so long, or so much, everything is read instead. How long Mode keeps its log is UNKNOWN. */
const LONGEST_GAP_MS = 24 * 3_600_000;
const MOST_GROUPS = 200;

const before = (instant: string, ms: number): string => new Date(Date.parse(instant) - ms).toISOString();

/** From where the log is to be read; undefined where that is too long ago, or never was. */
const startOf = ({ full, position }: SyncState, now: string): string | undefined => {
  if (full === null || position === null) return undefined;
  if (position.readUntil < before(now, LONGEST_GAP_MS)) return undefined;
  // Instants of one form: the later sorts last.
  return [before(full, SKEW_MS), before(position.readUntil, OVERLAP_MS)].sort().at(-1);
};

/** Undefined where the credential may not read the log. */
const readLog = async (deps: Deps, call: ModeCall, from: string, to: string) => {
  const upstream = deps.upstreamOf(call.connection);
  if (!upstream.can.has('readChanges')) return undefined;
  try {
    return await upstream.changes({ from, to }, call);
  } catch (error) {
    if (!(error instanceof AppError && error.kind === 'forbidden')) throw error;
    deps.log.info('sync.log-not-readable', { connectionId: call.connection.id });
    return undefined;
  }
};

const positionAfter = (events: readonly ModeChange[], to: string): LogPosition => {
  const since = Date.parse(to) - OVERLAP_MS;
  return { readUntil: to, seen: events.filter(({ at }) => Date.parse(at) >= since).map(({ id }) => id) };
};

/** What the news ask to look at, each once. */
interface Looks {
  readonly people: boolean;
  readonly groups: boolean;
  readonly changed: readonly ModeChange[];
}

/** Groups that Mode does not show are left to the full sync, which finds out when it does. */
const isVisible =
  ({ groupsHiddenSince }: Connection) =>
  (event: ModeChange): boolean =>
    groupsHiddenSince === null || lookAfter(event) === 'people';

const looksOf = (news: readonly ModeChange[]): Looks => {
  const eventsOf = (wanted: Look) => news.filter((event) => lookAfter(event) === wanted);
  const changed = new Map(eventsOf('members of the group').map((event) => [event.entityToken, event]));
  return {
    people: eventsOf('people').length > 0,
    groups: eventsOf('groups').length > 0,
    changed: [...changed.values()],
  };
};

/** Finds the groups whose members changed; the list is asked for when one is not known by its token. */
const findGroups = async (deps: Deps, call: ModeCall, { groups, changed }: Looks) => {
  const known = await deps.store.groups.idsByGroupToken(call.connection.id);
  const tokens = changed.map(({ entityToken }) => entityToken ?? '');
  if (!groups && tokens.every((token) => known.has(token))) {
    const chosen = tokens.map((groupToken) => ({ groupToken, id: known.get(groupToken) ?? '' }));
    return { isListed: false, chosen };
  }
  const { listed, fresh } = await syncGroups(deps, call, { origin: 'manual' });
  // That an event names a group by its token is likely, not known; a group that is in neither way there was deleted.
  const names = new Set(changed.map(({ entityName }) => entityName));
  const isNamed = ({ groupToken, name }: ListedGroup) => tokens.includes(groupToken) || names.has(name);
  return { isListed: true, chosen: listed.filter((group) => isNamed(group) || fresh.includes(group)) };
};

const readAll = async (
  deps: Deps,
  call: ModeCall,
  groups: readonly LinkedGroup[],
): Promise<readonly Listing[]> => {
  const listings: Listing[] = [];
  await inParallel(groups, 8, async ({ groupToken }) => {
    const listing = await readListing(deps, call, groupToken);
    if (listing) listings.push(listing);
  });
  return listings;
};

/** Looks at the groups that the news name. Undefined where Mode does not show them. */
const lookAtGroups = async (deps: Deps, call: ModeCall, looks: Looks) => {
  try {
    const { isListed, chosen } = await findGroups(deps, call, looks);
    return { isListed, chosen, listings: await readAll(deps, call, chosen) };
  } catch (error) {
    if (error instanceof AppError && error.kind === 'forbidden') return undefined;
    throw error;
  }
};

/** Looks where the news say. Gives why not, where everything is better read. */
const lookAround = async (deps: Deps, call: ModeCall, news: readonly ModeChange[]) => {
  const connectionId = call.connection.id;
  const looks = looksOf(news);
  if (looks.changed.length > MOST_GROUPS) return 'tooMuch';
  const shown = await lookAtGroups(deps, call, looks);
  if (!shown) return 'groupsHidden';
  const { isListed, chosen, listings } = shown;
  const known = await deps.store.users.idsByMemberToken(connectionId);
  // Whoever joined since is no event; that she is in a group now tells.
  const hasStranger = listings.some(({ rows }) => rows.some(({ memberToken }) => !known.has(memberToken)));
  const people = looks.people || hasStranger;
  if (people) await syncMembers(deps, call, { origin: 'manual', onProgress: unwatched });
  const userIds = people ? await deps.store.users.idsByMemberToken(connectionId) : known;
  const groupIds = idsOf(chosen);
  await recordListings(deps.store, connectionId, listings, { userIds, groupIds, isFirst: false });
  return { people, groupList: isListed, groups: listings.length };
};

/** Learns what changed since the last look. Throws what Mode answers; then the same part is read again next time. */
export const syncChanges = async (deps: Deps, call: ModeCall): Promise<ChangesFound | WhyNot> => {
  const connectionId = call.connection.id;
  const now = isoNow(deps);
  const state = await deps.store.syncs.state(connectionId, now);
  const from = startOf(state, now);
  if (from === undefined) return 'tooLongAgo';
  const events = await readLog(deps, call, from, now);
  if (!events) return 'unreadable';
  const seen = new Set(state.position?.seen);
  const news = events.filter(({ id, isOurs }) => !isOurs && !seen.has(id));
  const connection = (await deps.store.connections.find(connectionId)) ?? call.connection;
  const found = await lookAround(deps, call, news.filter(isVisible(connection)));
  if (typeof found === 'string') return found;
  await deps.store.syncs.markChanges(connectionId, now, positionAfter(events, now));
  const report = { events: news.length, ...found };
  if (news.length > 0) deps.log.info('sync.changes', { connectionId, ...report });
  return report;
};
