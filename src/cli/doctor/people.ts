/** People whom nobody helps unless an admin does: without an address, not let in, or of whom it is not clear who they are. */

import { adoptedAttributes } from '../../directory/linking/adopt.ts';
import { isUnaddressed } from '../../directory/linking/emails.ts';
import { linkableRecords, pairUp } from '../../directory/linking/find-links.ts';
import type { Unclear } from '../../directory/linking/linking.ts';
import { isWaiting } from '../../directory/linking/waiting.ts';
import type { ModeMember, UserRecord } from '../../directory/model.ts';
import type { Look } from '../../directory/probe/probe.ts';
import { type Finding, ok, skip, warn } from './check.ts';
import { type Linked, UNSEEN } from './linked.ts';

/** Names so many of those whom a line is about. */
const MOST_NAMED = 5;

const naming = (names: readonly string[]): string =>
  `${names.length} (${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', …' : ''})`;

interface Left {
  readonly unaddressed: string[];
  readonly waiting: string[];
  /** Wanted again, and out of Mode. */
  readonly out: string[];
}

const isOut = ({ active, deletedAt, memberToken, invitedAt }: UserRecord): boolean =>
  active && deletedAt === null && memberToken !== null && invitedAt === null;

const sort = async ({ deps, connection }: Linked): Promise<Left> => {
  const left: Left = { unaddressed: [], waiting: [], out: [] };
  for await (const user of linkableRecords(deps, connection.id)) {
    if (isUnaddressed(user)) left.unaddressed.push(user.userName);
    else if (isWaiting(user)) left.waiting.push(user.userName);
    else if (isOut(user)) left.out.push(user.userName);
  }
  return left;
};

/** Who is wanted in Mode and cannot come without help. */
export const people = async (linked: Linked): Promise<readonly Finding[]> => {
  const { unaddressed, waiting, out } = await sort(linked);
  const findings: Finding[] = [];
  if (unaddressed.length > 0) {
    const remedy =
      'Let the identity provider send an address: emails[type eq "work"].value, or a userName that is one.';
    findings.push(warn(`${naming(unaddressed)} without an e-mail address`, remedy));
  }
  if (out.length > 0) {
    const remedy = `An admin of Mode invites them there, or see mode-scim-bridge plan ${linked.connection.name}.`;
    findings.push(warn(`${naming(out)} wanted by the provider and out of Mode`, remedy));
  }
  const rest =
    waiting.length > 0 ? `${waiting.length} wait for their first sign-in` : 'nobody waits for help';
  return linked.connection.wayIn === 'jit' || findings.length === 0 ? [ok(rest), ...findings] : findings;
};

const isThere = ({ state }: ModeMember): boolean => state !== 'former';

const WHY: Readonly<Record<Unclear['why'], string>> = {
  severalPeople: 'could be several people of the provider',
  severalMembers: 'is one of several accounts in Mode that could be one person',
  nameTaken: 'bears the userName of somebody else',
};

/** Everybody whom Mode lists, with standing and address; null where it does not. */
const membersIn = ({ outcomes: { fullList, liteList } }: Look): readonly ModeMember[] | null => {
  if (!liteList.ok) return null;
  const full = fullList.ok ? fullList.value : [];
  const standing = new Map(full.map(({ memberToken, state }) => [memberToken, state]));
  return liteList.value.map((member) => ({
    ...member,
    state: standing.get(member.memberToken) ?? member.state,
  }));
};

/** So many strangers are looked up by name; before the first sync everybody is one. */
const MOST_STRANGERS = 50;

/** Strangers whom no sync takes up, because somebody else bears the userName that they would get. */
const nameless = async (
  { deps, connection }: Linked,
  strangers: readonly ModeMember[],
): Promise<readonly Unclear[]> => {
  const live = strangers.filter(({ state }) => state !== 'former').slice(0, MOST_STRANGERS);
  const found: Unclear[] = [];
  for (const member of live) {
    const { userName } = adoptedAttributes(member);
    if (await deps.store.users.findByUserName(connection.id, String(userName)))
      found.push({ memberToken: member.memberToken, why: 'nameTaken', userIds: [] });
  }
  return found;
};

/** Of whom it is not clear who they are, by what Mode lists now. */
export const unclear = async (linked: Linked): Promise<readonly Finding[]> => {
  const { deps, connection } = linked;
  const look = await linked.look;
  if (look === null) return [UNSEEN];
  const members = membersIn(look);
  if (members === null) return [skip('Mode does not list its members, so they were not compared')];
  const paired = await pairUp(deps, connection.id, members);
  const found = [...paired.unclear, ...(await nameless(linked, paired.strangers))];
  if (found.length === 0) return [ok(`${members.filter(isThere).length} members of Mode, none unclear`)];
  const names = new Map(members.map(({ memberToken, email, username }) => [memberToken, email ?? username]));
  const remedy =
    'Give each person one account and one address, in the identity provider or in Mode (docs/decisions/008-linking.md).';
  const named = found
    .slice(0, MOST_NAMED)
    .map(({ memberToken, why }) => warn(`${names.get(memberToken) ?? memberToken} ${WHY[why]}`, remedy));
  const more = found.length - named.length;
  return more > 0 ? [...named, warn(`${more} more are unclear`, remedy)] : named;
};
