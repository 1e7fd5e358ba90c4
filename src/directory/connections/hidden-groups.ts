/** Groups that Mode does not show to the credentials of a connection (mode-api.md §6: to admins alone), and what to do then. */
import type { Deps } from '../deps.ts';
import type { Connection } from '../model.ts';
import { isScimAlone } from './credential-age.ts';

/** What helps. Of Mode's SCIM, where there is nothing else, an API token beside it. */
export const groupsRemedy = (connection: Connection): string => {
  const { name } = connection;
  const renew = `mode-scim-bridge connection renew ${name}`;
  return isScimAlone(connection)
    ? `Give it an API token of Mode beside its SCIM token: ${renew} --mode-token TOKEN --mode-secret SECRET, then mode-scim-bridge sync ${name}.`
    : `Give it a Workspace token, or a token of a workspace admin: ${renew}, then mode-scim-bridge sync ${name}.`;
};

/** Many SCIM endpoints have no groups by nature: where none were ever seen, nothing is amiss. */
const isAmiss = (connection: Connection): boolean =>
  connection.groupsHiddenSince !== null && !(isScimAlone(connection) && connection.groupsSyncedAt === null);

/** A connection of whose groups nothing is concluded, for whoever asks whether all is well. */
export interface GroupsWarning {
  readonly connectionId: string;
  readonly code: 'groups.hidden';
  /** Ends in the remedy. */
  readonly message: string;
}

/** The connections whose groups stay as they were last seen, since Mode shows them no more, or never did (no Mode call). */
export const groupsWarnings = async (deps: Deps): Promise<readonly GroupsWarning[]> =>
  (await deps.store.connections.list()).filter(isAmiss).map((connection) => {
    const { id: connectionId, name, groupsHiddenSince } = connection;
    const what = `Mode does not show its groups to the token of "${name}" since ${groupsHiddenSince}: what is known of them stays as it is.`;
    return { connectionId, code: 'groups.hidden', message: `${what} ${groupsRemedy(connection)}` };
  });
