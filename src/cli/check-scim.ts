/** `check-scim`: our own SCIM validator, against any server. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Address, readAddress } from '../check-scim/address.ts';
import { chooseChecks, unknownNames } from '../check-scim/catalogue.ts';
import { PROFILES, type Profile } from '../check-scim/check.ts';
import { redactor, secretsOf } from '../check-scim/redact.ts';
import { hasFailed, reportJson, reportLines } from '../check-scim/report.ts';
import { type Outcome, type RunOptions, runChecks } from '../check-scim/run.ts';
import type { Verdict } from '../check-scim/verdict.ts';
import { wholeNumber } from './mode.ts';
import { print } from './output.ts';
import { bar, type ShownProgress, startProgress } from './progress.ts';
import { untilStopped } from './signals.ts';

interface CheckOptions {
  readonly token?: string;
  readonly profile: Profile | 'all';
  readonly strict?: boolean;
  readonly json?: boolean;
  readonly only: readonly string[];
  readonly keep?: boolean;
  readonly header: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly rps: number;
}

const readUrl = (text: string): Address => {
  const address = readAddress(text);
  if (address) return address;
  throw new InvalidArgumentError('It must be an http or https address without user and password.');
};

/** `Name: value`, collected; a value may hold colons. */
const readHeader = (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*([\t\x20-\x7e\x80-\xff]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("It must look like 'Name: value'.");
  return { ...before, [name.toLowerCase()]: value.trim() };
};

const readOnly = (text: string): readonly string[] => {
  const names = text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  const unknown = unknownNames(names);
  if (names.length === 0) throw new InvalidArgumentError('It must name checks, as in T037,T079.');
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no check ${unknown.join(', ')}.`);
  return names;
};

const atLeastOne = (text: string): number => {
  const number = wholeNumber(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('It must be 1 or more.');
};

/** Said on standard error, which is not the report. */
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const MARKS: Readonly<Record<Verdict['outcome'], string>> = {
  passed: 'ok     ',
  failed: 'FAILED ',
  skipped: 'skipped',
};

/** A line that renews itself on a terminal; elsewhere one for each check. */
const tellVerdicts = (progress: ShownProgress): RunOptions['onVerdict'] => {
  let failed = 0;
  return (verdict, done, all) => {
    if (verdict.outcome === 'failed') failed += 1;
    if (process.stderr.isTTY) progress.show(`${bar('checks', done, all)}, ${failed} failed: ${verdict.id}`);
    else say(`${MARKS[verdict.outcome]} ${verdict.id}`);
  };
};

const announce = (url: string, keep: boolean) => (prefix: string) => {
  const then = keep ? 'They stay there (--keep).' : 'All of them are deleted at the end.';
  say(`check-scim will now create people and groups at ${url}; their names begin with "${prefix}". ${then}`);
  say(
    'Nothing else is changed. Their addresses are at example.com, which receives no mail; they may take seats meanwhile.',
  );
};

const headersOf = ({ token, header }: CheckOptions): Record<string, string> => ({
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...header,
});

const report = (address: Address, options: CheckOptions, outcome: Outcome): void => {
  const { profile, strict = false } = options;
  const clean = redactor(secretsOf(headersOf(options)));
  const head = { url: address.shown, strict, profile };
  if (options.json) print(clean(JSON.stringify(reportJson(head, outcome))));
  else for (const line of reportLines(head, outcome)) print(clean(line));
};

const check = async (address: Address, options: CheckOptions, command: Command): Promise<void> => {
  const headers = headersOf(options);
  if (!Object.hasOwn(headers, 'authorization'))
    command.error(
      "error: give --token, or the environment variable SCIM_TOKEN, or --header 'Authorization: …'",
    );
  const checks = chooseChecks(options.profile, options.only);
  if (checks.length === 0) command.error(`error: none of these checks is in the profile ${options.profile}`);
  const ending = new AbortController();
  void untilStopped().then(() => {
    say('\nEnding: what was created is deleted first. Interrupt again to leave it.');
    ending.abort();
  });
  const progress = startProgress();
  const outcome = await runChecks(checks, {
    address,
    headers,
    timeoutMs: options.timeout,
    perSecond: options.rps,
    strict: options.strict ?? false,
    keep: options.keep ?? false,
    signal: ending.signal,
    onStart: announce(address.shown, options.keep ?? false),
    onVerdict: tellVerdicts(progress),
  }).finally(progress.end);
  report(address, options, outcome);
  process.exitCode = hasFailed(outcome) ? 1 : 0;
};

export const addCheckScim = (program: Command): void => {
  program
    .command('check-scim')
    .description('Test any SCIM 2.0 server as Okta, Entra and the RFCs would (docs/check-scim.md).')
    .argument('<base-url>', 'SCIM base URL, as given to the identity provider', readUrl)
    .addOption(new Option('--token <token>', 'bearer token').env('SCIM_TOKEN'))
    .addOption(
      new Option('--profile <name>', 'whose expectations').choices([...PROFILES, 'all']).default('all'),
    )
    .option('--strict', 'expect refusals where clients and the standard disagree')
    .option('--json', 'print JSON: every check with its outcome')
    .option('--only <ids>', 'only these checks, as in T037,T079', readOnly, [])
    .option('--keep', 'leave what was created, to look at it')
    .option('--header <line>', "a header for every request, 'Name: value'; may be repeated", readHeader, {})
    .option('--timeout <ms>', 'how long to wait for each answer', atLeastOne, 30_000)
    .option('--rps <n>', 'requests a second at most', atLeastOne, 20)
    .action(check);
};
