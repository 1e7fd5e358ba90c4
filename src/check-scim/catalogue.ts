/** All checks, in the order of the report. */
import { type Check, PROFILES, type Profile } from './check.ts';
import { entraConnection } from './entra/connection.ts';
import { entraCreate } from './entra/create.ts';
import { entraFilters } from './entra/filters.ts';
import { entraGroups } from './entra/groups.ts';
import { entraLife } from './entra/life.ts';
import { entraMapping } from './entra/mapping.ts';
import { entraMerged } from './entra/merged.ts';
import { entraPatch } from './entra/patch.ts';
import { oktaGroups } from './okta/groups.ts';
import { oktaLists } from './okta/lists.ts';
import { oktaPeople } from './okta/people.ts';
import { oktaSpec } from './okta/spec.ts';
import { rfcAccess } from './rfc/access.ts';
import { rfcBulk } from './rfc/bulk.ts';
import { rfcCreate } from './rfc/create.ts';
import { rfcCursors } from './rfc/cursors.ts';
import { rfcDiscovery } from './rfc/discovery.ts';
import { rfcFilters } from './rfc/filters.ts';
import { rfcGroups } from './rfc/groups.ts';
import { rfcLists } from './rfc/lists.ts';
import { rfcPatch } from './rfc/patch.ts';
import { rfcPatchWhole } from './rfc/patch-whole.ts';
import { rfcRefusals } from './rfc/refusals.ts';
import { rfcSchemas } from './rfc/schemas.ts';
import { rfcSearch } from './rfc/search.ts';
import { rfcVersions } from './rfc/versions.ts';
import { validatorDeletions } from './validator/deletions.ts';
import { validatorGroups } from './validator/groups.ts';
import { validatorUsers } from './validator/users.ts';

export const ALL_CHECKS: readonly Check[] = [
  ...entraConnection,
  ...entraCreate,
  ...entraFilters,
  ...entraPatch,
  ...entraMerged,
  ...entraLife,
  ...entraGroups,
  ...entraMapping,
  ...validatorUsers,
  ...validatorGroups,
  ...validatorDeletions,
  ...oktaSpec,
  ...oktaLists,
  ...oktaPeople,
  ...oktaGroups,
  ...rfcAccess,
  ...rfcDiscovery,
  ...rfcSchemas,
  ...rfcCreate,
  ...rfcFilters,
  ...rfcLists,
  ...rfcSearch,
  ...rfcPatch,
  ...rfcPatchWhole,
  ...rfcRefusals,
  ...rfcGroups,
  ...rfcBulk,
  ...rfcVersions,
  ...rfcCursors,
];

/** Whether `--only T079` means this check: its id, or the beginning of it up to a hyphen. */
const isMeant = ({ id }: Check, wanted: string): boolean => {
  const [own, asked] = [id.toLowerCase(), wanted.toLowerCase()];
  return own === asked || own.startsWith(`${asked}-`) || own.startsWith(`${asked}/`);
};

/** The checks of a profile, or all; of these only those that are named, if any are. */
export const chooseChecks = (profile: Profile | 'all', only: readonly string[]): readonly Check[] => {
  const profiles: readonly Profile[] = profile === 'all' ? PROFILES : [profile];
  return ALL_CHECKS.filter(
    (check) =>
      check.profiles.some((own) => profiles.includes(own)) &&
      (only.length === 0 || only.some((wanted) => isMeant(check, wanted))),
  );
};

/** Names after --only that mean no check. */
export const unknownNames = (only: readonly string[]): readonly string[] =>
  only.filter((wanted) => !ALL_CHECKS.some((check) => isMeant(check, wanted)));
