/** The outcome as a table for a person: one block per scenario, with ratios to Express and to the smallest directory. */
import { EXPRESS } from './field.ts';
import type { EngineResult } from './result.ts';
import type { Figures, Outcome, Row } from './rounds.ts';

const COLUMNS = ['req/s', 'CPU µs', 'DB µs', 'busy', 'p50 ms', 'p99 ms', 'of Express', 'by CPU', 'growth'];
const WIDTHS = [10, 10, 8, 8, 9, 9, 12, 9, 9];
const NAME_WIDTH = 36;

const line = (name: string, cells: readonly string[]): string =>
  name.padEnd(NAME_WIDTH) + cells.map((cell, index) => cell.padStart(WIDTHS[index] ?? 9)).join('');

export const rounded = (value: number): string => {
  if (Number.isNaN(value)) return '';
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 });
};

const ratio = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(2));

export const figuresIn = (rows: readonly Row[], is: (row: Row) => boolean): Figures | undefined => {
  const figures = rows.find(is)?.figures;
  return typeof figures === 'string' ? undefined : figures;
};

const row = (one: Row, express: Figures | undefined, smallest: Figures | undefined): string => {
  const { figures } = one;
  if (typeof figures === 'string') return `${`  ${one.name}`.padEnd(NAME_WIDTH)}  ${figures.slice(0, 90)}`;
  const isGrown = one.instances === 1 && smallest;
  return line(`  ${one.name}`, [
    rounded(figures.perSecond),
    rounded(figures.cpuMicros),
    rounded(figures.databaseMicros),
    `${Math.round(figures.busy * 100)} %`,
    figures.p50.toFixed(2),
    figures.p99.toFixed(2),
    ratio(express && figures.perSecond / express.perSecond),
    ratio(express && express.cpuMicros / figures.cpuMicros),
    ratio(isGrown ? figures.cpuMicros / smallest.cpuMicros : undefined),
  ]);
};

/** One scenario. `of Express` by requests a second, `by CPU` by processor time; `growth`: CPU beside the fewest people. */
export const block = ({ scenario, bytes, rows }: Outcome): readonly string[] => {
  const express = figuresIn(rows, ({ name }) => name === EXPRESS);
  const smallest = figuresIn(rows, ({ kind }) => kind === 'bridge');
  return [
    line(`${scenario} (${bytes.toLocaleString('en')} B)`, COLUMNS),
    ...rows.map((one) => row(one, express, smallest)),
  ];
};

/** Start-up and memory. */
export const startBlock = ({
  starts,
  memory,
}: Pick<EngineResult, 'starts' | 'memory'>): readonly string[] => [
  line('start and memory', ['first ans.', 'idle MB', 'loaded', 'peak']),
  ...starts.map(({ people, seconds, idleMb }) => {
    const loaded = memory.find((one) => one.people === people);
    const megabytes = [idleMb, loaded?.loadedMb ?? Number.NaN, loaded?.peakMb ?? Number.NaN].map(rounded);
    return line(`  ${people.toLocaleString('en')} people`, [`${seconds.toFixed(2)} s`, ...megabytes]);
  }),
];
