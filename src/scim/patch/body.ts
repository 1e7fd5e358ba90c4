/** The body of a PATCH request (RFC 7644 §3.5.2): checks its shape and gives the operations in one spelling. */
import { isObject, type JsonObject } from '../compat/coerce.ts';
import { ScimRefusal } from '../errors.ts';
import { sentUrns } from '../urns.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
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

/** Attribute names are case-insensitive (RFC 7643 §2.1), those of messages too. */
const member = (object: JsonObject, name: string, strict: boolean): unknown => {
  if (Object.hasOwn(object, name)) return object[name];
  if (strict) return undefined;
  const lower = name.toLowerCase();
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === lower);
  return key === undefined ? undefined : object[key];
};

const readPath = (path: unknown, at: string, strict: boolean): string | null => {
  if (path === undefined || path === null || (path === '' && !strict)) return null;
  if (typeof path !== 'string') throw new ScimRefusal('invalidPath', `${at}: "path" must be a string.`);
  return path;
};

const readOperation = (operation: unknown, index: number, strict: boolean): PatchOperation => {
  const at = `Operation ${index + 1}`;
  if (!isObject(operation)) return refuse(`${at} must be an object with "op", "path" and "value".`);
  const op = member(operation, 'op', strict);
  // Entra emits Add, Replace and Remove (idp-clients.md §1.2 rule 4).
  const verb = typeof op === 'string' ? op.toLowerCase() : '';
  if (verb !== 'add' && verb !== 'replace' && verb !== 'remove') {
    return refuse(`${at}: "op" must be "add", "replace" or "remove".`);
  }
  const value = member(operation, 'value', strict);
  if (value === undefined && verb !== 'remove') {
    // "The operation MUST contain a "value" member" (RFC 7644 §3.5.2.1).
    throw new ScimRefusal('invalidValue', `${at}: "${verb}" needs a "value".`);
  }
  return { op: verb, path: readPath(member(operation, 'path', strict), at, strict), value };
};

const checkSchemas = (schemas: unknown): void => {
  const urns = sentUrns(schemas);
  if (!urns.includes(PATCH_OP.toLowerCase()))
    refuse(`"schemas" of a PATCH must be an array that holds "${PATCH_OP}".`);
};

/** Reads the operations of a PATCH body. Throws invalidSyntax when it is no PatchOp message (T099). */
export const readPatchBody = (
  body: unknown,
  { strict }: { readonly strict: boolean },
): readonly PatchOperation[] => {
  if (!isObject(body)) return refuse('The request must carry one JSON object.');
  checkSchemas(member(body, 'schemas', strict));
  const operations = member(body, 'Operations', strict);
  if (!Array.isArray(operations) || operations.length === 0) {
    return refuse('"Operations" must be an array of one or more operations.');
  }
  if (operations.length > MAX_OPERATIONS) {
    throw new ScimRefusal('invalidValue', `Send at most ${MAX_OPERATIONS} operations in one PATCH.`);
  }
  return operations.map((operation, index) => readOperation(operation, index, strict));
};
