/**
 * Runs checks against a server: four at a time, then those that must be alone, then those that look back. Whatever happens,
 * what was created is deleted again, also when the run is ended from outside.
 */
import { randomBytes } from 'node:crypto';
import type { Address } from './address.ts';
import { createCast } from './cast.ts';
import type { Check } from './check.ts';
import { type Context, createContext } from './context.ts';
import { type Discovery, discover, lacks } from './features.ts';
import { createLedger, type Ledger, sweep } from './ledger.ts';
import { createPace } from './pace.ts';
import { skippedBecause, type Verdict, verdictOn } from './verdict.ts';
import { createWire, type Exchange, type Wire } from './wire.ts';

export interface RunOptions {
  readonly address: Address;
  /** What every request carries: the token, and what the caller adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly perSecond: number;
  readonly strict: boolean;
  /** Whether what was created stays. */
  readonly keep: boolean;
  /** Ends the run: what runs is cut short, and everything is cleaned up. */
  readonly signal: AbortSignal;
  /** Told before the first request that writes. */
  readonly onStart: (prefix: string) => void;
  readonly onVerdict: (verdict: Verdict, done: number, all: number) => void;
}

export interface Outcome {
  /** In the order of the tables. */
  readonly verdicts: readonly Verdict[];
  readonly prefix: string;
  /** Paths of what could not be deleted, or was to be kept. */
  readonly left: readonly string[];
  readonly interrupted: boolean;
  readonly requests: number;
  readonly ms: number;
}

const AT_A_TIME = 4;
const PHASES = ['together', 'alone', 'last'] as const;

/** What is made once, for the checks that only read, and for those that must be refused. */
type Shared = Pick<Context, 'cast' | 'target'>;

interface Run {
  readonly options: RunOptions;
  readonly wire: Wire;
  readonly prefix: string;
  readonly discovery: Discovery;
  readonly name: (hint?: string) => string;
  readonly shared: Shared;
  /** What could not be deleted. */
  readonly left: string[];
}

const contextFor = (run: Omit<Run, 'shared'>, ledger: Ledger, shared: Shared, trace: Exchange[]): Context =>
  createContext({
    ...shared,
    wire: run.wire,
    strict: run.options.strict,
    authorization: run.options.headers['authorization'],
    discovery: run.discovery,
    name: run.name,
    ledger,
    onExchange: (exchange) => trace.push(exchange),
  });

const runOne = async (run: Run, check: Check): Promise<Verdict> => {
  if (run.options.signal.aborted) return skippedBecause(check, 'interrupted');
  const reason = check.needs.map((need) => lacks(run.discovery, need)).find((why) => why !== undefined);
  if (reason !== undefined) return skippedBecause(check, reason);
  const ledger = createLedger(run.prefix);
  const trace: Exchange[] = [];
  const startedAt = performance.now();
  const verdict = (error?: { readonly thrown: unknown }) =>
    verdictOn(check, trace, performance.now() - startedAt, error);
  try {
    await check.run(contextFor(run, ledger, run.shared, trace));
    return verdict();
  } catch (thrown) {
    return verdict({ thrown });
  } finally {
    if (!run.options.keep) run.left.push(...(await ledger.clean(run.wire)));
  }
};

const runPhase = async (
  run: Run,
  checks: readonly Check[],
  atATime: number,
  done: (verdict: Verdict) => void,
): Promise<void> => {
  const waiting = [...checks];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) done(await runOne(run, next));
  };
  await Promise.all(Array.from({ length: atATime }, work));
};

const nameMaker = (prefix: string): ((hint?: string) => string) => {
  let count = 0;
  return (hint) => {
    count += 1;
    return hint === undefined ? `${prefix}-${count}` : `${prefix}-${count}-${hint}`;
  };
};

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/** Each is made when the first check asks for it, in a ledger that is cleaned at the end. */
const makeShared = (run: Omit<Run, 'shared'>, ledger: Ledger): Shared => {
  const none = () => Promise.reject(new Error('what is shared is made of nothing else'));
  const context = contextFor(run, ledger, { cast: none, target: none }, []);
  return { cast: once(() => createCast(context)), target: once(() => context.person()) };
};

const cleanUp = async (run: Run, ledger: Ledger): Promise<void> => {
  if (run.options.keep) return;
  run.left.push(...(await ledger.clean(run.wire)));
  run.left.push(...(await sweep(run.wire, run.prefix)));
};

const open = async (options: RunOptions): Promise<{ readonly run: Run; readonly ledger: Ledger }> => {
  const pace = createPace(options.perSecond);
  const wire = createWire({
    address: options.address,
    headers: options.headers,
    timeoutMs: options.timeoutMs,
    pace,
  });
  options.signal.addEventListener('abort', wire.stop);
  const prefix = `check-scim-${randomBytes(4).toString('hex')}`;
  const ledger = createLedger(prefix);
  const discovery = await discover(wire);
  const base = { options, wire, prefix, discovery, name: nameMaker(prefix), left: [] };
  return { run: { ...base, shared: makeShared(base, ledger) }, ledger };
};

/** Runs them all. Never throws because of what a server does. */
export const runChecks = async (checks: readonly Check[], options: RunOptions): Promise<Outcome> => {
  const startedAt = performance.now();
  const { run, ledger } = await open(options);
  const verdicts = new Map<string, Verdict>();
  options.onStart(run.prefix);
  try {
    for (const phase of PHASES) {
      const now = checks.filter(({ when }) => when === phase);
      await runPhase(run, now, phase === 'together' ? AT_A_TIME : 1, (verdict) => {
        verdicts.set(verdict.id, verdict);
        options.onVerdict(verdict, verdicts.size, checks.length);
      });
    }
  } finally {
    await cleanUp(run, ledger);
  }
  return {
    verdicts: checks.flatMap(({ id }) => verdicts.get(id) ?? []),
    prefix: run.prefix,
    left: [...new Set(run.left)],
    interrupted: options.signal.aborted,
    requests: [...verdicts.values()].reduce((sum, { requests }) => sum + requests, 0),
    ms: Math.round(performance.now() - startedAt),
  };
};
