/**
 * The representations `UserGroup` and `UserGroupMembership`, and the page of groups with its traps (mode-api.md §2, §6).
 * Counts and `managed` are strings as the Swagger says (CONFIRMED-O; SDK saw numbers, REPORTED).
 */
import { link } from './account-hal.ts';
import { DEFAULT_PER_PAGE, GROUP_TYPE, MAX_PER_PAGE } from './assumptions.ts';
import type { GroupMembership } from './model.ts';
import type { GroupRecord, State } from './state.ts';

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
    spaces_count: '0',
    data_sources_count: '0',
    managed: 'false',
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

const wholeNumber = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : otherwise;

/**
 * Shows one page of groups. `per_page` is clamped to 30 without a word, 20 if not given (REPORTED, SDK).
 * `next_page` is there even past the end, with an href that leads nowhere (REPORTED, SDK): only the counters are true.
 * `first_page` and `last_page` are what the REST Swagger wants beside them (CONFIRMED-O, contents UNKNOWN).
 */
export const groupPage = (state: State, all: readonly GroupRecord[], query: URLSearchParams) => {
  const { id, slug } = state.workspace;
  const page = wholeNumber(query.get('page') ?? undefined, 1);
  const wanted = wholeNumber(query.get('per_page') ?? undefined, DEFAULT_PER_PAGE);
  const perPage = Math.min(wanted, MAX_PER_PAGE);
  const rows = all.slice((page - 1) * perPage, page * perPage);
  const totalPages = Math.max(1, Math.ceil(all.length / perPage));
  const wrong = (number: number) => link(`/api/${id}/groups.${slug}?page=${number}`);
  return {
    pagination: {
      page,
      per_page: perPage,
      count: rows.length,
      total_pages: totalPages,
      total_count: all.length,
      first_page: '1',
      last_page: String(totalPages),
    },
    _links: {
      self: link(`/api/${slug}/groups`),
      ...(page > 1 ? { prev_page: wrong(page - 1) } : {}),
      next_page: wrong(page + 1),
    },
    _embedded: { groups: rows.map((record) => userGroup(state, record)) },
  };
};
