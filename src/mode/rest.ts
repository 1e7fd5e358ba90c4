/**
 * Mode's REST API as an Upstream (mode-api.md §1 to §7): puts people, groups and what they can be given together and says
 * what the credential can do.
 */
import type { CredentialCheck } from '../directory/model.ts';
import type { Ability, Trouble, Upstream } from '../directory/upstream.ts';
import type { Circuit } from './circuit.ts';
import type { ModeClient } from './http.ts';
import { credentialsRefused } from './refusal.ts';
import { createAccess } from './rest-access.ts';
import { createChanges } from './rest-changes.ts';
import { verifyCredential } from './rest-context.ts';
import { createGroups } from './rest-groups.ts';
import { createPeople } from './rest-people.ts';
import { REST } from './surface.ts';

interface RestOptions {
  readonly http: ModeClient;
  readonly workspace: string;
  /** Under which the calls of this connection go. */
  readonly userAgent: string;
  readonly circuit: Pick<Circuit, 'downSince'>;
}

/** The upstream over REST. */
export interface RestUpstream extends Upstream {
  /** Takes what the store remembers of the credential: each process heeds what any has learnt. */
  heed(check: CredentialCheck | null): void;
}

const OFFERED: readonly Ability[] = [
  'listMembers',
  'listEmails',
  'invite',
  'removeMember',
  'writeGroups',
  'listConnections',
  'listCollections',
  'readChanges',
];

const NOT_ANSWERING = 'Mode does not answer. Changes are kept and carried out when it does.';

const troubleOf = (http: ModeClient, circuit: RestOptions['circuit']): Trouble | null => {
  const refusedSince = http.credential.refusedSince();
  if (refusedSince !== undefined) {
    const { code, message } = credentialsRefused(REST.refused, 0);
    return { code, message, since: new Date(refusedSince).toISOString() };
  }
  const downSince = circuit.downSince();
  if (downSince === undefined) return null;
  return { code: 'mode.circuit.open', message: NOT_ANSWERING, since: new Date(downSince).toISOString() };
};

/** Makes an Upstream over REST. */
export const createRestUpstream = ({ http, workspace, userAgent, circuit }: RestOptions): RestUpstream => {
  const refused = new Set<Ability>();
  const learn = (ability: Ability, isPossible: boolean): void => {
    if (isPossible) refused.delete(ability);
    else refused.add(ability);
  };
  const context = { http, workspace, userAgent, learn };
  return {
    get can() {
      return new Set(OFFERED.filter((ability) => !refused.has(ability)));
    },
    get trouble() {
      return troubleOf(http, circuit);
    },
    heed: http.credential.heed,
    verify: (options) => verifyCredential(http, options),
    ...createPeople(context),
    ...createGroups(context),
    ...createAccess(context),
    ...createChanges(context),
  };
};
