/** What `sync` says when it is done: lines for people, one object for programs. */

import { groupsRemedy } from '../directory/connections/hidden-groups.ts';
import { counted, plural } from '../directory/counted.ts';
import type { Deps } from '../directory/deps.ts';
import type { Unclear } from '../directory/linking/linking.ts';
import type { Connection } from '../directory/model.ts';
import type { Reconciled } from '../directory/plan/reconcile.ts';
import type { SettledAll } from '../directory/settle/all.ts';
import type { SyncOutcome } from '../directory/sync/scopes.ts';

/** What became of one connection. */
export interface Synced {
  readonly connection: Connection;
  readonly seconds: number;
  /** Undefined where another process read it meanwhile. */
  readonly outcome: SyncOutcome | undefined;
  /** What Mode was owed, such as the groups of people who have joined. */
  readonly owed: SettledAll;
}

type Full = Extract<SyncOutcome, { read: 'full' }>;
type Members = Extract<SyncOutcome, { read: 'members' }>;
type Changes = Extract<SyncOutcome, { read: 'changes' }>;

const people = (count: number): string => plural(count, 'person', 'people');
const groups = (count: number): string => plural(count, 'group', 'groups');

const INSTEAD: Readonly<Record<NonNullable<Full['instead']>, string>> = {
  tooLongAgo: "Mode's log was not read before, or too long ago: everything was read instead.",
  tooMuch: "Mode's log names so much that everything was read instead.",
  unreadable:
    "This API token may not read Mode's log (only Workspace tokens may): everything was read instead.",
  groupsHidden:
    "Mode's log names groups that Mode does not show this token: everything else was read instead.",
};

const looksOf = ({ people: wasListed, groupList, groups: some }: Changes['found']): string => {
  const looks = [
    ...(wasListed ? ['the people'] : []),
    ...(groupList ? ['the list of groups'] : []),
    ...(some > 0 ? [`the members of ${groups(some)}`] : []),
  ];
  return looks.length === 0 ? 'nothing to look at' : `looked at ${looks.join(', ')}`;
};

const newHere = ({ adoptedUsers, linkedUsers, ...found }: (Full | Members)['found']): readonly string[] => {
  const adoptedGroups = 'adoptedGroups' in found ? found.adoptedGroups : 0;
  return [
    ...(adoptedUsers > 0 ? [`${people(adoptedUsers)} of Mode are new in SCIM.`] : []),
    ...(adoptedGroups > 0 ? [`${groups(adoptedGroups)} of Mode are new in SCIM.`] : []),
    ...(linkedUsers > 0 ? [`${people(linkedUsers)} of SCIM were found in Mode and linked.`] : []),
  ];
};

const MOST_NAMED = 20;

const REMEDIES: Readonly<Record<Unclear['why'], (member: string, who: string) => string>> = {
  severalPeople: (member, who) =>
    `${member} in Mode could be any of ${who}: give each an address of her own in the provider.`,
  severalMembers: (member, who) =>
    `${member} is one of several in Mode who could be ${who}: remove those from Mode who are not.`,
  nameTaken: (member) =>
    `${member} in Mode has the userName of somebody else in SCIM, who is linked already: change one of the two.`,
};

/** Whom a person must tell apart, by the names that she knows. */
const unclearLines = async (
  { store }: Deps,
  { id }: Connection,
  unclear: readonly Unclear[],
): Promise<readonly string[]> => {
  const named = unclear.slice(0, MOST_NAMED);
  const tokens = named.map(({ memberToken }) => memberToken);
  const members = await store.mode.membersByToken(id, tokens);
  const lines: string[] = [];
  for (const { memberToken, why, userIds } of named) {
    const known = members.get(memberToken);
    const candidates = await Promise.all(userIds.map((userId) => store.users.findAny(id, userId)));
    const who = candidates.map((user) => user?.userName ?? '?').join(', ');
    lines.push(`! ${REMEDIES[why](known?.email ?? known?.username ?? memberToken, who)}`);
  }
  const rest = unclear.length - named.length;
  return rest === 0 ? lines : [...lines, `! and ${people(rest)} more who are unclear.`];
};

const unclearGroupLines = async ({ store }: Deps, { id }: Connection, tokens: readonly string[]) => {
  const named = tokens.slice(0, MOST_NAMED);
  const known = await store.mode.groupsByToken(id, named);
  const names = named.map((token) => JSON.stringify(known.get(token)?.name ?? token));
  return names.map((name) => `! Group ${name} in Mode has the name of another in SCIM: rename one of them.`);
};

