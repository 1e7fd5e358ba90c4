/**
 * The representations `Membership`, its lite row, and `Invite` (mode-api.md §4, §5).
 * Fields by Mode's Swagger (CONFIRMED-O); the vocabulary of `state` beyond "active" is an assumption.
 */
import { link } from './account-hal.ts';
import type { Invite, MemberState, Person } from './model.ts';
import type { State } from './state.ts';

/** "active" REPORTED (SDK); "pending" assumed; "banned" INFERRED from `web_self_unban` and Discovery's `banned_at`. */
const SHOWN: Record<MemberState, string> = { active: 'active', pending: 'pending', former: 'banned' };

/** Says how a person's standing is called on the wire. */
export const shownState = ({ state }: Person): string => SHOWN[state];

/**
 * Shows a membership: no token, e-mail or name (CONFIRMED-O); its own token stands in `_links.self` alone.
 * `activated_at` is a required string, so somebody pending has "" there: null would break the Swagger (assumption).
 */
export const membership = (state: State, person: Person) => {
  const { slug } = state.workspace;
  const web = `/organizations/${slug}/members/${person.username}`;
  return {
    admin: person.admin,
    invited: person.state === 'pending',
    state: shownState(person),
    member_username: person.username,
    member_token: person.memberToken,
    activated_at: person.activatedAt ?? '',
    managed_by_scim: person.scim !== undefined,
    _links: {
      self: link(`/api/${slug}/memberships/${person.membershipToken}`),
      web_self: link(web),
      ...(person.state === 'former' ? { web_self_unban: link(`${web}/unban`) } : {}),
      organization: link(`/api/${slug}`),
      user: link(`/api/${person.username}`),
      groups: link(`/api/${slug}/groups?member=${person.username}`),
    },
  };
};

/** Shows a row of the lite list: with e-mail and name, without membership token (REPORTED, SDK). */
export const liteRow = (person: Person) => ({
  email: person.email,
  name: person.name,
  username: person.username,
  member_token: person.memberToken,
  state: shownState(person),
  admin: person.admin,
});

/** Shows an invite: ids as strings, no token, no self link (CONFIRMED-O). Times that have not come are left out. */
export const inviteShape = (state: State, invite: Invite) => {
  const { id, slug } = state.workspace;
  const invitee = state.people.get(invite.memberToken);
  return {
    email: invite.email,
    message: invite.message,
    inviter_id: invite.inviterId,
    invitee_id: invitee?.id ?? '',
    organization_id: id,
    limited: 'false',
    sent_at: invite.sentAt,
    ...(invite.resentAt === null ? {} : { resent_at: invite.resentAt }),
    ...(invite.acceptedAt === null ? {} : { accepted_at: invite.acceptedAt }),
    expires_at: invite.expiresAt,
    created_at: invite.createdAt,
    _links: {
      inviter: link(`/api/${invite.inviterUsername}`),
      invitee: link(`/api/${invitee?.username ?? ''}`),
      web_self_resend: link(`/organizations/${slug}/invites/${invite.memberToken}/resend`),
    },
  };
};
