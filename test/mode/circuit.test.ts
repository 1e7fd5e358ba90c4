/** When Mode, or a part of it, is not called any more, and when again; by a clock that is moved by hand. */
import type { Health } from '../../src/mode/breaker.ts';
import { createCircuit } from '../../src/mode/circuit.ts';
import { manualTiming } from './support/fast-timing.ts';

const asked = (route: string) => ({ method: 'GET', route, to: 'look' });

const setUp = () => {
  const timing = manualTiming();
  const said: string[] = [];
  const say = (event: string, { route }: Readonly<Record<string, unknown>>) => {
    said.push(`${event} ${String(route)}`);
  };
  const circuit = createCircuit({ timing, say });
  const isOpen = (route: string): boolean => circuit.closedTo(asked(route)) !== undefined;
  const call = (route: string, health: Health, retryAfterMs?: number): void => {
    if (!isOpen(route)) circuit.enter(asked(route))(health, retryAfterMs);
  };
  const calls = (count: number, route: string, health: Health): void => {
    for (let index = 0; index < count; index += 1) call(route, health);
  };
  return { timing, circuit, said, isOpen, call, calls };
};

it('opens after five failures in a row of one route, for that route alone', () => {
  const { circuit, said, isOpen, calls } = setUp();
  calls(4, '/a', 'failed');
  expect(isOpen('/a')).toBe(false);
  calls(1, '/a', 'failed');
  expect([isOpen('/a'), isOpen('/b'), circuit.downSince()]).toEqual([true, false, undefined]);
  expect(circuit.closedTo(asked('/a'))).toMatchObject({
    kind: 'unavailable',
    code: 'mode.circuit.open',
    retryAfterMs: expect.any(Number),
  });
  calls(9, '/b', 'answered');
  expect([isOpen('/a'), isOpen('/b')]).toEqual([true, false]);
  expect(said).toEqual(['opened GET /a']);
});

it('opens for everything when the failures in a row come of several routes', () => {
  const { timing, circuit, isOpen, calls } = setUp();
  calls(5, '/a', 'failed');
  calls(1, '/b', 'failed');
  expect([isOpen('/b'), isOpen('/c')]).toEqual([true, true]);
  expect(circuit.downSince()).toBe(timing.now());
});

it('does not open for a failure now and then, nor for a call that its caller gave up', () => {
  const { isOpen, calls } = setUp();
  for (let round = 0; round < 9; round += 1) {
    calls(4, '/a', 'failed');
    calls(1, '/a', 'answered');
  }
  calls(20, '/a', 'undecided');
  expect(isOpen('/a')).toBe(false);
});

it('sends one call after a rest, and the others when that one was answered', async () => {
  const { timing, circuit, said, isOpen, calls } = setUp();
  calls(5, '/a', 'failed');
  await timing.advance(1100);
  const leave = circuit.enter(asked('/a'));
  expect(isOpen('/a')).toBe(true);
  leave('answered');
  expect(isOpen('/a')).toBe(false);
  expect(said).toEqual(['opened GET /a', 'closed GET /a']);
});

it('rests twice as long each time the one call fails, up to a minute', async () => {
  const { timing, isOpen, call, calls } = setUp();
  calls(5, '/a', 'failed');
  const rests: number[] = [];
  for (let turn = 0; turn < 9; turn += 1) {
    let seconds = 0;
    for (; isOpen('/a'); seconds += 1) await timing.advance(1000);
    rests.push(seconds);
    call('/a', 'failed');
  }
  expect(rests).toEqual([2, 3, 5, 9, 17, 34, 63, 63, 63]);
});

it('rests as long as Mode asks', async () => {
  const { timing, isOpen, call, calls } = setUp();
  calls(4, '/a', 'failed');
  call('/a', 'failed', 30_000);
  await timing.advance(29_000);
  expect(isOpen('/a')).toBe(true);
  await timing.advance(1000);
  expect(isOpen('/a')).toBe(false);
});

it('lets the next call try when the one was given up', async () => {
  const { timing, isOpen, call, calls } = setUp();
  calls(5, '/a', 'failed');
  await timing.advance(1100);
  call('/a', 'undecided');
  expect(isOpen('/a')).toBe(false);
});
