/** What Mode knows of a person, as the Mode extension of a SCIM User shows it (scim-schemas/mode-user.json). */
import { isUnaddressed } from '../directory/emails.ts';
import type { UserView } from '../directory/user-view.ts';

export const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';

/**
 * What Mode knows of a person. Somebody invited is pending also before Mode's list has shown her; somebody who cannot be
 * invited for want of an address is said to be so, since nothing else would tell the admin.
 */
export const modeUser = ({ user, mode }: UserView): Readonly<Record<string, unknown>> | undefined => {
  if (mode && mode.state !== 'pending') {
    const { state, username, admin, managedByScim } = mode;
    return user.invitedAt !== null && state === 'former'
      ? { state: 'pending', username }
      : { state, username, admin, managedByScim };
  }
  const username = mode?.username ?? user.invitedAs;
  if (!mode && user.invitedAt === null) return isUnaddressed(user) ? { state: 'noAddress' } : undefined;
  return { state: 'pending', ...(username === null ? {} : { username }) };
};
