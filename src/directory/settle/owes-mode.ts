/** Whether Mode must hear of what differs between two states of a person's record. */
import type { Call } from '../deps.ts';
import { inviteAddress, isUnaddressed } from '../linking/emails.ts';
import type { UserRecord } from '../model.ts';
import { owesProfile } from './tell-profile.ts';

/**
 * A change of standing, or a deletion; the first address of somebody who could not be invited for want of one; what Mode can
 * be told.
 */
export const owesMode = (call: Call, before: UserRecord, after: UserRecord): boolean =>
  after.active !== before.active ||
  (after.deletedAt === null) !== (before.deletedAt === null) ||
  owesProfile(call, before, after) ||
  (isUnaddressed(before) && after.active && inviteAddress(after.attributes) !== null);
