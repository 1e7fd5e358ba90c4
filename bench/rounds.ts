/**
 * Measures one scenario on several servers in turn, several times over, so that what else this machine does meets all of
 * them alike; the median of the rounds counts.
 */
import type { Generator } from './generator.ts';
import type { Measured, Probed } from './load.ts';
import type { Plan } from './plan.ts';
import type { Scenario } from './scenario.ts';
import type { Server, Yardstick } from './servers.ts';

/** `bridge`: ours. `yardstick`: answers the bytes of ours. `peer`: somebody else's SCIM server, which may answer wrongly. */
export type Kind = 'bridge' | 'yardstick' | 'peer';

export interface Subject {
  readonly name: string;
  readonly kind: Kind;
  readonly server: Server;
  /** Of a bridge or peer. */
  readonly people?: number;
  readonly instances?: number;
  /** Whether each of several instances has a database of its own. */
  readonly apart?: boolean;
}

export interface Figures {
  readonly perSecond: number;
  readonly cpuMicros: number;
  /** The same of the database server, where there is one. */
  readonly databaseMicros: number;
  /** Part of one core that the server used. */
  readonly busy: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Row extends Omit<Subject, 'server'> {
  /** Or why there are none. */
  readonly figures: Figures | string;
}

export interface Outcome {
  readonly scenario: string;
  /** Bytes of an answer's body. */
  readonly bytes: number;
  readonly rows: readonly Row[];
}

export interface Field {
  readonly generator: Generator;
  readonly subjects: readonly Subject[];
}

/** Seconds of a core that the compiler of V8 needs at least, in each instance, to know what is asked most. */
const LEAST_WARM_UP = 1.2;
/** Who needs so many seconds more for a round is not asked for another. */
const TOO_LONG = 4;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const figuresOf = (rounds: readonly Measured[]): Figures => {
  const of = (value: (measured: Measured) => number) => median(rounds.map(value));
  return {
    perSecond: of(({ requests, seconds }) => requests / seconds),
    cpuMicros: of(({ cpuMicros }) => cpuMicros),
    databaseMicros: of(({ databaseMicros }) => databaseMicros),
    busy: of(({ cpuMicros, requests, seconds }) => (cpuMicros * requests) / 1e6 / seconds),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
  };
};

const isYardstick = (server: Server): server is Yardstick => 'answer' in server;

/** A wrong answer of ours ends the run; one of somebody else's is what is found out about it. */
const orReason = async <T>(
  { name, kind }: Subject,
  scenario: string,
  work: () => Promise<T>,
): Promise<T | string> => {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (kind === 'peer') return reason;
    throw new Error(`${name}, ${scenario}: ${reason}`, { cause: error });
  }
};

/** One subject in one scenario: what its rounds brought, or why it takes no part. */
interface Entry {
  readonly subject: Subject;
  readonly rounds: Measured[];
  reason?: string;
  isSlow: boolean;
}

/** One scenario, as all subjects are asked it. */
interface Match {
  readonly generator: Generator;
  readonly scenario: Scenario;
  readonly plan: Plan;
  readonly entries: readonly Entry[];
}

const orderFor = ({ scenario }: Match, { subject }: Entry) => ({
  scenario: scenario.name,
  target: subject.server.target,
});

const isPlaying = ({ reason, isSlow }: Entry): boolean => reason === undefined && !isSlow;

const take = async (match: Match, entry: Entry, seconds: number): Promise<Measured | undefined> => {
  const order = {
    ...orderFor(match, entry),
    lines: match.plan.lines * (entry.subject.instances ?? 1),
    seconds,
  };
  const measured = await orReason(entry.subject, match.scenario.name, () => match.generator.measure(order));
  entry.subject.server.tidy();
  if (typeof measured !== 'string') return measured;
  entry.reason = measured;
  return undefined;
};

/** Makes sure of the answers, and tells the yardsticks to answer as the bridge does. */
const probeAll = async (match: Match): Promise<Probed> => {
  let answer: Probed | undefined;
  for (const entry of match.entries) {
    if (entry.subject.kind === 'yardstick') continue;
    const probed = await orReason(entry.subject, match.scenario.name, () =>
      match.generator.probe(orderFor(match, entry)),
    );
    if (typeof probed === 'string') entry.reason = probed;
    else answer ??= probed;
  }
  const told = answer ?? { status: match.scenario.statuses[0] ?? 200, body: '' };
  for (const { subject } of match.entries) if (isYardstick(subject.server)) await subject.server.answer(told);
  return told;
};

/** Who is slow beyond measure has had its only round then. */
const warmUp = async (match: Match): Promise<void> => {
  const { seconds } = match.plan;
  for (const entry of match.entries.filter(isPlaying)) {
    const least = LEAST_WARM_UP * (entry.subject.instances ?? 1);
    const measured = await take(match, entry, Math.max(least, seconds / 2));
    if (!measured || measured.seconds < seconds + TOO_LONG) continue;
    entry.isSlow = true;
    entry.rounds.push(measured);
  }
};

/** Several instances are measured as often as there are: one such round differs more from the next. */
const playRound = async (match: Match): Promise<void> => {
  for (const entry of match.entries.filter(isPlaying)) {
    for (let time = 0; time < (entry.subject.instances ?? 1); time += 1) {
      const measured = await take(match, entry, match.plan.seconds);
      if (measured) entry.rounds.push(measured);
    }
  }
};

/** Measures one scenario on all subjects. */
export const measure = async (
  { generator, subjects }: Field,
  scenario: Scenario,
  plan: Plan,
): Promise<Outcome> => {
  const entries: readonly Entry[] = subjects.map((subject) => ({ subject, rounds: [], isSlow: false }));
  const match: Match = { generator, scenario, plan, entries };
  const { body } = await probeAll(match);
  await warmUp(match);
  for (let round = 0; round < plan.rounds; round += 1) await playRound(match);
  const rows = entries.map(({ subject: { server: _server, ...rest }, rounds, reason }) => ({
    ...rest,
    figures: reason ?? figuresOf(rounds),
  }));
  return { scenario: scenario.name, bytes: Buffer.byteLength(body), rows };
};
