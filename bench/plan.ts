/** What a run shall measure: the flags of `npm run bench`, checked. */
import { parseArgs } from 'node:util';
import { SCENARIOS, type Scenario } from './scenarios.ts';

export interface Plan {
  readonly scenarios: readonly Scenario[];
  /** People in the directory. */
  readonly sizes: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  /** Requests under way at a time. */
  readonly lines: number;
  readonly fresh: boolean;
  readonly json: boolean;
  /** Folder for the CPU profiles of the bridges. */
  readonly profile: string | undefined;
}

export const USAGE = `npm run bench -- [flags]

  --scenarios A,B   those whose name contains one of these texts (default: all): ${SCENARIOS.map(({ name }) => name).join(', ')}
  --sizes N,N       people in the directory (default: 1000,10000,100000)
  --seconds N       how long one round of one scenario on one server takes (default: 1)
  --rounds N        rounds of each, one server after the other; the median counts (default: 3)
  --lines N         requests under way at a time (default: 8)
  --profile DIR     write a CPU profile of each bridge there
  --fresh           make the databases anew
  --json            print the result as JSON`;

/** Wrong usage: the message is all that is shown. */
export class UsageError extends Error {}

const number = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
  throw new UsageError(`--${name} takes numbers from ${least} on, not "${text}".`);
};

const whole = (name: string, text: string, least: number): number => {
  const value = number(name, text, least);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`--${name} takes whole numbers, not "${text}".`);
};

const chosen = (text: string | undefined): readonly Scenario[] => {
  if (text === undefined) return SCENARIOS;
  const parts = text.split(',').map((part) => part.trim().toLowerCase());
  const found = SCENARIOS.filter(({ name }) => parts.some((part) => name.toLowerCase().includes(part)));
  if (found.length > 0) return found;
  throw new UsageError(
    `No scenario contains "${text}". There are: ${SCENARIOS.map(({ name }) => name).join(', ')}.`,
  );
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        scenarios: { type: 'string' },
        sizes: { type: 'string', default: '1000,10000,100000' },
        seconds: { type: 'string', default: '1' },
        rounds: { type: 'string', default: '3' },
        lines: { type: 'string', default: '8' },
        profile: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

/** Reads the flags. Throws UsageError, whose text is the answer; also for `--help`. */
export const readPlan = (args: readonly string[]): Plan => {
  const values = parse(args);
  if (values.help) throw new UsageError(USAGE);
  return {
    scenarios: chosen(values.scenarios),
    sizes: values.sizes.split(',').map((text) => whole('sizes', text, 200)),
    seconds: number('seconds', values.seconds, 0.1),
    rounds: whole('rounds', values.rounds, 1),
    lines: whole('lines', values.lines, 1),
    profile: values.profile,
    fresh: values.fresh,
    json: values.json,
  };
};
