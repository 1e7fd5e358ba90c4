/** `doctor`: everything about this installation that may stand in its way, one line each, also while half of it is down. */
import type { Command } from 'commander';
import { timingOn } from '../../agreed-time.ts';
import { composeDeps } from '../../compose.ts';
import { type Config, type ConfigEntry, explainConfig, readEncryptionKey } from '../../config.ts';
import type { Log } from '../../directory/deps.ts';
import { AppError } from '../../errors.ts';
import { inWords, print, printJson } from '../output.ts';
import { examine, type Finding, fail, type Line, ok, type Status, skip } from './check.ts';
import { connectionChecks } from './connections.ts';
import { type Database, databaseChecks, openDatabase } from './database.ts';
import { installationChecks } from './installation.ts';
import { linkTo } from './linked.ts';

const line = (check: string, finding: Finding): Line => ({ check, connection: null, ...finding });

/** What there is to tell is told by the lines. */
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Null where the key is missing or wrong, which a line of the installation tells. */
const keyOf = (config: Config): Buffer | null => {
  try {
    return readEncryptionKey(config);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
};

const examineConnections = async (config: Config, { store }: Database): Promise<readonly Line[]> => {
  if ((await store.pendingMigrations()).length > 0)
    return [line('connections', skip('not looked at before the database is migrated'))];
  const { timing } = await timingOn(store, silent);
  const deps = composeDeps({ store, log: silent, key: keyOf(config), waits: config, timing });
  const connections = await deps.store.connections.list();
  if (connections.length === 0)
    return [line('connections', ok('none yet: mode-scim-bridge connection add --help'))];
  const lines = await Promise.all(
    connections.map((connection) =>
      examine(connectionChecks, linkTo(deps, config, connection), connection.name),
    ),
  );
  return lines.flat();
};

/** The database is left open: the process ends, and one that hangs would hold it up. */
async function* examineDatabase(config: Config): AsyncGenerator<readonly Line[]> {
  const database = await openDatabase(config).catch((error: unknown) => inWords(error));
  if (typeof database === 'string') {
    yield [line('database', fail(database)), line('connections', skip('not looked at without the database'))];
    return;
  }
  yield await examine(databaseChecks, database);
  // The database may go away between two looks.
  yield await examineConnections(config, database).catch((error: unknown) => [
    line('connections', fail(inWords(error))),
  ]);
}

/** Stage by stage, so that what is known is shown while Mode is waited for. */
async function* examineAll(config: Config, entries: readonly ConfigEntry[]): AsyncGenerator<readonly Line[]> {
  yield await examine(installationChecks, { config, entries });
  // The database of the default would be another one than was meant.
  const isNamed = entries.every(({ key, problem }) => key !== 'DATABASE_URL' || problem === null);
  if (isNamed) yield* examineDatabase(config);
  else yield [line('database', skip('not looked at: DATABASE_URL is not right'))];
}

const count = (lines: readonly Line[], wanted: Status): number =>
  lines.filter(({ status }) => status === wanted).length;

/** Wide enough for the names of most checks and connections. */
const WIDTH = 22;

const tell = (lines: readonly Line[]): void => {
  for (const { status, check, connection, what, remedy } of lines) {
    const name = connection === null ? check : `${connection}: ${check}`;
    print(`${status.padEnd(4)}  ${name.padEnd(WIDTH)}  ${what}`);
    if (remedy !== null) print(`${' '.repeat(WIDTH + 8)}> ${remedy}`);
  }
};

const tellSum = (lines: readonly Line[]): void => {
  const skipped = count(lines, 'skip');
  const rest = skipped > 0 ? `, ${skipped} not looked at` : '';
  print('');
  print(
    `${count(lines, 'ok')} ok, ${count(lines, 'warn')} to look at, ${count(lines, 'fail')} wrong${rest}.`,
  );
};

const doctor = async (options: { readonly json?: boolean }): Promise<void> => {
  const { config, entries } = explainConfig();
  const lines: Line[] = [];
  for await (const stage of examineAll(config, entries)) {
    lines.push(...stage);
    if (!options.json) tell(stage);
  }
  const isWell = count(lines, 'fail') === 0;
  if (options.json) printJson({ ok: isWell, checks: lines, configuration: entries });
  else tellSum(lines);
  if (!isWell) process.exitCode = 1;
};

export const addDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description(
      'Look at everything about this installation: configuration, database, connections, Mode. Changes nothing in Mode. Ends with 1 when something is wrong.',
    )
    .option('--json', 'print JSON')
    .action(doctor);
};
