#!/usr/bin/env node
/** The command line: a table of commands. Exit codes: 0 done, 1 it failed, 2 wrong usage. */
import { Command, CommanderError } from 'commander';
import { printFailure } from './cli/output.ts';
import { VERSION } from './version.ts';

type Add = (program: Command) => void;

const addPlanCommands = async (): Promise<Add> => (await import('./cli/plan.ts')).addPlanCommands;

/** Only the command that is named is loaded: a server that starts has no use for the emulator, nor room for it. */
const COMMANDS: ReadonlyMap<string, () => Promise<Add>> = new Map([
  ['serve', async () => (await import('./cli/serve.ts')).addServe],
  ['sandbox', async () => (await import('./cli/sandbox.ts')).addSandbox],
  ['mode', async () => (await import('./cli/mode.ts')).addMode],
  ['connection', async () => (await import('./cli/connection.ts')).addConnectionCommands],
  ['token', async () => (await import('./cli/token.ts')).addTokenCommands],
  ['sync', async () => (await import('./cli/sync.ts')).addSync],
  ['plan', addPlanCommands],
  ['apply', addPlanCommands],
  ['doctor', async () => (await import('./cli/doctor/doctor.ts')).addDoctor],
  ['migrate', async () => (await import('./cli/migrate.ts')).addMigrate],
  ['check-scim', async () => (await import('./cli/check-scim.ts')).addCheckScim],
]);

/** What the arguments name; everything where they name none of it, since help or the complaint shows all. */
const load = (name: string | undefined): Promise<readonly Add[]> => {
  const named = COMMANDS.get(name ?? '');
  return Promise.all([...new Set(named ? [named] : COMMANDS.values())].map((one) => one()));
};

const build = async (): Promise<Command> => {
  const program = new Command('mode-scim-bridge')
    .description(
      "Runs people's access to Mode from an identity provider: SCIM 2.0 in, the fewest, safest calls to Mode out.",
    )
    .version(VERSION)
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride();
  for (const add of await load(process.argv[2])) add(program);
  return program;
};

/** Subcommands do not inherit exitOverride when they are added before it; copy it down the tree. */
const overrideExits = (command: Command): void => {
  command.exitOverride();
  command.commands.forEach(overrideExits);
};

const run = async (): Promise<void> => {
  const program = await build();
  overrideExits(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    printFailure(error);
    process.exitCode = 1;
  }
};

await run();
// Work that was cut off after its grace may still hold timers; everything that must be closed is closed.
process.exit();
