/** `connection set`: how a connection takes its provider, and what it does about manual changes in Mode. */
import { type Command, Option } from 'commander';
import {
  type ConnectionSettings,
  findConnection,
  setConnection,
} from '../directory/connections/connections.ts';
import { credentialStanding, sayStanding } from '../directory/connections/credential-age.ts';
import { changeWayIn } from '../directory/connections/way-in.ts';
import { fold } from '../directory/fold.ts';
import type { Connection, Protected, Reconcile, WayIn } from '../directory/model.ts';
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
  readonly wayIn?: WayIn;
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
  { strict, reconcile, expires, ...lists }: Omit<SetOptions, 'wayIn'>,
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

const tell = (now: Connection, invited: number, at: Date): void => {
  const { name, strict, wayIn, reconcile, protected: spared } = now;
  print(`"${name}": ${strict ? 'strict' : 'tolerant'}, manual changes in Mode: ${reconcile}.`);
  print(`  way in            ${wayIn}`);
  if (invited > 0) print(`                    ${invited} people who waited are invited in the background`);
  print(`  protected people  ${spared.people.join(', ') || 'none'}`);
  print(`  protected groups  ${spared.groups.join(', ') || 'none'}`);
  print(`  Mode token        ${sayStanding(credentialStanding(now, at))}`);
};

const requireSomething = (options: SetOptions): void => {
  if (Object.values(options).some((value) => value !== undefined)) return;
  const message = 'Say what to set: --help shows what there is.';
  throw new AppError('invalid', 'cli.connection.nothing-to-set', message);
};

const set = (name: string, { json, ...options }: SetOptions): Promise<void> => {
  const { wayIn, ...settings } = options;
  // Whether the credentials can do it is asked of Mode.
  return withSession({ mode: wayIn !== undefined }, async ({ deps }) => {
    requireSomething(options);
    const invited = wayIn ? await changeWayIn(deps, await findConnection(deps, name), wayIn) : 0;
    const before = await findConnection(deps, name);
    const now = await setConnection(deps, before, settingsOf(settings, before.protected));
    if (!json) return tell(now, invited, deps.now());
    const { strict, reconcile, protected: spared, credentialsExpire } = now;
    printJson({ name, wayIn: now.wayIn, strict, reconcile, protected: spared, credentialsExpire, invited });
  });
};

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
    .addOption(
      new Option(
        '--way-in <way>',
        "how people get in: invited (those who wait are invited then), by SAML at their first sign-in, or through Mode's own SCIM endpoint",
      ).choices(['invite', 'jit', 'scim']),
    )
    .option('--protect-person <userNames...>', 'nobody of these may lose access by a plan')
    .option('--unprotect-person <userNames...>')
    .option('--protect-group <names...>', 'no member of these groups may lose access by a plan')
    .option('--unprotect-group <names...>')
    .option('--json', 'print JSON')
    .action(set);
};
