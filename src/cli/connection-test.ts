/** `connection test`: what the credentials of a connection can really do, as a table of abilities with remedies. */
import type { Command } from 'commander';
import { findConnection } from '../directory/connections/connections.ts';
import { credentialStanding, sayStanding } from '../directory/connections/credential-age.ts';
import { type Probe, probeConnection } from '../directory/probe/probe.ts';
import { print, printJson, printTable } from './output.ts';
import { withSession } from './session.ts';

/** The remedies of what is not as it could be, under one heading. */
const printRemedies = (heading: string, probes: readonly Probe[]): void => {
  const open = probes.filter(({ result, remedy }) => result !== 'yes' && remedy !== null);
  if (open.length === 0) return;
  print('');
  print(heading);
  for (const { ability, remedy } of open) print(`  ${ability}: ${remedy}`);
};

const printProbes = (probes: readonly Probe[]): void => {
  printTable(
    ['ABILITY', 'RESULT', 'NEEDED', 'WHY'],
    probes.map(({ ability, result, isNeeded, why }) => [ability, result, isNeeded ? 'yes' : 'no', why]),
  );
  const needed = probes.filter(({ isNeeded }) => isNeeded);
  printRemedies('What this connection needs:', needed);
  printRemedies(
    'What it can do without:',
    probes.filter(({ isNeeded }) => !isNeeded),
  );
};

const asJson = ({ ability, result, isNeeded, isMissing, why, remedy }: Probe) => ({
  ability,
  result,
  needed: isNeeded,
  missing: isMissing,
  why,
  remedy,
});

const test = (name: string, options: { readonly json?: boolean }): Promise<void> =>
  withSession({ mode: true }, async ({ deps }) => {
    const connection = await findConnection(deps, name);
    const { probes } = await probeConnection(deps, connection);
    // Read anew: the tries may have told that Mode refuses the token, or takes it again.
    const standing = credentialStanding(await findConnection(deps, connection.id), deps.now());
    const isMissing = probes.some((probe) => probe.isMissing);
    if (options.json)
      printJson({ connection: connection.name, credential: standing, abilities: probes.map(asJson) });
    else {
      printProbes(probes);
      print('');
      print(`The Mode token ${sayStanding(standing)}.`);
      print(
        isMissing
          ? `Something is missing that the way in "${connection.wayIn}" needs.`
          : `Nothing is missing that the way in "${connection.wayIn}" needs, as far as can be told without an effect.`,
      );
    }
    if (isMissing) process.exitCode = 1;
  });

/** Adds `test` to the command `connection`. */
export const addConnectionTest = (connection: Command): void => {
  connection
    .command('test <name>')
    .description(
      'Try what the credentials of a connection can do. Changes nothing in Mode. Ends with 1 when something is missing that its way in needs.',
    )
    .option('--json', 'print JSON')
    .action(test);
};
