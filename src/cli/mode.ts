/** `mode`: the emulated Mode workspace alone. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { startEmulator } from '../emulator/server.ts';
import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { print, printJson } from './output.ts';
import { untilStopped } from './signals.ts';

interface ModeOptions {
  readonly port: number;
  readonly data: string;
  readonly fresh?: boolean;
  readonly people?: number;
  readonly groups?: number;
  readonly token?: string;
  readonly secret?: string;
  readonly tokenKind?: 'workspace' | 'member' | 'personal';
  readonly scim?: boolean;
  readonly scimToken?: string;
  readonly json?: boolean;
}

/** Reads a whole number of an option; anything else is wrong usage. */
export const wholeNumber = (text: string): number => {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
};

/** Starts the emulator; what stands in its way becomes an error that names it. */
export const openEmulator = async (options: Parameters<typeof startEmulator>[0]) => {
  try {
    return await startEmulator(options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('invalid', 'cli.mode.cannot-start', `The emulated Mode cannot start: ${reason}`, {
      cause,
    });
  }
};

const mode = async (options: ModeOptions): Promise<void> => {
  const log = createLog({ level: 'info', format: options.json ? 'json' : 'text' });
  const { data, json, scim, ...wish } = options;
  const enabled = scim === true;
  const emulator = await openEmulator({ ...wish, scim: { enabled }, dataDir: data, log: log.info });
  const { url, workspace, token, secret, scimUrl, scimToken } = emulator;
  const known = { ready: true, modeUrl: url, workspace, modeToken: token, modeSecret: secret };
  if (json) printJson(enabled ? { ...known, modeScimUrl: scimUrl, modeScimToken: scimToken } : known);
  else {
    print(`Emulated Mode workspace "${workspace}" at ${url}`);
    print(`  token   ${token}`);
    print(`  secret  ${secret}`);
    if (enabled) print(`  SCIM    ${scimUrl}  (token ${scimToken})`);
    print(`  try     curl -u ${token}:${secret} ${url}/api/${workspace}/memberships/lite`);
    print(`  truth   curl ${url}/_control/state`);
  }
  await untilStopped();
  await emulator.close();
};

export const addMode = (program: Command): void => {
  program
    .command('mode')
    .description('Run the emulated Mode workspace alone.')
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumber, 8081)
    .option('--data <dir>', 'where it keeps its state', './data/mode')
    .option('--fresh', 'begin anew')
    .option('--people <n>', 'people in a new workspace', wholeNumber)
    .option('--groups <n>', 'groups in a new workspace', wholeNumber)
    .option('--token <token>', 'API token that it accepts')
    .option('--secret <secret>', 'secret of that token')
    .addOption(
      new Option(
        '--token-kind <kind>',
        'what kind of token that is; an older personal one unless said',
      ).choices(['workspace', 'member', 'personal']),
    )
    .option('--scim', "switch on Mode's own SCIM endpoint")
    .option('--scim-token <token>', 'token that it accepts')
    .option('--json', 'print one line of JSON when ready; the log goes to standard error')
    .action(mode);
};
