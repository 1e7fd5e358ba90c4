/**
 * The representations `UserGroup` and `UserGroupMembership`, and the page of groups with its traps (mode-api.md §2, §6).
 * Counts and `managed` are strings as the Swagger says (CONFIRMED-O; SDK saw numbers, REPORTED).
 */
import { link } from './account-hal.ts';
import { DEFAULT_PER_PAGE, GROUP_TYPE } from './assumptions.ts';
import type { GroupMembership } from './model.ts';
import { pageOf } from './paging.ts';
import type { GroupRecord, State } from './state.ts';

/** Counts what a group has a permission on; that the counters count just this is INFERRED from their names. */
const opened = (state: State, groupToken: string) => {
  const resources = [...(state.opens.get(groupToken) ?? [])];
  const connections = resources.filter((token) => state.connections.has(token)).length;
  return { spaces_count: String(resources.length - connections), data_sources_count: String(connections) };
};

/** Shows a group. */
export const userGroup = (state: State, { group, memberships }: GroupRecord) => {
  const { slug } = state.workspace;
  const self = `/api/${slug}/groups/${group.token}`;
  return {
    token: group.token,
    group_type: GROUP_TYPE,
    name: group.name,
    description: '',
    state: group.state,
    member_count: String(memberships.size),
    ...opened(state, group.token),
    managed: String(group.scim !== undefined),
    _links: {
      self: link(self),
      web: link(`/organizations/${slug}/groups/${group.token}`),
      group_memberships: link(`${self}/memberships`),
      membership_by_id: {
        href: `${self}/memberships?filter=by_user_id&user_id={user_id}`,
        templated: true,
      },
      memberships_preview: link(`${self}/memberships?filter=preview`),
    },
  };
};

/** Shows who is in a group, one row: its own token and the member's (CONFIRMED-O), `created_at` (REPORTED, SDK). */
export const userGroupMembership = (state: State, membership: GroupMembership) => {
  const { slug } = state.workspace;
  const group = `/api/${slug}/groups/${membership.groupToken}`;
  const username = state.people.get(membership.memberToken)?.username ?? '';
  return {
    token: membership.token,
    member_token: membership.memberToken,
    created_at: membership.createdAt,
    _links: {
      self: link(`${group}/memberships/${membership.token}`),
      member: link(`/api/${username}`),
      user_group: link(group),
    },
  };
};

/**
 * Shows one page of groups, 20 if not told otherwise (REPORTED, SDK).
 * `next_page` is there even past the end, with an href that leads nowhere (REPORTED, SDK): only the counters are true.
 */
export const groupPage = (state: State, all: readonly GroupRecord[], query: URLSearchParams) => {
  const { id, slug } = state.workspace;
  const { number, rows, pagination } = pageOf(all, query, DEFAULT_PER_PAGE);
  const wrong = (page: number) => link(`/api/${id}/groups.${slug}?page=${page}`);
  return {
    pagination,
    _links: {
      self: link(`/api/${slug}/groups`),
      ...(number > 1 ? { prev_page: wrong(number - 1) } : {}),
      next_page: wrong(number + 1),
    },
    _embedded: { groups: rows.map((record) => userGroup(state, record)) },
  };
};
