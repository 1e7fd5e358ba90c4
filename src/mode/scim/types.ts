/**
 * SCIM as Mode may speak it (RFC 7643 §4, §5, RFC 7644 §3.4.2, RFC 9865): read with patience, because its wire is UNKNOWN
 * (mode-api.md §10). What does not fit is refused by the path of the field and never by its content.
 */
import { z } from 'zod';
import { OptionalText, Token } from '../types.ts';

/** `true`, or `"False"` as some servers write it; who is not said to be inactive is active. */
const Active = z
  .union([z.boolean(), z.string()])
  .nullish()
  .transform((value) => (typeof value === 'string' ? value.toLowerCase() !== 'false' : value !== false));

const Email = z.object({
  value: OptionalText,
  type: OptionalText,
  primary: z.union([z.boolean(), z.string()]).nullish().catch(null),
});

const Name = z.object({ formatted: OptionalText, givenName: OptionalText, familyName: OptionalText });

export const UserSchema = z.object({
  id: Token,
  userName: OptionalText,
  displayName: OptionalText,
  externalId: OptionalText,
  name: Name.nullish().catch(null),
  emails: z.array(Email).nullish().catch(null),
  active: Active,
});
export type UserRow = z.output<typeof UserSchema>;

/** `members` that are left out are not none: a server need not show them (RFC 7643 §2.2, `returned`). */
export const GroupSchema = z.object({
  id: Token,
  displayName: z.string(),
  members: z.array(z.object({ value: Token })).nullish(),
});
export type GroupRow = z.output<typeof GroupSchema>;

const Count = z.coerce.number().int().min(0).nullish().catch(null);

/** A page; `Resources` may be left out where nothing was found (RFC 7644 §3.4.2). */
export const ListSchema = z
  .object({ Resources: z.array(z.unknown()).nullish(), totalResults: Count, nextCursor: OptionalText })
  .refine(({ Resources, totalResults }) => (Resources ?? null) !== null || totalResults === 0);

const Supported = z
  .object({ supported: z.boolean().nullish().catch(null) })
  .nullish()
  .catch(null);

/** What the server says that it can do; it need not be so. */
export const ConfigSchema = z.object({
  patch: Supported,
  filter: z
    .object({ supported: z.boolean().nullish().catch(null), maxResults: Count })
    .nullish()
    .catch(null),
  pagination: z.object({ cursor: z.boolean().nullish(), index: z.boolean().nullish() }).nullish().catch(null),
});

const Attribute = z.object({ name: z.string(), mutability: OptionalText });

/** One of `/Schemas`, as far as it says what can be written. */
export const SchemaSchema = z.object({ id: z.string(), attributes: z.array(Attribute) });

/** One of `/ResourceTypes`. */
export const ResourceTypeSchema = z.object({ name: z.string(), endpoint: z.string() });
