/**
 * How a record looks as a SCIM resource (RFC 7643 §3): its attributes as the provider sent them, with id, meta, groups or
 * members, and what Mode knows under the Mode extension. No nulls; `schemas` names an extension exactly when it has data.
 */
import type { GroupView } from '../directory/group-view.ts';
import { groupSchema, userSchema } from '../directory/schema.ts';
import type { UserView } from '../directory/user-view.ts';
import { groupVersion, userVersion } from './etag.ts';
import { MODE_USER, modeUser } from './mode-extension.ts';

export type Resource = Readonly<Record<string, unknown>>;

const ENTERPRISE_USER = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const MODE_GROUP = 'urn:ietf:params:scim:schemas:extension:mode:2.0:Group';

interface Kept {
  readonly id: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
}

const meta = (resourceType: string, record: Kept, location: string, version: string) => ({
  resourceType,
  created: record.createdAt,
  lastModified: record.modifiedAt,
  location,
  version,
});

export const userLocation = (baseUrl: string, id: string): string => `${baseUrl}/Users/${id}`;
export const groupLocation = (baseUrl: string, id: string): string => `${baseUrl}/Groups/${id}`;

/** The enterprise extension as it is shown; undefined when there is nothing in it. */
const enterpriseUser = (baseUrl: string, sent: unknown): Resource | undefined => {
  if (typeof sent !== 'object' || sent === null) return undefined;
  const { manager, ...rest } = sent as Resource & { readonly manager?: Resource };
  const id = manager?.['value'];
  // No manager without a value (idp-clients.md decision 5); the $ref is ours, Entra makes one up (§1.5).
  const known =
    typeof id === 'string'
      ? { manager: { ...manager, $ref: userLocation(baseUrl, encodeURIComponent(id)) } }
      : {};
  const shown = { ...rest, ...known };
  return Object.keys(shown).length === 0 ? undefined : shown;
};

/** A person as a SCIM User (RFC 7643 §4.1). */
export const userResource = (baseUrl: string, view: UserView): Resource => {
  const { user, groups } = view;
  const mode = modeUser(view);
  const { [ENTERPRISE_USER]: sent, ...core } = user.attributes;
  const enterprise = enterpriseUser(baseUrl, sent);
  const extensions = [...(enterprise ? [ENTERPRISE_USER] : []), ...(mode ? [MODE_USER] : [])];
  return {
    schemas: [userSchema.core.id, ...extensions],
    id: user.id,
    // Also where a client removed the attribute: that somebody is out must be seen (T076).
    ...(user.active ? {} : { active: false }),
    ...core,
    ...(enterprise ? { [ENTERPRISE_USER]: enterprise } : {}),
    ...(groups.length === 0
      ? {}
      : {
          groups: groups.map(({ groupId, display }) => ({
            value: groupId,
            $ref: groupLocation(baseUrl, groupId),
            display,
            type: 'direct',
          })),
        }),
    ...(mode ? { [MODE_USER]: mode } : {}),
    meta: meta('User', user, userLocation(baseUrl, user.id), userVersion(view)),
  };
};

/** A group as a SCIM Group (RFC 7643 §4.2); without `members` when they were not loaded. */
export const groupResource = (baseUrl: string, view: GroupView): Resource => {
  const { group, members, mode } = view;
  return {
    schemas: [groupSchema.core.id, ...(mode ? [MODE_GROUP] : [])],
    id: group.id,
    ...group.attributes,
    ...(members === null
      ? {}
      : {
          members: members.map(({ userId, display }) => ({
            value: userId,
            $ref: userLocation(baseUrl, userId),
            display,
            type: 'User',
          })),
        }),
    ...(mode
      ? {
          [MODE_GROUP]: {
            state: mode.state,
            ...(mode.groupType === null ? {} : { type: mode.groupType }),
            managed: mode.managed,
          },
        }
      : {}),
    meta: meta('Group', group, groupLocation(baseUrl, group.id), groupVersion(view)),
  };
};
