/** What a person reads of the verdicts: the table, the first failures, and a file with all of them. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './cache.ts';
import type { Verdict } from './judge.ts';

const SHOWN_FAILURES = 5;
const SHOWN_LINES = 3;
const SHOWN_WIDTH = 180;

export interface Judged {
  readonly name: string;
  /** Whether a failure of it fails the run. */
  readonly required: boolean;
  readonly verdict: Verdict;
}

/** Whether the run has failed by this verdict. */
export const failsRun = ({ required, verdict }: Judged): boolean => required && verdict.failed > 0;

const fileFor = (name: string): string =>
  join(CACHE, `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.failures.txt`);

const brief = (failure: string): string =>
  failure
    .split('\n')
    .slice(0, SHOWN_LINES)
    .map((line) => (line.length > SHOWN_WIDTH ? `${line.slice(0, SHOWN_WIDTH)}…` : line))
    .join('\n  ');

/** Writes all failures of a judge to its file, or removes an older one; prints the first. */
const reportFailures = ({ name, required, verdict: { failures } }: Judged): void => {
  const file = fileFor(name);
  rmSync(file, { force: true });
  if (failures.length === 0) return;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(file, `${failures.join('\n\n')}\n`);
  for (const failure of failures.slice(0, SHOWN_FAILURES)) {
    console.log(`${required ? 'FAILED' : 'not yet'} ${name}: ${brief(failure)}\n`);
  }
  console.log(`${name}: all ${failures.length} in ${file}\n`);
};

const noteOf = ({ required, verdict: { note, failed } }: Judged): string =>
  !required && failed > 0 ? `not yet required; ${note}` : note;

/** Prints the failures, what was neutralised, and the table. */
export const printReport = (judged: readonly Judged[]): void => {
  for (const one of judged) {
    for (const what of one.verdict.neutralised ?? []) console.log(`neutralised in ${one.name}: ${what}`);
    reportFailures(one);
  }
  const width = Math.max(...judged.map(({ name }) => name.length), 'judge'.length);
  const row = (name: string, ...cells: readonly (number | string)[]): string =>
    [name.padEnd(width), ...cells.slice(0, 3).map((cell) => String(cell).padStart(7)), cells[3]].join('  ');
  console.log(row('judge', 'passed', 'failed', 'skipped', 'note'));
  for (const one of judged) {
    const { passed, failed, skipped } = one.verdict;
    console.log(row(one.name, passed, failed, skipped, noteOf(one)));
  }
};
