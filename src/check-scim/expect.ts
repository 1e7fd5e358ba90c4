/** What checks expect of an answer. Each throws Unmet, which says in words what was expected and what came. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer, Exchange } from './wire.ts';

export type Json = Readonly<Record<string, unknown>>;

export const CORE_USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const CORE_GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** What stands in place of a check's own source and remedy. */
export interface Instead {
  readonly source: string;
  readonly remedy: string;
}

/** The server did something else. */
export class Unmet extends Error {
  override readonly name = 'Unmet';
  readonly expected: string;
  readonly got: string;
  readonly exchange: Exchange | undefined;

  readonly instead: Instead | undefined;

  constructor(expected: string, got: string, exchange?: Exchange, instead?: Instead) {
    super(`expected ${expected}, got ${got}`);
    this.expected = expected;
    this.got = got;
    this.exchange = exchange;
    this.instead = instead;
  }
}

const LONGEST = 400;

export const shorten = (text: string, longest = LONGEST): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;

/** A value as a person reads it. */
export const show = (value: unknown): string =>
  value === undefined ? 'nothing' : shorten(JSON.stringify(value));

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Looks into a value; undefined where there is nothing. */
export const dig = (value: unknown, ...keys: readonly (string | number)[]): unknown =>
  keys.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }, value);

/** null, "" and [] are the same as absent (RFC 7643 §2.5). */
export const isUnassigned = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

export const holds = (answer: Answer, condition: boolean, expected: string, got: unknown): void => {
  if (!condition) throw new Unmet(expected, typeof got === 'string' ? got : show(got), answer.exchange);
};

const describeStatus = (answer: Answer): string => {
  const target = answer.headers.get('location');
  if (answer.status >= 300 && answer.status < 400 && answer.status !== 304)
    return `${answer.status}, a redirect to ${target ?? 'nowhere'} (not followed: identity providers do not take their token elsewhere)`;
  const detail = dig(answer.body, 'detail');
  return typeof detail === 'string' ? `${answer.status}: ${shorten(detail, 200)}` : String(answer.status);
};

export const hasStatus = (answer: Answer, ...wanted: readonly number[]): void =>
  holds(answer, wanted.includes(answer.status), `status ${wanted.join(' or ')}`, describeStatus(answer));

/** Compares as JSON: the order of names does not matter. */
export const equals = (answer: Answer, actual: unknown, wanted: unknown, what: string): void =>
  holds(answer, isDeepStrictEqual(actual, wanted), `${what} to be ${show(wanted)}`, actual);

export const isAbsent = (answer: Answer, actual: unknown, what: string): void =>
  holds(answer, isUnassigned(actual), `no ${what}`, actual);

/** A refusal: its status, and its scimType where the standard names one. */
export const refused = (
  answer: Answer,
  status: number | readonly number[],
  ...scimTypes: readonly string[]
): void => {
  hasStatus(answer, ...(typeof status === 'number' ? [status] : status));
  if (scimTypes.length === 0 || answer.status !== 400) {
    if (answer.status !== 409 || scimTypes.length === 0) return;
  }
  const actual = dig(answer.body, 'scimType');
  const expected = `scimType ${scimTypes.map((name) => `"${name}"`).join(' or ')}`;
  holds(answer, scimTypes.includes(String(actual)), expected, actual);
};

/** The SCIM media type, with or without charset (RFC 7644 §3.8, §8.1). */
export const hasScimType = (answer: Answer): void => {
  const type = answer.headers.get('content-type') ?? 'none';
  holds(answer, /^application\/scim\+json\s*(;|$)/i.test(type), 'Content-Type application/scim+json', type);
};

/** An error in the form of RFC 7644 §3.12. */
export const isScimError = (answer: Answer, ...status: readonly number[]): void => {
  hasStatus(answer, ...status);
  const { body } = answer;
  holds(
    answer,
    isObject(body),
    'a JSON body that says what is wrong',
    shorten(answer.text === '' ? 'nothing' : answer.text),
  );
  holds(
    answer,
    arrayOf(dig(body, 'schemas')).includes(ERROR),
    `schemas to hold "${ERROR}"`,
    dig(body, 'schemas'),
  );
  equals(answer, dig(body, 'status'), String(answer.status), 'the member "status" (a JSON string)');
  const detail = dig(body, 'detail');
  holds(answer, typeof detail === 'string' && detail !== '', 'a "detail" for people to read', detail);
};

/** A ListResponse with whole counters (RFC 7644 §3.4.2); gives its resources. */
export const isList = (answer: Answer): readonly unknown[] => {
  hasStatus(answer, 200);
  const { body } = answer;
  holds(answer, isObject(body), 'a ListResponse in JSON', shorten(answer.text));
  holds(
    answer,
    arrayOf(dig(body, 'schemas')).includes(LIST),
    `schemas to hold "${LIST}"`,
    dig(body, 'schemas'),
  );
  const total = dig(body, 'totalResults');
  holds(answer, Number.isInteger(total), 'totalResults to be a JSON integer', total);
  const resources = dig(body, 'Resources');
  const absent = resources === undefined && total === 0;
  holds(answer, Array.isArray(resources) || absent, 'Resources to be an array', resources);
  return arrayOf(resources);
};

/** A list of exactly these resources, in any order. */
export const listsExactly = (answer: Answer, ...ids: readonly string[]): void => {
  const found = isList(answer).map((resource) => String(dig(resource, 'id')));
  const same = isDeepStrictEqual([...found].sort(), [...ids].sort());
  const what = ids.length === 0 ? 'nothing found' : `exactly ${ids.length} found: ${ids.join(', ')}`;
  holds(answer, same, what, `${found.length} found: ${shorten(found.join(', '), 120)}`);
  equals(answer, dig(answer.body, 'totalResults'), ids.length, 'totalResults');
};

/** Elements of a multi-valued attribute that have these parts. */
export const elementsWith = (list: unknown, parts: Json): readonly unknown[] =>
  arrayOf(list).filter((element) =>
    Object.entries(parts).every(([name, value]) => isDeepStrictEqual(dig(element, name), value)),
  );

/** The values of members, sorted. */
export const memberIds = (body: unknown): readonly string[] =>
  arrayOf(dig(body, 'members'))
    .map((member) => String(dig(member, 'value')))
    .sort();
