/**
 * Mode's REST API as an Upstream (mode-api.md §1 to §7): puts people, groups and what they can be given together and says
 * what the credential can do.
 */
import type { Ability, Upstream } from '../directory/upstream.ts';
import type { Circuit } from './circuit.ts';
import type { Clock } from './clock.ts';
import type { ModeClient } from './http.ts';
import { createAccess } from './rest-access.ts';
import { createChanges } from './rest-changes.ts';
import { verifyCredential } from './rest-context.ts';
import { createGroups } from './rest-groups.ts';
import { createInspection } from './rest-inspect.ts';
import { createPeople } from './rest-people.ts';
import { REST } from './surface.ts';
import { troubleOf } from './trouble.ts';

interface RestOptions {
  readonly http: ModeClient;
  readonly workspace: string;
  /** Under which the calls of this connection go. */
  readonly userAgent: string;
  readonly circuit: Pick<Circuit, 'downSince'>;
  readonly clock: Pick<Clock, 'aheadMs'>;
}

/** The upstream over REST, and what the way over SCIM wants to know of it besides. */
export interface RestUpstream extends Upstream, Pick<ModeClient['credential'], 'heed'> {
  hasEnded: ReturnType<typeof createPeople>['hasEnded'];
}

const OFFERED: readonly Ability[] = [
  'listMembers',
  'listEmails',
  'listPending',
  'invite',
  'removeMember',
  'writeGroups',
  'listConnections',
  'listCollections',
  'readChanges',
];

/** Makes an Upstream over REST. */
export const createRestUpstream = (options: RestOptions): RestUpstream => {
  const { http, workspace, userAgent, circuit, clock } = options;
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
      return troubleOf(http.credential, circuit, REST);
    },
    heed: http.credential.heed,
    inspect: createInspection(context, clock),
    verify: (asked) => verifyCredential(http, asked),
    ...createPeople(context),
    ...createGroups(context),
    ...createAccess(context),
    ...createChanges(context),
  };
};
