/**
 * Versions of resources (RFC 7644 §3.14, RFC 7643 §3.1 `meta.version`): weak, because a representation may leave attributes
 * out. A person's version also covers what others write about her: her groups and what Mode says.
 */
import { createHash } from 'node:crypto';
import type { GroupView } from '../directory/group-view.ts';
import type { UserView } from '../directory/user-view.ts';
import { AppError } from '../errors.ts';
import type { ScimRequest } from './context.ts';
import { modeUser } from './mode-extension.ts';

const digest = (value: unknown): string =>
  createHash('sha1').update(JSON.stringify(value)).digest('base64url').slice(0, 10);

/** Version of a person as shown: the record's own number, and a digest of what else is shown, where there is any. */
export const userVersion = (view: UserView): string => {
  const mode = modeUser(view);
  const others = view.groups.length > 0 || mode ? `.${digest([view.groups, mode])}` : '';
  return `W/"${view.user.version}${others}"`;
};

/** Version of a group; it grows with each change of its attributes or members, so that these need not be read. */
export const groupVersion = ({ group, mode }: Pick<GroupView, 'group' | 'mode'>): string =>
  `W/"${group.version}${mode ? `.${digest(mode)}` : ''}"`;

/** `W/"1"` and `"1"` mean the same: weak comparison (RFC 9110 §8.8.3.2), also where If-Match would want a strong one. */
const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');

/** Most tags of one header that are looked at; the version of a Bulk operation may be of any length. */
const MOST_TAGS = 1_000;

const names = (header: string, version: string): boolean => {
  const own = opaque(version);
  return header.trim() === '*' || header.split(',', MOST_TAGS).some((tag) => opaque(tag) === own);
};

/** Whether the client has this version already: 304 (RFC 9110 §13.1.2). */
export const isKnown = ({ ifNoneMatch }: ScimRequest, version: string): boolean =>
  ifNoneMatch !== undefined && names(ifNoneMatch, version);

/** Refuses a change that was made for another version: 412. Versions are supported, never required. */
export const checkIfMatch = ({ ifMatch }: ScimRequest, version: string): void => {
  if (ifMatch === undefined || names(ifMatch, version)) return;
  const message = `The resource has changed: its version is ${version} now. Read it again and repeat the change.`;
  throw new AppError('stale', 'scim.etag.stale', message);
};
