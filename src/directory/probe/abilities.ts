/**
 * What a connection must and may be able to do in Mode, one row per ability: for which ways in it is needed, and what the
 * outcomes of the tries say of it. What cannot be found out without an effect is `unknown` and says so, with what Mode's
 * documentation says (mode-api.md §1, §4 to §8, §10).
 */

import type { Connection, ModeMember, WayIn } from '../model.ts';
import { isPassing } from '../passing.ts';
import { inviting, joining, seats } from './entering.ts';
import { type Finding, knownKind, no, unknown, yes } from './finding.ts';
import { GROUPS_LOOKED_AT, type Outcomes, type Tried } from './tries.ts';

export interface AbilityRow {
  readonly ability: string;
  /** For which ways in the bridge cannot do without it. */
  readonly neededFor: readonly WayIn[];
  readonly judge: (outcomes: Outcomes, connection: Connection) => Finding;
}

const EVERY_WAY: readonly WayIn[] = ['invite', 'jit', 'scim'];
const ADMIN_TOKEN =
  'Use a Workspace token, or a token of a workspace admin: mode-scim-bridge connection renew.';

/** What a try that failed says: `no` where Mode said so, `unknown` where time may heal it or nothing could be asked. */
const failing = ({ error }: Extract<Tried<unknown>, { ok: false }>, remedy: string): Finding => {
  if (error.kind === 'unauthorized') return unknown('Not tried: Mode refuses the API token.', null, true);
  const { message, cause } = error;
  if (!isPassing(error)) return no(message, remedy);
  // Whether it was refused, unknown or too slow is what whoever reads this needs to know.
  const why = cause instanceof Error ? `${message.replace(/\.$/, '')}: ${cause.message}.` : message;
  return unknown(why, null, true);
};

const counted =
  (name: 'groups' | 'connections' | 'collections', remedy: string) =>
  (outcomes: Outcomes): Finding => {
    const tried = outcomes[name];
    if (!tried.ok) return failing(tried, remedy);
    const isAll = name !== 'groups' || tried.value < GROUPS_LOOKED_AT;
    return yes(`${tried.value} ${name}${isAll ? '' : ' or more'}`);
  };

const reaching = (modeUrl: string): string =>
  `Is that the address of Mode, ${modeUrl}, is it reachable from here, and Mode up? Changes are kept meanwhile.`;

const signIn: AbilityRow['judge'] = ({ verification: tried, auditLog }, { name, workspace, modeUrl }) => {
  if (!tried.ok) {
    if (tried.error.kind === 'unauthorized') {
      return no(
        'Mode refuses the API token; it may have expired, or its owner left.',
        `Make a new one in Mode: mode-scim-bridge connection renew ${name}.`,
      );
    }
    return { ...failing(tried, ''), remedy: reaching(modeUrl) };
  }
  const seen = tried.value.workspace;
  if (seen === null) return yes('Mode accepts the credential.');
  if (seen.toLowerCase() !== workspace.toLowerCase()) {
    return no(
      `The token belongs to the workspace "${seen}", the connection to "${workspace}".`,
      `Give it a token of "${workspace}": mode-scim-bridge connection renew ${name}.`,
    );
  }
  const kind = knownKind(tried.value.scope, auditLog.ok);
  return yes(
    `workspace "${seen}", ${kind === null ? 'a token whose kind Mode does not name' : `a ${kind} token`}`,
  );
};

const isThere = ({ state }: ModeMember): boolean => state !== 'former';

const members: AbilityRow['judge'] = ({ fullList, liteList }) => {
  if (fullList.ok) return yes(`${fullList.value.filter(isThere).length} people`);
  const found = failing(fullList, ADMIN_TOKEN);
  const isOnlyLite = found.result === 'no' && liteList.ok;
  return isOnlyLite ? no('Mode shows this token the short list of members alone.', ADMIN_TOKEN) : found;
};

const addresses: AbilityRow['judge'] = ({ liteList }) => {
  if (!liteList.ok) return failing(liteList, ADMIN_TOKEN);
  const people = liteList.value.filter(isThere);
  const hidden = people.filter(({ email }) => email === null).length;
  if (hidden === 0) return yes(`of ${people.length} people`);
  return no(
    `${hidden} of ${people.length} people are listed without one and cannot be recognised by it.`,
    ADMIN_TOKEN,
  );
};

const removing: AbilityRow['judge'] = ({ fullList }) => {
  if (!fullList.ok) {
    const found = failing(fullList, ADMIN_TOKEN);
    return found.result === 'no'
      ? no('Without the full list of members nobody can be removed.', ADMIN_TOKEN)
      : found;
  }
  const hidden = fullList.value.filter((one) => isThere(one) && one.membershipToken === null).length;
  if (hidden > 0) return no(`${hidden} people are listed without the token that removes them.`, ADMIN_TOKEN);
  return yes('The tokens that remove people are visible; removing is not tried.');
};

const writingGroups: AbilityRow['judge'] = ({ groups }) => {
  if (!groups.ok) return failing(groups, ADMIN_TOKEN);
  return unknown(
    'Cannot be tried without an effect. Mode shows groups to admins alone, and shows them to this token.',
  );
};

const auditLog: AbilityRow['judge'] = ({ auditLog: tried }) => {
  if (tried.ok) return yes('Changes made in Mode by hand are seen within CHANGES_INTERVAL_SECONDS.');
  return failing(
    tried,
    'Only Workspace tokens read it. Without it, changes made by hand are seen at the next full sync.',
  );
};

const discovery: AbilityRow['judge'] = () =>
  no(
    'It needs a signature token, another credential, which this connection does not have.',
    'Nothing needs it yet: it tells when people were last active.',
  );

const modeScim: AbilityRow['judge'] = ({ verification, workspace }, { wayIn }) => {
  if (wayIn === 'scim') {
    return verification.ok
      ? yes('It answers, and takes the token.')
      : failing(verification, 'Give it another SCIM token: mode-scim-bridge connection renew.');
  }
  const isOn = workspace.ok ? workspace.value.isScimEnabled : null;
  const said = {
    true: 'Mode says that it is switched on.',
    false: 'Mode says that it is switched off.',
    null: '',
  };
  return no(`This connection does not use it. ${said[`${isOn}`]}`.trim(), null);
};

/** The table, in the order in which it is shown. */
export const abilities: readonly AbilityRow[] = [
  { ability: 'sign in', neededFor: EVERY_WAY, judge: signIn },
  { ability: 'list members', neededFor: EVERY_WAY, judge: members },
  { ability: 'see e-mail addresses', neededFor: EVERY_WAY, judge: addresses },
  { ability: 'remove members', neededFor: EVERY_WAY, judge: removing },
  { ability: 'read groups', neededFor: EVERY_WAY, judge: counted('groups', ADMIN_TOKEN) },
  { ability: 'write groups', neededFor: EVERY_WAY, judge: writingGroups },
  { ability: 'invite people', neededFor: ['invite'], judge: inviting },
  { ability: 'enter by SAML', neededFor: ['jit'], judge: joining },
  { ability: 'a free seat', neededFor: ['invite', 'jit'], judge: seats },
  { ability: 'list connections', neededFor: [], judge: counted('connections', ADMIN_TOKEN) },
  { ability: 'list collections', neededFor: [], judge: counted('collections', ADMIN_TOKEN) },
  { ability: 'read the audit log', neededFor: [], judge: auditLog },
  { ability: 'Discovery (activity)', neededFor: [], judge: discovery },
  { ability: "Mode's SCIM endpoint", neededFor: ['scim'], judge: modeScim },
];
