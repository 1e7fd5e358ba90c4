/** People who are wanted in Mode and have not come: nobody invited them, and SAML creates them at their first sign-in. */
import type { Deps } from '../deps.ts';
import type { UserRecord } from '../model.ts';
import { linkableRecords } from './find-links.ts';

/** Wanted in Mode, never seen there, never invited. */
export const isWaiting = ({ active, memberToken, invitedAt, deletedAt }: UserRecord): boolean =>
  active && deletedAt === null && memberToken === null && invitedAt === null;

/** People who wait for their first sign-in, or for an address. */
export async function* waitingPeople(deps: Deps, connectionId: string): AsyncGenerator<UserRecord> {
  for await (const user of linkableRecords(deps, connectionId)) if (isWaiting(user)) yield user;
}
