/** The options that carry what Mode is called with: token and secret of its API, address and token of its SCIM endpoint. */
import { type Command, Option } from 'commander';
import type { ModeCredentials } from '../compose.ts';
import type { WayIn } from '../directory/model.ts';

export interface CredentialOptions {
  readonly modeToken?: string;
  readonly modeSecret?: string;
  readonly modeScimUrl?: string;
  readonly modeScimToken?: string;
}

/** Adds the options to a command. */
export const addCredentialOptions = (command: Command): Command =>
  command
    .addOption(new Option('--mode-token <token>', 'Mode API token').env('MODE_TOKEN'))
    .addOption(new Option('--mode-secret <secret>', 'its secret').env('MODE_SECRET'))
    .addOption(
      new Option(
        '--mode-scim-url <url>',
        "where Mode's SCIM endpoint is, as Mode shows it (Enterprise plan)",
      ).env('MODE_SCIM_URL'),
    )
    .addOption(new Option('--mode-scim-token <token>', 'its token').env('MODE_SCIM_TOKEN'));

/** What they say something in: a variable that is set to nothing is as good as none. */
export const said = <T extends CredentialOptions>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, text]) => text !== '')) as T;

/** What was given; ends in wrong usage where half of a pair is missing. */
export const readCredentials = (options: CredentialOptions, command: Command): ModeCredentials => {
  const { modeToken: token, modeSecret: secret, modeScimUrl: url, modeScimToken: scimToken } = said(options);
  if ((token === undefined) !== (secret === undefined))
    command.error('error: --mode-token and --mode-secret belong together');
  if ((url === undefined) !== (scimToken === undefined))
    command.error('error: --mode-scim-url and --mode-scim-token belong together');
  return {
    ...(token === undefined || secret === undefined ? {} : { token, secret }),
    ...(url === undefined || scimToken === undefined ? {} : { scim: { url, token: scimToken } }),
  };
};

/** Ends in wrong usage where the way in needs what was not given. */
export const requireFor = (wayIn: WayIn, { token, scim }: ModeCredentials, command: Command): void => {
  if (wayIn === 'scim' && scim === undefined)
    command.error('error: the way in "scim" needs --mode-scim-url and --mode-scim-token');
  if (wayIn !== 'scim' && token === undefined)
    command.error(`error: the way in "${wayIn}" needs --mode-token and --mode-secret`);
};

/** Until when the API token holds; of a SCIM token alone nobody knows. */
export const expiryFor = ({ token }: ModeCredentials, expires: string | undefined): string | null =>
  expires ?? (token === undefined ? 'unknown' : null);
