/** The body of a PATCH request (RFC 7644 §3.5.2): checks its shape and gives the operations in one spelling. */
import { isObject } from '../compat/coerce.ts';
import { type Dialect, tolerates } from '../compat/dialect.ts';
import { checkMessage, memberOf } from '../compat/message.ts';
import { wireQuirks } from '../compat/quirks.ts';
import { ScimRefusal } from '../errors.ts';

/** Most operations of one PATCH; Okta and Entra stay far below (T121 sends 1,000). */
const MAX_OPERATIONS = 10_000;

export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  /** Null when the operation is about the resource as a whole. */
  readonly path: string | null;
  /** Undefined when the operation carries none. */
  readonly value: unknown;
}

const refuse = (message: string): never => {
  throw new ScimRefusal('invalidSyntax', message);
};

const readPath = (path: unknown, at: string, dialect: Dialect): string | null => {
  if (path === undefined || path === null) return null;
  if (path === '' && tolerates(dialect, wireQuirks.emptyPath)) return null;
  if (typeof path !== 'string') throw new ScimRefusal('invalidPath', `${at}: "path" must be a string.`);
  return path;
};

const readOperation = (operation: unknown, index: number, dialect: Dialect): PatchOperation => {
  const at = `Operation ${index + 1}`;
  if (!isObject(operation)) return refuse(`${at} must be an object with "op", "path" and "value".`);
  const op = memberOf(operation, 'op', dialect);
  // Entra emits Add, Replace and Remove (idp-clients.md §1.2 rule 4).
  const verb = typeof op === 'string' ? op.toLowerCase() : '';
  if (verb !== 'add' && verb !== 'replace' && verb !== 'remove') {
    return refuse(`${at}: "op" must be "add", "replace" or "remove".`);
  }
  const sent = memberOf(operation, 'value', dialect);
  if (sent === undefined && verb !== 'remove') {
    // "The operation MUST contain a "value" member" (RFC 7644 §3.5.2.1).
    throw new ScimRefusal('invalidValue', `${at}: "${verb}" needs a "value".`);
  }
  if (op !== verb) tolerates(dialect, wireQuirks.operationCase);
  const path = readPath(memberOf(operation, 'path', dialect), at, dialect);
  // Decision 2: the interop profile asks for a path in every operation, Okta deactivates without one.
  if (path === null && verb !== 'remove' && !tolerates(dialect, wireQuirks.noPath))
    refuse(`${at} needs a "path"; this connection is strict and takes none without.`);
  const isWrapped = path === null && Array.isArray(sent) && sent.length === 1 && isObject(sent[0]);
  const value: unknown = isWrapped && tolerates(dialect, wireQuirks.wrappedResource) ? sent[0] : sent;
  return { op: verb, path, value };
};

/** Reads the operations of a PATCH body. Throws invalidSyntax when it is no PatchOp message (T099). */
export const readPatchBody = (body: unknown, dialect: Dialect): readonly PatchOperation[] => {
  if (!isObject(body)) return refuse('The request must carry one JSON object.');
  checkMessage(body, 'PatchOp', dialect);
  const operations = memberOf(body, 'Operations', dialect);
  if (!Array.isArray(operations) || operations.length === 0) {
    return refuse('"Operations" must be an array of one or more operations.');
  }
  if (operations.length > MAX_OPERATIONS) {
    throw new ScimRefusal('invalidValue', `Send at most ${MAX_OPERATIONS} operations in one PATCH.`);
  }
  return operations.map((operation, index) => readOperation(operation, index, dialect));
};
