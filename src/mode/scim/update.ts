/**
 * Changes a user or group at Mode's SCIM endpoint, by PATCH (RFC 7644 §3.5.2) or PUT (§3.5.1), whichever it takes. One
 * description of the change is written in both ways; PUT reads the resource first and gives back what it does not know.
 */
import type { CallOptions } from '../../directory/upstream.ts';
import { AppError } from '../../errors.ts';
import type { Call } from '../call.ts';
import { unlessOfKind } from '../kinds.ts';
import { unreadable } from '../refusal.ts';
import { checkEndpoint, type ScimContext } from './context.ts';
import type { Endpoint, Trait } from './discovery.ts';
import { isObject, type Json, withChanges } from './paths.ts';

export interface Change {
  readonly endpoint: Endpoint;
  readonly id: string;
  /** Completes "Mode refused to …". */
  readonly to: string;
  /** Values by the paths of attributes; null takes one away. */
  readonly set?: Json;
  /** Ids of those who are put into a group and taken out of it. */
  readonly members?: { readonly add: readonly string[]; readonly remove: readonly string[] };
}

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const operationsOf = ({ set = {}, members }: Change): readonly Json[] => [
  ...Object.entries(set).map(([path, value]) =>
    value === null ? { op: 'remove', path } : { op: 'replace', path, value },
  ),
  ...(members?.remove ?? []).map((id) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` })),
  ...(members?.add.length
    ? [{ op: 'add', path: 'members', value: members.add.map((value) => ({ value })) }]
    : []),
];

const membersAfter = (current: Json, { add, remove }: NonNullable<Change['members']>): readonly Json[] => {
  const present = Array.isArray(current['members']) ? (current['members'] as readonly Json[]) : [];
  const gone = new Set([...remove, ...add]);
  // Values alone: what else stands there is for the server to say.
  const kept = present.filter(({ value }) => !gone.has(String(value))).map(({ value }) => ({ value }));
  return [...kept, ...add.map((value) => ({ value }))];
};

/** The whole resource after the change; `meta` and `groups` are read only (RFC 7643 §3.1, §4.1.2). */
const wholeAfter = (current: Json, { set = {}, members }: Change): Json => {
  const { meta: _meta, groups: _groups, ...kept } = current;
  const changed = withChanges(kept, set);
  return members ? { ...changed, members: membersAfter(current, members) } : changed;
};

const callFor = (
  method: Call['method'],
  { endpoint, id, to }: Pick<Change, 'endpoint' | 'id' | 'to'>,
): Call => ({
  method,
  route: `/scim/${endpoint}/{id}`,
  at: { id },
  to,
});

/** The resource, where the answer shows it (RFC 7644 §3.5.2: or 204); anything else was not answered by a SCIM server. */
const send = async ({ http }: ScimContext, asked: Call, options: CallOptions): Promise<unknown> => {
  const json = await http.request(asked, options);
  if (json === null || (isObject(json) && String(json['id']) === asked.at['id'])) return json;
  throw unreadable(asked, 'it is not the resource that was changed');
};

const patch = (context: ScimContext, change: Change, options: CallOptions): Promise<unknown> => {
  const body = { schemas: [PATCH_SCHEMA], Operations: operationsOf(change) };
  return send(context, { ...callFor('PATCH', change), body }, options);
};

const put = async (context: ScimContext, change: Change, options: CallOptions): Promise<unknown> => {
  const current = await send(context, callFor('GET', change), options);
  if (!isObject(current)) throw unreadable(callFor('GET', change), 'it is no resource');
  const asked = { ...callFor('PUT', change), body: wholeAfter(current, change) };
  // It was there a moment ago: what is not found is the method.
  return unlessOfKind(send(context, asked, options), ['notFound'], (cause) => {
    throw new AppError('unsupported', 'mode.scim.no-put', cause.message, { cause });
  });
};

/** Says whether the resource is there (1 call), and that it is Mode's SCIM that says so where it is not (2 calls). */
const exists = async (context: ScimContext, change: Change, options: CallOptions): Promise<boolean> => {
  const asked = context.http.request(callFor('GET', change), options);
  const isThere = await unlessOfKind(
    asked.then(() => true),
    ['notFound'],
    () => false,
  );
  if (!isThere) await checkEndpoint(context, options);
  return isThere;
};

type Way = 'patch' | 'put' | 'delete';

const traitOf = (way: Way, { endpoint, members }: Change): Trait =>
  way !== 'delete' && members ? `${way} members` : `${way} ${endpoint}`;

/** Whether a failure says that this way is not offered, rather than that this change is refused. */
const isNotOffered = async (
  context: ScimContext,
  { way, change, options }: { readonly way: Way; readonly change: Change; readonly options: CallOptions },
  error: AppError,
): Promise<boolean> => {
  if (error.kind === 'unsupported') return true;
  const isProven = context.discovery.seen(traitOf(way, change)) === true;
  if (isProven) return false;
  // A path that it cannot read, or no PATCH at all: the other way will tell.
  if (error.kind === 'invalid') return way === 'patch';
  return error.kind === 'notFound' && way !== 'put' && (await exists(context, change, options));
};

type Outcome = { readonly body: unknown } | { readonly notOffered: AppError };

const attempt = async (
  context: ScimContext,
  asked: { readonly way: Way; readonly change: Change; readonly options: CallOptions },
  work: Promise<unknown>,
): Promise<Outcome> => {
  const trait = traitOf(asked.way, asked.change);
  try {
    const body = await work;
    context.discovery.see(trait, true);
    return { body };
  } catch (error) {
    if (!(error instanceof AppError) || !(await isNotOffered(context, asked, error))) throw error;
    return { notOffered: error };
  }
};

const WAYS = { patch, put };

/** Which way comes first: the one that was seen to work, else the one that the documents name, else PATCH. */
const orderOf = async (
  { discovery }: ScimContext,
  change: Change,
  options: CallOptions,
): Promise<readonly ('patch' | 'put')[]> => {
  const said = (await discovery.said(options)).patch !== false;
  const isPatch =
    discovery.seen(traitOf('patch', change)) ?? (discovery.seen(traitOf('put', change)) !== true && said);
  return isPatch ? ['patch', 'put'] : ['put', 'patch'];
};

/**
 * Makes the change (1 call by PATCH, 2 by PUT); gives the resource as the answer shows it, null where it shows nothing.
 * Throws `notFound` where there is none, `unsupported` where Mode offers neither way, or Mode's refusal.
 */
export const update = async (
  context: ScimContext,
  change: Change,
  options: CallOptions,
): Promise<unknown> => {
  let first: AppError | undefined;
  for (const way of await orderOf(context, change, options)) {
    const asked = { way, change, options };
    const outcome = await attempt(context, asked, WAYS[way](context, change, options));
    if ('body' in outcome) {
      // The way before it was refused, and this one was not.
      if (first) context.discovery.see(traitOf(way === 'put' ? 'patch' : 'put', change), false);
      return outcome.body;
    }
    first ??= outcome.notOffered;
  }
  // A refusal that could have meant the way means the change after all.
  if (first?.kind === 'invalid') throw first;
  throw new AppError(
    'unsupported',
    'mode.scim.no-updates',
    `Mode's SCIM endpoint takes neither PATCH nor PUT, so it cannot ${change.to}.`,
    { cause: first },
  );
};

/** Deletes it (1 call). One that is gone counts as deleted; false where Mode offers no deletion. */
export const remove = async (
  context: ScimContext,
  target: Pick<Change, 'endpoint' | 'id' | 'to'>,
  options: CallOptions,
): Promise<boolean> => {
  const trait = traitOf('delete', target);
  if (context.discovery.seen(trait) === false) return false;
  const asked = { way: 'delete', change: target, options } as const;
  const work = context.http.request(callFor('DELETE', target), options);
  const outcome = await unlessOfKind(attempt(context, asked, work), ['notFound'], async () => {
    await checkEndpoint(context, options);
    return { body: null };
  });
  if ('body' in outcome) return true;
  context.discovery.see(trait, false);
  return false;
};
