/** `connection renew`: new Mode credentials, all of them or some. */
import type { Command } from 'commander';
import { type ModeCredentials, openCredentials, sealCredentials } from '../compose.ts';
import { readEncryptionKey } from '../config.ts';
import { findConnection, type Renewal, renewCredentials } from '../directory/connections/connections.ts';
import { credentialStanding, isScimAlone, sayStanding } from '../directory/connections/credential-age.ts';
import type { Connection } from '../directory/model.ts';
import { AppError } from '../errors.ts';
import { UNREADABLE } from '../security/secrets.ts';
import {
  addCredentialOptions,
  type CredentialOptions,
  expiryFor,
  readCredentials,
  requireFor,
  said,
} from './credentials.ts';
import { expiresOption } from './expires.ts';
import { print } from './output.ts';
import { withSession } from './session.ts';

interface RenewOptions extends CredentialOptions {
  readonly expires?: string;
}

/** What is stored; null where the key is another one: whoever lost it gives all credentials anew. */
const readBefore = (key: Buffer, connection: Connection): ModeCredentials | null => {
  try {
    return openCredentials(key, connection);
  } catch (error) {
    if (error instanceof AppError && error.code === UNREADABLE) return null;
    throw error;
  }
};

/** With an API token people are known by what REST calls them (docs/decisions/009-mode-scim.md). */
const isOtherNaming = (
  connection: Connection,
  before: ModeCredentials | null,
  now: ModeCredentials,
): boolean => {
  const wasScimAlone = before ? before.token === undefined : isScimAlone(connection);
  return wasScimAlone !== (now.token === undefined);
};

/** Whoever renews the SCIM token alone says nothing of the API token, which is as old as it was, if it is known. */
const ageOf = (
  connection: Connection,
  before: ModeCredentials | null,
  given: ModeCredentials,
  expires: string | undefined,
): Renewal =>
  before && given.token === undefined
    ? { expires: expires ?? connection.credentialsExpire, setAt: connection.credentialsSetAt }
    : { expires: expiryFor(given, expires) };

/** A new SCIM token is for the address that is known, unless another is given. */
const withKnownUrl = (options: RenewOptions, before: ModeCredentials | null): RenewOptions =>
  options.modeScimToken === undefined || options.modeScimUrl !== undefined || !before?.scim
    ? options
    : { ...options, modeScimUrl: before.scim.url };

const renew = (name: string, asked: RenewOptions, command: Command): Promise<void> => {
  const options = said(asked);
  const { modeToken, modeSecret, modeScimUrl, modeScimToken } = options;
  if ([modeToken, modeSecret, modeScimUrl, modeScimToken].every((one) => one === undefined))
    command.error('error: give --mode-token and --mode-secret, or --mode-scim-token, or both');
  return withSession({ mode: true }, async ({ config, deps }) => {
    const key = readEncryptionKey(config);
    const connection = await findConnection(deps, name);
    const before = readBefore(key, connection);
    const given = readCredentials(withKnownUrl(options, before), command);
    const credentials = { ...before, ...given };
    requireFor(connection.wayIn, credentials, command);
    const hasOtherNames = isOtherNaming(connection, before, credentials);
    const age = ageOf(connection, before, given, options.expires);
    const seal = sealCredentials(key, credentials);
    const renewed = await renewCredentials(deps, connection, seal, { ...age, isOtherNaming: hasOtherNames });
    print(`Mode accepts the new token of "${name}". A server that runs uses it from now on.`);
    if (!before)
      print(
        'The stored credentials are of another ENCRYPTION_KEY, and replaced: every server needs this one.',
      );
    if (hasOtherNames) print(`People are known to Mode by other names now: mode-scim-bridge sync ${name}`);
    print(`The Mode token ${sayStanding(credentialStanding(renewed, deps.now()))}.`);
  });
};

/** Adds `renew` to the command `connection`. */
export const addConnectionRenew = (connection: Command): void => {
  addCredentialOptions(
    connection
      .command('renew <name>')
      .description('Give a connection new Mode credentials; they are tried first and then kept encrypted.'),
  )
    .addOption(expiresOption())
    .action(renew);
};
