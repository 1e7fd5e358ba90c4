/** How close to Mode's limits the throttle comes, whatever these are; thousands of calls in simulated time. */
import { atOnce, bucket, everyNth, type Rule, simulate, window } from './support/simulated.ts';

const CALLS = 11_000;

const LATENCY_MS = 120;

/** Seconds in which so many calls are made, and what Mode saw. */
const run = async (rules: readonly Rule[], calls = CALLS) => {
  const mode = simulate(rules, { latencyMs: LATENCY_MS });
  await mode.during(Promise.all(Array.from({ length: calls }, () => mode.call())));
  return { seconds: mode.timing.now() / 1000, ...mode.seen };
};

/** What 24 calls at once allow, at that latency. */
const UNLIMITED = 24 / (LATENCY_MS / 1000);

describe('1,000 creates and 10,000 memberships take no more than 1.3 times what Mode allows', () => {
  it.each<[string, () => readonly Rule[], number]>([
    ['every fifth call, whatever the load', () => [everyNth(5)], UNLIMITED / 1.25],
    ['every twentieth call, whatever the load', () => [everyNth(20)], UNLIMITED / 1.05],
    ['every fifth, and what is above 50 a second', () => [everyNth(5), bucket(50, 10)], 50],
  ])('where it refuses %s', async (_what, rules, allowedPerSecond) => {
    const { seconds } = await run(rules());
    expect(seconds).toBeLessThan((CALLS / allowedPerSecond) * 1.3);
  });
});

describe('4,000 calls take no more than 1.3 times what Mode allows', () => {
  it.each<[string, () => readonly Rule[], number]>([
    ['nothing', () => [], UNLIMITED],
    ['what is above 50 a second', () => [bucket(50, 10)], 50],
    ['what is above 5 a second, one at a time', () => [bucket(5, 1)], 5],
    ['every fifth, which counts too', () => [bucket(50, 10), everyNth(5)], 50 / 1.25],
    ['what is above 300 a minute', () => [window(300, 60_000)], 5],
    ['what is above 100 in 10 s, with Retry-After', () => [window(100, 10_000, true)], 10],
  ])('where it refuses %s', async (_what, rules, allowedPerSecond) => {
    const { seconds } = await run(rules(), 4000);
    expect(seconds).toBeLessThan((4000 / allowedPerSecond) * 1.3);
  });
});

it('does not lean on a limit that it has found', async () => {
  const { calls, refused } = await run([bucket(50, 10)], 4000);
  expect(refused / calls).toBeLessThan(0.02);
});

it('finds how many calls at once Mode takes, and stays about there', async () => {
  const { seconds, calls, refused } = await run([atOnce(4)], 4000);
  expect(seconds).toBeLessThan(((4000 * LATENCY_MS) / 4 / 1000) * 1.6);
  expect(refused / calls).toBeLessThan(0.03);
});

it('comes down when Mode, which refused a fifth at any load, gets a limit too', async () => {
  const limit = bucket(30, 10);
  // Some forty seconds after the start.
  const later: Rule = (met) => met.count > 3000 && limit(met);
  const mode = simulate([everyNth(5), later], { latencyMs: LATENCY_MS });
  await mode.during(Promise.all(Array.from({ length: 8000 }, () => mode.call())));
  expect(mode.seen.refused / mode.seen.calls).toBeLessThan(0.3);
});

it('hardly calls a Mode that refuses everything', async () => {
  const mode = simulate([() => mode.timing.now() < 600_000]);
  const waiting = Array.from({ length: 50 }, () => mode.call());
  await mode.during(mode.timing.sleep(600_000));
  expect(mode.seen.calls).toBeLessThan(120);
  await mode.during(Promise.all(waiting));
  expect(mode.timing.now()).toBeLessThan(700_000);
});
