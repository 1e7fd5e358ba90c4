/** RFC 7644 §3.7: in which order the operations of a Bulk request run, and which side by side. */
import { describe, expect, test } from '@jest/globals';
import { findCircles } from '../../src/scim/bulk/circles.ts';
import { type Orderly, wavesOf } from '../../src/scim/bulk/order.ts';

const LANE = { kind: 'POST /Users', key: '' };
const post = (
  needs: readonly number[] = [],
  key: string | null = null,
  mentions: string[] = [],
): Orderly => ({
  needs,
  target: null,
  mentions: new Set(mentions),
  lane: key === null ? null : { ...LANE, key },
});
const change = (target: string, needs: readonly number[] = [], mentions: string[] = []): Orderly => ({
  needs,
  target,
  mentions: new Set(mentions),
  lane: { kind: 'PATCH /Groups', key: target },
});
/** The waves as text: operations by index, a circle that is closed in brackets. */
const waves = (...operations: readonly Orderly[]): string =>
  wavesOf(operations, findCircles(operations.map(({ needs }) => needs)))
    .map((wave) =>
      wave.map((step) => (step.kind === 'run' ? step.index : `[${step.circle.join(' ')}]`)).join(','),
    )
    .join(' | ');

describe('RFC 7644 §3.7 the order', () => {
  test('is the order given where nothing refers forward', () => {
    expect(waves(post(), post([0]), change('g', [1]), post())).toBe('0 | 1 | 2 | 3');
  });

  test('lets an operation wait for what it refers to, and moves no other', () => {
    expect(waves(post([3]), change('x'), post(), post())).toBe('1 | 2 | 3 | 0');
    expect(waves(post([1]), post([2]), post([3]), post())).toBe('3 | 2 | 1 | 0');
  });

  test('of changes of one resource is kept, also when the first of them must wait', () => {
    expect(waves(change('g', [2]), change('g'), post())).toBe('2 | 0 | 1');
  });

  test('lets a change of a resource follow what mentions it, so that nobody is deleted before she is added', () => {
    expect(waves(change('g', [2], ['u']), change('u'), post())).toBe('2 | 0 | 1');
    expect(waves(post([2], null, ['u']), change('u'), post())).toBe('2 | 0 | 1');
  });

  test('lets neighbours of one kind with different keys run side by side', () => {
    expect(waves(post([], 'a'), post([], 'b'), post([], 'a'), post([], 'c'))).toBe('0,1 | 2,3');
    expect(waves(change('g'), change('h'), change('g'), post([], 'a'))).toBe('0,1 | 2 | 3');
    expect(waves(post([], 'a'), post([0], 'b'))).toBe('0 | 1');
  });
});

describe('RFC 7644 §3.7.1 circles', () => {
  test('are created one by one and then closed, before anybody else refers to them', () => {
    expect(waves(post([1]), post([0]), post([0]))).toBe('1 | 0 | [0 1] | 2');
    expect(waves(post([0]))).toBe('0 | [0]');
    expect(waves(change('g', [1]), post([2]), post([1]), change('g'))).toBe('2 | 1 | [1 2] | 0 | 3');
  });

  test('of two kinds are told apart, also when one leads to the other', () => {
    const { circles, waiting } = findCircles([[1], [0, 2], [3], [2], [3]]);
    expect(circles.map((circle) => [...circle]).sort()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect([...waiting]).toEqual([
      [1, new Set([0])],
      [3, new Set([2])],
    ]);
  });

  test('that many references lead around, only one of them waits', () => {
    const ring = Array.from({ length: 1_000 }, (_, index) => [(index + 1) % 1_000]);
    const { circles, waiting } = findCircles(ring);
    expect([circles.length, circles[0]?.length, waiting.size]).toEqual([1, 1_000, 1]);
  });

  test('are searched without recursion and without growing beyond measure', () => {
    const chain = Array.from({ length: 1_000 }, (_, index) => (index < 999 ? post([index + 1]) : post()));
    const everybody = Array.from({ length: 500 }, (_, index) => index);
    const startedAt = performance.now();
    expect(waves(...chain).startsWith('999 | 998 | 997')).toBe(true);
    expect(waves(...everybody.map(() => post(everybody)))).toContain('[0 1 2');
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
