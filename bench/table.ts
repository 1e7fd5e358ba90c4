/** The outcome as a table for a person: one block per scenario, with ratios to Express and to the smallest directory. */
import type { Outcome, Row } from './rounds.ts';

const WIDTHS = [34, 9, 9, 7, 9, 9, 12, 12, 9];
const HEAD = ['', 'req/s', 'CPU µs', 'busy', 'p50 ms', 'p99 ms', 'of Express', 'by CPU', 'growth'];

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[index] ?? 9)))
    .join('');

const number = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 });

const row = (one: Row, express: Row | undefined, smallest: Row | undefined): string =>
  line([
    `  ${one.name}`,
    number(one.perSecond),
    number(one.cpuMicros),
    `${Math.round(one.busy * 100)} %`,
    one.p50.toFixed(2),
    one.p99.toFixed(2),
    express ? (one.perSecond / express.perSecond).toFixed(2) : '',
    express ? (express.cpuMicros / one.cpuMicros).toFixed(2) : '',
    smallest ? (one.cpuMicros / smallest.cpuMicros).toFixed(2) : '',
  ]);

export const EXPRESS = 'bare Express';

/** Lines of one block. `growth`: CPU per request beside that at the smallest number of people. */
export const block = (outcome: Outcome): readonly string[] => {
  const express = outcome.yardsticks.find(({ name }) => name === EXPRESS);
  return [
    line([`${outcome.scenario} (${number(outcome.bytes)} B)`, ...HEAD.slice(1)]),
    ...outcome.yardsticks.map((one) => row(one, express, undefined)),
    ...outcome.bridges.map((one) => row(one, express, outcome.bridges[0])),
  ];
};
