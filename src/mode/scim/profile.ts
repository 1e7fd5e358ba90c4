/** A person's profile as a SCIM user (RFC 7643 §4.1): what is written, what differs, and what a user looks like as a member. */
import type { ModeMember } from '../../directory/model.ts';
import type { Profile } from '../../directory/profile.ts';
import type { Attributes } from './discovery.ts';
import { type Json, withChanges } from './paths.ts';
import type { UserRow } from './types.ts';

/** Attributes that every server has, whatever its schemas list; `externalId` is in no schema (RFC 7643 §3.1). */
const ALWAYS: ReadonlySet<string> = new Set(['username', 'externalid', 'emails']);

/** Whether an attribute can be written of somebody new, or of whoever is there. */
const canWrite = (schema: Attributes | null, name: string, isNew: boolean): boolean => {
  const [key = ''] = name.toLowerCase().split('.');
  const mutability = schema?.get(key);
  if (mutability === undefined) return schema === null || ALWAYS.has(key);
  return mutability !== 'readOnly' && (isNew || mutability !== 'immutable');
};

/** Each attribute by its path, with its value; null where the person has none. */
const attributesOf = (profile: Profile): Json => ({
  userName: profile.userName,
  externalId: profile.externalId,
  'name.givenName': profile.givenName,
  'name.familyName': profile.familyName,
  displayName: profile.displayName,
  emails: [{ value: profile.email, type: 'work', primary: true }],
});

const writable = (profile: Profile, schema: Attributes | null, isNew: boolean): Json =>
  Object.fromEntries(Object.entries(attributesOf(profile)).filter(([name]) => canWrite(schema, name, isNew)));

const given = (attributes: Json): Json =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));

/** What is written of somebody who is created. */
export const newUser = (profile: Profile, schema: Attributes | null): Json =>
  withChanges({}, given(writable(profile, schema, true)));

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** By path: what is to be written so that a user who was given the one profile has the other; all of it where that is not known. */
export const changesOf = (before: Profile | null, after: Profile, schema: Attributes | null): Json => {
  const wanted = writable(after, schema, false);
  if (before === null) return given(wanted);
  const had = attributesOf(before);
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !isSame(value, had[name])));
};

const addressOf = ({ emails, userName }: UserRow): string | null => {
  const all = (emails ?? []).filter(({ value }) => value !== null);
  const chosen =
    all.find(({ primary }) => primary === true || primary === 'true') ??
    all.find(({ type }) => type === 'work') ??
    all[0];
  return chosen?.value ?? (userName?.includes('@') ? userName : null);
};

const fullName = ({ name, displayName }: UserRow): string | null => {
  const parts = [name?.givenName ?? '', name?.familyName ?? ''].filter((part) => part !== '').join(' ');
  return displayName ?? name?.formatted ?? (parts === '' ? null : parts);
};

/**
 * A user as a member of the workspace. SCIM has one id for the person and her membership, and says neither who has not
 * come yet nor who is an admin.
 */
export const memberOf = (row: UserRow): ModeMember => ({
  memberToken: row.id,
  membershipToken: row.active ? row.id : null,
  username: row.userName ?? row.id,
  email: addressOf(row),
  name: fullName(row),
  state: row.active ? 'active' : 'former',
  admin: false,
  managedByScim: true,
  activatedAt: null,
});

/** What a row shows of a profile; null where it does not show all. */
export const profileIn = (row: UserRow): Profile | null => {
  const email = addressOf(row);
  if (row.userName === null || email === null) return null;
  const { givenName = null, familyName = null } = row.name ?? {};
  const { userName, displayName, externalId } = row;
  return { email, userName, givenName, familyName, displayName, externalId };
};
