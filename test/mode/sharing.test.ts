/** Several processes that call one Mode keep to its limits together; thousands of calls in simulated time. */
import {
  atOnce,
  bucket,
  everyNth,
  type Rule,
  type Simulated,
  simulate,
  window,
} from './support/simulated.ts';

const LATENCY_MS = 120;

/** So many processes with so many calls each. */
const run = async (rules: readonly Rule[], processes: number, calls: number, isShared = true) => {
  const mode = simulate(rules, { latencyMs: LATENCY_MS, processes, isShared });
  const all = Array.from({ length: calls * processes }, (_, index) =>
    mode.call('request', Number.MAX_SAFE_INTEGER, index % processes),
  );
  await mode.during(Promise.all(all));
  return { seconds: mode.timing.now() / 1000, ...mode.seen, ...mode.told };
};

const many = (mode: Simulated, count: number, process: number) =>
  Promise.all(Array.from({ length: count }, () => mode.call('request', Number.MAX_SAFE_INTEGER, process)));

it.each([2, 4])('%i processes call hardly more at once than one may', async (processes) => {
  const mode = simulate([], { latencyMs: LATENCY_MS, processes });
  const all = (count: number) =>
    mode.during(Promise.all(Array.from({ length: processes }, (_, process) => many(mode, count, process))));
  // Until they have heard of each other, half a second.
  await all(100);
  mode.seen.mostActive = 0;
  const from = mode.timing.now();
  await all(4000 / processes);
  expect(mode.seen.mostActive).toBeLessThanOrEqual(30);
  expect(mode.timing.now() - from).toBeLessThan((4000 / 24) * LATENCY_MS * 1.3);
});

it.each<[string, () => readonly Rule[], number, number]>([
  ['50 calls a second', () => [bucket(50, 10)], 50, 0.03],
  ['5 calls a second', () => [bucket(5, 5)], 5, 0.06],
  ['100 calls in 10 s, with Retry-After', () => [window(100, 10_000, true)], 10, 0.08],
  ['50 a second, and refuses every fifth', () => [bucket(50, 10), everyNth(5)], 40, 0.28],
])('three processes share %s', async (_what, rules, allowedPerSecond, mostRefused) => {
  const { seconds, calls, refused } = await run(rules(), 3, 1200);
  expect(seconds).toBeLessThan((3600 / allowedPerSecond) * 1.4);
  expect(refused / calls).toBeLessThan(mostRefused);
});

it('what a process that comes later does not know yet, it is told', async () => {
  const mode = simulate([atOnce(4)], { latencyMs: LATENCY_MS, processes: 2 });
  await mode.during(many(mode, 1000, 0));
  const before = mode.seen.refused;
  await mode.during(many(mode, 50, 1));
  expect(mode.seen.refused - before).toBeLessThan(4);
});

it('one that stops calling leaves its share to the others', async () => {
  const mode = simulate([bucket(50, 10)], { latencyMs: LATENCY_MS, processes: 2 });
  await mode.during(Promise.all([many(mode, 2000, 0), many(mode, 100, 1)]));
  expect(mode.timing.now() / 1000).toBeLessThan((2100 / 50) * 1.35);
});

it('they tell each other twice a second and when there is news, not with each call', async () => {
  const { seconds, exchanges } = await run([bucket(50, 10)], 2, 2000);
  expect(exchanges).toBeLessThan(2 * (seconds * 2.2 + 30));
});

it('who leaves through one does not wait for what another does in the background', async () => {
  const mode = simulate([bucket(10, 5)], { latencyMs: LATENCY_MS, processes: 2 });
  const background = Array.from({ length: 600 }, () => mode.call('background', Number.MAX_SAFE_INTEGER, 0));
  await mode.during(mode.timing.sleep(20_000));
  const from = mode.timing.now();
  const leave = async (): Promise<number> => {
    for (let calls = 0; calls < 10; calls += 1) await mode.call('deactivation', Number.MAX_SAFE_INTEGER, 1);
    return mode.timing.now() - from;
  };
  expect(await mode.during(leave())).toBeLessThan(3_000);
  await mode.during(Promise.all(background));
});
