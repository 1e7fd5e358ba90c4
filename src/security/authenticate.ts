/** Who is calling: the bearer token of an identity provider decides the connection (RFC 6750, product.md section 10). */

import type { Deps } from '../directory/deps.ts';
import type { Connection, Token } from '../directory/model.ts';
import { AppError } from '../errors.ts';
import { hashToken } from './tokens.ts';

/** How exactly `last used` is kept: writing it with each request would cost a write for each read. */
const LAST_USED_EVERY_MS = 60_000;

/** A refusal with the `WWW-Authenticate` value that goes with it (RFC 6750 §3). */
export class AuthenticationRefusal extends AppError {
  readonly challenge: string;

  constructor(code: string, message: string, challenge: string) {
    super('unauthorized', code, message);
    this.challenge = challenge;
  }
}

const missing = () =>
  new AuthenticationRefusal(
    'security.authenticate.missing',
    'This address needs the SCIM token of a connection: "Authorization: Bearer <token>".',
    'Bearer realm="scim"',
  );

// One answer for unknown, expired and revoked: nobody learns that a guess was once right.
const refused = () =>
  new AuthenticationRefusal(
    'security.authenticate.refused',
    'The token is unknown, expired or revoked. Issue a new one with `mode-scim-bridge token issue`.',
    'Bearer realm="scim", error="invalid_token", error_description="The token is unknown, expired or revoked"',
  );

/** `Bearer x`, in any case of letters, or the token alone as Okta's header mode sends it (idp-clients.md T010). */
const tokenIn = (header: string): string | null => {
  const [first = '', second, ...more] = header.trim().split(/\s+/);
  if (second === undefined) return first;
  return first.toLowerCase() === 'bearer' && more.length === 0 ? second : null;
};

const isLive = (token: Token, now: Date): boolean =>
  token.revokedAt === null && (token.expiresAt === null || Date.parse(token.expiresAt) > now.getTime());

const touch = async (deps: Deps, token: Token): Promise<void> => {
  const now = deps.now();
  const last = token.lastUsedAt === null ? 0 : Date.parse(token.lastUsedAt);
  if (now.getTime() - last >= LAST_USED_EVERY_MS) await deps.store.tokens.touch(token.id, now.toISOString());
};

/** The connection of a SCIM request, from its Authorization header. Throws AuthenticationRefusal. */
export const authenticateScim = async (deps: Deps, header: string | undefined): Promise<Connection> => {
  if (header === undefined || header.trim() === '') throw missing();
  const text = tokenIn(header);
  if (text === null) throw missing();
  // As it stands in the database now: a token that was revoked is refused from the next request on.
  const caller = await deps.store.tokens.findCaller(hashToken(text));
  if (caller?.token.kind !== 'scim' || !isLive(caller.token, deps.now())) throw refused();
  await touch(deps, caller.token);
  return caller.connection;
};
