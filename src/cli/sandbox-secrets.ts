/** The tokens of a sandbox: given by flags, else kept from the last start, else made. Kept beside its data. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { newToken, SHORTEST_TOKEN } from '../security/tokens.ts';

const keptSchema = z.object({
  scimToken: z.string(),
  adminToken: z.string(),
  modeToken: z.string(),
  modeSecret: z.string(),
  modeScimToken: z.string(),
});

export type SandboxSecrets = Readonly<z.infer<typeof keptSchema>>;

const FILE = 'sandbox.json';

type GivenSecrets = { readonly [Name in keyof SandboxSecrets]?: string | undefined };

const readFile = (data: string): GivenSecrets => {
  try {
    return keptSchema.partial().parse(JSON.parse(readFileSync(join(data, FILE), 'utf8')));
  } catch {
    return {};
  }
};

const longEnough = (flag: string, token: string | undefined): string | undefined => {
  if (token === undefined || token.length >= SHORTEST_TOKEN) return token;
  const message = `${flag} needs ${SHORTEST_TOKEN} characters or more.`;
  throw new AppError('invalid', 'cli.sandbox.short-token', message);
};

/** The secrets of the sandbox in this folder. Throws `invalid` for a given token that is too short. */
export const readKept = (data: string, given: GivenSecrets): SandboxSecrets => {
  const kept = readFile(data);
  return {
    scimToken: longEnough('--scim-token', given.scimToken) ?? kept.scimToken ?? newToken('scim'),
    adminToken: longEnough('--admin-token', given.adminToken) ?? kept.adminToken ?? newToken('admin'),
    modeToken: given.modeToken ?? kept.modeToken ?? randomBytes(6).toString('hex'),
    modeScimToken: given.modeScimToken ?? kept.modeScimToken ?? randomBytes(16).toString('hex'),
    modeSecret: given.modeSecret ?? kept.modeSecret ?? randomBytes(12).toString('hex'),
  };
};

/** Keeps them for the next start: readable by the owner alone, and whole even after a crash. */
export const writeKept = (data: string, secrets: SandboxSecrets): void => {
  mkdirSync(data, { recursive: true });
  const path = join(data, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};
