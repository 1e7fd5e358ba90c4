/** An API token that Mode refuses: nothing is sent with it, and it is said once (mode-api.md §1). */
import type { CredentialCheck } from '../../src/directory/connections/credential-check.ts';
import { createModeLine, type ModeOptions } from '../../src/mode/index.ts';
import { logInto } from './support/connect.ts';
import { emulate, failureOf, soon } from './support/emulated.ts';
import { fastTiming } from './support/fast-timing.ts';

const VERIFY = 'GET /api/verify';

/** Hours can be skipped; what is waited for is waited for. */
const skipping = () => {
  let skippedMs = 0;
  const timing = { ...fastTiming, now: () => fastTiming.now() + skippedMs };
  const skip = (ms: number): void => {
    skippedMs += ms;
  };
  return { timing, skip, soon: () => soon(skippedMs + 600_000) };
};

it('is called no more once the check says so too, and said once', async () => {
  const { mode, fault, calls, events } = await emulate();
  await fault({ route: '*', status: 401, times: 1000 });
  const failures = await Promise.all(
    Array.from({ length: 20 }, () => failureOf(mode.createGroup('Data', soon()))),
  );
  for (const failure of failures) expect(failure).toMatchObject({ kind: 'unauthorized' });
  const { total, byRoute } = await calls();
  // Eight were under way when the first 401 came; nothing was sent but the check.
  expect([total, byRoute[VERIFY]]).toEqual([9, 1]);
  for (let call = 0; call < 50; call += 1) {
    expect(await failureOf(mode.members(soon()))).toMatchObject({
      kind: 'unauthorized',
      code: 'mode.credential.refused',
      message: expect.stringContaining('mode-scim-bridge connection renew'),
      retryAfterMs: expect.any(Number),
    });
  }
  expect((await calls()).total).toBe(9);
  expect(mode.trouble).toMatchObject({ code: 'mode.credential.refused', since: expect.any(String) });
  const loud = events.filter(({ level }) => level !== 'debug').map(({ level, event }) => [level, event]);
  expect(loud).toEqual([['error', 'mode.credential.refused']]);
});

it('is checked again after five minutes, with one call, and used again once Mode takes it', async () => {
  const { timing, skip, soon: later } = skipping();
  const { mode, fault, calls, events } = await emulate({}, { timing });
  await fault({ route: '*', status: 401, times: 3 });
  await failureOf(mode.createGroup('A', later()));
  skip(290_000);
  await failureOf(mode.createGroup('B', later()));
  expect((await calls()).total).toBe(2);
  skip(20_000);
  await Promise.all([1, 2, 3].map((name) => failureOf(mode.createGroup(String(name), later()))));
  expect((await calls()).total).toBe(3);
  skip(310_000);
  await Promise.all([1, 2, 3].map((name) => mode.createGroup(String(name), later())));
  expect((await calls()).total).toBe(7);
  expect(mode.trouble).toBeNull();
  expect(events.filter(({ level }) => level !== 'debug').map(({ event }) => event)).toEqual([
    'mode.credential.refused',
    'mode.credential.accepted',
  ]);
});

it('is used again at once when somebody checks it and Mode takes it', async () => {
  const { mode, fault } = await emulate();
  await fault({ route: '*', status: 401, times: 2 });
  await failureOf(mode.createGroup('A', soon()));
  await mode.verify(soon());
  expect(await mode.createGroup('B', soon())).toMatchObject({ name: 'B' });
});

it('is not taken for refused when only one call was', async () => {
  const { mode, fault, calls } = await emulate();
  await fault({ route: 'POST /api/{workspace}/groups', status: 401 });
  expect(await failureOf(mode.createGroup('A', soon()))).toMatchObject({
    kind: 'forbidden',
    code: 'mode.http.forbidden',
  });
  expect(await mode.createGroup('A', soon())).toMatchObject({ name: 'A' });
  expect((await calls()).byRoute[VERIFY]).toBe(1);
});

it('does not stop another credential of the same workspace, which heeds the same pause', async () => {
  const line = createModeLine({ log: logInto([]), timing: fastTiming });
  const { mode, connect, fault } = await emulate({}, { line });
  const dead = connect({ line, credentials: { token: 'dead', secret: 'dead' } });
  expect(await failureOf(dead.createGroup('A', soon()))).toMatchObject({ kind: 'unauthorized' });
  expect(await mode.createGroup('A', soon())).toMatchObject({ name: 'A' });
  await fault({ route: '*', status: 429, headers: { 'Retry-After': '60' } });
  await failureOf(mode.createGroup('B', soon(5000)));
  expect(await failureOf(dead.verify(soon(5000)))).toMatchObject({ code: 'mode.throttle.paused' });
});

describe('of several processes', () => {
  it('is left alone by one that heard of it, and checked by it when that is due', async () => {
    const { timing, skip, soon: later } = skipping();
    const checks: CredentialCheck[] = [];
    const remember: ModeOptions['remember'] = async (_token, check) => void checks.push(check);
    const { mode, connect, fault, calls, events } = await emulate({}, { timing, remember });
    await fault({ route: '*', status: 401, times: 3 });
    await failureOf(mode.createGroup('A', later()));
    const [refused] = checks;
    expect(checks).toEqual([{ refusedSince: expect.any(String), checkedAt: refused?.refusedSince }]);
    const other = connect();
    other.heed(refused ?? null, null);
    expect(await failureOf(other.createGroup('A', later()))).toMatchObject({
      code: 'mode.credential.refused',
    });
    expect((await calls()).total).toBe(2);
    expect(events.filter(({ event }) => event === 'mode.credential.refused')).toHaveLength(2);
    skip(301_000);
    // Heard again and again of the same check, it is still due.
    other.heed(refused ?? null, null);
    await failureOf(other.createGroup('A', later()));
    expect(checks.at(-1)).toMatchObject({ refusedSince: refused?.refusedSince });
    expect(checks.at(-1)?.checkedAt).not.toBe(refused?.checkedAt);
    skip(301_000);
    expect(await other.createGroup('A', later())).toMatchObject({ name: 'A' });
    const accepted = checks.at(-1) ?? null;
    expect(accepted).toMatchObject({ refusedSince: null });
    other.heed(refused ?? null, null);
    expect(other.trouble).toBeNull();
    mode.heed(accepted, null);
    expect(mode.trouble).toBeNull();
    expect(checks).toHaveLength(3);
  });

  it('is checked in time although the clock of the one that said so is ahead', async () => {
    const { timing, skip, soon: later } = skipping();
    const { mode, calls } = await emulate({}, { timing });
    const ahead = new Date(timing.now() + 3_600_000).toISOString();
    mode.heed({ refusedSince: ahead, checkedAt: ahead }, null);
    await failureOf(mode.createGroup('A', later()));
    expect((await calls()).total).toBe(0);
    skip(301_000);
    mode.heed({ refusedSince: ahead, checkedAt: ahead }, null);
    expect(await mode.createGroup('A', later())).toMatchObject({ name: 'A' });
  });
});
