/**
 * Measures one scenario on several servers in turn, several times over, so that what else this machine does meets all of
 * them alike; the median of the rounds counts.
 */
import type { Generator } from './generator.ts';
import type { Measured } from './load.ts';
import type { Plan } from './plan.ts';
import type { Scenario } from './scenarios.ts';
import type { Server, Yardstick } from './servers.ts';

export interface Subject {
  readonly name: string;
  readonly server: Server;
}

export interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly cpuMicros: number;
  /** Part of one core that the server used. */
  readonly busy: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Outcome {
  readonly scenario: string;
  /** Bytes of an answer's body. */
  readonly bytes: number;
  readonly yardsticks: readonly Row[];
  /** Of the bridge, by the number of people. */
  readonly bridges: readonly Row[];
}

export interface Field {
  readonly generator: Generator;
  readonly yardsticks: readonly (Subject & { readonly server: Yardstick })[];
  readonly bridges: readonly Subject[];
}

/** Seconds that the compiler of V8 needs at least to know what is asked most. */
const LEAST_WARM_UP = 0.7;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const rowOf = (name: string, rounds: readonly Measured[]): Row => {
  const of = (value: (measured: Measured) => number) => median(rounds.map(value));
  return {
    name,
    perSecond: of(({ requests, seconds }) => requests / seconds),
    cpuMicros: of(({ cpuMicros }) => cpuMicros),
    busy: of(({ cpuMicros, requests, seconds }) => (cpuMicros * requests) / 1e6 / seconds),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
  };
};

/** Probes the bridges, tells the yardsticks what to answer, warms all of them up, and measures. */
export const measure = async (
  { generator, yardsticks, bridges }: Field,
  scenario: Scenario,
  { rounds, seconds, lines }: Plan,
): Promise<Outcome> => {
  const order = (subject: Subject) => ({ scenario: scenario.name, target: subject.server.target });
  const probes = [];
  for (const bridge of bridges) probes.push(await generator.probe(order(bridge)));
  const answer = probes[0] ?? { status: scenario.status, body: '' };
  for (const { server } of yardsticks) await server.answer(answer);
  const subjects: readonly Subject[] = [...yardsticks, ...bridges];
  for (const subject of subjects)
    await generator.measure({ ...order(subject), lines, seconds: Math.max(LEAST_WARM_UP, seconds / 2) });
  const found = new Map<string, Measured[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) {
      found.get(subject.name)?.push(await generator.measure({ ...order(subject), lines, seconds }));
      subject.server.tidy();
    }
  }
  const rows = (of: readonly Subject[]) => of.map(({ name }) => rowOf(name, found.get(name) ?? []));
  return {
    scenario: scenario.name,
    bytes: Buffer.byteLength(answer.body),
    yardsticks: rows(yardsticks),
    bridges: rows(bridges),
  };
};
