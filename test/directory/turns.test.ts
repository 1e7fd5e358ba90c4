/** Turns at the same person or group: in order, none lost, and nobody is kept who does not want to wait any longer. */
import { describe, expect, test } from '@jest/globals';
import { createTurns, type Turn } from '../../src/directory/settle/turns.ts';

const LONG = 2_000;
const now = (turn: Turn | undefined): Turn => {
  if (!turn) throw new Error('it was not let in');
  return turn;
};

describe('turns', () => {
  test('come in the order of arrival, each once the one before has left', async () => {
    const { enter } = createTurns();
    const order: number[] = [];
    const first = now(await enter('g', LONG));
    const others = [1, 2, 3].map(async (number) => {
      const turn = now(await enter('g', LONG));
      order.push(number);
      await new Promise((resolve) => setTimeout(resolve, 5));
      turn.leave();
    });
    expect(order).toEqual([]);
    first.leave();
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3]);
  });

  test('of something else are not waited for', async () => {
    const { enter } = createTurns();
    await enter('g', LONG);
    expect(await enter('h', 0)).toBeDefined();
  });

  test('tell who arrived before a look that all is done, and nobody else', async () => {
    const { enter } = createTurns();
    const first = now(await enter('g', LONG));
    const early = enter('g', LONG);
    const arrived = first.arrived();
    const late = enter('g', LONG);
    first.done(arrived);
    expect(first.isDone()).toBe(true);
    first.leave();
    expect(now(await early).isDone()).toBe(true);
    now(await early).leave();
    expect(now(await late).isDone()).toBe(false);
  });

  test('are forgotten with the last who leaves: nothing that was done before counts for who comes later', async () => {
    const { enter } = createTurns();
    const first = now(await enter('g', LONG));
    first.done(first.arrived());
    first.leave();
    expect(now(await enter('g', LONG)).isDone()).toBe(false);
  });

  test('are not taken by who has waited long enough, and go to the next', async () => {
    const { enter } = createTurns();
    const first = now(await enter('g', LONG));
    const impatient = enter('g', 10);
    const patient = enter('g', LONG);
    expect(await impatient).toBeUndefined();
    first.leave();
    now(await patient).leave();
    expect(await enter('g', 0)).toBeDefined();
  });
});
