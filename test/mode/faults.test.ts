/** Mode busy, slow, broken or gone, ordered from the emulator (product.md section 4, "Courtesy", "No change is lost"). */
import { realTiming } from '../../src/mode/timing.ts';
import { collect, emulate, failureOf, invitationOf, leaverOf, soon } from './support/emulated.ts';
import { fastTiming } from './support/fast-timing.ts';

const GROUPS = 'GET /api/{workspace}/groups';
const CREATE = 'POST /api/{workspace}/groups';

/** How long the work takes by the tests' fast clock. */
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = fastTiming.now();
  await work();
  return fastTiming.now() - from;
};

describe('a 429', () => {
  it('makes any call wait as long as Retry-After says, and try again', async () => {
    const { mode, fault, calls, truth } = await emulate({ groups: 0 });
    await fault({ route: CREATE, status: 429, headers: { 'Retry-After': '7' }, times: 2 });
    const took = await timed(() => mode.createGroup('Data', soon()));
    expect(took).toBeGreaterThanOrEqual(14_000);
    expect(took).toBeLessThan(100_000);
    expect(await calls()).toMatchObject({ total: 3 });
    expect((await truth()).groups).toHaveLength(1);
  });

  it('without Retry-After backs off further each time', async () => {
    const { mode, fault } = await emulate();
    await fault({ route: GROUPS, status: 429, times: 6 });
    const took = await timed(() => collect(mode.groups(soon())));
    // Half of 100 ms, and twice as much each time.
    expect(took).toBeGreaterThanOrEqual(3_100);
    expect(took).toBeLessThan(100_000);
  });

  it('with the date until when to wait is heeded too', async () => {
    const { mode, fault } = await emulate();
    const until = new Date(fastTiming.now() + 20_000).toUTCString();
    await fault({ route: GROUPS, status: 429, headers: { 'Retry-After': until } });
    const took = await timed(() => collect(mode.groups(soon())));
    expect(took).toBeGreaterThanOrEqual(15_000);
    expect(took).toBeLessThan(100_000);
  });

  it('with a Retry-After of a day holds nobody up for more than five minutes', async () => {
    const { mode, fault } = await emulate();
    await fault({ route: GROUPS, status: 429, headers: { 'Retry-After': '86400' } });
    expect(await failureOf(collect(mode.groups(soon(100_000))))).toMatchObject({ retryAfterMs: 300_000 });
  });

  it('with a Retry-After of 0 does not make the client hammer', async () => {
    const { mode, fault, calls } = await emulate();
    await fault({ route: GROUPS, status: 429, headers: { 'Retry-After': '0' }, times: 1000 });
    expect(await failureOf(collect(mode.groups(soon(25_000))))).toMatchObject({ kind: 'rateLimited' });
    expect((await calls()).total).toBeLessThan(12);
  });

  it('that outlasts the deadline is told at once, with the time to wait', async () => {
    const { mode, fault, calls } = await emulate();
    await fault({ route: CREATE, status: 429, headers: { 'Retry-After': '60' } });
    const options = soon(50_000);
    const failure = await failureOf(mode.createGroup('Data', options));
    expect(failure).toMatchObject({
      kind: 'rateLimited',
      code: 'mode.http.rate-limited',
      retryAfterMs: 60_000,
    });
    expect(fastTiming.now()).toBeLessThan(options.deadline);
    const next = await failureOf(mode.deleteGroup('000000000000', options));
    expect(next).toMatchObject({ kind: 'rateLimited', code: 'mode.throttle.paused' });
    expect(await calls()).toMatchObject({ total: 1 });
  });

  it('to one call holds back all others of the connection', async () => {
    const { mode, fault, calls } = await emulate({ groups: 0 });
    await fault({ route: CREATE, status: 429, headers: { 'Retry-After': '60' } });
    const first = mode.createGroup('Data', soon());
    while ((await calls()).total === 0) await fastTiming.sleep(10);
    await fastTiming.sleep(2000);
    const took = await timed(() => mode.verify(soon()));
    expect(took).toBeGreaterThan(20_000);
    await first;
  });
});

describe('a Mode that fails', () => {
  it.each([500, 502, 503])('with %i is asked again for what it only has to show', async (status) => {
    const { mode, fault, calls } = await emulate();
    await fault({ route: GROUPS, status, times: 3 });
    expect(await collect(mode.groups(soon()))).toHaveLength(8);
    expect(await calls()).toMatchObject({ total: 4 });
  });

  it('is asked four times and no more', async () => {
    const { mode, fault, calls } = await emulate();
    await fault({ route: GROUPS, status: 500, times: 9 });
    expect(await failureOf(collect(mode.groups(soon())))).toMatchObject({
      kind: 'unavailable',
      code: 'mode.http.failing',
    });
    expect(await calls()).toMatchObject({ total: 4 });
  });

  it('is never asked twice for a change, which may have taken effect', async () => {
    const { mode, fault, calls } = await emulate();
    await fault({ route: '*', status: 500, times: 9 });
    const asked = [
      mode.createGroup('Data', soon()),
      mode.removeMember(leaverOf('000000000000'), soon()),
      mode.invite(invitationOf('a@b.example'), soon()),
    ];
    for (const one of asked)
      expect(await failureOf(one)).toMatchObject({ kind: 'unavailable', code: 'mode.http.failing' });
    expect(await calls()).toMatchObject({ total: 3 });
  });
});

