/**
 * Every number and word that mode-api.md does not settle, in one table, each with its label; docs/emulator.md shows it.
 * What a test may want otherwise is an option of `createEmulator` (see options.ts); the rest is constant.
 * Those of Mode's own SCIM endpoint, of which all is unknown, stand in scim/behaviour.ts.
 */

/** How well a claim about Mode is known; the meanings are those of mode-api.md §0. */
export type Label = 'CONFIRMED-O' | 'CONFIRMED-C' | 'REPORTED' | 'INFERRED' | 'UNKNOWN';

interface Assumption<T extends number | string> {
  readonly value: T;
  readonly label: Label;
  readonly says: string;
}

const assume = <T extends number | string>(value: T, label: Label, says: string): Assumption<T> => ({
  value,
  label,
  says,
});

/** The table: name → value, how well it is known, and what it is. */
export const ASSUMPTIONS = {
  INVITE_REFUSAL_STATUS: assume(
    403,
    'INFERRED',
    'Status for a key that may not invite; 401 is as likely (option `inviteRefusalStatus`)',
  ),
  ALREADY_MEMBER_STATUS: assume(400, 'UNKNOWN', 'Status for inviting an active member; POST documents 400'),
  INVITE_LIFETIME_DAYS: assume(
    30,
    'UNKNOWN',
    'Days until `expires_at` of an invitation; never enforced here',
  ),
  LAST_ADMIN_STATUS: assume(
    400,
    'INFERRED',
    'Status for removing the last admin; DELETE documents 400 without its causes',
  ),
  ALREADY_IN_GROUP_STATUS: assume(400, 'UNKNOWN', 'Status for adding somebody to a group a second time'),
  NAME_TAKEN_STATUS: assume(400, 'INFERRED', 'Status for a second live group of one name'),
  GROUP_TYPE: assume('custom', 'UNKNOWN', '`group_type` of an ordinary group'),
  DEFAULT_PER_PAGE: assume(20, 'REPORTED', 'Rows of a page of groups when `per_page` is not given'),
  MAX_PER_PAGE: assume(30, 'REPORTED', 'What `per_page` is silently clamped to'),
  COLLECTIONS_PER_PAGE: assume(30, 'UNKNOWN', 'Rows of a page of collections when `per_page` is not given'),
  PREVIEW_ROWS: assume(5, 'UNKNOWN', 'Rows of `…/memberships?filter=preview` (the filter is REPORTED)'),
  ALREADY_GRANTED_STATUS: assume(
    400,
    'UNKNOWN',
    'Status for a second permission of one accessor on one connection or collection',
  ),
  NOT_MANAGER_STATUS: assume(
    403,
    'UNKNOWN',
    'Status for reading or writing permissions by somebody who is no admin and has not the strongest role',
  ),
  SPACE_PERMISSIONS_KEY: assume(
    'space_entitlements',
    'UNKNOWN',
    '`_embedded` key of a collection’s permissions, by analogy with `data_source_entitlements`',
  ),
  NO_DEFAULT_ACCESS: assume(
    'None',
    'UNKNOWN',
    '`default_access_level` of a connection on which members may nothing (`View` was captured)',
  ),
  FIRST_COLLECTION_ID: assume(2_400_000, 'UNKNOWN', 'Where the ids of collections begin'),
  AUDIT_PAGE: assume(100, 'UNKNOWN', 'Events of a page of the audit log'),
  DISCOVERY_PER_PAGE: assume(
    1000,
    'CONFIRMED-O',
    'Rows of a page of Discovery; that more is clamped to it is assumed',
  ),
  BODY_LIMIT_BYTES: assume(
    1_048_576,
    'UNKNOWN',
    'Largest request body; past it 413 `payload_too_large` (the id is CONFIRMED-O)',
  ),
};

type Values = { readonly [K in keyof typeof ASSUMPTIONS]: (typeof ASSUMPTIONS)[K]['value'] };

const values = Object.fromEntries(
  Object.entries(ASSUMPTIONS).map(([name, { value }]) => [name, value]),
) as Values;

export const {
  INVITE_REFUSAL_STATUS,
  ALREADY_MEMBER_STATUS,
  INVITE_LIFETIME_DAYS,
  LAST_ADMIN_STATUS,
  ALREADY_IN_GROUP_STATUS,
  NAME_TAKEN_STATUS,
  GROUP_TYPE,
  DEFAULT_PER_PAGE,
  MAX_PER_PAGE,
  COLLECTIONS_PER_PAGE,
  PREVIEW_ROWS,
  ALREADY_GRANTED_STATUS,
  NOT_MANAGER_STATUS,
  SPACE_PERMISSIONS_KEY,
  NO_DEFAULT_ACCESS,
  FIRST_COLLECTION_ID,
  AUDIT_PAGE,
  DISCOVERY_PER_PAGE,
  BODY_LIMIT_BYTES,
} = values;
