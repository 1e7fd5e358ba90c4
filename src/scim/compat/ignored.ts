/** Attributes that a client sent and no schema knows: ignored, but said in the log (idp-clients.md decision 4). */
import type { ScimRequest } from '../context.ts';

const LONGEST_NAME = 100;
const MOST_NAMES = 20;

/** Logs the names, never the values. */
export const noteIgnored = (request: ScimRequest, names: readonly string[]): void => {
  if (names.length === 0) return;
  const attributes = names.slice(0, MOST_NAMES).map((name) => name.slice(0, LONGEST_NAME));
  request.deps.log.info('scim.ignored', { connectionId: request.call.connection.id, attributes });
};
