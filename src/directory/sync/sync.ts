/**
 * Learns what Mode holds: everybody, every group, who is in which (2 + ⌈groups/30⌉ + groups calls). Who is in Mode and
 * not in the record is adopted as a SCIM person or group, so that a provider finds and takes over what exists instead of
 * making it twice (product.md section 4 "The record"). People and groups are asked for side by side. A token that is shown
 * no groups learns of the people all the same.
 */
import { AppError } from '../../errors.ts';
import { type Call, type Deps, isoNow, type ModeCall } from '../deps.ts';
import type { Unclear } from '../linking/linking.ts';
import type { Connection, ModeGroup, Origin } from '../model.ts';
import { type Reconciled, reconcile } from '../plan/reconcile.ts';
import { GROUPS_NOT_OFFERED } from '../upstream.ts';
import { createFeed } from './feed.ts';
import { syncGroups } from './groups.ts';
import { syncMemberships } from './memberships.ts';
import { syncMembers } from './people.ts';
import { type OnProgress, unwatched } from './progress.ts';

/** What a sync found. */
export interface SyncReport {
  readonly members: number;
  /** Null where Mode does not show them to the credentials: then nothing is concluded of groups. */
  readonly groups: number | null;
  /** Of those: a SCIM endpoint has none by nature, and never had. Nobody needs to do anything about it. */
  readonly groupsNotOffered: boolean;
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

type GroupsFound = Pick<SyncReport, 'groups' | 'groupsNotOffered' | 'adoptedGroups' | 'unclearGroups'>;

/** What is found of groups that Mode does not show. */
const withoutGroups = ({ groupsSyncedAt }: Connection, { code }: AppError): GroupsFound => ({
  groups: null,
  groupsNotOffered: code === GROUPS_NOT_OFFERED && groupsSyncedAt === null,
  adoptedGroups: 0,
  unclearGroups: [],
});

interface GroupsLook {
  readonly people: Promise<unknown>;
  readonly isFirst: boolean;
  readonly onProgress: OnProgress;
}

/** Who brought those who are found. */
export const originOf = (isFirst: boolean): Origin => (isFirst ? 'baseline' : 'manual');

/** Learns which groups there are and who is in them; of each that is asked as soon as it is listed. */
const learnGroups = async (
  deps: Deps,
  toMode: ModeCall,
  { people, isFirst, onProgress }: GroupsLook,
): Promise<GroupsFound> => {
  const tokens = createFeed<string>();
  const onListed = ({ groupToken }: ModeGroup): void => tokens.push(groupToken);
  const groups = syncGroups(deps, toMode, { origin: originOf(isFirst), onListed }).finally(tokens.end);
  const memberships = syncMemberships(deps, toMode, tokens, {
    peopleWritten: people,
    groupsWritten: groups.then(({ listed }) => listed),
    isFirst,
    onProgress,
  });
  const [{ listed, adoptedGroups, unclearGroups }] = await allOf(groups, memberships);
  return { groups: listed.length, groupsNotOffered: false, adoptedGroups, unclearGroups };
};

/** Mode shows groups to admins alone (mode-api.md §6): of those that it does not show, nothing is concluded. */
const unlessHidden = (error: unknown): AppError => {
  if (error instanceof AppError && error.kind === 'forbidden') return error;
  throw error;
};

/** Says once that Mode hides its groups, and once that it shows them again. */
const sayIfHidden = (deps: Deps, { id, groupsHiddenSince }: Connection, hiddenBy: AppError | null): void => {
  const wasHidden = groupsHiddenSince !== null;
  if (hiddenBy && !wasHidden) deps.log.warn('sync.groups-hidden', { connectionId: id, error: hiddenBy });
  if (!hiddenBy && wasHidden) deps.log.info('sync.groups-shown', { connectionId: id });
};

/**
 * Learns everything that Mode holds and shows. Throws what Mode answers, unless that the credentials may not see groups;
 * what was learnt before stays. Its groups may be shown long after its people, and are a baseline of their own then.
 */
export const learn = async (
  deps: Deps,
  call: Call,
  onProgress: OnProgress = unwatched,
): Promise<SyncReport> => {
  const startedAt = isoNow(deps);
  const connection = (await deps.store.connections.find(call.connection.id)) ?? call.connection;
  const { id: connectionId, syncedAt, groupsSyncedAt } = connection;
  const toMode = unhurried(call);
  const people = syncMembers(deps, toMode, { origin: originOf(syncedAt === null), onProgress });
  const groups = learnGroups(deps, toMode, { people, isFirst: groupsSyncedAt === null, onProgress });
  const [foundPeople, shown] = await allOf(people, groups.catch(unlessHidden));
  const hiddenBy = shown instanceof AppError ? shown : null;
  await deps.store.connections.markSynced(connectionId, startedAt, hiddenBy ? 'hidden' : 'read');
  await deps.store.syncs.markChanges(connectionId, startedAt, { readUntil: startedAt, seen: [] });
  sayIfHidden(deps, connection, hiddenBy);
  const foundGroups = shown instanceof AppError ? withoutGroups(connection, shown) : shown;
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
