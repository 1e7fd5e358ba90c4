/** What Mode knows of a person, as the Mode extension of a SCIM User shows it (scim-schemas/mode-user.json). */
import { isUnaddressed } from '../directory/linking/emails.ts';
import { isWaiting } from '../directory/linking/waiting.ts';
import type { UserView } from '../directory/user-view.ts';

export const MODE_USER = 'urn:ietf:params:scim:schemas:extension:mode:2.0:User';

/** What somebody waits for of whom Mode knows nothing: nothing else would tell the admin. */
const waitsFor = ({ user, wayIn }: UserView): Readonly<Record<string, unknown>> | undefined => {
  if (isUnaddressed(user)) return { state: 'noAddress' };
  return wayIn === 'jit' && isWaiting(user) ? { state: 'awaitingSignIn' } : undefined;
};

/** What Mode knows of a person. Somebody invited is pending also before Mode's list has shown her. */
export const modeUser = (view: UserView): Readonly<Record<string, unknown>> | undefined => {
  const { user, mode } = view;
  if (mode && mode.state !== 'pending') {
    const { state, username, admin, managedByScim } = mode;
    return user.invitedAt !== null && state === 'former'
      ? { state: 'pending', username }
      : { state, username, admin, managedByScim };
  }
  const username = mode?.username ?? user.invitedAs;
  if (!mode && user.invitedAt === null) return waitsFor(view);
  return { state: 'pending', ...(username === null ? {} : { username }) };
};
