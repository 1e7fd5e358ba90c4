/** The one connection of a sandbox: made at the first start, brought up to date at every other. */
import { createHash } from 'node:crypto';
import { newWebhookSecret, sealCredentials } from '../compose.ts';
import { addConnection, CHECK_PATIENCE_MS } from '../directory/connections/connections.ts';
import type { Deps } from '../directory/deps.ts';
import type { Connection } from '../directory/model.ts';
import { AppError } from '../errors.ts';
import { hashToken, issueToken } from '../security/tokens.ts';
import type { SandboxSecrets } from './sandbox-secrets.ts';

/** Protects nothing: what a sandbox encrypts are credentials of an emulator. `serve` never uses it. */
export const SANDBOX_KEY = createHash('sha256').update('mode-scim-bridge sandbox').digest();

const NAME = 'sandbox';

const kept = async (deps: Deps): Promise<Connection | undefined> =>
  (await deps.store.connections.list()).find(({ name }) => name === NAME);

/** Which workspace the credentials belong to, asked of Mode itself. */
const workspaceOf = async (modeUrl: string, { modeToken, modeSecret }: SandboxSecrets): Promise<string> => {
  const authorization = `Basic ${Buffer.from(`${modeToken}:${modeSecret}`).toString('base64')}`;
  const signal = AbortSignal.timeout(CHECK_PATIENCE_MS);
  const response = await fetch(`${modeUrl}/api/verify`, { headers: { authorization }, signal }).catch(
    () => undefined,
  );
  const body = response?.ok ? ((await response.json()) as { readonly workspace?: unknown }) : undefined;
  if (typeof body?.workspace === 'string') return body.workspace;
  const reason = response ? `it answers ${response.status}` : 'it does not answer';
  throw new AppError(
    'unavailable',
    'cli.sandbox.no-mode',
    `The emulated Mode at ${modeUrl} cannot be used: ${reason}.`,
  );
};

/** The connection to this Mode with these credentials. */
export const ensureConnection = async (
  deps: Deps,
  { url: modeUrl, scimUrl }: { readonly url: string; readonly scimUrl: string | undefined },
  secrets: SandboxSecrets,
): Promise<Connection> => {
  const workspace = await workspaceOf(modeUrl, secrets);
  const { modeToken: token, modeSecret: secret, modeScimToken } = secrets;
  const scim = scimUrl === undefined ? {} : { scim: { url: scimUrl, token: modeScimToken } };
  const seal = sealCredentials(SANDBOX_KEY, { token, secret, ...scim });
  const wayIn = scimUrl === undefined ? 'invite' : 'scim';
  const known = await kept(deps);
  if (known) {
    const updated = { ...known, workspace, modeUrl, wayIn, sealedCredentials: seal(known.id) } as const;
    await deps.store.connections.update(updated);
    return updated;
  }
  const wish = { name: NAME, workspace, modeUrl, wayIn, strict: false } as const;
  try {
    return await addConnection(deps, wish, seal, newWebhookSecret());
  } catch (error) {
    // Two sandboxes that start on one database at the same time: the other was faster.
    const other = error instanceof AppError && error.kind === 'conflict' ? await kept(deps) : undefined;
    if (other) return other;
    throw error;
  }
};

/** Makes the sandbox's SCIM token valid for its connection, if it is not yet. */
export const ensureScimToken = async (deps: Deps, connection: Connection, given: string): Promise<void> => {
  if (await deps.store.tokens.findByHash(hashToken(given))) return;
  await issueToken(deps, { kind: 'scim', connectionId: connection.id, label: NAME, expiresAt: null, given });
};
