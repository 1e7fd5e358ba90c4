/**
 * The Discovery API, `/batch/…`: flat JSON, read only, pages of up to 1000 (mode-api.md §8.1; CONFIRMED-O).
 * It alone knows when somebody was last active. The emulated workspace has no reports, queries or charts.
 */
import { DISCOVERY_PER_PAGE } from '../assumptions.ts';
import type { Admit, Call, Handler, Route } from '../call.ts';
import { shownState } from '../member-hal.ts';
import type { Collection, Person } from '../model.ts';
import { cutPage } from '../paging.ts';
import { admitMinting, admitSigned, end, mint } from './signatures.ts';

/** Whole seconds (captured example, CONFIRMED-O). */
const seconds = (iso: string | null): string | null => iso?.replace(/\.\d+Z$/, 'Z') ?? null;

/**
 * Shows a member. `token` is the membership's; what never happened is null (CONFIRMED-O, the page's example; the Swagger
 * knows strings only). All that is known of activity is the last view of a report.
 */
const memberRow = (person: Person) => ({
  id: person.id,
  token: person.membershipToken,
  state: shownState(person),
  member_email: person.email,
  member_token: person.memberToken,
  member_username: person.username,
  banned_at: person.state === 'former' ? seconds(person.bannedAt ?? null) : null,
  activated_at: seconds(person.activatedAt),
  last_report_created_at: null,
  last_report_viewed_at: seconds(person.lastActivityAt),
  last_report_run_at: null,
  total_days_engaged: person.lastActivityAt === null ? '0' : '1',
  last_exploration_created_at: null,
  last_exploration_updated_at: null,
});

const spaceRow = (slug: string, collection: Collection) => ({
  id: Number(collection.id),
  token: collection.token,
  name: collection.name,
  description: collection.description,
  space_type: collection.type,
  default_access: collection.defaultAccess,
  space_url: `https://app.mode.com/${slug}/spaces/${collection.token}`,
});

/** Members, former ones too (CONFIRMED-O), and pending ones (assumption). */
const members = ({ world: { state } }: Call): readonly unknown[] => [...state.people.values()].map(memberRow);

/** Collections; personal ones only with `include_spaces=all` (CONFIRMED-O for what lies in them, INFERRED here). */
const spaces = ({ world: { state }, query }: Call): readonly unknown[] => {
  const isAll = query.get('include_spaces') === 'all';
  return [...state.collections.values()]
    .filter(({ collection: { state: one, type } }) => one === 'active' && (isAll || type !== 'private'))
    .map(({ collection }) => spaceRow(state.workspace.slug, collection));
};

const nothing = (): readonly unknown[] => [];

/** What there is, by the last segment of the address and key of the answer. `members`: page and SDK; the Swagger: `memberships`. */
const LISTS: Readonly<Record<string, (call: Call) => readonly unknown[]>> = {
  charts: nothing,
  members,
  queries: nothing,
  reports: nothing,
  report_stats: nothing,
  spaces,
};

/** Answers one page; a link where there is no page is left out (assumption: the Swagger demands both). */
const list =
  (name: string, rows: (call: Call) => readonly unknown[]): Handler =>
  (call) => {
    const { slug } = call.world.state.workspace;
    const page = cutPage(rows(call), call.query, DISCOVERY_PER_PAGE, DISCOVERY_PER_PAGE);
    const at = (number: number) => {
      const query = new URLSearchParams(call.query);
      query.set('page', String(number));
      query.set('per_page', String(page.pagination.per_page));
      return { href: `/batch/${slug}/${name}?${query}` };
    };
    return {
      pagination: page.pagination,
      [name]: page.rows,
      _links: {
        ...(page.number > 1 ? { prev_page: at(page.number - 1) } : {}),
        ...(page.number < page.totalPages ? { next_page: at(page.number + 1) } : {}),
      },
    };
  };

const route = (method: string, rest: string, handler: Handler, admit: Admit): Route => ({
  method,
  template: `/batch/{workspace}/${rest}`,
  handler,
  admit,
  type: 'application/json',
});

/** The routes of the Discovery API. */
export const discoveryRoutes: readonly Route[] = [
  route('POST', 'signature_tokens', mint, admitMinting),
  route('DELETE', 'signature_tokens/{signature_token}', end, admitMinting),
  ...Object.entries(LISTS).map(([name, rows]) => route('GET', name, list(name, rows), admitSigned)),
];
