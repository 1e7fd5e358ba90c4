/** Tells Mode what changed of a person's names and address, where it can be told: over its SCIM endpoint alone. */
import { isDeepStrictEqual } from 'node:util';
import type { Call, Deps, ModeCall } from '../deps.ts';
import type { UserRecord } from '../model.ts';
import type { Known } from '../upstream.ts';
import { profileOf } from './profile-of.ts';

/** Whether Mode is to be told of a change that the provider made. */
export const owesProfile = ({ connection }: Call, before: UserRecord, after: UserRecord): boolean =>
  connection.wayIn === 'scim' && after.active && !isDeepStrictEqual(profileOf(before), profileOf(after));

/**
 * Tells Mode of somebody who is there (1 call), unless it was told all of it before. What was adopted from Mode itself and
 * never written by the provider is Mode's to know.
 */
export const tellProfile = async (
  deps: Deps,
  call: ModeCall,
  user: UserRecord,
  known: Known,
): Promise<void> => {
  const profile = profileOf(user);
  const upstream = deps.upstreamOf(call.connection);
  if (profile === null || user.origin !== 'provider' || !upstream.can.has('updateProfile')) return;
  if (isDeepStrictEqual(profile, user.provisioned)) return;
  const { provisioned } = user;
  const provisionedId = await upstream.updateProfile({ ...known, provisioned, profile }, call);
  const told = { provisionedId, provisioned: profile };
  await deps.store.users.provision(user.connectionId, user.id, told);
};
