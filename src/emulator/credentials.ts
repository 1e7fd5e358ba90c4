/**
 * Who is calling: HTTP Basic, user name = API token, password = API secret (CONFIRMED-O, mode-api.md §1).
 * Kinds of key: workspace and member can be issued today, personal is legacy (CONFIRMED-O).
 * A key with an owner has that owner's rights and dies when they leave (CONFIRMED-O for Discovery, INFERRED here).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { refusal } from './errors.ts';
import type { Person } from './model.ts';
import { personByEmail, type State } from './state.ts';

export type TokenKind = 'workspace' | 'member' | 'personal';

export interface Credential {
  readonly token: string;
  readonly secret: string;
  readonly kind: TokenKind;
  readonly name?: string;
  /** Whose key it is; without it the key is shown as the first admin's and has an admin's rights for ever. */
  readonly ownerEmail?: string;
}

interface CredentialHolder {
  readonly state: State;
  readonly settings: { readonly credentials: readonly Credential[] };
}

export interface Caller {
  readonly credential: Credential;
  readonly owner: Person | undefined;
  readonly admin: boolean;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether two secrets are the same, in a time that tells nothing of them. */
export const isSame = (given: string, wanted: string): boolean =>
  timingSafeEqual(digest(given), digest(wanted));

const readBasic = (header: string | undefined): readonly [string, string] | undefined => {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
};

const findCredential = (credentials: readonly Credential[], header: string | undefined) => {
  const given = readBasic(header);
  if (!given) return undefined;
  const [token, secret] = given;
  // Every credential is compared, whole, whatever the ones before it said.
  const matches = credentials.map((one) => {
    const sameToken = isSame(token, one.token);
    const sameSecret = isSame(secret, one.secret);
    return sameToken && sameSecret;
  });
  return credentials[matches.indexOf(true)];
};

const ownerOf = (state: State, credential: Credential): Person | undefined => {
  if (credential.kind === 'workspace') return undefined;
  if (credential.ownerEmail !== undefined) return personByEmail(state, credential.ownerEmail);
  return state.people.values().next().value;
};

/** Finds the caller behind an Authorization header, or refuses with 401 `unauthorized` (CONFIRMED-O). */
export const byBasic = (
  { state, settings }: CredentialHolder,
  { authorization }: IncomingHttpHeaders,
): Caller => {
  const credential = findCredential(settings.credentials, authorization);
  if (!credential) throw refusal(401);
  const owner = ownerOf(state, credential);
  if (credential.ownerEmail === undefined) return { credential, owner, admin: true };
  if (owner?.state !== 'active') throw refusal(401);
  return { credential, owner, admin: owner.admin };
};
