/** Names that no schema knows: noted and dropped, or refused by a strict connection (idp-clients.md decision 4). */
import type { ResourceSchema } from '../../directory/schema.ts';
import { ScimRefusal, type ScimType } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import { unknownName } from './quirks.ts';

/** What a body is read with; `ignored` collects the names that no schema knows. */
export interface Reader extends Dialect {
  readonly schema: ResourceSchema;
  readonly ignored: Set<string>;
}

const MOST_NAMES = 100;

/** Okta always sends one: accepted without a word, never kept (T039, T105). */
const isPassword = (name: string, { core }: ResourceSchema) => {
  const lower = name.toLowerCase();
  if (!lower.endsWith('password')) return false;
  return lower === 'password' || lower === `${core.id.toLowerCase()}:password`;
};

/** Notes a name that no schema knows and drops it (decision 4); a strict connection refuses it. */
export const recordUnknown = (
  name: string,
  { schema, strict, saw, ignored }: Reader,
  scimType: ScimType = 'invalidSyntax',
): void => {
  // Enough for any message; a body may hold a hundred thousand.
  if (ignored.size >= MOST_NAMES || isPassword(name, schema)) return;
  const short = name.slice(0, 100);
  saw?.(unknownName(short));
  if (strict) {
    throw new ScimRefusal(
      scimType,
      `A ${schema.resourceType} has no attribute "${short}"; take it out of the attribute mapping.`,
    );
  }
  ignored.add(short);
};
