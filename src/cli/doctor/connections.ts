/** The checks of one connection: its token and what that can do, how well it is kept in step with Mode, who is left over. */

import { NO_KEY } from '../../compose.ts';
import {
  credentialStanding,
  sayStanding,
  standingRemedy,
} from '../../directory/connections/credential-age.ts';
import { groupsRemedy } from '../../directory/connections/hidden-groups.ts';
import type { Probe } from '../../directory/probe/probe.ts';
import { AppError } from '../../errors.ts';
import { lasting } from './age.ts';
import { type Check, type Finding, fail, ok, skip, warn } from './check.ts';
import { type Linked, UNSEEN } from './linked.ts';
import { owed } from './owed.ts';
import { people, unclear } from './people.ts';
import { tokens } from './tokens.ts';

const credentials = ({ deps, connection }: Linked): readonly Finding[] => {
  try {
    deps.upstreamOf(connection);
    return [ok('can be decrypted')];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === NO_KEY) return [skip('not tried without an encryption key')];
    const remedy = `Set the ENCRYPTION_KEY with which it was added, or give the token anew under this one: mode-scim-bridge connection renew ${connection.name}.`;
    return [fail('cannot be decrypted with this encryption key', remedy)];
  }
};

/** What Mode says to nothing at all is one line, not one for each thing that was asked. */
const worstOf = (probes: readonly Probe[]): readonly Probe[] => {
  const missing = probes.filter(({ isMissing }) => isMissing);
  const [signIn, ...others] = missing;
  const isAll = others.length > 0 && others.every(({ isFailure }) => isFailure);
  return signIn && isAll ? [signIn] : missing;
};

const abilities = async ({ connection, look }: Linked): Promise<readonly Finding[]> => {
  const seen = await look;
  if (seen === null) return [UNSEEN];
  const { name, modeUrl, wayIn } = connection;
  const worst = worstOf(seen.probes);
  if (worst.length === 0)
    return [ok(`Mode at ${modeUrl} lets the token do what the way in "${wayIn}" needs`)];
  return worst.map(({ ability, result, why, remedy, isFailure }) =>
    fail(
      isFailure ? `${ability}: ${why}` : `${ability}: ${result}. ${why}`,
      remedy ?? `See: mode-scim-bridge connection test ${name}`,
    ),
  );
};

const givenAgo = (days: number): string =>
  days === 0 ? 'given today' : `given ${lasting(days * 86_400_000)} ago`;

/** Read anew: the look may have brought that Mode refuses the token, or takes it again. */
const token = async ({ deps, connection, look }: Linked): Promise<readonly Finding[]> => {
  await look;
  const now = (await deps.store.connections.find(connection.id)) ?? connection;
  const standing = credentialStanding(now, deps.now());
  const remedy = standingRemedy(connection.name, standing);
  const what = `${sayStanding(standing)}; ${givenAgo(standing.ageDays)}`;
  if (remedy === null) return [ok(what)];
  return [standing.level === 'refused' ? fail(what, remedy) : warn(what, remedy)];
};

/** The audit log is asked for by our clock and answered by Mode's. */
const MOST_SKEW_MS = 30_000;

const clock = async ({ deps, connection, look }: Linked): Promise<readonly Finding[]> => {
  if ((await look) === null) return [UNSEEN];
  const ahead = deps.upstreamOf(connection).inspect.clockAheadMs();
  if (ahead === null) return [skip('Mode has not answered, so its time is not known')];
  const what = `Mode's clock is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(ahead) <= MOST_SKEW_MS) return [ok(what)];
  return [warn(what, 'Let this machine follow a time server (NTP): changes are asked for by time.')];
};

/** A sync that is missed once may be bad luck. */
const MISSED = 3;

const hiddenGroups = ({ deps, connection }: Linked): readonly Finding[] => {
  const { groupsHiddenSince, groupsSyncedAt } = connection;
  if (groupsHiddenSince === null) return [];
  const ago = (instant: string): string => `${lasting(deps.now().getTime() - Date.parse(instant))} ago`;
  const last =
    groupsSyncedAt === null ? 'They were never read' : `They were last read ${ago(groupsSyncedAt)}`;
  const what = `Mode does not show its groups to the token, found ${ago(groupsHiddenSince)}. ${last}, and nothing is concluded of them since`;
  return [warn(what, groupsRemedy(connection))];
};

const lastSync = ({ deps, config, connection }: Linked): Finding => {
  const { name, syncedAt } = connection;
  const remedy = `Start the server, or read Mode now: mode-scim-bridge sync ${name}. The log says "sync.failed" and why.`;
  if (syncedAt === null) return warn('Mode was never read in full', remedy);
  const ageMs = deps.now().getTime() - Date.parse(syncedAt);
  const what = `Mode was last read in full ${lasting(ageMs)} ago`;
  const everyMs = config.SYNC_INTERVAL_SECONDS * 1000;
  if (everyMs === 0) return ok(`${what}; SYNC_INTERVAL_SECONDS=0, so it is read by hand alone`);
  return ageMs > MISSED * everyMs ? warn(what, remedy) : ok(what);
};

const sync = (linked: Linked): readonly Finding[] => [lastSync(linked), ...hiddenGroups(linked)];

const webhook = ({ deps, connection }: Linked): readonly Finding[] => {
  const { name, hookReceivedAt } = connection;
  if (hookReceivedAt !== null)
    return [ok(`Mode called ${lasting(deps.now().getTime() - Date.parse(hookReceivedAt))} ago`)];
  const remedy = `In Mode: Workspace Settings > Webhooks, event "Member joined organization", with the address that mode-scim-bridge connection addresses ${name} shows.`;
  return [warn('Mode never called: who joins is known at the next sync alone', remedy)];
};

export const connectionChecks: readonly Check<Linked>[] = [
  { name: 'credentials', look: credentials },
  { name: 'Mode', look: abilities },
  { name: 'Mode token', look: token },
  { name: 'clock', look: clock },
  { name: 'sync', look: sync },
  { name: 'webhook', look: webhook },
  { name: 'owed to Mode', look: owed },
  { name: 'SCIM tokens', look: tokens },
  { name: 'people', look: people },
  { name: 'who is who', look: unclear },
];
