/**
 * Mode over its REST API and its SCIM endpoint together: each does what it alone can, or does best. REST lists people and
 * groups, changes groups, and tells of connections, collections and the log; SCIM brings people in, whom REST may not
 * (mode-api.md §1), and removes those whom it manages (docs/decisions/009-mode-scim.md).
 */
import type { CredentialCheck } from '../directory/connections/credential-check.ts';
import type { Ability, CallOptions, Invitation, Known, Told, Upstream } from '../directory/upstream.ts';
import { unlessOfKind } from './kinds.ts';
import type { RestUpstream } from './rest.ts';
import type { ScimUpstream } from './scim/scim.ts';

/** Abilities that SCIM gives; all others are those of REST. */
const BY_SCIM: ReadonlySet<Ability> = new Set(['invite', 'removeMember', 'updateProfile']);

const abilities = (rest: Upstream, scim: Upstream): ReadonlySet<Ability> =>
  new Set([
    ...[...rest.can].filter((ability) => ability !== 'invite'),
    ...[...scim.can].filter((ability) => BY_SCIM.has(ability)),
  ]);

/** Her id over SCIM, known or found; undefined where SCIM does not show her, or more than one who could be she. */
const scimIdOf = async (scim: Upstream, leaver: Known, options: CallOptions): Promise<string | undefined> => {
  if (leaver.provisionedId !== null) return leaver.provisionedId;
  const [found, other] = await scim.candidates({ ...leaver, memberToken: null }, options);
  return other ? undefined : found?.memberToken;
};

/**
 * Removes people. What `active: false` does to a membership is UNKNOWN (mode-api.md §10): the first time it is looked
 * whether it ended, and where it did not it is ended over REST, that time and from then on.
 */
const createRemoval = (rest: RestUpstream, scim: Upstream) => {
  let endsMembership: boolean | undefined;
  /** Gives whether this membership was there; where nobody can tell, that it was not, so that it is looked. */
  const endOverRest = async (leaver: Known, options: CallOptions): Promise<boolean> => {
    if (leaver.membershipToken === null || endsMembership === true) return true;
    endsMembership ??= await rest.hasEnded(leaver.membershipToken, options);
    return endsMembership === false ? rest.removeMember(leaver, options) : endsMembership === true;
  };

  return async (leaver: Known, options: CallOptions): Promise<boolean> => {
    const isScims = leaver.managedByScim || leaver.provisionedId !== null || leaver.membershipToken === null;
    const id = isScims ? await scimIdOf(scim, leaver, options) : undefined;
    if (id === undefined) return rest.removeMember(leaver, options);
    if (await scim.removeMember({ ...leaver, provisionedId: id }, options))
      return endOverRest(leaver, options);
    // Whom SCIM does not know any more, REST may: somebody let her in again by hand.
    return leaver.membershipToken !== null && rest.removeMember(leaver, options);
  };
};

/** Over SCIM people have other ids than over REST, which lists them: she is linked once REST shows her. */
const invite = async (scim: Upstream, invitation: Invitation, options: CallOptions) => {
  const invited = await scim.invite({ ...invitation, memberToken: null }, options);
  return { ...invited, member: null };
};

/** Whom SCIM does not show cannot be told anything; an id that it does not know any more is looked for anew. */
const createTelling =
  (scim: Upstream) =>
  async (person: Told, options: CallOptions): Promise<string | null> => {
    const tell = async (known: Told): Promise<string | null> => {
      const provisionedId = (await scimIdOf(scim, known, options)) ?? null;
      if (provisionedId === null) return null;
      return scim.updateProfile({ ...known, provisionedId }, options);
    };
    if (person.provisionedId === null) return tell(person);
    const anew = { ...person, provisionedId: null, provisioned: null };
    return unlessOfKind(tell(person), ['notFound'], () => tell(anew));
  };

/** How each process learns what any has found out. */
export interface Heeding {
  /** Takes what the store remembers of a connection's token, and of the SCIM token beside it. */
  heed(check: CredentialCheck | null, scimCheck: CredentialCheck | null): void;
}

/** Makes one upstream of both. */
export const createBoth = (rest: RestUpstream, scim: ScimUpstream): Upstream & Heeding => {
  const removeMember = createRemoval(rest, scim);
  return {
    ...rest,
    get can() {
      return abilities(rest, scim);
    },
    get trouble() {
      return rest.trouble ?? scim.trouble;
    },
    heed: (check, scimCheck) => {
      rest.heed(check);
      scim.heed(scimCheck);
    },
    verify: async (options) => {
      const [verification] = await Promise.all([rest.verify(options), scim.verify(options)]);
      return verification;
    },
    invite: (invitation, options) => invite(scim, invitation, options),
    inspect: { ...rest.inspect, scim: scim.inspect.scim },
    removeMember,
    updateProfile: createTelling(scim),
  };
};
