/** `POST …/.search` (RFC 7644 §3.4.3): a list request whose parameters stand in the body, so that no proxy logs them. */
import { isObject } from '../compat/coerce.ts';
import { checkMessage } from '../compat/message.ts';
import type { Operation, ScimQuery, ScimRequest } from '../context.ts';
import { ScimRefusal } from '../errors.ts';

const text = (name: string, value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(',');
  throw new ScimRefusal(
    'invalidValue',
    `"${name}" of a SearchRequest must be text, a number or a list of texts.`,
  );
};

const PARAMETERS = [
  'attributes',
  'excludedAttributes',
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
] as const;

/** The parameters of a SearchRequest as a GET would carry them. */
const searchQuery = ({ body, dialect }: ScimRequest): ScimQuery => {
  const record = isObject(body) ? body : {};
  checkMessage(record, 'SearchRequest', dialect);
  return Object.fromEntries(PARAMETERS.map((name) => [name, text(name, record[name])]));
};

/** Makes the `.search` of a list operation. */
export const searchOf =
  (list: Operation): Operation =>
  (request) =>
    list({ ...request, query: searchQuery(request) });
