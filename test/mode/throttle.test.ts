/** How calls to one Mode wait for each other, by a clock that stands still until it is moved. */
import { createThrottle } from '../../src/mode/throttle.ts';
import { failureOf } from './support/emulated.ts';
import { manualTiming } from './support/fast-timing.ts';

const setUp = (concurrency = 2) => {
  const timing = manualTiming();
  const throttle = createThrottle({ timing, concurrency });
  const started: number[] = [];
  const finish = new Map<number, () => void>();
  /** Runs a piece of work that lasts until `finish` is called for it. */
  const run = (id: number, ms = 25_000): Promise<number> =>
    throttle.run(
      () => {
        started.push(id);
        return new Promise((resolve) => finish.set(id, () => resolve(id)));
      },
      { deadline: timing.now() + ms },
    );
  const end = async (id: number): Promise<void> => {
    await timing.advance(0);
    finish.get(id)?.();
    await timing.advance(0);
  };
  return { timing, throttle, started, run, end };
};

it('starts so many at once, the others in the order they came', async () => {
  const { timing, started, run, end } = setUp();
  const all = [1, 2, 3, 4].map((id) => run(id));
  await timing.advance(0);
  expect(started).toEqual([1, 2]);
  await end(2);
  expect(started).toEqual([1, 2, 3]);
  await end(1);
  expect(started).toEqual([1, 2, 3, 4]);
  await end(3);
  await end(4);
  expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
  expect(timing.sleeping()).toBe(0);
});

it('gives the room back when work fails', async () => {
  const { timing, throttle } = setUp(1);
  const options = { deadline: timing.now() + 1000 };
  expect(await failureOf(throttle.run(() => Promise.reject(new Error('no')), options))).toMatchObject({
    message: 'no',
  });
  expect(await throttle.run(() => Promise.resolve('yes'), options)).toBe('yes');
});

it('refuses who waited past the deadline, and never starts them', async () => {
  const { timing, started, run, end } = setUp(1);
  const first = run(1);
  const late = failureOf(run(2, 5000));
  const patient = run(3);
  await timing.advance(5000);
  expect(await late).toMatchObject({
    kind: 'unavailable',
    code: 'mode.throttle.busy',
    retryAfterMs: expect.any(Number),
  });
  await end(1);
  await end(3);
  expect(await Promise.all([first, patient])).toEqual([1, 3]);
  expect(started).toEqual([1, 3]);
});

it('starts nobody during a pause, and goes on in order after it', async () => {
  const { timing, throttle, started, run } = setUp();
  throttle.pauseUntil(timing.now() + 4000);
  void run(1);
  void run(2);
  await timing.advance(3999);
  expect(started).toEqual([]);
  await timing.advance(1);
  expect(started).toEqual([1, 2]);
});

it('lets a longer pause win, whichever was told first', async () => {
  const { timing, throttle, started, run } = setUp();
  throttle.pauseUntil(timing.now() + 4000);
  void run(1);
  throttle.pauseUntil(timing.now() + 8000);
  throttle.pauseUntil(timing.now() + 1000);
  await timing.advance(4000);
  expect(started).toEqual([]);
  await timing.advance(4000);
  expect(started).toEqual([1]);
});

it('tells those at once whom a pause leaves no time', async () => {
  const { timing, throttle, started, run } = setUp(1);
  void run(1);
  const waiting = failureOf(run(2, 5000));
  throttle.pauseUntil(timing.now() + 60_000);
  const wanted = { kind: 'rateLimited', code: 'mode.throttle.paused', retryAfterMs: 60_000 };
  expect(await waiting).toMatchObject(wanted);
  expect(await failureOf(run(3))).toMatchObject(wanted);
  expect(started).toEqual([1]);
});

it('forgets its timers when nobody waits any more', async () => {
  const { timing, run, end } = setUp(1);
  void run(1);
  void run(2);
  await end(1);
  await end(2);
  expect(timing.sleeping()).toBe(0);
});
