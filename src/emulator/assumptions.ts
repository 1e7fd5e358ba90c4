/**
 * Every number and choice that mode-api.md does not settle, in one place, each with its label.
 * What a test may want otherwise is an option of `createEmulator` (see options.ts); the rest is constant.
 * Those of Mode's own SCIM endpoint, of which all is unknown, stand in scim/behaviour.ts.
 */

/** Refusing an invite by a key that may not invite: 403. INFERRED (401 or 403 likely; the code is UNKNOWN). */
export const INVITE_REFUSAL_STATUS = 403;

/** Adding somebody to a group they are in: 400. UNKNOWN in the facts (§14.7); chosen because POST documents 400. */
export const ALREADY_IN_GROUP_STATUS = 400;

/** A second live group of one name: 400. INFERRED (uniqueness among live groups, §6; the error is UNKNOWN). */
export const NAME_TAKEN_STATUS = 400;

/** Removing the last admin: 400. INFERRED (DELETE documents 400, its causes are UNKNOWN, §14.6). */
export const LAST_ADMIN_STATUS = 400;

/** Inviting somebody who is in: 400. UNKNOWN in the facts (§14.5); POST documents 400. */
export const ALREADY_MEMBER_STATUS = 400;

/** How long an invitation lasts, for `expires_at`. UNKNOWN in the facts; never enforced here. */
export const INVITE_LIFETIME_DAYS = 30;

/** Rows of a page of groups when `per_page` is not given. REPORTED (SDK). */
export const DEFAULT_PER_PAGE = 20;

/** Rows of a page of collections when `per_page` is not given. UNKNOWN in the facts. */
export const COLLECTIONS_PER_PAGE = 30;

/** What `per_page` is silently clamped to. REPORTED (SDK). */
export const MAX_PER_PAGE = 30;

/** Rows of `…/memberships?filter=preview`. The filter is REPORTED (SDK), its size UNKNOWN. */
export const PREVIEW_ROWS = 5;

/** The `group_type` of an ordinary group. UNKNOWN in the facts. */
export const GROUP_TYPE = 'custom';

/** A second permission of one accessor on one resource: 400. UNKNOWN in the facts (§14.9). */
export const ALREADY_GRANTED_STATUS = 400;

/** Permissions asked for by somebody who is neither admin nor may manage or edit: 403. UNKNOWN in the facts. */
export const NOT_MANAGER_STATUS = 403;

/** The `_embedded` key of a collection's permissions. UNKNOWN in the facts (§14.9); by analogy with connections. */
export const SPACE_PERMISSIONS_KEY = 'space_entitlements';

/** What `default_access_level` of a connection says when members may nothing. UNKNOWN in the facts; "View" was captured. */
export const NO_DEFAULT_ACCESS = 'None';

/** Events of a page of the audit log. UNKNOWN in the facts (§14.12). */
export const AUDIT_PAGE = 100;

/** Rows of a page of Discovery, by default and at most: 1000 in the examples; past it unknown, here clamped. */
export const DISCOVERY_PER_PAGE = 1000;

/** First ids of collections; no fact says how Mode counts them. */
export const FIRST_COLLECTION_ID = 2_400_000;

/** Largest request body. UNKNOWN in the facts; past it 413 `payload_too_large` (id CONFIRMED-O). */
export const BODY_LIMIT_BYTES = 1_048_576;
