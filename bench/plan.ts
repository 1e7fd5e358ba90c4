/** What a run shall measure: the flags of `npm run bench`, checked. */
import { parseArgs } from 'node:util';
import { SPARES } from './people.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

export type EngineName = 'sqlite' | 'postgres';

export interface Plan {
  readonly scenarios: readonly Scenario[];
  /** People in the directory. */
  readonly sizes: readonly number[];
  readonly engines: readonly EngineName[];
  readonly seconds: number;
  readonly rounds: number;
  /** Requests under way at a time at each instance. */
  readonly lines: number;
  /** scimmy-routers is asked too, at up to 10,000 people. */
  readonly peers: boolean;
  readonly fresh: boolean;
  readonly json: boolean;
  /** Writes the result to bench/results/. */
  readonly save: boolean;
  /** Folder for the CPU profiles of the bridges. */
  readonly profile: string | undefined;
}

/** Each line has a spare person of its own, at two instances as well. */
const MOST_LINES = SPARES / 2;

const ENGINES: readonly EngineName[] = ['sqlite', 'postgres'];
const names = SCENARIOS.map(({ name }) => name).join(', ');

export const USAGE = `npm run bench -- [flags]

  --scenarios A,B   those whose name contains one of these texts (default: all):
                    ${names.replace(/(.{60,90}?), /g, '$1,\n                    ')}
  --sizes N,N       people in the directory (default: 1000,10000,100000)
  --engines A,B     sqlite, postgres (default: sqlite)
  --peers           ask a scimmy-routers server too, at up to 10,000 people
  --seconds N       how long one round of one scenario on one server takes (default: 0.7)
  --rounds N        rounds of each, one server after the other; the median counts (default: 3)
  --lines N         requests under way at a time at each instance, ${MOST_LINES} at most (default: 8)
  --full            all of it, some 20 minutes: --engines sqlite,postgres --peers --seconds 1 --rounds 5
  --save            write the result to bench/results/, from which docs/performance.md is made
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

const listed = (text: string): readonly string[] => text.split(',').map((part) => part.trim().toLowerCase());

const chosen = (text: string | undefined): readonly Scenario[] => {
  if (text === undefined) return SCENARIOS;
  const parts = listed(text);
  const found = SCENARIOS.filter(({ name }) => parts.some((part) => name.toLowerCase().includes(part)));
  if (found.length > 0) return found;
  throw new UsageError(`No scenario contains "${text}". There are: ${names}.`);
};

const engines = (text: string): readonly EngineName[] => {
  const parts = listed(text);
  const unknown = parts.filter((part) => !ENGINES.some((engine) => engine === part));
  if (unknown.length > 0) throw new UsageError(`--engines takes ${ENGINES.join(' and ')}, not "${text}".`);
  return ENGINES.filter((engine) => parts.includes(engine));
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        scenarios: { type: 'string' },
        sizes: { type: 'string', default: '1000,10000,100000' },
        engines: { type: 'string' },
        peers: { type: 'boolean', default: false },
        seconds: { type: 'string' },
        rounds: { type: 'string' },
        lines: { type: 'string', default: '8' },
        full: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
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

/** Fewer have no page of 100 to go on from. */
const LEAST_PEOPLE = 200;

/** Reads the flags. Throws UsageError, whose text is the answer; also for `--help`. */
export const readPlan = (args: readonly string[]): Plan => {
  const values = parse(args);
  if (values.help) throw new UsageError(USAGE);
  const { full, peers, save, fresh, json, profile } = values;
  return {
    scenarios: chosen(values.scenarios),
    sizes: listed(values.sizes).map((text) => whole('sizes', text, LEAST_PEOPLE)),
    engines: engines(values.engines ?? (full ? ENGINES.join(',') : 'sqlite')),
    seconds: number('seconds', values.seconds ?? (full ? '1' : '0.7'), 0.1),
    rounds: whole('rounds', values.rounds ?? (full ? '5' : '3'), 1),
    lines: Math.min(MOST_LINES, whole('lines', values.lines, 1)),
    peers: peers || full,
    save,
    profile,
    fresh,
    json,
  };
};

/** Two instances are compared where there are so many people, or as many as there are. */
const PEOPLE_OF_TWO = 10_000;

/** How many people there are where two instances are compared. */
export const peopleOfTwo = ({ sizes }: Pick<Plan, 'sizes'>): number =>
  sizes.find((size) => size === PEOPLE_OF_TWO) ?? sizes[0] ?? PEOPLE_OF_TWO;
