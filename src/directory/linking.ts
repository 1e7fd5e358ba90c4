/**
 * Who is who: finds the person of the record among the members of Mode. The link, once made, is Mode's user token and
 * stays; before that the username that answered the invitation decides, then the e-mail address (folded).
 */
import { addressesOf } from './emails.ts';
import { fold } from './fold.ts';
import type { ModeMember, UserRecord } from './model.ts';

/** The member that this person is, or undefined. */
export const matchMember = (user: UserRecord, members: readonly ModeMember[]): ModeMember | undefined => {
  if (user.memberToken !== null) return members.find(({ memberToken }) => memberToken === user.memberToken);
  const invited = members.find(({ username }) => user.invitedAs !== null && username === user.invitedAs);
  if (invited) return invited;
  const addresses = new Set(addressesOf(user.attributes));
  return members.find(({ email }) => email !== null && addresses.has(fold(email)));
};

/** Finds the not yet linked person for each member in constant time, whatever the size of the workspace. */
export const indexUnlinked = (users: readonly UserRecord[]) => {
  const byUsername = new Map<string, UserRecord>();
  const byAddress = new Map<string, UserRecord>();
  for (const user of users) {
    if (user.invitedAs !== null) byUsername.set(user.invitedAs, user);
    for (const address of addressesOf(user.attributes)) {
      if (!byAddress.has(address)) byAddress.set(address, user);
    }
  }
  return (member: ModeMember): UserRecord | undefined =>
    byUsername.get(member.username) ??
    (member.email === null ? undefined : byAddress.get(fold(member.email)));
};
