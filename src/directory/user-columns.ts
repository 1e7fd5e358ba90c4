/** The columns of a person's record that follow from her attributes. */
import type { Attributes } from './model.ts';

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

/**
 * Derives them. Where the attributes do not say whether the person is active, because a client removed the attribute, her
 * standing stays as it was: silence brings nobody back and locks nobody out.
 */
export const derived = (attributes: Attributes, standing: { readonly active: boolean }) => {
  const name = attributes['name'] as { readonly formatted?: unknown } | undefined;
  const userName = text(attributes['userName']) ?? '';
  return {
    attributes,
    userName,
    displayName: text(attributes['displayName']) ?? text(name?.formatted) ?? userName,
    // As it is, also of white space: what is shown must be found (groups.ts does the same).
    externalId: typeof attributes['externalId'] === 'string' ? attributes['externalId'] : null,
    active: typeof attributes['active'] === 'boolean' ? attributes['active'] : standing.active,
  };
};
