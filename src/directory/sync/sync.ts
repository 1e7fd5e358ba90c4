/**
 * Learns what Mode holds: everybody, every group, who is in which (2 + ⌈groups/30⌉ + groups calls). Who is in Mode and
 * not in the record is adopted as a SCIM person or group, so that a provider finds and takes over what exists instead of
 * making it twice (product.md section 4 "The record"). People and groups are asked for side by side.
 */
import { type Call, type Deps, isoNow, type ModeCall } from '../deps.ts';
import type { Unclear } from '../linking/linking.ts';
import type { ModeGroup, Origin } from '../model.ts';
import { type Reconciled, reconcile } from '../plan/reconcile.ts';
import { createFeed } from './feed.ts';
import { syncGroups } from './groups.ts';
import { syncMemberships } from './memberships.ts';
import { syncMembers } from './people.ts';
import { type OnProgress, unwatched } from './progress.ts';

/** What a sync found. */
export interface SyncReport {
  readonly members: number;
  readonly groups: number;
  readonly adoptedUsers: number;
  readonly adoptedGroups: number;
  readonly linkedUsers: number;
  /** Members of whom it is not clear who they are; a person must say. */
  readonly unclear: readonly Unclear[];
  /** Tokens of groups whose name in SCIM is that of another group. */
  readonly unclearGroups: readonly string[];
}

/** Waits for all, then throws the first error: nothing goes on behind the back of whoever handles it. */
const allOf = async <A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> => {
  await Promise.allSettled([first, second]);
  return [await first, await second];
};

/** A sync can wait; what it learns is no older for it. */
export const unhurried = (call: Call): ModeCall => ({ ...call, priority: 'background' });

/** Whether Mode was never read in full. Whoever is there then is the baseline; who appears later came in by hand. */
export const isFirstSync = async (deps: Deps, { connection }: Call): Promise<boolean> =>
  (await deps.store.connections.find(connection.id))?.syncedAt == null;

interface GroupsLook {
  readonly people: Promise<unknown>;
  readonly isFirst: boolean;
  readonly origin: Origin;
  readonly onProgress: OnProgress;
}

/** Learns which groups there are and who is in them; of each that is asked as soon as it is listed. */
const learnGroups = async (
  deps: Deps,
  toMode: ModeCall,
  { people, isFirst, origin, onProgress }: GroupsLook,
): Promise<Pick<SyncReport, 'groups' | 'adoptedGroups' | 'unclearGroups'>> => {
  const tokens = createFeed<string>();
  const onListed = ({ groupToken }: ModeGroup): void => tokens.push(groupToken);
  const groups = syncGroups(deps, toMode, { origin, onListed }).finally(tokens.end);
  const memberships = syncMemberships(deps, toMode, tokens, {
    peopleWritten: people,
    groupsWritten: groups.then(({ listed }) => listed),
    isFirst,
    onProgress,
  });
  const [{ listed, adoptedGroups, unclearGroups }] = await allOf(groups, memberships);
  return { groups: listed.length, adoptedGroups, unclearGroups };
};

/** Learns everything that Mode holds. Throws what Mode answers; what was learnt before stays. */
export const learn = async (
  deps: Deps,
  call: Call,
  onProgress: OnProgress = unwatched,
): Promise<SyncReport> => {
  const connectionId = call.connection.id;
  const startedAt = isoNow(deps);
  const isFirst = await isFirstSync(deps, call);
  const origin = isFirst ? 'baseline' : 'manual';
  const toMode = unhurried(call);
  const people = syncMembers(deps, toMode, { origin, onProgress });
  const groups = learnGroups(deps, toMode, { people, isFirst, origin, onProgress });
  const [foundPeople, foundGroups] = await allOf(people, groups);
  await deps.store.connections.markSynced(connectionId, startedAt);
  await deps.store.syncs.markChanges(connectionId, startedAt, { readUntil: startedAt, seen: [] });
  const report = { ...foundPeople, ...foundGroups };
  logReport(deps, connectionId, report);
  return report;
};

/** What a full sync found, and what became of manual changes; undefined after the first. */
export interface FullSync {
  readonly found: SyncReport;
  readonly reconciled: Reconciled | undefined;
}

/**
 * Learns everything that Mode holds, then does about manual changes there what the connection says. What the first sync
 * finds is the baseline: nothing in it was changed by hand.
 */
export const fullSync = async (deps: Deps, call: Call, onProgress?: OnProgress): Promise<FullSync> => {
  const isFirst = await isFirstSync(deps, call);
  const found = await learn(deps, call, onProgress);
  return { found, reconciled: isFirst ? undefined : await reconcile(deps, call) };
};

/** Names in the log at most so many of those who are unclear. */
const MOST_NAMED = 50;

const logReport = (deps: Deps, connectionId: string, report: SyncReport): void => {
  const { unclear, unclearGroups, ...counts } = report;
  // What ends in "token" the log masks.
  for (const { memberToken: member, ...why } of unclear.slice(0, MOST_NAMED))
    deps.log.warn('sync.unclear', { connectionId, member, ...why });
  for (const group of unclearGroups.slice(0, MOST_NAMED))
    deps.log.warn('sync.unclear-group', { connectionId, group });
  const unsure = { unclear: unclear.length, unclearGroups: unclearGroups.length };
  deps.log.info('sync.done', { connectionId, ...counts, ...unsure });
};