describe('a Mode that does not answer', () => {
  it('is asked again for what it only has to show', async () => {
    const { mode, fault, calls } = await emulate();
    await fault({ route: GROUPS, drop: true, times: 2 });
    expect(await collect(mode.groups(soon()))).toHaveLength(8);
    expect(await calls()).toMatchObject({ total: 3 });
  });

  it('leaves a change undecided, and says so by its code', async () => {
    const { mode, fault, calls } = await emulate();
    await fault({ route: CREATE, drop: true });
    expect(await failureOf(mode.createGroup('Data', soon()))).toMatchObject({
      kind: 'unavailable',
      code: 'mode.http.no-answer',
    });
    expect(await calls()).toMatchObject({ total: 1 });
  });

  it('is not waited for beyond the time-out of a call', async () => {
    const { mode, fault } = await emulate({}, { timeoutMs: 100 });
    await fault({ route: CREATE, delayMs: 5000 });
    const from = performance.now();
    expect(await failureOf(mode.createGroup('Data', soon()))).toMatchObject({ code: 'mode.http.no-answer' });
    expect(performance.now() - from).toBeLessThan(2000);
  });

  it('is not waited for beyond the deadline of the caller', async () => {
    const { mode, fault } = await emulate({}, { timing: realTiming });
    await fault({ route: GROUPS, delayMs: 5000, times: 9 });
    const from = performance.now();
    const failure = await failureOf(
      collect(mode.groups({ deadline: Date.now() + 300, priority: 'request' })),
    );
    expect(failure).toMatchObject({ code: 'mode.http.no-answer' });
    expect(performance.now() - from).toBeLessThan(2000);
  });

  it('is never called once the deadline has passed', async () => {
    const { mode, calls } = await emulate();
    expect(await failureOf(mode.createGroup('Data', soon(0)))).toMatchObject({
      kind: 'unavailable',
      code: 'mode.throttle.busy',
    });
    expect(await calls()).toMatchObject({ total: 0 });
  });

  it('because it is not there is unavailable, not missing', async () => {
    const { mode, running } = await emulate();
    await running.close();
    const failure = await failureOf(mode.members(soon()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'mode.http.no-answer' });
    expect(String((failure as Error).cause)).toContain('ECONNREFUSED');
  });
});

describe('an answer that makes no sense', () => {
  it.each(['<html>Sign in</html>', '{"_embedded":', ''])(
    '(%j) is unreadable, and not an empty list',
    async (body) => {
      const { mode, fault } = await emulate();
      await fault({ route: GROUPS, status: 200, body });
      expect(await failureOf(collect(mode.groups(soon())))).toMatchObject({
        kind: 'unavailable',
        code: 'mode.http.unreadable',
      });
    },
  );

  it('to a removal does not count as removed', async () => {
    const { mode, fault } = await emulate();
    await fault({
      route: 'DELETE /api/{workspace}/memberships/{membership}',
      status: 200,
      body: '<html>Sign in</html>',
    });
    expect(await failureOf(mode.removeMember(leaverOf('000000000000'), soon()))).toMatchObject({
      code: 'mode.http.unreadable',
    });
  });

  it.each([
    [
      { _embedded: { memberships: [{ member_token: 'aaaaaaaaaaaa' }, { member_username: 'zoe' }] } },
      '_embedded.memberships[1].member_token',
    ],
    [{ _embedded: {} }, '_embedded.memberships'],
    [{}, '_embedded'],
    [[], 'the whole'],
  ])('(%j) is told by the path of the field', async (body, path) => {
    const { mode, fault } = await emulate();
    await fault({ route: 'GET /api/{workspace}/memberships', status: 200, body });
    const failure = await failureOf(mode.members(soon()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'mode.http.unreadable' });
    expect((failure as Error).message).toContain(`: ${path} is not as expected.`);
    expect(String(failure)).not.toContain('zoe');
  });
});

it("writes one line per call to the log, with the template of the route and nobody's token", async () => {
  const { mode, fault, events } = await emulate();
  await fault({ route: '*', status: 400 });
  const remove = [{ membershipToken: 'bbbbbbbbbbbb', memberToken: 'cccccccccccc' }];
  await failureOf(mode.changeMembers('aaaaaaaaaaaa', { add: [], remove }, soon()));
  await fault({ route: '*', drop: true });
  await failureOf(mode.createGroup('Data', soon()));
  const route = '/api/{workspace}/groups';
  expect(events).toEqual([
    {
      level: 'debug',
      event: 'mode.call',
      method: 'DELETE',
      route: `${route}/{group_token}/memberships/{membership_token}`,
      status: 400,
      ms: expect.any(Number),
    },
    { level: 'debug', event: 'mode.call', method: 'POST', route, status: null, ms: expect.any(Number) },
  ]);
});
