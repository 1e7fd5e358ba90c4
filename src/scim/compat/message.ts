/** Members of the messages that are no resource (PatchOp, BulkRequest). */
import { ScimRefusal } from '../errors.ts';
import { sentUrns } from '../urns.ts';
import type { JsonObject } from './coerce.ts';
import { type Dialect, tolerates } from './dialect.ts';
import { wireQuirks } from './quirks.ts';

const PREFIX = 'urn:ietf:params:scim:api:messages:2.0:';

/** A member of a message by its name, in any letter case where the connection tolerates that. */
export const memberOf = (message: JsonObject, name: string, dialect: Dialect): unknown => {
  if (Object.hasOwn(message, name)) return message[name];
  const lower = name.toLowerCase();
  const key = Object.keys(message).find((candidate) => candidate.toLowerCase() === lower);
  return key === undefined || !tolerates(dialect, wireQuirks.memberCase) ? undefined : message[key];
};

/**
 * Checks that a message says what it is. One that says nothing is what its address takes it for, where the connection
 * tolerates that (authentik's PATCH of a group has no "schemas"); one that says something else is refused (T099).
 */
export const checkMessage = (
  message: JsonObject,
  name: 'PatchOp' | 'BulkRequest' | 'SearchRequest',
  dialect: Dialect,
): void => {
  const schemas = memberOf(message, 'schemas', dialect);
  if (sentUrns(schemas).includes(`${PREFIX}${name}`.toLowerCase())) return;
  const says = schemas !== undefined && schemas !== null;
  if (!says && tolerates(dialect, wireQuirks.noSchemas)) return;
  throw new ScimRefusal('invalidSyntax', `The "schemas" of this message must be ["${PREFIX}${name}"].`);
};
