/**
 * Finds a person at Mode's SCIM endpoint: by filter where it has one (RFC 7644 §3.4.2.2), else by looking through
 * everybody. Never takes a row for an answer without comparing it: some servers ignore a filter and list everybody.
 */
import type { CallOptions } from '../../directory/upstream.ts';
import type { Call } from '../call.ts';
import { isOfKind, unlessOfKind } from '../kinds.ts';
import { readAs } from '../types.ts';
import type { ScimContext } from './context.ts';
import { readPage, rowsOf, type ScimList } from './list.ts';
import { type UserRow, UserSchema } from './types.ts';

/** By what somebody can be found. */
interface Key {
  readonly attribute: 'userName' | 'emails.value';
  readonly value: string;
}

/** As it is compared here: which letters a server takes for the same is UNKNOWN, and some change them. */
const folded = (text: string): string => text.normalize('NFC').toLowerCase();

const valuesOf = ({ userName, emails }: UserRow, attribute: Key['attribute']): readonly (string | null)[] =>
  attribute === 'userName' ? [userName] : (emails ?? []).map(({ value }) => value);

const matches = (row: UserRow, { attribute, value }: Key): boolean =>
  valuesOf(row, attribute).some((own) => own !== null && folded(own) === folded(value));

/** Everybody. */
export const users: ScimList<UserRow> = {
  call: { method: 'GET', route: '/scim/Users', at: {}, to: 'list the people' },
  schema: UserSchema,
};

const searched = (query: Readonly<Record<string, string>>): ScimList<UserRow> => {
  const call: Call = { ...users.call, query, to: 'find the person' };
  return { ...users, call };
};

/** Those whom the filter finds (1 call); undefined where it is of no use. */
const filtered = async (
  context: ScimContext,
  key: Key,
  options: CallOptions,
): Promise<readonly UserRow[] | undefined> => {
  const { discovery } = context;
  const trait = `filter ${key.attribute}` as const;
  const isProven = discovery.seen(trait);
  if ((isProven ?? (await discovery.said(options)).filter) === false) return undefined;
  const list = searched({ filter: `${key.attribute} eq ${JSON.stringify(key.value)}` });
  const asked = readPage(context, list, {}, options);
  const page = await unlessOfKind(
    asked,
    ['invalid', 'unsupported', 'forbidden', 'notFound'],
    () => undefined,
  );
  // Of a filter that worked before it is this value that cannot be read.
  if (page === undefined && isProven !== true) discovery.see(trait, false);
  if (page === undefined) return undefined;
  const found = page.rows.filter((row) => matches(row, key));
  const isHeeded = found.length === page.rows.length;
  if (!isHeeded || found.length > 0) discovery.see(trait, isHeeded);
  return isHeeded || found.length > 0 ? found : undefined;
};

/**
 * How hard it is looked: by filter alone; through everybody where there is no filter; through everybody too where the
 * filters find nobody.
 */
export type Effort = 'filter alone' | 'filter or all' | 'filter and all';

interface How {
  readonly effort: Effort;
  readonly options: CallOptions;
}

const search = async (
  context: ScimContext,
  keys: readonly Key[],
  { effort, options }: How,
): Promise<readonly UserRow[]> => {
  let hasFilter = false;
  for (const key of keys) {
    const found = await filtered(context, key, options);
    if (found !== undefined && found.length > 0) return found;
    hasFilter ||= found !== undefined;
  }
  if (effort === 'filter alone' || (hasFilter && effort === 'filter or all')) return [];
  const everybody: UserRow[] = [];
  for await (const row of rowsOf(context, users, options)) {
    if (keys.some((key) => matches(row, key))) everybody.push(row);
  }
  return everybody;
};

/** Also in small letters: a server that minds them may have changed them when she was created. */
const keysOf = (attribute: Key['attribute'], value: string): readonly Key[] => [
  { attribute, value },
  { attribute, value: value.toLowerCase() },
];

/** The people who bear this userName or one of these addresses: the first by which anybody is found decides. */
export const findUsers = (
  context: ScimContext,
  { userName, addresses }: { readonly userName: string; readonly addresses: readonly string[] },
  how: How,
): Promise<readonly UserRow[]> => {
  const keys = [
    ...keysOf('userName', userName),
    ...addresses.flatMap((value) => [...keysOf('userName', value), ...keysOf('emails.value', value)]),
  ];
  const unique = new Map(keys.map((key) => [`${key.attribute} ${key.value}`, key]));
  return search(context, [...unique.values()], how);
};

/** One person by her id (1 call); undefined where there is none. */
export const readUser = async (
  { http }: ScimContext,
  id: string,
  options: CallOptions,
): Promise<UserRow | undefined> => {
  const call: Call = { method: 'GET', route: '/scim/Users/{id}', at: { id }, to: 'see the person' };
  try {
    return readAs(UserSchema, await http.request(call, options), { asked: call });
  } catch (error) {
    if (isOfKind(error, 'notFound')) return undefined;
    throw error;
  }
};
