/**
 * Mode's JSON as it really comes (mode-api.md §2 to §6): ids as text or numbers, booleans as text, fields left out.
 * Unknown fields are ignored. What does not fit is refused here, by the path of the field and never by its content.
 */
import { z } from 'zod';
import type { AppError } from '../errors.ts';
import { type Asked, unreadable } from './refusal.ts';

/** Ids "are JSON strings from about January 2025", numbers before (mode-api.md §2). */
export const Token = z.union([z.string().min(1), z.number().int()]).transform(String);

/** Absent, null and "" all mean that there is nothing: Mode's Swagger requires fields that have no value yet. */
export const OptionalText = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === undefined || value === null || value === '' ? null : String(value)));

/** `true` or `"true"`: the Swagger types `managed` as a string (mode-api.md §6). */
const Flag = z
  .union([z.boolean(), z.string()])
  .nullish()
  .transform((value) => value === true || value === 'true');

/** A link is a convenience: one that is odd counts as none. */
const Href = z
  .object({ href: z.string() })
  .transform(({ href }) => href)
  .nullish()
  .catch(null);

/** A row of the full list: no e-mail, no name; its own token stands in `_links.self` alone (mode-api.md §4). */
export const MembershipSchema = z.object({
  member_token: Token,
  member_username: OptionalText,
  state: OptionalText,
  admin: Flag,
  invited: Flag,
  activated_at: OptionalText,
  managed_by_scim: Flag,
  _links: z.object({ self: Href, user: Href }).nullish().catch(null),
});
export type FullRow = z.output<typeof MembershipSchema>;

/** A row of the lite list: e-mail and name, but no membership token (mode-api.md §4). */
export const LiteMembershipSchema = z.object({
  member_token: Token,
  email: OptionalText,
  name: OptionalText,
  username: OptionalText,
  state: OptionalText,
  admin: Flag,
});
export type LiteRow = z.output<typeof LiteMembershipSchema>;

/** A group (mode-api.md §6). */
export const GroupSchema = z.object({
  token: Token,
  name: z.string(),
  state: OptionalText,
  group_type: OptionalText,
  managed: Flag,
});
export type GroupRow = z.output<typeof GroupSchema>;

/** Somebody's place in a group; `token` is its own, `member_token` the person's (mode-api.md §6). */
export const GroupMembershipSchema = z.object({ token: Token, member_token: Token });

/** A connection, `data_source` there: `soft_deleted` is a flag of its own (mode-api.md §7). */
export const DataSourceSchema = z.object({
  token: Token,
  name: z.string(),
  description: OptionalText,
  soft_deleted: Flag,
});
export type DataSourceRow = z.output<typeof DataSourceSchema>;

/** A collection, `space` there; `private` ones belong to single people (mode-api.md §7). */
export const SpaceSchema = z.object({
  token: Token,
  name: z.string(),
  description: OptionalText,
  state: OptionalText,
  space_type: OptionalText,
});
export type SpaceRow = z.output<typeof SpaceSchema>;

/** The answer to an invitation: no token; the person is in `_links.invitee` (mode-api.md §5). */
export const InviteSchema = z.object({ _links: z.object({ invitee: Href }).nullish().catch(null) });

/** `"true"` or `true`; null where Mode does not say. */
const MaybeFlag = z
  .union([z.boolean(), z.string()])
  .nullish()
  .transform((value) => (value === undefined || value === null ? null : String(value) === 'true'));

/** What the workspace says of itself; every field optional (mode-api.md §3). That domains are the claimed ones is INFERRED. */
export const WorkspaceSchema = z.object({
  scim_enabled: MaybeFlag,
  seat_limit_reached: MaybeFlag,
  authorized_domains: z
    .array(z.string())
    .nullish()
    .catch(null)
    .transform((domains) => domains ?? null),
});

/** The answer to the credential check; newer keys name their scope (mode-api.md §1). */
export const VerifySchema = z.object({ workspace: z.string().min(1), api_key_scope: OptionalText });

const OptionalActor = z
  .object({ user_agent: OptionalText })
  .nullish()
  .transform((actor) => actor ?? { user_agent: null });
const OptionalEntity = z
  .object({ entity_id: OptionalText, entity_name: OptionalText })
  .nullish()
  .transform((entity) => entity ?? { entity_id: null, entity_name: null });

const ChangeList = z.object({
  audit_logs: z.array(
    z.object({
      id: z.string().min(1),
      action: z.string(),
      timestamp: z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'must be an instant'),
      actor: OptionalActor,
      entity: OptionalEntity,
    }),
  ),
});

/** A page of the audit log; whether the list stands at the top or under `_embedded` is UNKNOWN (mode-api.md §8.3). */
export const ChangesSchema = z
  .union([
    ChangeList.extend({ next_token: OptionalText }),
    z.object({ _embedded: ChangeList, next_token: OptionalText }),
  ])
  .transform((page) => ({ next_token: page.next_token, ...('_embedded' in page ? page._embedded : page) }));

const Count = z.coerce.number().int().min(0).optional().catch(undefined);

/** What every list has around its rows; counters only "where present" (mode-api.md §2, "Paging"). */
export const ListSchema = z.object({
  _embedded: z.record(z.string(), z.unknown()),
  pagination: z.object({ total_pages: Count, total_count: Count }).nullish().catch(null),
});

const misfit = (asked: Asked, error: z.ZodError, under: string): AppError => {
  const [issue] = error.issues;
  const steps = (issue?.path ?? []).map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  );
  const path = `${under}${steps.join('')}`.replace(/^\./, '') || 'the whole';
  return unreadable(asked, `${path} is not as expected`);
};

/** Reads JSON by a schema; `under` is where in the answer it stood. */
export const readAs = <T>(schema: z.ZodType<T>, json: unknown, from: { asked: Asked; under?: string }): T => {
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  throw misfit(from.asked, read.error, from.under ?? '');
};