const settledLines = ({ done, waiting, refused }: SettledAll): readonly string[] => [
  ...(done + waiting === 0
    ? []
    : [
        `Mode has taken ${done} of ${done + waiting + refused.length}${waiting > 0 ? '; the others follow in the background' : ''}.`,
      ]),
  ...refused.map((message) => `! Refused by Mode: ${message}`),
];

const reconciledLines = (name: string, reconciled: Reconciled | undefined): readonly string[] => {
  if (!reconciled) return [];
  const { planId, reconcile, changes, shown, stops, applied } = reconciled;
  const look = `mode-scim-bridge plan ${name}`;
  const differ = plural(changes, 'difference', 'differences');
  if (changes + shown === 0) return ['Record and Mode agree.'];
  return [
    ...(applied ? [`${differ} settled (${reconcile}, plan ${planId}).`, ...settledLines(applied)] : []),
    ...(changes > 0 && !applied && stops.length === 0
      ? [`${differ} found; the record changed meanwhile, so the next sync settles them.`]
      : []),
    ...(stops.length > 0 ? [`! ${differ} found, and nothing written. Look at it: ${look}`] : []),
    ...stops.map(({ guard, message }) => `!   ${guard}: ${message}`),
    ...(shown > 0 ? [`${plural(shown, 'difference is', 'differences are')} only shown: ${look}`] : []),
  ];
};

const head = ({ outcome, seconds }: Synced): string => {
  const took = `in ${seconds.toFixed(1)} s`;
  if (outcome === undefined) return 'another process began to read it after this command, and is done.';
  if (outcome.read === 'full') {
    const { members, groups: some } = outcome.found;
    if (some === null) return `people read from Mode ${took}, its groups not: ${people(members)}.`;
    return `everything read from Mode ${took}: ${people(members)} and ${groups(some)}.`;
  }
  if (outcome.read === 'members') return `people read from Mode ${took}: ${counted(outcome.found.members)}.`;
  if (outcome.read === 'changes')
    return `Mode's log read ${took}: ${plural(outcome.found.events, 'change', 'changes')}, ${looksOf(outcome.found)}.`;
  return 'nothing was read.';
};

const groupsLine = (
  connection: Connection,
  { groups: some, groupsNotOffered }: Full['found'],
): readonly string[] => {
  if (some !== null) return [];
  const remedy = groupsRemedy(connection);
  return groupsNotOffered
    ? [`Mode's SCIM endpoint offers no groups. ${remedy}`]
    : [`! Mode does not show its groups to this token: what is known of them stays as it is. ${remedy}`];
};

const details = async (deps: Deps, { connection, outcome }: Synced): Promise<readonly string[]> => {
  if (!outcome || outcome.read === 'nothing') return [];
  if (outcome.read === 'changes') return reconciledLines(connection.name, outcome.reconciled);
  const { found } = outcome;
  const unclear = await unclearLines(deps, connection, found.unclear);
  if (outcome.read === 'members') return [...newHere(found), ...unclear];
  const isFirst = outcome.reconciled === undefined;
  return [
    ...(outcome.instead ? [INSTEAD[outcome.instead]] : []),
    ...groupsLine(connection, outcome.found),
    ...newHere(found),
    ...unclear,
    ...(await unclearGroupLines(deps, connection, outcome.found.unclearGroups)),
    ...(isFirst
      ? ['The first sync: what Mode holds now is the baseline, nothing of it a manual change.']
      : []),
    ...reconciledLines(connection.name, outcome.reconciled),
  ];
};

/** The lines about one connection. */
export const syncLines = async (deps: Deps, synced: Synced): Promise<readonly string[]> => {
  const { done, waiting, refused } = synced.owed;
  const owed = done + waiting + refused.length;
  const body = [
    ...(await details(deps, synced)),
    ...(owed > 0
      ? [`Mode was owed ${plural(owed, 'change', 'changes')}.`, ...settledLines(synced.owed)]
      : []),
  ];
  return [`${synced.connection.name}: ${head(synced)}`, ...body.map((line) => `  ${line}`)];
};

/** Whether something was not done that a person has to look at. */
export const isIncomplete = ({ outcome, owed }: Synced): boolean => {
  const reconciled = outcome && 'reconciled' in outcome ? outcome.reconciled : undefined;
  const isStopped = (reconciled?.stops.length ?? 0) > 0;
  const isPart = outcome?.read === 'full' && outcome.found.groups === null && !outcome.found.groupsNotOffered;
  return isStopped || isPart || (reconciled?.applied?.refused.length ?? 0) > 0 || owed.refused.length > 0;
};

/** The same for programs. */
export const syncJson = ({ connection, outcome, owed, seconds }: Synced) => ({
  connection: connection.name,
  id: connection.id,
  seconds,
  ...(outcome ?? { read: 'by another process' }),
  owed,
});
