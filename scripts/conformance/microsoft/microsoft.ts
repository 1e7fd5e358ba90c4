/**
 * The Postman collection of Microsoft's SCIM reference code, run by newman: the life of people and groups, filters and
 * paging, on an empty directory. It sends `"True"`, filters without quotation marks and misspelt attributes: tolerant.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Judge, notJudged, type Target, type Verdict } from '../judge.ts';
import { lastLine, runProgram } from '../program.ts';
import { countAssertions, environmentFor, readCollection } from './collection.ts';
import { NEUTRALISED, neutralise } from './neutralised.ts';
import { type NewmanRun, readNewmanReport } from './newman-report.ts';

const FILE = 'conformance/microsoft/PostmanCollection.json';
const require = createRequire(import.meta.url);
const NEWMAN = require.resolve('newman/bin/newman.js');

/** Lets newman run a collection; its files are there only as long as it runs. */
const runNewman = async (collection: object, environment: object): Promise<NewmanRun> => {
  const folder = mkdtempSync(join(tmpdir(), 'newman-'));
  const file = (name: string): string => join(folder, name);
  try {
    writeFileSync(file('collection.json'), JSON.stringify(collection));
    writeFileSync(file('environment.json'), JSON.stringify(environment));
    const inputs = ['run', file('collection.json'), '--environment', file('environment.json')];
    const outputs = ['--reporters', 'json', '--reporter-json-export', file('report.json')];
    const command = [process.execPath, NEWMAN, ...inputs, ...outputs, '--timeout-request', '30000'];
    const ended = await runProgram(command);
    // It ends with 1 when an assertion fails; without a report it broke down.
    if (!existsSync(file('report.json'))) throw new Error(`newman broke down: ${lastLine(ended)}`);
    return readNewmanReport(readFileSync(file('report.json'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const run = async ({ scimBaseUrl, scimToken, sharedDir }: Target): Promise<Verdict> => {
  const file = join(sharedDir, FILE);
  if (!existsSync(file)) return notJudged(`no file ${file}; name its folder with --shared DIR`);
  const collection = readCollection(readFileSync(file, 'utf8'));
  const expected = countAssertions(collection);
  const judged = { ...collection, item: neutralise(collection.item) };
  const { passed, requests, failures } = await runNewman(judged, environmentFor(scimBaseUrl, scimToken));
  return {
    passed,
    // What was never asserted, because a script broke off before, has failed too.
    failed: expected - passed,
    skipped: 0,
    note: `assertions of ${requests} requests; ${NEUTRALISED.length} kinds of expectation neutralised`,
    failures,
    neutralised: NEUTRALISED,
  };
};

export const microsoft: Judge = { name: "Microsoft's collection", profile: 'empty, tolerant', run };
