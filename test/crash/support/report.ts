/** What a crash run found, for a person to read. */
import type { CrashReport } from './run.ts';

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const inSeconds = (values: readonly number[]): string =>
  `${(median(values) / 1_000).toFixed(1)} s (longest ${(Math.max(0, ...values) / 1_000).toFixed(1)} s)`;

/** One line for each figure. */
export const figuresOf = (report: CrashReport): string => {
  const { kinds, figures, tally, convergence } = report;
  const kills = [...kinds].filter(([kind]) => kind !== 'Mode');
  const byKind = kills.map(([kind, count]) => `${count} ${kind}`).join(', ');
  const rows: readonly (readonly [string, string | number])[] = [
    ['kills', `${kills.reduce((sum, [, count]) => sum + count, 0)} (${byKind})`],
    ['kills of Mode', kinds.get('Mode') ?? 0],
    ['requests acknowledged', figures.acknowledged],
    ['answered "not now"', figures.notNow],
    ['unanswered', figures.unanswered],
    ['refused', figures.refused],
    ['retries', figures.retries],
    ['given up', figures.givenUp],
    ['joined', tally.joins],
    ['changed in Mode by hand', tally.byHand],
    ['checked', tally.checked],
    ['lost', tally.lost],
    ['twice', report.twice],
    ['repeats that Mode refused', report.refusedRepeats],
    ['settled after', inSeconds(convergence.map(({ settledMs }) => settledMs))],
    ['one sync', inSeconds(convergence.map(({ syncMs }) => syncMs))],
    ['problems', report.problems.length],
    ['seconds', report.seconds.toFixed(0)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(28)}${value}`).join('\n');
};
