/** `connection`: the Mode workspaces that this bridge runs. */
import { type Command, Option } from 'commander';
import { newWebhookSecret, sealCredentials } from '../compose.ts';
import { type Config, readEncryptionKey } from '../config.ts';
import { addConnection, findConnection } from '../directory/connections/connections.ts';
import { credentialStanding, sayStanding } from '../directory/connections/credential-age.ts';
import type { Deps } from '../directory/deps.ts';
import type { Connection, WayIn } from '../directory/model.ts';
import { probeInviting } from '../directory/probe/probe.ts';
import { deviationOf } from '../scim/compat/quirks.ts';
import { SCIM_PATH } from '../scim/wire.ts';
import { addConnectionList } from './connection-list.ts';
import { addConnectionRenew } from './connection-renew.ts';
import { addConnectionSet } from './connection-set.ts';
import { addConnectionTest } from './connection-test.ts';
import {
  addCredentialOptions,
  type CredentialOptions,
  expiryFor,
  readCredentials,
  requireFor,
} from './credentials.ts';
import { expiresOption } from './expires.ts';
import { print, printJson, printTable } from './output.ts';
import { withSession } from './session.ts';

interface AddOptions extends CredentialOptions {
  readonly workspace: string;
  readonly modeUrl: string;
  readonly wayIn: WayIn;
  readonly strict?: boolean;
  readonly expires?: string;
  readonly json?: boolean;
}

/** What stands against inviting people, if anything is known to. */
const inviteWarning = async (deps: Deps, connection: Connection): Promise<string | null> => {
  const { result, why, remedy } = await probeInviting(deps, connection);
  return result === 'no' ? `${why} ${remedy}` : null;
};

/** Where the provider and Mode find this connection. */
const addressesOf = (config: Config, { webhookSecret }: Connection) => {
  const publicUrl = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
  return { scimBaseUrl: publicUrl + SCIM_PATH, webhookUrl: `${publicUrl}/hooks/mode/${webhookSecret}` };
};

const add = (name: string, options: AddOptions, command: Command): Promise<void> => {
  const { workspace, modeUrl, wayIn, strict = false, expires } = options;
  const credentials = readCredentials(options, command);
  requireFor(wayIn, credentials, command);
  return withSession({ mode: true }, async ({ config, deps }) => {
    const seal = sealCredentials(readEncryptionKey(config), credentials);
    const credentialsExpire = expiryFor(credentials, expires);
    const wish = { name, workspace, modeUrl, wayIn, strict, credentialsExpire };
    const connection = await addConnection(deps, wish, seal, newWebhookSecret());
    const warning = wayIn === 'invite' ? await inviteWarning(deps, connection) : null;
    const { scimBaseUrl, webhookUrl } = addressesOf(config, connection);
    if (options.json) {
      printJson({ id: connection.id, name, workspace, scimBaseUrl, webhookUrl, warning });
      return;
    }
    print(`Connection "${name}" added: Mode accepts the token for the workspace "${workspace}".`);
    if (wayIn === 'scim') print(`  Mode's SCIM    ${credentials.scim?.url}`);
    print(`  Mode token     ${sayStanding(credentialStanding(connection, deps.now()))}`);
    print(`  SCIM base URL  ${scimBaseUrl}`);
    print(`  webhook        ${webhookUrl}`);
    print('                 (in Mode: Workspace Settings > Webhooks, event "Member joined organization")');
    print(`  next           mode-scim-bridge connection test ${name}`);
    print(`                 mode-scim-bridge token issue ${name}`);
    if (warning !== null) print(`WARNING: nobody can be invited. ${warning}`);
  });
};

const addresses = (name: string, options: { readonly json?: boolean }): Promise<void> =>
  withSession({ mode: false }, async ({ config, deps }) => {
    const connection = await findConnection(deps, name);
    const shown = addressesOf(config, connection);
    if (options.json) {
      printJson({ ...shown, hookReceivedAt: connection.hookReceivedAt });
      return;
    }
    print(`SCIM base URL  ${shown.scimBaseUrl}`);
    print(`webhook        ${shown.webhookUrl}`);
    print(`               last called by Mode: ${connection.hookReceivedAt ?? 'never'}`);
  });

const report = (name: string, options: { readonly json?: boolean }): Promise<void> =>
  withSession({ mode: false }, async ({ deps }) => {
    const connection = await findConnection(deps, name);
    const rows = (await deps.store.sightings.list(connection.id)).map((sighting) => {
      const { client = null, evidence = null, whenStrict = 'refused' } = deviationOf(sighting.name) ?? {};
      return { ...sighting, knownOf: client, evidence, whenStrict };
    });
    if (options.json) {
      printJson({ connectionId: connection.id, strict: connection.strict, deviations: rows });
      return;
    }
    if (rows.length === 0) {
      print(`The client of "${name}" was not seen to deviate from the SCIM standard.`);
      return;
    }
    printTable(
      ['DEVIATION', 'REQUESTS', 'FIRST', 'LAST', 'IF STRICT', 'KNOWN OF', 'CLIENT'],
      rows.map(({ name: what, count, firstSeen, lastSeen, whenStrict, knownOf, userAgent }) => [
        what,
        String(count),
        firstSeen,
        lastSeen,
        whenStrict,
        knownOf,
        userAgent,
      ]),
    );
  });

export const addConnectionCommands = (program: Command): void => {
  const connection = program.command('connection').description('Mode workspaces that this bridge runs.');
  addCredentialOptions(
    connection
      .command('add <name>')
      .description('Add a Mode workspace; its credentials are tried first and then kept encrypted.')
      .requiredOption('--workspace <slug>', 'workspace name as in app.mode.com/<slug>'),
  )
    .option('--mode-url <url>', 'where Mode is', 'https://app.mode.com')
    .addOption(
      new Option(
        '--way-in <way>',
        "how people get in: invited, by SAML at their first sign-in, or through Mode's own SCIM endpoint",
      )
        .choices(['invite', 'jit', 'scim'])
        .default('invite'),
    )
    .addOption(expiresOption())
    .option('--strict', 'refuse what deviates from the SCIM standard instead of tolerating it')
    .option('--json', 'print JSON')
    .action(add);
  addConnectionRenew(connection);
  addConnectionList(connection);
  addConnectionTest(connection);
  connection
    .command('addresses <name>')
    .description(
      'Show the SCIM base URL and the webhook address of a connection; who knows the latter may call it.',
    )
    .option('--json', 'print JSON')
    .action(addresses);
  connection
    .command('report <name>')
    .description('Show in what the client of a connection was seen to deviate from the SCIM standard.')
    .option('--json', 'print JSON')
    .action(report);
  addConnectionSet(connection);
};
