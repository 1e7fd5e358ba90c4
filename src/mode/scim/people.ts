/**
 * People over Mode's SCIM endpoint. Who is brought in is created, or taken over and made active where Mode knows her
 * already; who is removed is made inactive, as Okta and Entra ID do it, or deleted.
 */
import type {
  CallOptions,
  Invitation,
  Invited,
  Known,
  Sought,
  Told,
  Upstream,
} from '../../directory/upstream.ts';
import { AppError } from '../../errors.ts';
import type { Call } from '../call.ts';
import { isOfKind, unlessOfKind } from '../kinds.ts';
import { readAs } from '../types.ts';
import { checkEndpoint, type ScimContext } from './context.ts';
import { findUsers, readUser, users } from './find.ts';
import { allRowsOf } from './list.ts';
import { changesOf, memberOf, newUser, profileIn } from './profile.ts';
import { type UserRow, UserSchema } from './types.ts';
import { update } from './update.ts';

type People = Pick<Upstream, 'members' | 'candidates' | 'invite' | 'removeMember' | 'updateProfile'>;

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** Her id here: as it was told, else the token under which this way lists her, which is the same. */
const idOf = ({ provisionedId, memberToken }: Pick<Sought, 'provisionedId' | 'memberToken'>): string | null =>
  provisionedId ?? memberToken;

const candidates = async (context: ScimContext, sought: Sought, options: CallOptions) => {
  const id = idOf(sought);
  const own = id === null ? undefined : await readUser(context, id, options);
  const rows = own ? [own] : await findUsers(context, sought, { effort: 'filter or all', options });
  return rows.map(memberOf);
};

const create = async (
  context: ScimContext,
  { profile }: Invitation,
  options: CallOptions,
): Promise<UserRow> => {
  const { attributes } = await context.discovery.said(options);
  const body = { schemas: [USER], ...newUser(profile, attributes), active: true };
  const call: Call = { method: 'POST', route: '/scim/Users', at: {}, body, to: 'create the person' };
  return readAs(UserSchema, await context.http.request(call, options), { asked: call });
};

/** Makes somebody whom Mode knows active, with this profile; no call where she is so already. */
const takeOver = async (
  context: ScimContext,
  row: UserRow,
  { profile }: Invitation,
  options: CallOptions,
): Promise<UserRow> => {
  const { attributes } = await context.discovery.said(options);
  const set = {
    ...changesOf(profileIn(row), profile, attributes),
    ...(row.active ? {} : { active: true }),
  };
  if (Object.keys(set).length > 0) {
    const change = { endpoint: 'Users', id: row.id, to: 'bring the person back', set } as const;
    await update(context, change, options);
  }
  return { ...row, active: true };
};

const unclear = (cause: AppError): AppError =>
  new AppError(
    'conflict',
    'mode.scim.unclear',
    `${cause.message.replace(/\.?$/, '.')} It shows nobody, or more than one, who could be this person: say in Mode who is who.`,
    { cause },
  );

/** Somebody bears the userName or the address already: she is taken for this person where nobody else here is her. */
const adopt = async (
  context: ScimContext,
  invitation: Invitation,
  refusal: AppError,
  options: CallOptions,
): Promise<UserRow> => {
  const { userName, email } = invitation.profile;
  const effort = refusal.kind === 'conflict' ? 'filter and all' : 'filter alone';
  const found = await findUsers(context, { userName, addresses: [email] }, { effort, options });
  const [row, other] = found;
  if (!row && refusal.kind !== 'conflict') throw refusal;
  if (!row || other || !(await invitation.isFree(memberOf(row)))) throw unclear(refusal);
  return takeOver(context, row, invitation, options);
};

/** Makes somebody active by her id (1 call), with this profile. Undefined where Mode does not know the id any more. */
const bringBack = async (
  context: ScimContext,
  invitation: Invitation,
  options: CallOptions,
): Promise<UserRow | undefined> => {
  const id = idOf(invitation);
  if (id === null) return undefined;
  const { profile, provisioned } = invitation;
  const { attributes } = await context.discovery.said(options);
  const set = { ...changesOf(provisioned, profile, attributes), active: true };
  const change = { endpoint: 'Users', id, to: 'bring the person back', set } as const;
  const row = UserSchema.parse({ id, ...newUser(profile, attributes), active: true });
  return unlessOfKind(
    update(context, change, options).then(() => row),
    ['notFound'],
    () => undefined,
  );
};

const bringIn = async (
  context: ScimContext,
  invitation: Invitation,
  options: CallOptions,
): Promise<UserRow> => {
  const known = await bringBack(context, invitation, options);
  if (known) return known;
  try {
    return await create(context, invitation, options);
  } catch (error) {
    // 409 `uniqueness`; some servers say 400 (RFC 7644 §3.12).
    if (isOfKind(error, 'conflict', 'invalid')) return adopt(context, invitation, error, options);
    throw error;
  }
};

const invite = async (
  context: ScimContext,
  invitation: Invitation,
  options: CallOptions,
): Promise<Invited> => {
  const row = await unlessOfKind(
    bringIn(context, invitation, options),
    ['forbidden', 'unsupported'],
    (error) => {
      context.learn('invite', false);
      throw error;
    },
  );
  context.learn('invite', true);
  return { username: null, member: memberOf(row), provisionedId: row.id };
};

/** In so many words; an answer that leaves it out says nothing. */
const isCalledActive = (json: unknown): boolean =>
  /^true$/i.test(String((json as { readonly active?: unknown } | null)?.active));

const removeMember = async (context: ScimContext, leaver: Known, options: CallOptions): Promise<boolean> => {
  const id = leaver.provisionedId ?? leaver.membershipToken;
  // She is not here: whoever is, is listed with it.
  if (id === null) return false;
  const change = { endpoint: 'Users', id, to: 'deactivate the person', set: { active: false } } as const;
  let wasThere = true;
  const json = await unlessOfKind(update(context, change, options), ['notFound'], () => {
    wasThere = false;
    return checkEndpoint(context, options);
  });
  if (!isCalledActive(json)) return wasThere;
  throw new AppError(
    'forbidden',
    'mode.scim.still-active',
    "Mode's SCIM endpoint took the deactivation and still calls the person active. Remove her in Mode.",
  );
};

const updateProfile = async (
  context: ScimContext,
  person: Told,
  options: CallOptions,
): Promise<string | null> => {
  const id = idOf(person);
  if (id === null) return null;
  const { attributes } = await context.discovery.said(options);
  const set = changesOf(person.provisioned, person.profile, attributes);
  if (Object.keys(set).length === 0) return id;
  const change = { endpoint: 'Users', id, to: 'change what it knows of the person', set } as const;
  await unlessOfKind(update(context, change, options), ['unsupported'], (error) => {
    context.learn('updateProfile', false);
    throw error;
  });
  return id;
};

/** Makes the part of the upstream that is about people. */
export const createPeople = (context: ScimContext): People => ({
  members: async (options) => (await allRowsOf(context, users, options)).map(memberOf),
  candidates: (sought, options) => candidates(context, sought, options),
  invite: (invitation, options) => invite(context, invitation, options),
  removeMember: (leaver, options) => removeMember(context, leaver, options),
  updateProfile: (person, options) => updateProfile(context, person, options),
});
