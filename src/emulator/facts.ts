/**
 * What the emulator does as Mode does, and what it does because something had to be done: one table, each row with how
 * well it is known and by whom. docs/emulator.md is made of it. The keys of sources are those of mode-api.md §0.
 */
import type { Label } from './assumptions.ts';

export interface Fact {
  readonly label: Label;
  readonly source: string;
  readonly says: string;
  /** A trap is something that a caller would not expect. */
  readonly isTrap: boolean;
}

const fact = (label: Label, source: string, says: string): Fact => ({ label, source, says, isTrap: false });
const trap = (label: Label, source: string, says: string): Fact => ({ label, source, says, isTrap: true });

/** Area → what is known and what is assumed of it. */
export const FACTS: Readonly<Record<string, readonly Fact[]>> = {
  'Keys and addresses': [
    fact('CONFIRMED-O', 'SW', 'HTTP Basic: the key’s token and its secret; 401 `unauthorized` otherwise'),
    trap('CONFIRMED-O', 'D:authentication', 'A Workspace key cannot invite'),
    trap('REPORTED', 'SLATES', 'Nor can a Member key (option `inviteRefusedFor`)'),
    trap('REPORTED', 'SDK', '`GET /api/account` answers 400 to every key'),
    trap('REPORTED', 'SDK', 'The workspace’s own address answers 200 without a key: it proves nothing'),
    fact('CONFIRMED-C', 'DH', '`GET /api/verify` tells the workspace; the scope of a key is REPORTED (SDK)'),
    fact('INFERRED', '', 'A key with an owner has the owner’s rights and dies when they leave'),
    trap(
      'CONFIRMED-C',
      'DH',
      '`/collections/` and `/spaces/` are the same; links say the one, keys of JSON the other',
    ),
    trap('REPORTED', 'SDK', 'Addresses take the token; a numeric id answers 404'),
  ],
  'HAL, ids, errors, pages': [
    fact('CONFIRMED-O', 'SW', '`application/hal+json`, `_links` and `_embedded`; every write answers 200'),
    trap('CONFIRMED-C', 'TF', 'Ids are strings, though the Swagger says integer'),
    fact('CONFIRMED-O', 'SW', 'Errors are `{"id", "message"}`; status and id pair for 400, 401, 403, 404'),
    fact('INFERRED', '', 'Status and id for 413, 429, 500, 503'),
    fact('REPORTED', 'SDK', 'A body that is not wrapped in its name: 400 `param_missing`'),
    trap('REPORTED', 'SDK', '`per_page` is clamped to 30 without a word'),
    trap('REPORTED', 'SDK', 'Members, group members, connections ignore `page`: all rows on every page'),
    trap(
      'REPORTED',
      'SDK',
      '`next_page` of groups is there past the end and leads nowhere; only the counters are true',
    ),
    trap('REPORTED', 'SDK', 'An unknown `filter` answers 200 with everything'),
    fact('UNKNOWN', '', 'Rate limits and `Retry-After`: none by itself, order them as faults'),
  ],
  'People and invitations': [
    trap(
      'CONFIRMED-O',
      'SW',
      'A membership has no token, e-mail or name; its token stands in `_links.self` alone',
    ),
    trap('REPORTED', 'SDK', '`/memberships/lite` has e-mail and name, and no membership token at all'),
    trap('REPORTED', 'SDK', '`/memberships` answers 404 to a Member key'),
    fact('UNKNOWN', '', 'Pending people are listed, former ones are not, but their membership can be read'),
    fact(
      'INFERRED',
      '',
      '`state` of a former member is `banned`; that of a pending one, `pending`, is assumed',
    ),
    fact('INFERRED', 'WH, AMU', 'The e-mail on an account is shown to its owner only'),
    fact(
      'CONFIRMED-O',
      'SW',
      'An invitation takes e-mail and message, no name, role or group; it has no token',
    ),
    trap(
      'CONFIRMED-O',
      'SW',
      'Invitations cannot be listed, read, sent again or revoked by an address of their own',
    ),
    fact(
      'UNKNOWN',
      '',
      'Inviting a pending person again sends it again; username and name come from the e-mail',
    ),
    fact(
      'INFERRED',
      '',
      'A former member who is invited keeps member token and username, and gets a new membership',
    ),
    fact(
      'CONFIRMED-O',
      'H:organizations',
      'A former member cannot rejoin unless invited again: `join` answers 409',
    ),
    fact('UNKNOWN', '', 'Whether SAML brings back a former member (option `formerMayRejoin`, off)'),
    fact('UNKNOWN', '', 'Whoever is removed loses groups, permissions and an open invitation'),
    fact('INFERRED', 'SW', 'Removing by somebody who is no admin answers 404: DELETE documents no 403'),
  ],
  Groups: [
    fact('CONFIRMED-O', 'D:groups', 'Admins only: 403; only the name can be written'),
    trap('CONFIRMED-O', 'SW', 'To take somebody out, the token of the group membership is needed'),
    trap('CONFIRMED-C', 'TF', 'Deleting is soft: GET still answers 200 with `state: "soft_deleted"`'),
    trap('CONFIRMED-C', 'TF', 'A group cannot be deleted whose name a deleted one bears: 200, and it stays'),
    fact('UNKNOWN', '', 'Deleted groups are not listed; a write on one answers 404'),
    fact('UNKNOWN', '', 'Only active people can be in a group (option `pendingInGroups`)'),
    trap('REPORTED', 'SDK', '`?data_source=` works with `?member=` only, which takes a username'),
    fact('INFERRED', '', '`spaces_count` and `data_sources_count` count what the group has a permission on'),
  ],
  'Connections and collections': [
    fact(
      'CONFIRMED-C',
      'TF',
      'Permissions: five routes, `manage`, `query`, `view` for connections, `edit`, `view` for collections',
    ),
    fact(
      'CONFIRMED-O',
      'D:api-cookbook',
      'Accessors are `Account` and `UserGroup`, by member or group token',
    ),
    fact('CONFIRMED-C', 'TF', 'A permission shows `token` and `action`'),
    fact(
      'UNKNOWN',
      '',
      'It shows `accessor_type` and `accessor_token` too, as they were sent, and a link to the accessor',
    ),
    fact('UNKNOWN', '', 'Permissions are listed all at once, for admins and whoever has the strongest role'),
    fact('INFERRED', '', 'Changing a role keeps the permission’s token'),
    trap(
      'CONFIRMED-C',
      'TF',
      'GET of one connection permission can answer 500 where the list works: order it as a fault',
    ),
    trap('CONFIRMED-C', 'DH', '`default_access_level` of a connection is capitalised, actions are not'),
    trap('CONFIRMED-C', 'TF', 'GET of a deleted collection answers 403, not 404; for how long is UNKNOWN'),
    trap('CONFIRMED-C', 'TF', 'A collection is edited by PATCH; POST, as the Swagger has it, answers 404'),
    trap('CONFIRMED-C', 'TF', '`default_access_level` is `none` at creation and `restricted` afterwards'),
    trap(
      'REPORTED',
      'SDK',
      'Without `filter=all` only the caller’s own collections are listed, without a word',
    ),
    trap('REPORTED', 'SDK', '`viewable?` is false in a list and true when the same collection is fetched'),
    trap('REPORTED', 'SDK', 'A changed `space_type` is passed over with 200'),
    trap('REPORTED', 'SDK', '`space_count` of the workspace reads 0'),
    fact('INFERRED', '', 'Admins see every collection; others what is open to them, else 404'),
    fact('UNKNOWN', '', 'A private collection has no permissions: 400 `Invalid space`'),
    fact('INFERRED', 'DH', 'DELETE of all permissions answers the empty list'),
  ],
  'Audit log': [
    trap('CONFIRMED-O', 'D:audit-logs', 'Workspace keys only'),
    trap('REPORTED', 'SDK', '`Accept: application/hal+json` answers 406 before the key is looked at'),
    trap('REPORTED', 'SDK', 'Its errors are not `{"id", "message"}`; 401 has no body'),
    fact('CONFIRMED-O', 'SW', 'Both timestamps are required; filters by action, entity, username, ip'),
    fact('UNKNOWN', '', '`event_source` is taken and compared with nothing'),
    fact(
      'REPORTED',
      'SDK',
      'Events under `audit_logs`, `next_token` for the next page; oldest first is assumed',
    ),
    trap(
      'CONFIRMED-O',
      'H:audit-logs',
      'No event for joining, removal, sign-in, or a renamed group: by absence in the list of names',
    ),
    fact(
      'INFERRED',
      'H:audit-logs',
      '`connection_group_removed`, `connection_member_role_changed`, `connection_group_role_changed`: the list is cut off there',
    ),
    fact('UNKNOWN', '', 'What a removal or a deleted group takes with it makes no events of its own'),
    fact(
      'INFERRED',
      'SW',
      '`entity_type` is `workspace_connection`, and `_collection`, `_group`, `_user` after it',
    ),
    fact('UNKNOWN', '', 'Nothing is ever dropped from it, and events are there at once'),
  ],
  Discovery: [
    fact(
      'CONFIRMED-O',
      'D:discovery-api',
      '`Bearer base64(token:access_key:access_secret)`, flat JSON, pages of 1000',
    ),
    fact('CONFIRMED-O', 'D:discovery-api', 'A signature token ends with its time and when its maker leaves'),
    fact(
      'REPORTED',
      'SDK',
      'A key that is no admin’s: 401; a plan without Discovery: 403 (option `discovery`)',
    ),
    trap(
      'CONFIRMED-O',
      'D:members',
      'Former members are listed, with `banned_at`; pending ones too is assumed',
    ),
    trap('CONFIRMED-O', 'D:members', 'The list is called `members`, though the Swagger says `memberships`'),
    trap('CONFIRMED-O', 'D:members', 'What never happened is null, though the Swagger says string'),
    fact(
      'UNKNOWN',
      '',
      'The last activity is `last_report_viewed_at`, at once; how far Discovery lags is UNKNOWN',
    ),
    fact('UNKNOWN', '', 'A link stands only where there is a page; the Swagger demands both'),
  ],
  Webhooks: [
    fact('CONFIRMED-O', 'WH', '`member_joined_organization` with `member_url` on the legacy host; unsigned'),
    fact('REPORTED', 'SLATES', '`member_removed_from_organization`, fired here by removal by hand'),
    fact('UNKNOWN', '', 'Whether removal over REST fires it (option `webhookOnRestRemoval`, off)'),
    fact('UNKNOWN', '', 'Retries: none'),
  ],
};

/** What Mode has and the emulator has not. */
export const LEFT_OUT: readonly string[] = [
  'reports, queries, charts, definitions, datasets, schedules (Discovery lists none)',
  '`purge` and `schema_updates` of connections, and their credentials',
  'the deprecated memberships of collections, and `permissions/search`, whose answer is UNKNOWN',
  'the everyone group, whose visibility is UNKNOWN',
];
