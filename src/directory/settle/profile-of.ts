/** The part of a person's attributes that Mode may hold. */
import { inviteAddress } from '../linking/emails.ts';
import type { UserRecord } from '../model.ts';
import type { Profile } from '../profile.ts';

const text = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null;

/** Null where she has no address: nobody is in Mode without one. */
export const profileOf = ({ userName, externalId, attributes }: UserRecord): Profile | null => {
  const email = inviteAddress(attributes);
  if (email === null) return null;
  const name = (attributes['name'] ?? {}) as Readonly<Record<string, unknown>>;
  return {
    email,
    userName,
    givenName: text(name['givenName']),
    familyName: text(name['familyName']),
    displayName: text(attributes['displayName']),
    externalId: text(externalId),
  };
};
