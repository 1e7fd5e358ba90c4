/**
 * Mode's two interfaces, as far as whoever calls must tell them apart: REST (mode-api.md §1) and SCIM, whose wire is
 * UNKNOWN (§10) and taken for what RFC 7644 says.
 */
import type { Call } from './call.ts';

export interface Surface {
  /** What its routes begin with in this program and its log; where that leads is the connection's to say. */
  readonly root: string;
  /** Media types of what comes and goes. */
  readonly accept: string;
  readonly contentType: string;
  /** Tells whether Mode accepts the credential at all; known by being this very object. */
  readonly check: Call;
  /** Said when it does not; names the remedy. */
  readonly refused: string;
}

/** Mode's REST API. A newer key names itself in the answer to the check. */
export const REST: Surface = {
  root: '/api',
  accept: 'application/hal+json',
  contentType: 'application/json',
  check: { method: 'GET', route: '/api/verify', at: {}, to: 'verify the API token' },
  refused:
    'Mode refuses the API token. It may have expired (90 days by default) or its owner may have left; ' +
    'create a new one in Mode and give it to the bridge: mode-scim-bridge connection renew.',
};

/** Mode's SCIM endpoint. A page of one tells whether the token is taken: the documents of discovery need none (RFC 7644 §4). */
export const SCIM: Surface = {
  root: '/scim',
  accept: 'application/scim+json',
  contentType: 'application/scim+json',
  check: {
    method: 'GET',
    route: '/scim/Users',
    at: {},
    query: { count: 1 },
    to: 'verify the SCIM token',
  },
  refused:
    'Mode refuses the SCIM token. Create a new one in Mode and give it to the bridge: ' +
    'mode-scim-bridge connection renew --mode-scim-token.',
};
