/** People as rows and back. */
import type { Insertable, Selectable } from 'kysely';
import { fold } from '../directory/fold.ts';
import type { Attributes, UserRecord } from '../directory/model.ts';
import type { Profile } from '../directory/profile.ts';
import { flag, type UsersTable } from './schema.ts';
import { uniqueKey } from './text.ts';

/** A person as a row. Throws `invalid` when her userName is too long to be unique. */
export const toRow = (user: UserRecord): Insertable<UsersTable> => ({
  connection_id: user.connectionId,
  id: user.id,
  user_name: user.userName,
  user_name_key: uniqueKey('userName', user.userName),
  display_name: user.displayName,
  display_name_key: fold(user.displayName),
  external_id: user.externalId,
  active: flag(user.active),
  attributes: JSON.stringify(user.attributes),
  origin: user.origin,
  unanswered: flag(user.unanswered),
  put_back_version: user.putBackVersion,
  member_token: user.memberToken,
  invited_as: user.invitedAs,
  invited_at: user.invitedAt,
  provisioned_id: user.provisionedId,
  provisioned: user.provisioned === null ? null : JSON.stringify(user.provisioned),
  version: user.version,
  created_at: user.createdAt,
  modified_at: user.modifiedAt,
  deleted_at: user.deletedAt,
  living: flag(user.deletedAt === null),
});

/** The person of a row. */
export const fromRow = (row: Selectable<UsersTable>): UserRecord => ({
  connectionId: row.connection_id,
  id: row.id,
  userName: row.user_name,
  displayName: row.display_name,
  externalId: row.external_id,
  active: row.active === 1,
  attributes: JSON.parse(row.attributes) as Attributes,
  origin: row.origin,
  unanswered: row.unanswered === 1,
  putBackVersion: row.put_back_version,
  memberToken: row.member_token,
  invitedAs: row.invited_as,
  invitedAt: row.invited_at,
  provisionedId: row.provisioned_id,
  provisioned: row.provisioned === null ? null : (JSON.parse(row.provisioned) as Profile),
  version: row.version,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  deletedAt: row.deleted_at,
});
