/**
 * What a connection must and may be able to do in Mode, one row per ability: for which ways in it is needed, and what the
 * outcomes of the tries say of it. What cannot be found out without an effect is `unknown` and says so, with what Mode's
 * documentation says (mode-api.md §1, §4 to §8, §10).
 */
import type { Connection, ModeMember, WayIn } from '../model.ts';
import { inviting, joining, seats } from './entering.ts';
import { type Finding, failing, knownKind, no, refusedToken, unknown, yes } from './finding.ts';
import { modeScim } from './scim.ts';
import { GROUPS_LOOKED_AT, type Outcomes } from './tries.ts';

export interface AbilityRow {
  readonly ability: string;
  /** For which ways in the bridge cannot do without it. */
  readonly neededFor: readonly WayIn[];
  readonly judge: (outcomes: Outcomes, connection: Connection) => Finding;
}

const EVERY_WAY: readonly WayIn[] = ['invite', 'jit', 'scim'];
/** What Mode does not let the token do, another may. */
const otherToken = ({ isScimAlone }: Outcomes, { name }: Connection): string => {
  const renew = `mode-scim-bridge connection renew ${name}`;
  return isScimAlone
    ? `Give it a SCIM token that may, or an API token beside it: ${renew}.`
    : `Use a Workspace token, or a token of a workspace admin: ${renew}.`;
};

const counted =
  (name: 'groups' | 'connections' | 'collections'): AbilityRow['judge'] =>
  (outcomes, connection) => {
    const tried = outcomes[name];
    // That REST alone tells of connections and collections, and what to do, is said with it.
    const isByRest = outcomes.isScimAlone && name !== 'groups';
    if (!tried.ok) return failing(tried.error, isByRest ? null : otherToken(outcomes, connection));
    const isAll = name !== 'groups' || tried.value < GROUPS_LOOKED_AT;
    return yes(`${tried.value} ${name}${isAll ? '' : ' or more'}`);
  };

const reaching = ({ isScimAlone }: Outcomes, { name, modeUrl, wayIn }: Connection): string => {
  const mode = isScimAlone ? [] : [`of Mode, ${modeUrl},`];
  const scim = wayIn === 'scim' ? [`of its SCIM endpoint (mode-scim-bridge connection renew ${name})`] : [];
  return `Is the address ${[...mode, ...scim].join(' and ')} right and reachable from here, and Mode up? Changes are kept meanwhile.`;
};

const signIn: AbilityRow['judge'] = (outcomes, connection) => {
  const { verification: tried, auditLog } = outcomes;
  const { name, workspace } = connection;
  if (!tried.ok) {
    if (tried.error.kind === 'unauthorized') {
      return no(
        refusedToken(tried.error),
        `Make a new one in Mode: mode-scim-bridge connection renew ${name}.`,
      );
    }
    return { ...failing(tried.error, null), remedy: reaching(outcomes, connection) };
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

const members: AbilityRow['judge'] = (outcomes, connection) => {
  const { fullList, liteList } = outcomes;
  if (fullList.ok) return yes(`${fullList.value.filter(isThere).length} people`);
  const remedy = otherToken(outcomes, connection);
  const found = failing(fullList.error, remedy);
  const isOnlyLite = found.result === 'no' && liteList.ok;
  return isOnlyLite ? no('Mode shows this token the short list of members alone.', remedy) : found;
};

const addresses: AbilityRow['judge'] = (outcomes, connection) => {
  const { liteList } = outcomes;
  const remedy = otherToken(outcomes, connection);
  if (!liteList.ok) return failing(liteList.error, remedy);
  const people = liteList.value.filter(isThere);
  const hidden = people.filter(({ email }) => email === null).length;
  if (hidden === 0) return yes(`of ${people.length} people`);
  return no(
    `${hidden} of ${people.length} people are listed without one and cannot be recognised by it.`,
    remedy,
  );
};

const removing: AbilityRow['judge'] = (outcomes, connection) => {
  const { fullList, isScimAlone } = outcomes;
  const remedy = otherToken(outcomes, connection);
  if (!fullList.ok) {
    const found = failing(fullList.error, remedy);
    return found.result === 'no'
      ? no('Without the full list of members nobody can be removed.', remedy)
      : found;
  }
  if (isScimAlone) return unknown('People are deactivated there, which cannot be tried without an effect.');
  const hidden = fullList.value.filter((one) => isThere(one) && one.membershipToken === null).length;
  if (hidden > 0) return no(`${hidden} people are listed without the token that removes them.`, remedy);
  return yes('The tokens that remove people are visible; removing is not tried.');
};

const writingGroups: AbilityRow['judge'] = (outcomes, connection) => {
  const { groups, isScimAlone } = outcomes;
  if (!groups.ok) return failing(groups.error, otherToken(outcomes, connection));
  const shown = 'Mode shows groups to admins alone, and shows them to this token.';
  return unknown(`Cannot be tried without an effect. ${isScimAlone ? '' : shown}`.trim());
};

const auditLog: AbilityRow['judge'] = ({ auditLog: tried, isScimAlone }) => {
  if (tried.ok) return yes('Changes made in Mode by hand are seen within CHANGES_INTERVAL_SECONDS.');
  const otherwise = 'Without it, changes made by hand are seen at the next full sync.';
  return failing(tried.error, isScimAlone ? otherwise : `Only Workspace tokens read it. ${otherwise}`);
};

const discovery: AbilityRow['judge'] = () =>
  no(
    'It needs a signature token, another credential, which this connection does not have.',
    'Nothing needs it yet: it tells when people were last active.',
  );

/** The table, in the order in which it is shown. */
export const abilities: readonly AbilityRow[] = [
  { ability: 'sign in', neededFor: EVERY_WAY, judge: signIn },
  { ability: 'list members', neededFor: EVERY_WAY, judge: members },
  { ability: 'see e-mail addresses', neededFor: EVERY_WAY, judge: addresses },
  { ability: 'remove members', neededFor: EVERY_WAY, judge: removing },
  { ability: 'read groups', neededFor: EVERY_WAY, judge: counted('groups') },
  { ability: 'write groups', neededFor: EVERY_WAY, judge: writingGroups },
  { ability: 'invite people', neededFor: ['invite'], judge: inviting },
  { ability: 'enter by SAML', neededFor: ['jit'], judge: joining },
  { ability: 'a free seat', neededFor: ['invite', 'jit'], judge: seats },
  { ability: 'list connections', neededFor: [], judge: counted('connections') },
  { ability: 'list collections', neededFor: [], judge: counted('collections') },
  { ability: 'read the audit log', neededFor: [], judge: auditLog },
  { ability: 'Discovery (activity)', neededFor: [], judge: discovery },
  { ability: "Mode's SCIM endpoint", neededFor: ['scim'], judge: modeScim },
];
