/**
 * Mode's REST API as an Upstream (mode-api.md §1 to §6): puts people and groups together and says what the credential
 * can do.
 */
import type { Ability, Upstream } from '../directory/upstream.ts';
import type { ModeHttp } from './http.ts';
import { verifyCredential } from './rest-context.ts';
import { createGroups } from './rest-groups.ts';
import { createPeople } from './rest-people.ts';

interface RestOptions {
  readonly http: ModeHttp;
  readonly workspace: string;
}

/** The upstream over REST. */
export interface RestUpstream extends Upstream {
  /** What the REST API offers, less what Mode has refused this credential so far. */
  readonly can: ReadonlySet<Ability>;
}

const OFFERED: readonly Ability[] = ['listMembers', 'listEmails', 'invite', 'removeMember', 'writeGroups'];

/** Makes an Upstream over REST. */
export const createRestUpstream = ({ http, workspace }: RestOptions): RestUpstream => {
  const refused = new Set<Ability>();
  const learn = (ability: Ability, isPossible: boolean): void => {
    if (isPossible) refused.delete(ability);
    else refused.add(ability);
  };
  const context = { http, workspace, learn };
  return {
    get can() {
      return new Set(OFFERED.filter((ability) => !refused.has(ability)));
    },
    verify: (options) => verifyCredential(http, options),
    ...createPeople(context),
    ...createGroups(context),
  };
};
