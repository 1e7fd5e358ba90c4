/** What a Mode member looks like as a SCIM person before a provider has written anything. */
import type { Attributes, ModeMember } from '../model.ts';

/**
 * Mode keeps one full name. It is given as `name.formatted` and split at its last space, which is right for most names
 * and is replaced by the provider's own parts as soon as it adopts the person. Nothing is invented: no e-mail, no e-mail.
 */
export const adoptedAttributes = (member: ModeMember): Attributes => {
  const name = member.name?.trim() ?? '';
  const cut = name.lastIndexOf(' ');
  const parts =
    cut > 0
      ? { formatted: name, givenName: name.slice(0, cut).trim(), familyName: name.slice(cut + 1) }
      : { formatted: name, givenName: name };
  return {
    userName: member.email ?? member.username,
    ...(name === '' ? {} : { name: parts, displayName: name }),
    ...(member.email === null ? {} : { emails: [{ value: member.email, type: 'work', primary: true }] }),
    active: true,
  };
};
