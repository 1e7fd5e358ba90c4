/** Members of the messages that are no resource (PatchOp, BulkRequest). */
import type { JsonObject } from './coerce.ts';
import { type Dialect, tolerates } from './dialect.ts';
import { wireQuirks } from './quirks.ts';

/** A member of a message by its name, in any letter case where the connection tolerates that. */
export const memberOf = (message: JsonObject, name: string, dialect: Dialect): unknown => {
  if (Object.hasOwn(message, name)) return message[name];
  const lower = name.toLowerCase();
  const key = Object.keys(message).find((candidate) => candidate.toLowerCase() === lower);
  return key === undefined || !tolerates(dialect, wireQuirks.memberCase) ? undefined : message[key];
};
