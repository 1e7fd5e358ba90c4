/**
 * Mode's own SCIM endpoint as an Upstream (mode-api.md §10): people and groups, and nothing of what only REST tells, such
 * as connections, collections and the audit log (docs/decisions/009-mode-scim.md).
 */
import type { Ability, Upstream } from '../../directory/upstream.ts';
import { AppError } from '../../errors.ts';
import type { Circuit } from '../circuit.ts';
import type { Clock } from '../clock.ts';
import type { ModeClient } from '../http.ts';
import { SCIM } from '../surface.ts';
import { troubleOf } from '../trouble.ts';
import { checkEndpoint } from './context.ts';
import { createDiscovery } from './discovery.ts';
import { createGroups } from './groups.ts';
import { createPeople } from './people.ts';

interface ScimOptions {
  readonly http: ModeClient;
  readonly circuit: Pick<Circuit, 'downSince'>;
  readonly clock: Pick<Clock, 'aheadMs'>;
}

/** The upstream over Mode's SCIM endpoint. */
export type ScimUpstream = Upstream & Pick<ModeClient['credential'], 'heed'>;

const OFFERED: readonly Ability[] = [
  'listMembers',
  'listEmails',
  'invite',
  'removeMember',
  'updateProfile',
  'writeGroups',
];

/** Says that REST alone tells it. */
const onlyRest = (what: string) => async (): Promise<never> => {
  throw new AppError(
    'forbidden',
    'mode.scim.only-rest',
    `Mode's SCIM endpoint does not tell ${what}; an API token beside the SCIM token does: mode-scim-bridge connection renew --mode-token.`,
  );
};

/** Makes an Upstream over Mode's SCIM endpoint. */
export const createScimUpstream = ({ http, circuit, clock }: ScimOptions): ScimUpstream => {
  const refused = new Set<Ability>();
  const learn = (ability: Ability, isPossible: boolean): void => {
    if (isPossible) refused.delete(ability);
    else refused.add(ability);
  };
  const context = { http, discovery: createDiscovery(http), learn };
  const people = createPeople(context);
  return {
    get can() {
      return new Set(OFFERED.filter((ability) => !refused.has(ability)));
    },
    get trouble() {
      return troubleOf(http.credential, circuit, SCIM);
    },
    heed: http.credential.heed,
    verify: async (options) => {
      await checkEndpoint(context, options);
      return { workspace: null, scope: null };
    },
    // There is one list, which has both addresses and what removes people; of the workspace it tells nothing.
    inspect: {
      memberList: (_list, options) => people.members(options),
      workspace: async () => ({ isScimEnabled: null, isFull: null, domains: null }),
      isScimAlone: true,
      scim: async (options) => {
        await checkEndpoint(context, options);
        return context.discovery.said(options);
      },
      clockAheadMs: clock.aheadMs,
    },
    ...people,
    ...createGroups(context),
    assets: onlyRest('connections and collections'),
    changes: onlyRest('what happened'),
  };
};
