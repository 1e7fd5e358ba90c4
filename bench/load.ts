/**
 * The load, a process of its own on a core of its own: as many lines as ordered, each with one request at a time, until
 * the time is over. It reads what the servers have used at the same moments, so that both belong together. Every answer's
 * status is looked at; before anything is timed, a probe looks at what is in the answers.
 */
import { readFileSync } from 'node:fs';
import { cpuMicrosSince, cpuNanos, descendants } from './processes.ts';
import type { Asked, Json, Scenario, Turn } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Facts } from './seed.ts';
import { type Answer, openWire, type Wire } from './wire.ts';

export interface Target {
  /** Of the instances of one server, which get the same load each. */
  readonly ports: readonly number[];
  /** Where SCIM begins: `/scim/v2`. */
  readonly path: string;
  readonly factsFile: string;
  /** Processes that work on the answer. */
  readonly pids: readonly number[];
  /** Its processes work for the database; undefined where there is no database server of ours. */
  readonly databasePid?: number | undefined;
}

export interface Order {
  readonly scenario: string;
  readonly target: Target;
  readonly lines: number;
  /** 0: only a probe. */
  readonly seconds: number;
}

export interface Measured {
  readonly requests: number;
  readonly seconds: number;
  readonly cpuMicros: number;
  /** The same of the database server; NaN where there is none. */
  readonly databaseMicros: number;
  /** Latency in milliseconds: half of the requests, and all but one of a hundred, took no longer. */
  readonly p50: number;
  readonly p99: number;
}

/** The answer that a probe found right. */
export interface Probed {
  readonly status: number;
  readonly body: string;
}

export type Reply =
  | { readonly measured: Measured }
  | { readonly probed: Probed }
  | { readonly error: string };

/** A round ends so much later at the latest, whatever is still unanswered. */
const PATIENCE_MS = 20_000;
const PROBES = 6;

const facts = new Map<string, Facts>();
const factsOf = ({ factsFile }: Target): Facts => {
  const known = facts.get(factsFile) ?? (JSON.parse(readFileSync(factsFile, 'utf8')) as Facts);
  facts.set(factsFile, known);
  return known;
};

/** Counters that go on from round to round. */
const counters = new Map<string, number>();
const next = (name: string): number => {
  const value = counters.get(name) ?? 0;
  counters.set(name, value + 1);
  return value;
};

const written = ({ path }: Target, { token }: Facts, asked: Asked): string => {
  const head = `${asked.method} ${path}${asked.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nAccept: application/scim+json\r\nUser-Agent: Okta SCIM Client 1.0.0\r\n`;
  if (asked.body === undefined) return `${head}\r\n`;
  const length = Buffer.byteLength(asked.body);
  return `${head}Content-Type: application/scim+json\r\nContent-Length: ${length}\r\n\r\n${asked.body}`;
};

const scenarioOf = ({ scenario }: Order): Scenario => {
  const found = SCENARIOS.find(({ name }) => name === scenario);
  if (!found) throw new Error(`There is no scenario "${scenario}".`);
  return found;
};

const newTurn = ({ target, scenario }: Order, line: number, last: string | undefined): Turn => ({
  number: next(`${target.ports[0]}`),
  line,
  step: next(`${target.ports[0]} ${scenario} ${line}`),
  last,
});

const refuseOther = (scenario: Scenario, answer: Answer): void => {
  if (scenario.statuses.includes(answer.status)) return;
  throw new Error(`answered ${answer.status}: ${answer.body().slice(0, 400)}`);
};

/** Asks a few times, and looks at what comes back. */
const probe = async (order: Order, wire: Wire): Promise<Probed> => {
  const scenario = scenarioOf(order);
  const known = factsOf(order.target);
  let first: Probed | undefined;
  let last: string | undefined;
  for (let round = 0; round < PROBES; round += 1) {
    const turn = newTurn(order, 0, last);
    const answer = await wire.ask(written(order.target, known, scenario.ask(known, turn)));
    refuseOther(scenario, answer);
    const body = answer.body();
    last = scenario.follows ? body : undefined;
    first ??= { status: answer.status, body };
    const shown = scenario.reread
      ? (await wire.ask(written(order.target, known, scenario.reread(known, turn)))).body()
      : body;
    if (scenario.holds(JSON.parse(shown) as Json, known, turn)) continue;
    throw new Error(`answered wrongly: ${shown.slice(0, 400)}`);
  }
  return first ?? { status: scenario.statuses[0] ?? 200, body: '' };
};

const until = async (order: Order, wire: Wire, line: number, end: number): Promise<readonly number[]> => {
  const scenario = scenarioOf(order);
  const known = factsOf(order.target);
  const times: number[] = [];
  let last: string | undefined;
  for (let from = performance.now(); from < end; ) {
    const asked = scenario.ask(known, newTurn(order, line, last));
    const answer = await wire.ask(written(order.target, known, asked));
    refuseOther(scenario, answer);
    if (scenario.follows) last = answer.body();
    const now = performance.now();
    times.push(now - from);
    from = now;
  }
  return times;
};

const measure = async (order: Order, wires: readonly Wire[]): Promise<Measured> => {
  const { pids, databasePid } = order.target;
  const before = cpuNanos(pids);
  // A process for each connection; some are begun only now.
  const ofDatabase = (): readonly number[] => (databasePid === undefined ? [] : descendants(databasePid));
  const databaseBefore = cpuNanos(ofDatabase());
  const from = performance.now();
  const end = from + order.seconds * 1000;
  const lines = await Promise.all(wires.map((wire, line) => until(order, wire, line, end)));
  const seconds = (performance.now() - from) / 1000;
  const times = lines.flat().sort((a, b) => a - b);
  const requests = times.length;
  return {
    requests,
    seconds,
    cpuMicros: cpuMicrosSince(before, pids) / requests,
    databaseMicros: cpuMicrosSince(databaseBefore, ofDatabase()) / requests,
    p50: times[Math.floor(requests / 2)] ?? Number.NaN,
    p99: times[Math.floor(requests * 0.99)] ?? Number.NaN,
  };
};

const inTime = <T>(work: Promise<T>, ms: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });

const carryOut = async (order: Order): Promise<Reply> => {
  const count = order.seconds === 0 ? 1 : order.lines;
  const { ports } = order.target;
  const wires = await Promise.all(
    Array.from({ length: count }, (_, line) => openWire(ports[line % ports.length] ?? 0)),
  );
  try {
    const [first] = wires;
    if (order.seconds === 0 && first) return { probed: await inTime(probe(order, first), PATIENCE_MS) };
    return { measured: await inTime(measure(order, wires), order.seconds * 1000 + PATIENCE_MS) };
  } finally {
    for (const wire of wires) wire.close();
  }
};

const reply = async (order: Order): Promise<void> => {
  const answer = await carryOut(order).catch(
    (error: unknown): Reply => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  process.send?.(answer);
};

process.on('message', (order: Order) => void reply(order));
process.on('disconnect', () => process.exit());
