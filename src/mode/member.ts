/**
 * Mode's two member lists as one (mode-api.md §4, §15): full rows lack e-mail and name, lite rows lack the membership
 * token, so they are joined by member token. Which words Mode uses for somebody's standing is UNKNOWN beyond "active".
 */
import type { MemberState, ModeMember } from '../directory/model.ts';
import type { FullRow, LiteRow } from './types.ts';

/** INFERRED, except "active" (REPORTED): from `web_self_unban`, `banned_at`, `invited` and the tabs of Mode's UI. */
const STATE_BY_WORD: ReadonlyMap<string, MemberState> = new Map([
  ['active', 'active'],
  ['pending', 'pending'],
  ['invited', 'pending'],
  ['banned', 'former'],
  ['former', 'former'],
  ['removed', 'former'],
]);

interface Standing {
  readonly state: string | null;
  readonly invited: boolean;
  readonly activatedAt: string | null;
}

/**
 * Reads somebody's standing. INFERRED: `invited` means "not yet come" only while nothing says that they came, because
 * whether Mode resets it once the invitation is accepted is UNKNOWN.
 */
export const memberState = ({ state, invited, activatedAt }: Standing): MemberState => {
  const known = STATE_BY_WORD.get((state ?? '').toLowerCase());
  const isAwaited = invited && activatedAt === null;
  if (known === 'active' && isAwaited) return 'pending';
  if (known !== undefined) return known;
  return activatedAt !== null && !invited ? 'active' : 'pending';
};

const after = (href: string | null | undefined, marker: string): string | null => {
  const [, rest] = (href ?? '').split(marker);
  const token = rest?.split(/[/?#{]/)[0];
  if (token === undefined || token === '') return null;
  try {
    return decodeURIComponent(token);
  } catch {
    return null;
  }
};

/** Reads the username from a link such as `/api/{username}` (mode-api.md §4, §5). */
export const usernameIn = (href: string | null | undefined): string | null => after(href, '/api/');

const join = (memberToken: string, full: FullRow | undefined, lite: LiteRow | undefined): ModeMember => {
  const activatedAt = full?.activated_at ?? null;
  const links = full?._links;
  return {
    memberToken,
    membershipToken: after(links?.self, '/memberships/'),
    // A row without any username is not known to exist; its token is at least unique.
    username: full?.member_username ?? lite?.username ?? usernameIn(links?.user) ?? memberToken,
    email: lite?.email ?? null,
    name: lite?.name ?? null,
    state: memberState({
      state: full?.state ?? lite?.state ?? null,
      invited: full?.invited ?? false,
      activatedAt,
    }),
    admin: full?.admin ?? lite?.admin ?? false,
    managedByScim: full?.managed_by_scim ?? false,
    activatedAt,
  };
};

/** Higher wins, should somebody have a former membership beside a later one (whether Mode does that is UNKNOWN). */
const RANK: Readonly<Record<MemberState, number>> = { active: 2, pending: 1, former: 0 };

/** Joins the lists by member token, in linear time; who stands in one of them only is a member all the same. */
export const joinMembers = (full: readonly FullRow[], lite: readonly LiteRow[]): readonly ModeMember[] => {
  const liteByToken = new Map(lite.map((row) => [row.member_token, row]));
  const members = new Map<string, ModeMember>();
  for (const row of full) {
    const token = row.member_token;
    const member = join(token, row, liteByToken.get(token));
    const other = members.get(token);
    if (!other || RANK[member.state] > RANK[other.state]) members.set(token, member);
  }
  for (const row of lite) {
    if (!members.has(row.member_token)) members.set(row.member_token, join(row.member_token, undefined, row));
  }
  return [...members.values()];
};
