/**
 * The `Account` representation of a workspace and of a person (mode-api.md §3): fields by Mode's Swagger
 * (CONFIRMED-O), `id` a string as since January 2025 (CONFIRMED-C), links `self` and `web` as captured (CONFIRMED-C, DH).
 * The other hrefs are UNKNOWN in the facts and filled in plausibly, because the Swagger demands the relations.
 */
import type { Person, Workspace } from './model.ts';
import type { State } from './state.ts';

export interface Link {
  readonly href: string;
  readonly templated?: boolean;
}

/** Makes a link; hrefs are root-relative (CONFIRMED-C, DH). */
export const link = (href: string): Link => ({ href });

/** Relations that the Swagger requires of every account, below `/api/{account}` or on the web. */
const REQUIRED_LINKS: readonly (readonly [rel: string, under: 'api' | 'web' | 'site', rest: string])[] = [
  ['self', 'api', ''],
  ['web', 'web', ''],
  ['web_public_datasource_home', 'site', '/home/public_data_source'],
  ['web_groups', 'web', '/groups'],
  ['web_new_organization', 'site', '/organizations/new'],
  ['home_web', 'site', '/home'],
  ['home_starred_web', 'site', '/home/starred'],
  ['home_explorations_web', 'site', '/home/explorations'],
  ['home_search_web', 'site', '/home/search'],
  ['new_invite_web', 'web', '/invites/new'],
  ['new_upload_web', 'web', '/uploads/new'],
  ['report', 'api', '/reports{/id}'],
  ['reports', 'api', '/reports'],
  ['archived_reports', 'api', '/reports?filter=archived'],
  ['public_reports', 'api', '/reports?filter=public'],
  ['drafts_reports', 'api', '/reports?filter=drafts'],
  ['starred_reports', 'api', '/reports?filter=starred'],
  ['by_ids_reports', 'api', '/reports?filter=by_ids&ids={ids}'],
  ['viewed_reports', 'api', '/reports?filter=viewed'],
  ['starred_datasets', 'api', '/datasets?filter=starred'],
  ['by_ids_datasets', 'api', '/datasets?filter=by_ids&ids={ids}'],
  ['viewed_datasets', 'api', '/datasets?filter=viewed'],
  ['starred_base_reports', 'api', '/base_reports?filter=starred'],
  ['by_ids_base_reports', 'api', '/base_reports?filter=by_ids&ids={ids}'],
  ['viewed_base_reports', 'api', '/base_reports?filter=viewed'],
  ['all_color_palettes', 'api', '/color_palettes?filter=all'],
];

const accountLinks = (name: string): Record<string, Link> => {
  const roots = { api: `/api/${name}`, web: `/${name}`, site: '' };
  return Object.fromEntries(
    REQUIRED_LINKS.map(([rel, under, rest]) => {
      const href = roots[under] + rest;
      return [rel, href.includes('{') ? { href, templated: true } : { href }];
    }),
  );
};

const avatar = (name: string, token: string) => ({
  type: 'initials',
  initials: name
    .split(' ')
    .map((part) => part.charAt(0).toUpperCase())
    .join('')
    .slice(0, 2),
  seed: token,
  color_class: `mode-avatar-color-${(Number.parseInt(token.slice(0, 2), 16) % 10) + 1}`,
});

const limits = { dataset_size_limit_mb: '10', query_run_size_limit_mb: '1000' };

/** Shows the workspace: `user: false` (CONFIRMED-O). */
export const workspaceAccount = ({ workspace, connections }: State, isScimEnabled: boolean) => ({
  username: workspace.slug,
  name: workspace.name,
  id: workspace.id,
  token: workspace.token,
  ...limits,
  avatar: avatar(workspace.name, workspace.token),
  user: false,
  // It reads 0 however many collections there are (REPORTED, SDK).
  space_count: 0,
  data_source_count: connections.size,
  authorized_domains: [workspace.domain],
  plan_code: 'plus',
  seat_limit_reached: false,
  org_seat_limit_reached: false,
  scim_enabled: String(isScimEnabled),
  created_at: workspace.createdAt,
  _links: { ...accountLinks(workspace.slug), ...workspaceLinks(workspace) },
});

const workspaceLinks = ({ slug }: Workspace): Record<string, Link> => ({
  memberships: link(`/api/${slug}/memberships`),
  memberships_lite: link(`/api/${slug}/memberships/lite`),
  groups: link(`/api/${slug}/groups`),
  group: { href: `/api/${slug}/groups{/id}`, templated: true },
});

/** Shows a person: `user: true`; their e-mail only to themselves (INFERRED from SDK, WH, AMU). */
export const personAccount = (person: Person, isSelf: boolean) => ({
  username: person.username,
  name: person.name,
  id: person.id,
  token: person.memberToken,
  ...(isSelf ? { email: person.email } : {}),
  ...limits,
  email_verified: person.activatedAt !== null,
  avatar: avatar(person.name, person.memberToken),
  user: true,
  data_source_count: 0,
  organizations_count: '1',
  created_at: person.createdAt,
  _links: accountLinks(person.username),
});
