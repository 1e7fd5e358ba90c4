/**
 * Bearer tokens: 256 random bits behind a prefix that secret scanners can recognise, with a checksum. Only the SHA-256
 * is stored, so the look-up by hash neither needs the token nor leaks it by timing.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Deps } from '../directory/deps.ts';
import type { Token, TokenKind } from '../directory/model.ts';
import { AppError } from '../errors.ts';

const PREFIX: Readonly<Record<TokenKind, string>> = { scim: 'msb_scim_', admin: 'msb_admin_' };
export const SHORTEST_TOKEN = 16;

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest();

/** A new token: prefix, 32 random bytes, and the first 4 bytes of their hash as checksum, in base64url. */
export const newToken = (kind: TokenKind): string => {
  const secret = randomBytes(32).toString('base64url');
  return `${PREFIX[kind]}${secret}${sha256(secret).subarray(0, 4).toString('base64url')}`;
};

export const hashToken = (token: string): string => sha256(token).toString('hex');

export interface TokenWish {
  readonly kind: TokenKind;
  readonly connectionId: string | null;
  readonly label: string;
  readonly expiresAt: string | null;
  /** Taken as it is instead of a new one; 16 characters or more. */
  readonly given?: string | undefined;
}

/** Issues a token. The text is returned once and never again. Throws AppError `invalid` for a given one that is short. */
export const issueToken = async (deps: Deps, wish: TokenWish): Promise<{ token: string; record: Token }> => {
  const token = wish.given ?? newToken(wish.kind);
  if (token.length < SHORTEST_TOKEN || /\s/.test(token)) {
    const message = `A token needs ${SHORTEST_TOKEN} characters or more, without spaces.`;
    throw new AppError('invalid', 'security.tokens.too-short', message);
  }
  const record: Token = {
    id: deps.newId(),
    kind: wish.kind,
    connectionId: wish.connectionId,
    label: wish.label,
    hash: hashToken(token),
    createdAt: deps.now().toISOString(),
    expiresAt: wish.expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  };
  await deps.store.tokens.insert(record);
  return { token, record };
};
