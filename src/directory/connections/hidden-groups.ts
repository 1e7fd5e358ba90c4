/** Groups that Mode does not show to the credentials of a connection (mode-api.md §6: to admins alone), and what to do then. */
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
