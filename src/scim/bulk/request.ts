/**
 * The body of a Bulk request (RFC 7644 §3.7): its shape checked, its operations in one spelling. What is wrong with the
 * whole is thrown; what is wrong with one operation is kept with it, because the others go on (§3.7.3).
 */

import { isObject } from '../compat/coerce.ts';
import type { Dialect } from '../compat/dialect.ts';
import { checkMessage, memberOf } from '../compat/message.ts';
import { ScimRefusal } from '../errors.ts';
import { checkOperationCount } from './limits.ts';

const TEXTS = ['method', 'path', 'bulkId', 'version'] as const;

export interface BulkOperation {
  /** In upper case; as sent when it is no method of Bulk; undefined when the client sent none. */
  readonly method: string | undefined;
  readonly path: string;
  readonly bulkId: string | undefined;
  /** The ETag that the change is bound to. */
  readonly version: string | undefined;
  readonly data: unknown;
  /** Why it cannot be run, whatever the others do. */
  readonly fault: ScimRefusal | null;
}

export interface BulkRequest {
  /** After so many errors no further operation is begun; Infinity when the client does not say (RFC 7644 §3.7.3). */
  readonly failOnErrors: number;
  readonly operations: readonly BulkOperation[];
}

const METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** `post` means POST (scimmy.md H10). */
const spelled = (method: string | undefined): string | undefined => {
  const upper = method?.toUpperCase();
  return upper !== undefined && METHODS.has(upper) ? upper : method;
};

/** RFC 7644 §3.7: "method" and "path" are REQUIRED, "bulkId" is when the method is POST. */
const faultOf = (operation: unknown, texts: ReadonlyMap<string, unknown>): ScimRefusal | null => {
  if (!isObject(operation)) {
    return new ScimRefusal(
      'invalidSyntax',
      'An operation must be an object with "method", "path" and "data".',
    );
  }
  const wrong = TEXTS.find((name) => texts.has(name) && typeof texts.get(name) !== 'string');
  if (wrong !== undefined)
    return new ScimRefusal('invalidSyntax', `"${wrong}" of an operation must be a string.`);
  const missing = (['method', 'path'] as const).find((name) => !texts.get(name));
  if (missing !== undefined) return new ScimRefusal('invalidValue', `An operation needs a "${missing}".`);
  if (spelled(String(texts.get('method'))) === 'POST' && !texts.get('bulkId')) {
    return new ScimRefusal(
      'invalidValue',
      'A POST in a bulk operation needs a "bulkId", unique in the request.',
    );
  }
  return null;
};

const readOperation = (operation: unknown, dialect: Dialect): BulkOperation => {
  const object = isObject(operation) ? operation : {};
  const sent = TEXTS.map((name) => [name, memberOf(object, name, dialect)] as const);
  const texts = new Map<string, unknown>(sent.filter(([, value]) => value !== undefined && value !== null));
  const text = (name: string): string | undefined => {
    const value = texts.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    method: spelled(text('method')),
    path: text('path') ?? '',
    bulkId: text('bulkId'),
    version: text('version'),
    data: memberOf(object, 'data', dialect),
    fault: faultOf(operation, texts),
  };
};

/** RFC 7644 §3.7: an integer; 0 would mean that not even an untroubled request may go on. */
const readFailOnErrors = (value: unknown): number => {
  if (value === undefined || value === null) return Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw new ScimRefusal('invalidValue', '"failOnErrors" must be a whole number of 1 or more.');
};

/** RFC 7644 §3.7: a bulkId is "unique within a bulk request"; with two of one name no reference would be sure. */
const checkUnique = (operations: readonly BulkOperation[]): void => {
  const seen = new Set<string>();
  for (const { bulkId } of operations) {
    if (bulkId === undefined) continue;
    if (seen.has(bulkId)) {
      throw new ScimRefusal(
        'invalidSyntax',
        `Two operations have the bulkId ${shortened(bulkId)}; nothing of this request was done.`,
      );
    }
    seen.add(bulkId);
  }
};

const LONGEST_SHOWN = 80;

/** A bulkId for a message, quoted and no longer than a person reads. */
export const shortened = (bulkId: string): string =>
  JSON.stringify(bulkId.length > LONGEST_SHOWN ? `${bulkId.slice(0, LONGEST_SHOWN)}…` : bulkId);

/** Reads a Bulk request. Throws invalidSyntax or invalidValue (400), or tooLarge (413), before anything is done. */
export const readBulkRequest = (body: unknown, dialect: Dialect): BulkRequest => {
  if (!isObject(body)) throw new ScimRefusal('invalidSyntax', 'The request must carry one JSON object.');
  checkMessage(body, 'BulkRequest', dialect);
  const list = memberOf(body, 'Operations', dialect);
  if (!Array.isArray(list) || list.length === 0) {
    throw new ScimRefusal('invalidSyntax', '"Operations" must be an array of one or more operations.');
  }
  checkOperationCount(list.length);
  const failOnErrors = readFailOnErrors(memberOf(body, 'failOnErrors', dialect));
  const operations = list.map((operation) => readOperation(operation, dialect));
  checkUnique(operations);
  return { failOnErrors, operations };
};
