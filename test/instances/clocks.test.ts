/** Hosts whose clocks are wrong: everybody goes by the clock of the database (docs/decisions/013-several-instances.md). */
import { describe, expect, test } from '@jest/globals';
import { agreeOnTime } from '../../src/agreed-time.ts';
import { type Bridge, until } from '../support/bridge.ts';
import { spawnCommand } from '../support/command.ts';
import { type Workspace, workspaceOf } from '../support/workspace.ts';
import { layGround } from './support/ground.ts';
import { wrongClock } from './support/wrong-clock.ts';

const INVITE = 'POST /api/{workspace}/invites';
const HALF_A_MINUTE = 30_000;

describe('two processes, of which one has a wrong clock', () => {
  const ground = layGround();
  let bridge: Bridge;
  let mode: Workspace;
  const start = async (options?: Parameters<typeof ground.open>[0]): Promise<void> => {
    bridge = await ground.open(options);
    mode = workspaceOf(bridge);
  };

  test.each([
    ['ahead', HALF_A_MINUTE],
    ['behind', -HALF_A_MINUTE],
  ])('half a minute %s: what one is at, the other leaves alone', async (_where, off) => {
    await start();
    const wrong = await ground.start(bridge, wrongClock(off));
    await mode.fault({ route: INVITE, delayMs: 2_500, times: 1 });
    await bridge.calls();
    await mode.create('slow@acme.example');
    expect((await bridge.calls()).byRoute).toEqual({ [INVITE]: 1 });
    expect(wrong.logged.join('\n')).toMatch(/"clock.differs"/);
  });

  test('an older look of a process that is ahead does not undo what another did since', async () => {
    const gate = ground.gate();
    await start({ through: gate.open });
    const id = await mode.create('leaver@acme.example');
    await mode.join('leaver@acme.example');
    await mode.untilState(id, 'active');
    const looks = [/^GET \/api\/acme\/memberships$/, /^GET \/api\/acme\/memberships\/lite/].map((list) =>
      gate.hold(list, 'answered'),
    );
    const { ended } = spawnCommand(['sync', '--people'], {
      ...bridge.environment,
      ...wrongClock(HALF_A_MINUTE),
    });
    await Promise.all(looks.map(({ reached }) => reached));
    await mode.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    expect(await mode.stateOf(id)).toBe('former');
    await bridge.calls();
    for (const look of looks) look.release();
    expect((await ended).code).toBe(0);
    expect(await mode.stateOf(id)).toBe('former');
    // Else she would have been taken for somebody who is still there, and removed again.
    expect((await bridge.calls()).total).toBe(0);
  });

  test('a process whose clock is set back goes on at once with what another left', async () => {
    await start();
    const wrong = await ground.start(bridge, {
      ...wrongClock(0, -20 * HALF_A_MINUTE),
      SETTLE_RETRY_MS: '500',
    });
    wrong.child.kill('SIGUSR2');
    await mode.fault({ route: INVITE, status: 503, times: 1 });
    const killed = await ground.start(bridge, { REQUEST_PATIENCE_MS: '1000', SETTLE_RETRY_MS: '1500' });
    const body = { userName: 'left@acme.example', emails: [{ value: 'left@acme.example', primary: true }] };
    const answer = await fetch(`${killed.url}/scim/v2/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bridge.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(503);
    await killed.end('SIGKILL');
    // The server of this process has nothing to do with it.
    await bridge.server.stop();
    await until(
      'she is invited',
      async () => (await mode.standing('left@acme.example')) === 'pending',
      6_000,
    );
  });
});

interface State {
  counted: number;
  theirs: number;
  tookMs: number;
  isDown: boolean;
}

describe('the time that is agreed on', () => {
  /** A database whose answers take `tookMs`, and a machine that counts. */
  const clocks = (tookMs: number) => {
    const state: State = { counted: 1_000, theirs: 5_000_000, tookMs, isDown: false };
    const pass = (ms: number): void => {
      state.counted += ms;
      state.theirs += ms;
    };
    const ask = async (): Promise<number> => {
      if (state.isDown) throw new Error('down');
      pass(state.tookMs / 2);
      const { theirs } = state;
      pass(state.tookMs / 2);
      return theirs;
    };
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    return { state, pass, sources: { ask, log, local: () => 0, counted: () => state.counted } };
  };

  test('goes on by what the machine counts, also while the database is down', async () => {
    const { state, pass, sources } = clocks(2);
    const agreed = await agreeOnTime(sources);
    state.isDown = true;
    pass(60_000);
    expect(agreed.now()).toBe(state.theirs);
    agreed.stop();
  });

  test('believes the sharper answer, and the newer one where a clock was set', async () => {
    const { state, pass, sources } = clocks(2);
    const agreed = await agreeOnTime(sources, 5);
    state.tookMs = 400;
    await until('a blurred answer has come', async () => state.counted > 3_000);
    expect(Math.abs(agreed.now() - state.theirs)).toBeLessThanOrEqual(2);
    state.tookMs = 2;
    state.theirs -= 600_000;
    await until('it is set back', async () => Math.abs(agreed.now() - state.theirs) <= 2);
    pass(10);
    agreed.stop();
  });
});
