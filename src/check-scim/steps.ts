/** Steps that many checks share: patch and read again, find, read. */
import { type Context, patchBody, type Resource } from './context.ts';
import { dig, hasStatus, type Json } from './expect.ts';
import type { Answer } from './wire.ts';

/** Which are allowed after a PATCH that worked (RFC 7644 §3.5.2). */
const DONE = [200, 204];

export const isDone = (answer: Answer): void => hasStatus(answer, ...DONE);

export const filterQuery = (filter: string): string => `filter=${encodeURIComponent(filter)}`;

export const find = ({ scim }: Context, endpoint: string, filter: string, more = ''): Promise<Answer> =>
  scim('GET', `${endpoint}?${filterQuery(filter)}${more}`);

/** Sends a PATCH without judging the answer. */
export const patch = (
  { scim }: Context,
  { path }: Resource,
  ...operations: readonly Json[]
): Promise<Answer> => scim('PATCH', path, patchBody(...operations));

/** The resource as the server shows it now. */
export const reread = async ({ scim }: Context, { path }: Resource): Promise<Answer> => {
  const answer = await scim('GET', path);
  hasStatus(answer, 200);
  return answer;
};

/** A PATCH that must work; gives the resource as it is afterwards, as the answer shows it, else read anew. */
export const patched = async (
  context: Context,
  resource: Resource,
  ...operations: readonly Json[]
): Promise<Answer> => {
  const answer = await patch(context, resource, ...operations);
  isDone(answer);
  return dig(answer.body, 'id') === resource.id ? answer : reread(context, resource);
};

/** The same, always read anew: an answer may promise what was not done. */
export const patchedForSure = async (
  context: Context,
  resource: Resource,
  ...operations: readonly Json[]
): Promise<Answer> => {
  isDone(await patch(context, resource, ...operations));
  return reread(context, resource);
};
