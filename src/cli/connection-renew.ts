/** `connection renew`: new Mode credentials, all of them or some. */
import type { Command } from 'commander';
import { type ModeCredentials, openCredentials, sealCredentials } from '../compose.ts';
import { readEncryptionKey } from '../config.ts';
import { findConnection, type Renewal, renewCredentials } from '../directory/connections/connections.ts';
import { credentialStanding, sayStanding } from '../directory/connections/credential-age.ts';
import type { Connection } from '../directory/model.ts';
import { addCredentialOptions, type CredentialOptions, expiryFor, readCredentials } from './credentials.ts';
import { expiresOption } from './expires.ts';
import { print } from './output.ts';
import { withSession } from './session.ts';

interface RenewOptions extends CredentialOptions {
  readonly expires?: string;
}

/** Whoever renews the SCIM token alone says nothing of the API token, which is as old as it was. */
const ageOf = (connection: Connection, given: ModeCredentials, expires: string | undefined): Renewal =>
  given.token === undefined
    ? { expires: expires ?? connection.credentialsExpire, setAt: connection.credentialsSetAt }
    : { expires: expiryFor(given, expires) };

/** A new SCIM token is for the address that is known, unless another is given. */
const withKnownUrl = (options: RenewOptions, { scim }: ModeCredentials): RenewOptions =>
  options.modeScimToken === undefined || options.modeScimUrl !== undefined || scim === undefined
    ? options
    : { ...options, modeScimUrl: scim.url };

const renew = (name: string, options: RenewOptions, command: Command): Promise<void> => {
  const { modeToken, modeSecret, modeScimUrl, modeScimToken } = options;
  if ([modeToken, modeSecret, modeScimUrl, modeScimToken].every((one) => one === undefined))
    command.error('error: give --mode-token and --mode-secret, or --mode-scim-token, or both');
  return withSession({ mode: true }, async ({ config, deps }) => {
    const key = readEncryptionKey(config);
    const connection = await findConnection(deps, name);
    const before = openCredentials(key, connection);
    const given = readCredentials(withKnownUrl(options, before), command);
    const credentials = { ...before, ...given };
    // With an API token people are known by what REST calls them (docs/decisions/009-mode-scim.md).
    const isOtherNaming = before.token === undefined && given.token !== undefined;
    const age = ageOf(connection, given, options.expires);
    const seal = sealCredentials(key, credentials);
    const renewed = await renewCredentials(deps, connection, seal, { ...age, isOtherNaming });
    print(`Mode accepts the new token of "${name}". A server that runs uses it from now on.`);
    if (isOtherNaming) print(`People are known to Mode by other names now: mode-scim-bridge sync ${name}`);
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
