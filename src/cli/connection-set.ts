/** `connection set`: how a connection takes its provider, and what it does about manual changes in Mode. */
import { type Command, Option } from 'commander';
import { type ConnectionSettings, findConnection, setConnection } from '../directory/connections.ts';
import { credentialStanding, sayStanding } from '../directory/credential-age.ts';
import { fold } from '../directory/fold.ts';
import type { Protected, Reconcile } from '../directory/model.ts';
import { AppError } from '../errors.ts';
import { expiresOption } from './expires.ts';
import { print, printJson } from './output.ts';
import { withSession } from './session.ts';

interface SetOptions {
  readonly strict?: boolean;
  readonly reconcile?: Reconcile;
  readonly protectPerson?: readonly string[];
  readonly unprotectPerson?: readonly string[];
  readonly protectGroup?: readonly string[];
  readonly unprotectGroup?: readonly string[];
  readonly expires?: string;
  readonly json?: boolean;
}

const changed = (
  names: readonly string[],
  added: readonly string[] = [],
  removed: readonly string[] = [],
): readonly string[] => {
  const byKey = new Map([...names, ...added].map((name) => [fold(name), name]));
  for (const name of removed) byKey.delete(fold(name));
  return [...byKey.values()].sort();
};

/** What the options say is to change. */
const settingsOf = (
  { strict, reconcile, expires, ...lists }: SetOptions,
  { people, groups }: Protected,
): ConnectionSettings => ({
  ...(strict === undefined ? {} : { strict }),
  ...(reconcile === undefined ? {} : { reconcile }),
  ...(expires === undefined ? {} : { credentialsExpire: expires }),
  protected: {
    people: changed(people, lists.protectPerson, lists.unprotectPerson),
    groups: changed(groups, lists.protectGroup, lists.unprotectGroup),
  },
});

const set = (name: string, { json, ...options }: SetOptions): Promise<void> =>
  withSession({ mode: false }, async ({ deps }) => {
    if (Object.keys(options).length === 0)
      throw new AppError(
        'invalid',
        'cli.connection.nothing-to-set',
        'Say what to set: --help shows what there is.',
      );
    const connection = await findConnection(deps, name);
    const now = await setConnection(deps, connection, settingsOf(options, connection.protected));
    if (json) {
      const { strict, reconcile, protected: spared, credentialsExpire } = now;
      printJson({ name, strict, reconcile, protected: spared, credentialsExpire });
      return;
    }
    print(`"${name}": ${now.strict ? 'strict' : 'tolerant'}, manual changes in Mode: ${now.reconcile}.`);
    print(`  protected people  ${now.protected.people.join(', ') || 'none'}`);
    print(`  protected groups  ${now.protected.groups.join(', ') || 'none'}`);
    print(`  Mode API token    ${sayStanding(credentialStanding(now, deps.now()))}`);
  });

/** Adds `set` to the command `connection`. */
export const addConnectionSet = (connection: Command): void => {
  connection
    .command('set <name>')
    .description('Change how a connection takes its provider and what it does about manual changes in Mode.')
    .addOption(
      new Option(
        '--reconcile <how>',
        'manual changes in Mode: undo them, show them, or take them over',
      ).choices(['enforce', 'report', 'adopt']),
    )
    .option('--strict', 'refuse what deviates from the SCIM standard')
    .option('--no-strict', 'tolerate what known clients send')
    .addOption(expiresOption())
    .option('--protect-person <userNames...>', 'nobody of these may lose access by a plan')
    .option('--unprotect-person <userNames...>')
    .option('--protect-group <names...>', 'no member of these groups may lose access by a plan')
    .option('--unprotect-group <names...>')
    .option('--json', 'print JSON')
    .action(set);
};
