/** The requests of real clients, recorded in test/idp and replayed by its test, as one row among the judges. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Judge, Verdict } from './judge.ts';
import { lastLine, runProgram } from './program.ts';

const JEST = [
  process.execPath,
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  'test/idp/replay',
  '--json',
];

const resultSchema = z.looseObject({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.looseObject({
      assertionResults: z.array(z.looseObject({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

const run = async (): Promise<Verdict> => {
  const folder = mkdtempSync(join(tmpdir(), 'recorded-'));
  try {
    const file = join(folder, 'results.json');
    const ended = await runProgram([...JEST, `--outputFile=${file}`]);
    if (ended.code === null) throw new Error(`the replay broke down: ${lastLine(ended)}`);
    const { numPassedTests, numFailedTests, testResults } = resultSchema.parse(
      JSON.parse(readFileSync(file, 'utf8')),
    );
    const failures = testResults.flatMap(({ assertionResults }) =>
      assertionResults.flatMap(({ fullName, status }) => (status === 'failed' ? [fullName] : [])),
    );
    return {
      passed: numPassedTests,
      failed: numFailedTests,
      skipped: 0,
      note: 'flows of real clients, each on servers of its own (test/idp)',
      failures,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Starts its own servers: what is given as target is not asked. */
export const recorded: Judge = { name: 'recorded requests', profile: 'empty, tolerant', run };
