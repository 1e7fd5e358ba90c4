/**
 * How Mode's own SCIM endpoint behaves. Mode says that it has one, for users and groups, on the Enterprise plan
 * (CONFIRMED-O, REPORTED, mode-api.md §10); everything about its wire surface is UNKNOWN there. So each question
 * that a client must be ready for is a choice here, set by `createEmulator({ scim })` and by `POST /_control/scim`.
 */
import { z } from 'zod';

/** Each choice, with what is known of the question. */
const BehaviourSchema = z.strictObject({
  /** Whether the workspace has SCIM: Enterprise plan and switched on by Mode (CONFIRMED-O `scim_enabled`, REPORTED). */
  enabled: z.boolean(),
  /** The answer to every call where it has not: UNKNOWN. */
  refusalStatus: z.int().min(400).max(599),
  /** What can change a user or group: UNKNOWN. */
  updates: z.enum(['patch', 'put', 'both']),
  /** Whether DELETE of a user is offered, or `active: false` alone: UNKNOWN. */
  userDeletes: z.boolean(),
  /** The answer to a method that is not offered: UNKNOWN; the RFC wants 501 for PATCH. */
  unsupportedStatus: z.union([z.literal(404), z.literal(405), z.literal(501)]),
  /** `eq`: one attribute compared by eq alone. `ignored`: everybody is listed, as REST does (REPORTED): UNKNOWN. */
  filter: z.enum(['full', 'eq', 'ignored', 'refused']),
  /** Whether a filter that compares userNames and addresses minds capital letters: UNKNOWN; the RFC says no. */
  comparing: z.enum(['folded', 'exact']),
  /** `ignored`: everything in one answer, whatever `startIndex` and `count` say, as some REST lists do: UNKNOWN. */
  paging: z.enum(['index', 'cursor', 'ignored']),
  /** What `totalResults` counts: all that was found, as the RFC says, the page, or it is left out: UNKNOWN. */
  totals: z.enum(['all', 'page', 'none']),
  /** Most rows of one page: UNKNOWN. */
  maxResults: z.int().min(1).max(10_000),
  /** Whether a userName is kept as it is written, or in small letters: UNKNOWN. */
  userNames: z.enum(['kept', 'lowered']),
  /** What a change is answered with: 200 and the resource, or 204: UNKNOWN; the RFC allows both. */
  changed: z.enum(['resource', 'nothing']),
  /** Whether a group shows who is in it: UNKNOWN. */
  members: z.enum(['shown', 'hidden']),
  /** Whether whoever is created is a member at once, or invited and pending until they sign in: UNKNOWN. */
  creates: z.enum(['member', 'invitation']),
  /** `former`: as removal (INFERRED). `flag`: SCIM says inactive, the membership stays: UNKNOWN. */
  deactivation: z.enum(['former', 'flag']),
  /** Whether people and groups that SCIM did not create are seen (import and matching UNKNOWN). */
  listing: z.enum(['everybody', 'managed']),
  /** Whether groups are provisioned: yes (CONFIRMED-O, H:permissions); their rules are UNKNOWN. */
  groups: z.boolean(),
  /** Whether ServiceProviderConfig, ResourceTypes and Schemas are served: UNKNOWN. */
  discovery: z.boolean(),
});

export type ScimBehaviour = z.output<typeof BehaviourSchema>;

/** Assumptions where nothing is chosen: no SCIM, as the workspace's account says; switched on, the friendliest server. */
const USUAL: ScimBehaviour = {
  enabled: false,
  refusalStatus: 403,
  updates: 'both',
  userDeletes: true,
  unsupportedStatus: 501,
  filter: 'full',
  comparing: 'folded',
  paging: 'index',
  totals: 'all',
  maxResults: 100,
  userNames: 'kept',
  changed: 'resource',
  members: 'shown',
  creates: 'member',
  deactivation: 'former',
  listing: 'everybody',
  groups: true,
  discovery: true,
};

/** The bearer token of an emulator that was given none. That it is a bearer token is INFERRED (rel `scim_token`). */
const DEFAULT_SCIM_TOKEN = 'scim-9af7c2d04b1e86355aa1';

const ChangeSchema = BehaviourSchema.partial();

const changed = (before: ScimBehaviour, part: unknown): ScimBehaviour =>
  BehaviourSchema.parse({ ...before, ...ChangeSchema.parse(part) });

/** One emulator's choice; it lives in memory and is chosen anew at each start. */
export interface ScimChoice {
  readonly token: string;
  readonly read: () => ScimBehaviour;
  /** Changes some of it and gives the whole; throws a ZodError on what there is not. */
  readonly change: (part: unknown) => ScimBehaviour;
}

/** Makes the choice of one emulator; throws a ZodError on a part that makes no sense. */
export const chooseScim = (part: Partial<ScimBehaviour> = {}, token = DEFAULT_SCIM_TOKEN): ScimChoice => {
  let current = changed(USUAL, part);
  return {
    token,
    read: () => current,
    change: (wish) => {
      current = changed(current, wish);
      return current;
    },
  };
};
