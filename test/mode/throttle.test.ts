/** How calls to one Mode wait for each other, by a clock that stands still until it is moved. */
import type { Priority } from '../../src/directory/upstream.ts';
import { createThrottle, type Sent } from '../../src/mode/throttle/throttle.ts';
import { failureOf } from './support/emulated.ts';
import { manualTiming } from './support/fast-timing.ts';

const setUp = (concurrency = 2) => {
  const timing = manualTiming();
  const throttle = createThrottle({ timing, concurrency, say: () => undefined });
  const started: number[] = [];
  const finish = new Map<number, (sent: Sent) => void>();
  /** Runs a piece of work that lasts until `end` is called for it. */
  const run = async (id: number, ms = 25_000, priority: Priority = 'request'): Promise<number> => {
    await throttle.run(
      () => {
        started.push(id);
        return new Promise<Sent>((resolve) => finish.set(id, resolve));
      },
      { deadline: timing.now() + ms, priority, isAgain: false },
    );
    return id;
  };
  const end = async (id: number, sent: Sent = { outcome: 'taken' }): Promise<void> => {
    await timing.advance(0);
    finish.get(id)?.(sent);
    await timing.advance(0);
  };
  /** Sends a call that Mode answers with 429, and with `Retry-After` where it is given. */
  const refuse = async (id: number, pauseMs?: number): Promise<void> => {
    void run(id);
    await end(id, { outcome: 'tooFast', pauseMs });
    started.splice(started.indexOf(id), 1);
  };
  return { timing, throttle, started, run, end, refuse };
};

it('starts so many at once, the others in the order they came', async () => {
  const { timing, started, run, end } = setUp();
  const all = [1, 2, 3, 4].map((id) => run(id));
  await timing.advance(0);
  expect(started).toEqual([1, 2]);
  await end(2);
  await end(1);
  expect(started).toEqual([1, 2, 3, 4]);
  await end(3);
  await end(4);
  expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
  expect(timing.sleeping()).toBe(0);
});

it('gives the room back when work fails', async () => {
  const { timing, throttle } = setUp(1);
  const turn = { deadline: timing.now() + 1000, priority: 'request', isAgain: false } as const;
  expect(await failureOf(throttle.run(() => Promise.reject(new Error('no')), turn))).toMatchObject({
    message: 'no',
  });
  expect(await throttle.run(() => Promise.resolve({ outcome: 'taken' }), turn)).toEqual({
    outcome: 'taken',
  });
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

describe('a 429', () => {
  it('starts nobody for as long as Retry-After says, and goes on in order after it', async () => {
    const { timing, started, run, refuse } = setUp(4);
    await refuse(0, 4000);
    void run(1);
    void run(2);
    await timing.advance(4000);
    expect(started).toEqual([]);
    // A tenth of jitter at most, on top.
    await timing.advance(400);
    expect(started).toEqual([1, 2]);
  });

  it('with a longer Retry-After wins, whichever came first', async () => {
    const { timing, started, run, end } = setUp(4);
    for (const id of [-1, -2, -3]) void run(id);
    await timing.advance(1);
    await end(-1, { outcome: 'tooFast', pauseMs: 4000 });
    await end(-2, { outcome: 'tooFast', pauseMs: 8000 });
    await end(-3, { outcome: 'tooFast', pauseMs: 1000 });
    started.length = 0;
    void run(1);
    await timing.advance(8000);
    expect(started).toEqual([]);
    await timing.advance(800);
    expect(started).toEqual([1]);
  });

  it('without Retry-After backs off twice as long each time, and briefly again after a success', async () => {
    const { timing, started, run, end } = setUp(4);
    const pauseAfter = async (id: number): Promise<number> => {
      void run(id);
      await end(id, { outcome: 'tooFast' });
      started.length = 0;
      void run(1000 + id);
      let ms = 0;
      for (; started.length === 0 && ms < 60_000; ms += 5) await timing.advance(5);
      await end(1000 + id, { outcome: id === 4 ? 'taken' : 'silent' });
      return ms;
    };
    const pauses: number[] = [];
    for (const id of [1, 2, 3, 4, 5]) pauses.push(await pauseAfter(id));
    expect(pauses).toEqual([50, 100, 200, 400, 50]);
  });

  it('to several calls that were under way together is one', async () => {
    const { timing, started, run, end } = setUp(8);
    for (const id of [1, 2, 3, 4, 5, 6]) void run(id);
    await timing.advance(1);
    for (const id of [1, 2, 3, 4, 5, 6]) await end(id, { outcome: 'tooFast' });
    started.length = 0;
    for (const id of [11, 12, 13, 14, 15, 16]) void run(id);
    await timing.advance(50);
    // Half of eight, once, and not a half of a half six times.
    expect(started).toEqual([11, 12, 13, 14]);
  });

  it('tells those at once whom the pause leaves no time', async () => {
    const { timing, started, run, end } = setUp(1);
    void run(1);
    const waiting = failureOf(run(2, 5000));
    await timing.advance(1);
    await end(1, { outcome: 'tooFast', pauseMs: 60_000 });
    const wanted = { kind: 'rateLimited', code: 'mode.throttle.paused', retryAfterMs: 63_000 };
    expect(await waiting).toMatchObject(wanted);
    expect(await failureOf(run(3))).toMatchObject(wanted);
    expect(started).toEqual([1]);
  });

  it('lets the call that it answered go first when the pause is over', async () => {
    const { timing, throttle, started, run, refuse } = setUp(2);
    await refuse(0, 1000);
    void run(1);
    const turn = { deadline: timing.now() + 9000, priority: 'request', isAgain: true } as const;
    const again = throttle.run(async () => ({ outcome: 'taken' as const, place: started.length }), turn);
    await timing.advance(1100);
    expect(await again).toMatchObject({ place: 0 });
  });
});

describe('of those who wait', () => {
  /** Lets all who wait go one by one; gives the order. */
  const order = async (queued: readonly (readonly [Priority, number])[]): Promise<Priority[]> => {
    const { timing, started, run, end } = setUp(1);
    void run(-1);
    await timing.advance(0);
    const lanes = queued.flatMap(([priority, count]) => Array.from({ length: count }, () => priority));
    lanes.forEach((priority, id) => void run(id, 1e6, priority));
    await end(-1);
    for (let turn = 0; turn < lanes.length; turn += 1) await end(started.at(-1) ?? -1);
    return started.slice(1).map((id) => lanes[id] ?? 'request');
  };

  it('a deactivation overtakes 500 calls of the background', async () => {
    const went = await order([
      ['background', 500],
      ['deactivation', 1],
    ]);
    expect(went.indexOf('deactivation')).toBe(0);
  });

  it('every tenth is of the background while others wait, and of the requests while people leave', async () => {
    const went = await order([
      ['background', 50],
      ['request', 100],
      ['deactivation', 100],
    ]);
    const first = went.slice(0, 50);
    const count = (some: readonly Priority[], wanted: Priority) =>
      some.filter((priority) => priority === wanted).length;
    expect(count(first, 'deactivation')).toBe(41);
    expect([count(first, 'request'), count(first, 'background')].sort()).toEqual([4, 5]);
    // No more deactivations: only the requests go before the background.
    const rest = went.slice(went.lastIndexOf('deactivation') + 1);
    expect(count(rest.slice(0, 40), 'background')).toBe(4);
  });
});

it('forgets its timers when nobody waits any more', async () => {
  const { timing, run, end } = setUp(1);
  void run(1);
  void run(2);
  await end(1);
  await end(2);
  expect(timing.sleeping()).toBe(0);
});
