/**
 * `scim2/test-suite`: 145 requirements of RFC 7643 and 7644 by line number. The Go module proxy does not serve it in our
 * workplace, so nothing is fetched or built here: whoever has its test program names the file in SCIM2_TEST_SUITE.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Judge, notJudged, type Target, type Verdict } from '../judge.ts';
import { lastLine, runProgram } from '../program.ts';
import { readSuiteReport } from './suite-report.ts';

const VARIABLE = 'SCIM2_TEST_SUITE';

const runSuite = async (program: string, { scimBaseUrl, scimToken }: Target): Promise<Verdict> => {
  const folder = mkdtempSync(join(tmpdir(), 'rfc-suite-'));
  try {
    const report = join(folder, 'report.txt');
    const server = [`-scim.url=${scimBaseUrl}`, `-scim.token=${scimToken}`];
    const ended = await runProgram([program, '-test.count=1', ...server, `-scim.report=${report}`]);
    const json = join(folder, 'report.json');
    // It ends with 1 when a requirement fails; without a report it broke down.
    if (!existsSync(json)) throw new Error(`${program} broke down: ${lastLine(ended)}`);
    return readSuiteReport(readFileSync(json, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const run = async (target: Target): Promise<Verdict> => {
  const program = process.env[VARIABLE];
  if (program === undefined) {
    return notJudged(`not served by the Go module proxy here; ${VARIABLE} may name its test program`);
  }
  if (!existsSync(program)) return notJudged(`no file ${program}, named by ${VARIABLE}`);
  return runSuite(program, target);
};

export const rfcSuite: Judge = { name: 'scim2/test-suite', profile: 'empty, strict', run };
