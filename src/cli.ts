#!/usr/bin/env node
/** The command line: a table of commands. Exit codes: 0 done, 1 it failed, 2 wrong usage. */
import { Command, CommanderError } from 'commander';
import { addCheckScim } from './cli/check-scim.ts';
import { addConnectionCommands } from './cli/connection.ts';
import { addMigrate } from './cli/migrate.ts';
import { addMode } from './cli/mode.ts';
import { printFailure } from './cli/output.ts';
import { addPlanCommands } from './cli/plan.ts';
import { addSandbox } from './cli/sandbox.ts';
import { addServe } from './cli/serve.ts';
import { addSync } from './cli/sync.ts';
import { addTokenCommands } from './cli/token.ts';
import { VERSION } from './version.ts';

const COMMANDS = [
  addServe,
  addSandbox,
  addMode,
  addConnectionCommands,
  addTokenCommands,
  addSync,
  addPlanCommands,
  addMigrate,
  addCheckScim,
];

const build = (): Command => {
  const program = new Command('mode-scim-bridge')
    .description(
      "Runs people's access to Mode from an identity provider: SCIM 2.0 in, the fewest, safest calls to Mode out.",
    )
    .version(VERSION)
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride();
  for (const add of COMMANDS) add(program);
  return program;
};

/** Subcommands do not inherit exitOverride when they are added before it; copy it down the tree. */
const overrideExits = (command: Command): void => {
  command.exitOverride();
  command.commands.forEach(overrideExits);
};

const run = async (): Promise<void> => {
  const program = build();
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
